package provider

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A server on this machine counts as OpenAI, unless it is addressed as Azure OpenAI is.
func TestIsOtherServer(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://api.openai.com/v1":                     false,
		"https://eu.api.openai.com/v1":                  false,
		"https://openai.com":                            false,
		"https://notopenai.com/v1":                      true,
		"https://name.openai.azure.com/openai/v1":       true,
		"https://api.mistral.ai/v1":                     true,
		"http://localhost:8080/v1":                      false,
		"http://127.0.0.1:8080/v1":                      false,
		"http://[::1]:8080/v1":                          false,
		"http://localhost:8080/openai/v1":               true,
		"http://127.0.0.1:8080/v1?api-version=2026-1-1": true,
	} {
		base, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := isOtherServer(base, nil); got != want {
			t.Errorf("%s: got %t, want %t", address, got, want)
		}
	}
	local := &url.URL{Scheme: "http", Host: "localhost:8080", Path: "/v1"}
	if !isOtherServer(local, http.Header{"Api-Key": {"x"}}) {
		t.Error("a server that is addressed with a key of Azure counts as OpenAI")
	}
}

// Files of the purpose batch expire by default at OpenAI, and not on other servers.
func TestWarnOfBatchExpiry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		service *service
		purpose string
		calls   int
		want    int
	}{
		"OpenAI":                 {&service{}, "batch", 1, 1},
		"OpenAI, many resources": {&service{}, "batch", 3, 1},
		"another purpose":        {&service{}, "user_data", 1, 0},
		"another server":         {&service{otherServer: true}, "batch", 1, 0},
		"not configured":         {nil, "batch", 1, 0},
	} {
		var diags diag.Diagnostics
		for range test.calls {
			test.service.warnOfBatchExpiry(types.StringValue(test.purpose), types.ObjectNull(nil), &diags)
		}
		if got := diags.WarningsCount(); got != test.want {
			t.Errorf("%s: got %d warnings, want %d: %v", name, got, test.want, diags)
		}
	}
}
