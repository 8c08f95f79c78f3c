package provider_test

import (
	"os"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

func TestSilenceFrameworkLog_onlyWhenNobodyAsksForLogs(t *testing.T) {
	for set, want := range map[string]string{
		"":                            "off",
		"TF_LOG=":                     "off",
		"TF_LOG_PATH=x.log":           "off", // says where, not what
		"TF_LOG=INFO":                 "",
		"TF_LOG_PROVIDER=TRACE":       "",
		"TF_LOG_SDK=WARN":             "",
		"TF_LOG_SDK_PROTO=TRACE":      "",
		"TF_LOG_SDK_FRAMEWORK=DEBUG":  "DEBUG",
		"TF_LOG_SDK_HELPER_RESOURCE=": "off",
	} {
		t.Run(set, func(t *testing.T) {
			for _, variable := range os.Environ() {
				if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") {
					t.Setenv(name, "")
				}
			}
			t.Setenv("TF_LOG_SDK_FRAMEWORK", "")
			if name, value, ok := strings.Cut(set, "="); ok {
				t.Setenv(name, value)
			}
			if err := provider.SilenceFrameworkLog(); err != nil {
				t.Fatal(err)
			}
			if got := os.Getenv("TF_LOG_SDK_FRAMEWORK"); got != want {
				t.Errorf("TF_LOG_SDK_FRAMEWORK=%s, want %q", got, want)
			}
		})
	}
}
