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
		"rate limit to the end": {fmt.Errorf("%w while waiting to retry after: %w", context.DeadlineExceeded, limited), "kept limiting the rate (429) until the timeout expired"},
		"timeout":               {context.DeadlineExceeded, "The timeout has expired"},
		"404":                   {&openai.Error{StatusCode: 404}, "are those of the project that contains the object"},
		"410":                   {&openai.Error{StatusCode: 410}, "are those of the project that contains the object"},
		"404, but it is there":  {fmt.Errorf("deleting: %w", openai.ErrStillThere), "forwards every request"},
		"no such API":           {openai.ErrNoAPI, "there is no such API at this address"},
		"proxy that refuses":    {fmt.Errorf("reading: %w", openai.ErrProxy), "whether the proxy allows the provider's base_url"},
		"proxy that is down":    {errors.Join(openai.ErrProxy, &net.OpError{Op: "dial", Err: errors.New("refused")}), "Check HTTPS_PROXY"},
		"web page":              {fmt.Errorf("reading: %w", openai.ErrWebPage), "the sign-in page of a network"},
		"odd answer":            {fmt.Errorf("deleting: %w", openai.ErrAnswer), "is not compatible with the OpenAI API"},
		"nothing listens":       {&net.OpError{Op: "dial", Err: errors.New("refused")}, "Check the provider's base_url, the network"},
		"lost":                  {&openai.LostAnswerError{Err: errors.New("reset")}, "look for it with the data source openai_files"},
		"lost, and no list":     {fmt.Errorf("%w: %w", &openai.LostAnswerError{Err: errors.New("reset")}, &openai.Error{StatusCode: 405}), "does not list its files"},
		"something that is new": {&openai.Error{StatusCode: 418}, ""},
	} {
		if got := advice(test.err); !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q in it", name, got, test.want)
		}
	}
}

// Headers are at fault only if the address is the same and names nothing any more. The arguments may have been removed even then.
func TestMissingFailure_otherPlace(t *testing.T) {
	t.Parallel()
	const here, there = "https://a.example.com/v1", "https://b.example.com/v1"
	for name, test := range map[string]struct {
		then, now openai.Place
		headers   bool
	}{
		"other project":           {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here, Project: "q"}, false},
		"names none any more":     {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: here}, true},
		"named none before":       {openai.Place{BaseURL: here}, openai.Place{BaseURL: here, Project: "q"}, false},
		"elsewhere without names": {openai.Place{BaseURL: here, Project: "p"}, openai.Place{BaseURL: there}, false},
	} {
		f := missingFailure("File could not be read", "File", &openai.OtherPlaceError{ID: "file-1", Then: test.then, Now: test.now})
		if !strings.Contains(f.advice, "Restore the provider's api_key, organization, project and base_url as they were when file-1 was created.") ||
			!strings.HasSuffix(f.advice, "If you no longer need file-1, remove the resource from the state with terraform state rm.") {
			t.Errorf("%s: got the advice %q", name, f.advice)
		}
		if got := strings.Contains(f.advice, "let the response headers openai-project and openai-organization pass"); got != test.headers {
			t.Errorf("%s: the advice names headers: %t, want %t", name, got, test.headers)
		}
	}
}

// A 404 that cannot be verified may have to do with the address, or with a service that is down for a while.
func TestMissingFailure_unverified(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list      error
		want, not string
	}{
		"the list is down":         {&openai.Error{StatusCode: 500}, "Try again when the service answers", "base_url"},
		"there is no such address": {&openai.Error{StatusCode: 404}, "Check the provider's base_url", "Try again"},
		"the key is refused":       {&openai.Error{StatusCode: 401}, "Check the provider's api_key", "Try again"},
		"interrupted":              {context.Canceled, "The run was interrupted", "Try again"},
		"the list still has it":    {nil, "A gateway or proxy answers in place of the service", "Try again"},
	} {
		f := missingFailure("File could not be read", "File", &openai.UnverifiedError{What: "files", NotFound: &openai.Error{StatusCode: 404}, List: test.list})
		if !strings.Contains(f.advice, test.want) || strings.Contains(f.advice, test.not) {
			t.Errorf("%s: got %q, want %q and not %q", name, f.advice, test.want, test.not)
		}
	}
}

func TestSentence(t *testing.T) {
	for err, want := range map[error]string{
		errors.New("it failed"):                                               "It failed.",
		errors.New("über alles"):                                              "Über alles.",
		fmt.Errorf("uploading a.txt: %w", context.Canceled):                   "Uploading a.txt: interrupted.",
		fmt.Errorf("uploading a.txt: %w (POST /x)", context.DeadlineExceeded): "Uploading a.txt: the timeout expired (POST /x).",
	} {
		if got := sentence(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTwinsAdvice(t *testing.T) {
	for name, test := range map[string]struct {
		ids       []string
		unchecked error
		want      string
	}{
		"one":                {[]string{"file-1"}, nil, "file-1 now also exists, with the same name. Delete it, unless another resource manages it or somebody else uses it."},
		"two":                {[]string{"file-1", "file-2"}, nil, "These now also exist, with the same name: file-1, file-2. Delete the ones that no other resource manages and nobody else uses."},
		"one, and no look":   {[]string{"file-1"}, context.Canceled, "file-1 now also exists, with the same name. Delete it, unless another resource manages it or somebody else uses it. There may be others: The apply was interrupted."},
		"one, and no answer": {[]string{"file-1"}, errors.New("reset"), "file-1 now also exists, with the same name. Delete it, unless another resource manages it or somebody else uses it. There may be others: Reset."},
	} {
		if got := twinsAdvice(test.ids, "name") + moreTwins(test.unchecked); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
