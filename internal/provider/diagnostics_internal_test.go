package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// Each failure gets the advice that helps against it: the same status may have several causes.
func TestAdvice(t *testing.T) {
	t.Parallel()
	limited := &openai.Error{StatusCode: 429}
	for name, test := range map[string]struct {
		err  error
		want string // part of the advice
	}{
		"rate limit":            {limited, "raise the provider's max_retries"},
		"rate limit to the end": {fmt.Errorf("%w while waiting to retry after: %w", context.DeadlineExceeded, limited), "kept asking to wait until the time set by timeouts was over"},
		"timeout":               {context.DeadlineExceeded, "The time set by timeouts is over"},
		"404":                   {&openai.Error{StatusCode: 404}, "is not that of the project which holds it"},
		"410":                   {&openai.Error{StatusCode: 410}, "is not that of the project which holds it"},
		"404, but it is there":  {fmt.Errorf("deleting: %w", openai.ErrStillThere), "passes on every request"},
		"no such API":           {openai.ErrNoAPI, "there is no such API at this address"},
		"proxy that refuses":    {fmt.Errorf("reading: %w", openai.ErrProxy), "whether the proxy allows the provider's base_url"},
		"proxy that is down":    {errors.Join(openai.ErrProxy, &net.OpError{Op: "dial", Err: errors.New("refused")}), "Check HTTPS_PROXY"},
		"web page":              {fmt.Errorf("reading: %w", openai.ErrWebPage), "the sign-in page of a network"},
		"nothing listens":       {&net.OpError{Op: "dial", Err: errors.New("refused")}, "Check the provider's base_url, the network"},
		"something that is new": {&openai.Error{StatusCode: 418}, ""},
	} {
		if got := advice(test.err); !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q in it", name, got, test.want)
		}
	}
}
