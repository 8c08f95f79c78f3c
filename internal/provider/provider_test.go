package provider_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// withProvider returns a configuration with a provider block of these arguments, and one file.
func withProvider(source string, arguments ...string) string {
	return fmt.Sprintf("provider \"openai\" {\n  %s\n}\nresource \"openai_file\" \"test\" {\n  purpose = \"user_data\"\n  source = %q\n}\n",
		strings.Join(arguments, "\n  "), source)
}

func baseURL(address string) string { return fmt.Sprintf("base_url = %q", address) }

func apiKey(key string) string { return fmt.Sprintf("api_key = %q", key) }

// withArguments returns a core with one file, under a provider block of these arguments.
func withArguments(t *testing.T, s service, arguments map[string]any) *core {
	t.Helper()
	tf := newCore(t, s, false)
	tf.provider = arguments
	tf.declare(t, "a.txt", one)
	return tf
}

func TestProvider_environment(t *testing.T) {
	s := newFake(t)
	t.Setenv("OPENAI_API_KEY", openaitest.Key+"\n") // as a file of a secret store leaves it
	t.Setenv("OPENAI_BASE_URL", s.URL+"/")
	t.Setenv("OPENAI_ORG_ID", "org-1")
	t.Setenv("OPENAI_PROJECT_ID", "proj_1")
	withArguments(t, s, map[string]any{}).mustApply(t)
	s.expectFiles(t, one)()
	for _, request := range s.Requests() {
		if got := request.Header.Get("OpenAI-Organization") + " " + request.Header.Get("OpenAI-Project"); got != "org-1 proj_1" {
			t.Fatalf("%s %s went to organization and project %q", request.Method, request.Path, got)
		}
	}
}

func TestProvider_argumentsWinOverTheEnvironment(t *testing.T) {
	s := newFake(t)
	t.Setenv("OPENAI_API_KEY", "sk-other")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
	t.Setenv("OPENAI_ORG_ID", "org-other")
	t.Setenv("OPENAI_PROJECT_ID", "proj_other")
	withArguments(t, s, map[string]any{"api_key": openaitest.Key, "base_url": s.URL, "organization": "org-2", "project": "proj_2"}).mustApply(t)
	s.expectFiles(t, one)()
	if got := s.Requests()[0].Header; got.Get("OpenAI-Organization") != "org-2" || got.Get("OpenAI-Project") != "proj_2" {
		t.Errorf("organization %q, project %q", got.Get("OpenAI-Organization"), got.Get("OpenAI-Project"))
	}
}

func TestProvider_missingKeyIsRefusedBeforeAnyRequest(t *testing.T) {
	s := newFake(t)
	t.Setenv("OPENAI_API_KEY", "")
	out := withArguments(t, s, map[string]any{"base_url": s.URL}).apply(t.Context(), s.URL)
	out.expectErrorAt(t, "api_key", `API key is missing.*OPENAI_API_KEY`)
	if n := len(s.Requests()); n > 0 {
		t.Errorf("%d requests without a key", n)
	}
}

func TestProvider_headersReplaceTheKey(t *testing.T) {
	s := newFake(t, openaitest.WithQuery("api-version", "2024-10-21"))
	t.Setenv("OPENAI_API_KEY", "sk-of-another-service") // must not go along
	withArguments(t, s, map[string]any{
		"base_url": s.URL + "?api-version=2024-10-21", "headers": map[string]any{"api-key": openaitest.Key, "x-team": "research"},
	}).mustApply(t)
	s.expectFiles(t, one)()
	for _, request := range s.Requests() {
		if request.Header.Get("X-Team") != "research" || request.Header.Get("Authorization") != "" {
			t.Fatalf("%s %s had the headers %v", request.Method, request.Path, request.Header)
		}
	}
}

// A server whose address carries the credentials must not get the key of OpenAI that lies in the environment.
func TestProvider_userInBaseURLReplacesTheKey(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if user, password, _ := r.BasicAuth(); user != "team" || password != "pass-word" {
			t.Errorf("%s %s had the header Authorization: %s", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("OPENAI_API_KEY", "sk-of-another-service")
	out := &outcome{}
	provider := configuredProvider(t.Context(), nil, map[string]any{"base_url": strings.Replace(server.URL, "//", "//team:pass-word@", 1)}, out)
	readFrom(t, provider, "openai_files", nil, out)
	out.mustSucceed(t, "read")
	if requests.Load() == 0 {
		t.Error("nothing was asked")
	}
}

func TestProvider_badArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	type arguments = map[string]any
	for name, test := range map[string]struct {
		arguments arguments
		want      string
	}{
		"base_url that is empty": {arguments{"base_url": ""}, `Base URL is not valid`},
		"organization":           {arguments{"organization": "org\nx"}, `The value of organization, or of the environment variable OPENAI_ORG_ID`},
		"base_url without host":  {arguments{"base_url": "api.openai.com/v1"}, `Base URL is not valid.*base_url.*not an http`},
		"base_url of a file":     {arguments{"base_url": "file:///tmp"}, `Base URL is not valid`},
		"key with a line break":  {arguments{"api_key": "sk-a\nb"}, `Value cannot be sent in a header.*api_key`},
		"header value":           {arguments{"headers": arguments{"x-team": "a\r\nb"}}, `Value cannot be sent in a header.*headers`},
		"header that is null":    {arguments{"headers": arguments{"x-team": nil}}, `Null Map Value`},
		"key that is empty":      {arguments{"api_key": ""}, `API key is missing.*api_key is empty`},
		"header name":            {arguments{"headers": arguments{"x team": "a"}}, `Header name is not valid`},
		"base_url of the files":  {arguments{"base_url": "https://api.openai.com/v1/files/"}, `Base URL is not valid.*ends in /files`},
		"reserved header":        {arguments{"headers": arguments{"Host": "a.example"}}, `Header is reserved.*The header Host`},
		"max_retries, not whole": {arguments{"max_retries": 1.5}, `max_retries is 1\.5, but it must be a whole number between 0 and 100`},
		"max_retries":            {arguments{"max_retries": -1}, `max_retries.*between 0 and 100`},
		"max_concurrent_uploads": {arguments{"max_concurrent_uploads": 0}, `max_concurrent_uploads.*between 1 and 100`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := maps.Clone(test.arguments)
			if _, ok := arguments["api_key"]; !ok {
				arguments["api_key"] = "sk-secret-of-the-test"
			}
			out := &outcome{}
			configuredProvider(t.Context(), nil, arguments, out)
			for name := range test.arguments {
				out.expectErrorAt(t, name, test.want)
			}
			if strings.Contains(out.String(), "sk-") {
				t.Errorf("the key is in %q", out)
			}
		})
	}
}

func TestAccProvider_badArgumentsAreRefused(t *testing.T) {
	service{}.run(t, resource.TestStep{
		Config:      withProvider("a.txt", apiKey("sk-secret-of-the-test"), baseURL("https://api.openai.com/v1/files/")),
		ExpectError: says(`Base URL is not valid`, `base_url`, `ends in /files`),
	})
}

func TestAccProvider_wrongKeyWritesNoState(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), one)
	s.run(t,
		resource.TestStep{
			Config:      withProvider(source, baseURL(s.URL), apiKey("sk-wrong")),
			ExpectError: says(`File was not uploaded`, `Incorrect API key`, `HTTP 401`, `Check the provider's api_key`),
		},
		resource.TestStep{
			PreConfig:        func() { s.ResetRequests() },
			Config:           withProvider(source, baseURL(s.URL), apiKey(openaitest.Key)),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionCreate)), // nothing to replace or to refresh
			PostApplyFunc:    s.expectSent(t, "POST", 1),
		},
	)
}

func TestAccProvider_unknownUntilApply(t *testing.T) {
	s := newFake(t)
	source := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), one)
	config := fmt.Sprintf(`
resource "terraform_data" "key" {
  input = %q
}
`, openaitest.Key) + withProvider(source, baseURL(s.URL), "api_key = terraform_data.key.output")
	s.run(t,
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: planned(action(plancheck.ResourceActionCreate), between(func() {
				if n := len(s.Requests()); n > 0 {
					t.Errorf("%d requests although the key is not known", n)
				}
			})),
			PostApplyFunc: s.expectFiles(t, one),
		},
	)
}

func TestAccProvider_dataSourceNeedsAKnownProvider(t *testing.T) {
	s := newFake(t)
	s.run(t, resource.TestStep{
		Config: fmt.Sprintf(`
resource "terraform_data" "key" {
  input = %q
}
provider "openai" {
  base_url = %q
  api_key  = terraform_data.key.output
}
data "openai_files" "test" {}
`, openaitest.Key, s.URL),
		ExpectError: says(`Provider is not configured yet`, `not known until apply`),
	})
}

func TestAccProvider_maxRetriesZeroTriesOnce(t *testing.T) {
	s := newFake(t)
	s.Inject(openaitest.Fault{Method: "POST", Times: -1, Status: http.StatusTooManyRequests, Body: "slow down"})
	source := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), one)
	s.run(t, resource.TestStep{
		Config:      withProvider(source, baseURL(s.URL), apiKey(openaitest.Key), "max_retries = 0"),
		ExpectError: says(`File was not uploaded`, `[Ss]low down`, `HTTP 429`, `max_retries`),
	})
	s.expectSent(t, "POST", 1)()
}

func TestProvider_maxConcurrentUploadsBoundsThem(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		var flying, most atomic.Int64
		fake := newBubbleFake(t, openaitest.WithLog(func(request openaitest.Request) {
			if request.Method == http.MethodPost {
				flying.Add(-1)
			}
		}))
		// Each upload takes long enough for others to come beside it.
		fake.Inject(openaitest.Fault{Method: http.MethodPost, Times: -1, Delay: time.Second, Match: func(*http.Request) bool {
			most.Store(max(most.Load(), flying.Add(1)))
			return true
		}})
		tf := newCore(t, fake, false)
		tf.uploads = 2
		for i := range 5 {
			tf.declare(t, fmt.Sprintf("%d.txt", i), strings.Repeat("x", i+1))
		}
		tf.mustApply(t)
		fake.expectSent(t, "POST", 5)()
		if n := most.Load(); n != 2 {
			t.Errorf("%d uploads at one time, want 2", n)
		}
	})
}

// Answers that the service gives where they can occur; each is told to the user with its request id and what to do.
func TestFileResource_answersOfTheService(t *testing.T) {
	t.Parallel()
	refusal := func(status int, message, kind, code string) openaitest.Fault {
		return openaitest.Fault{
			Times: -1, Status: status, Header: http.Header{"X-Request-Id": {"req_0123"}},
			Body: fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%s}}`, message, kind, code),
		}
	}
	for name, test := range map[string]struct {
		fault openaitest.Fault
		want  string
	}{
		"400":            {refusal(400, "Invalid file format.", "invalid_request_error", "null"), `Invalid file format\. \(HTTP 400 from POST \S+, request req_0123\)`},
		"403":            {refusal(403, "Not here.", "request_forbidden", "null"), `HTTP 403.*organization and project`},
		"404":            {refusal(404, "Invalid URL (POST /v1/files)", "invalid_request_error", "null"), `HTTP 404.*there is no such API at this address`},
		"413 of a proxy": {openaitest.Fault{Times: -1, Status: 413, Body: "<html><head><title>413 Request Entity Too Large</title></head></html>"}, `413 Request Entity Too Large.*HTTP 413.*512 MB`},
		"429 quota":      {refusal(429, "You exceeded your current quota.", "insufficient_quota", `"insufficient_quota"`), `current quota.*HTTP 429.*no credit left`},
		"redirect":       {openaitest.Fault{Times: -1, RedirectTo: "https://elsewhere.example/v1/files"}, `redirects to\s+https://elsewhere\.example`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newCore(t, newBubbleFake(t), false)
				fault := test.fault
				fault.Method = "POST"
				tf.fake.Inject(fault)
				tf.declare(t, "a.txt", one)
				tf.apply(t.Context(), tf.fake.URL).expectError(t, `File was not uploaded.*`+test.want)
				tf.fake.expectSent(t, "POST", 1)()
				tf.fake.expectFiles(t)()
				if len(tf.current) > 0 {
					t.Errorf("the state has %v, want nothing", tf.claims())
				}
			})
		})
	}
}

func TestFileResource_survivesWhatPasses(t *testing.T) {
	t.Parallel()
	slow := http.Header{"Retry-After": {"1"}}
	for name, test := range map[string]struct {
		fault openaitest.Fault
		posts int
	}{
		"429 with Retry-After":     {openaitest.Fault{Method: "POST", Status: 429, Header: slow, Body: `{"error":{"message":"Rate limit reached"}}`}, 2},
		"429 with Retry-After-Ms":  {openaitest.Fault{Method: "POST", Status: 429, Header: http.Header{"Retry-After-Ms": {"20"}}, Body: `{}`}, 2},
		"503":                      {openaitest.Fault{Method: "POST", Status: 503, Header: slow, Body: "overloaded"}, 2},
		"500":                      {openaitest.Fault{Method: "POST", Status: 500, AfterBody: true, Body: `{"error":{"message":"The server had an error"}}`}, 2},
		"502 with a page of HTML":  {openaitest.Fault{Method: "POST", Status: 502, AfterBody: true, Body: "<html><title>Bad gateway</title></html>"}, 2},
		"connection lost":          {openaitest.Fault{Method: "POST", CutRequestAfter: -1}, 2},
		"answer lost":              {openaitest.Fault{Method: "POST", LoseAnswer: true}, 1},
		"200 with a page of HTML":  {openaitest.Fault{Method: "POST", Status: 200, AfterBody: true, Body: "<html></html>"}, 2},
		"500 while it is read":     {openaitest.Fault{Method: "GET", Path: "/files/*", Status: 500, Body: "oops"}, 1},
		"409 while it is deleted":  {openaitest.Fault{Method: "DELETE", Times: 2, Status: 409, Body: `{"error":{"message":"File is still processing. Check back later."}}`}, 1},
		"half an answer when read": {openaitest.Fault{Method: "GET", Path: "/files/*", TruncateAnswer: 20}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newCore(t, newBubbleFake(t), false)
				tf.fake.Inject(test.fault)
				tf.declare(t, "a.txt", one)
				tf.mustApply(t)
				tf.expectAgreement(t, nil)
				tf.fake.expectSent(t, "POST", test.posts)()
				tf.expectNoChanges(t) // reads it
				tf.mustDestroy(t)
				tf.fake.expectFiles(t)()
				if hits := tf.fake.faulty(); hits == 0 {
					t.Error("nothing went wrong, so the test says nothing")
				}
			})
		})
	}
}

func TestFileResource_refreshErrorKeepsTheState(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 501} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), false)
			tf.declare(t, "a.txt", one)
			tf.mustApply(t)
			tf.fake.Inject(openaitest.Fault{Method: "GET", Path: "/files/*", Times: 1, Status: status, Body: "no"})
			tf.apply(t.Context(), tf.fake.URL).expectError(t, fmt.Sprintf(`File could not be read.*HTTP %d`, status))
			tf.expectNoChanges(t)
			tf.expectAgreement(t, nil)
			tf.fake.expectSent(t, "POST", 1)()
		})
	}
}

func TestAccFileResource_serverThatCannotDelete(t *testing.T) {
	s := newFake(t, openaitest.WithoutOperation("DELETE", "/files"))
	source := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), one)
	s.run(t,
		resource.TestStep{Config: s.fromSource(source)},
		resource.TestStep{
			Config:      s.fromSource(source),
			Destroy:     true,
			ExpectError: says(`File was not deleted`, `deletion_policy`),
		},
		resource.TestStep{Config: s.fromSource(source, `deletion_policy = "keep"`)},
	)
}

// Compatible servers leave out fields, add their own and rename files.
func TestFileResource_compatibleServers(t *testing.T) {
	t.Parallel()
	for name, rewrite := range map[string]func(r *http.Request, status int, body map[string]any) (int, map[string]any){
		"201 and null bytes": func(r *http.Request, status int, body map[string]any) (int, map[string]any) {
			if r.Method == http.MethodPost {
				status = http.StatusCreated
			}
			body["bytes"] = nil
			return status, body
		},
		"no more than an id": func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			return status, map[string]any{"id": body["id"]}
		},
		"another name and times as text": func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
			body["filename"], body["purpose"] = "a_b.txt", "unknown"
			body["created_at"] = "2026-01-02T03:04:05Z"
			body["expires_at"] = 1800000000.5
			body["status"] = "ok"
			return status, body
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t, openaitest.WithRewrite(rewrite)), false)
			tf.declare(t, "a.txt", one)
			tf.mustApply(t)
			state := elements(tf.current["a.txt"].value)
			for attribute, want := range map[string]string{"filename": "a.txt", "purpose": "user_data", "content_sha256": oneSHA256} {
				if got := str(state[attribute]); got != want {
					t.Errorf("the state has the %s %q, want %q", attribute, got, want)
				}
			}
			if got := num(state["bytes"]); got != 4 {
				t.Errorf("the state has %d bytes, want 4", got)
			}
			tf.expectNoChanges(t)
		})
	}
}

// Other shapes are those of TestHostileServer_ids.
func TestAccFileResource_idsOfAnyShape(t *testing.T) {
	const id = "bGl0ZWxsbV9wcm94eTp/+=="
	s := newFake(t, openaitest.WithIDs(func() string { return id }))
	source := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), one)
	s.run(t, resource.TestStep{
		Config:            s.fromSource(source),
		ConfigStateChecks: states(attribute("id", knownvalue.StringExact(id))),
	})
	s.expectFiles(t)() // deleted under the same id
}
