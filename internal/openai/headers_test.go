package openai_test

import (
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

func TestReservedHeader(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"host": true, "Host": true, "CONTENT-LENGTH": true, "content-type": true, "Transfer-Encoding": true, "connection": true,
		"expect": true, "TE": true, "trailer": true, "upgrade": true, "keep-alive": true, "proxy-connection": true,
		"authorization": false, "api-key": false, "accept": false, "user-agent": false, "x-host": false, "": false,
	} {
		if got := openai.ReservedHeader(name); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
}
