package openai_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"https://api.openai.com/v1", "https://api.openai.com/v1"},
		{"https://api.openai.com/v1/", "https://api.openai.com/v1"},
		{"https://api.openai.com/v1///", "https://api.openai.com/v1"},
		{"https://api.openai.com", "https://api.openai.com"},
		{"  https://api.openai.com/v1\n", "https://api.openai.com/v1"},
		{"HTTPS://API.test/v1", "https://API.test/v1"},
		{"http://127.0.0.1:4000", "http://127.0.0.1:4000"},
		{"http://[::1]:4000/v1", "http://[::1]:4000/v1"},
		{"https://x.openai.azure.com/openai?api-version=2024-10-21", "https://x.openai.azure.com/openai?api-version=2024-10-21"},
		{"https://x.test/openai/?api-version=1", "https://x.test/openai?api-version=1"},
		{"https://x.test/a%2Fb/", "https://x.test/a%2Fb"},
		{"https://x.test/v1#part", "https://x.test/v1"},
		{"https://user:pa%20ss@x.test/v1", "https://user:pa%20ss@x.test/v1"},
	} {
		got, err := openai.ParseBaseURL(test.in)
		if err != nil || got.String() != test.want {
			t.Errorf("%q: got %v, %v, want %s", test.in, got, err, test.want)
		}
	}
}

func TestParseBaseURL_refusalsShowNoSecret(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"",
		"api.openai.com/v1",
		"/v1?sig=hunter2",
		"ftp://user:hunter2@x.test",
		"https:x.test/hunter2",
		"https://",
		"https://:443/hunter2",
		"https://user:hunter2@/v1",
		"https://user:hunter2@x.test:port/v1",
		"https://user:hunter2 @x.test/v1",
		"https://user:hunter2%zz@x.test/v1",
		"https://x.test/v1?sig=hunter2\x00",
		"://user:hunter2@x.test",
	} {
		if in == "" {
			_, err := openai.ParseBaseURL(in)
			if err == nil {
				t.Error("no address is one")
			}
			continue
		}
		for _, check := range []func() error{
			func() error { _, err := openai.ParseBaseURL(in); return err },
			func() error { _, err := openai.NewClient(openai.Config{BaseURL: in}); return err },
		} {
			err := check()
			if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "https://api.openai.com/v1") {
				t.Errorf("%q: %v", in, err)
			}
		}
	}
}

// An id is one element of the path, whatever it looks like: a request for another operation must not come of it.
func TestClient_idsStayOneElementOfThePath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ id, want string }{
		{"file-1", "/v1/files/file-1"},
		{"../x", "/v1/files/..%2Fx"},
		{"a/b", "/v1/files/a%2Fb"},
		{`a\b`, "/v1/files/a%5Cb"},
		{"a?b=c", "/v1/files/a%3Fb=c"},
		{"a#b", "/v1/files/a%23b"},
		{"a%2Fb", "/v1/files/a%252Fb"},
		{"a b", "/v1/files/a%20b"},
		{"a\r\nHost: x", "/v1/files/a%0D%0AHost:%20x"},
		{"ü", "/v1/files/%C3%BC"},
		{"...", "/v1/files/..."},
		{"a;b", "/v1/files/a%3Bb"},
		{"\xff\x00", "/v1/files/%FF%00"},
	} {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []string
				client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					got = append(got, r.Method+" "+r.RequestURI)
					http.Error(w, "no", http.StatusTeapot)
				}))
				_, _ = client.RetrieveFile(t.Context(), test.id)
				_ = client.DeleteFile(t.Context(), test.id)
				_, _ = client.DownloadFile(t.Context(), test.id, 1, nil)
				_ = client.CancelUpload(t.Context(), test.id)
				want := []string{
					"GET " + test.want, "DELETE " + test.want, "GET " + test.want + "/content",
					"POST " + strings.Replace(test.want, "files", "uploads", 1) + "/cancel",
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error("(-want +got):\n", diff)
				}
			})
		})
	}
}

func TestClient_refusesIDsThatNameAnotherOperation(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", ".", ".."} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := connect(t, openai.Config{MaxRetries: 1}, counted(&requests, answers(http.StatusOK, nil, `{"id":"file-1"}`)))
			_, err := client.RetrieveFile(t.Context(), id)
			for _, err := range []error{
				err,
				client.DeleteFile(t.Context(), id),
				download(client.DownloadFile(t.Context(), id, 1, nil)),
				client.CancelUpload(t.Context(), id),
			} {
				if err == nil || !strings.HasSuffix(err.Error(), `"`+id+`" is not an id`) {
					t.Errorf("%q: %v", id, err)
				}
			}
			if requests != 0 {
				t.Errorf("%q: %d requests", id, requests)
			}
		})
	}
}

func TestClient_everyRequestHasHeadersAndQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{
			BaseURL:      "http://api.test/v1/?api-version=2024-10-21&tenant=a+b",
			Organization: "org-1",
			Project:      "proj_1",
			UserAgent:    "test/1",
			Header:       http.Header{"x-more": {"one", "two"}, "Openai-Project": {"proj_2"}},
		}, openaitest.WithQuery("api-version", "2024-10-21"), openaitest.WithQuery("tenant", "a b"))

		file, err := client.UploadFile(t.Context(), params("a.txt", "hello"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.RetrieveFile(t.Context(), file.ID); err != nil {
			t.Error(err)
		}
		for _, err := range client.ListFiles(t.Context(), openai.ListFilesParams{Purpose: "user_data", Order: "asc", Limit: 7}) {
			if err != nil {
				t.Error(err)
			}
		}
		upload, err := client.CreateUpload(t.Context(), params("b.txt", "hello"))
		if err != nil {
			t.Fatal(err)
		}
		if err := client.CancelUpload(t.Context(), string(upload.ID)); err != nil {
			t.Error(err)
		}
		if err := client.DeleteFile(t.Context(), file.ID); err != nil {
			t.Error(err)
		}

		if got := methods(s); got != "POST GET GET POST POST DELETE" {
			t.Error("requests", got)
		}
		for _, request := range s.Requests() {
			for name, want := range map[string][]string{
				"Authorization":       {"Bearer sk-test-openaitest"},
				"Openai-Organization": {"org-1"},
				"Openai-Project":      {"proj_2"},
				"User-Agent":          {"test/1"},
				"X-More":              {"one", "two"},
				"Accept":              {"*/*"},
			} {
				if got := request.Header[name]; !reflect.DeepEqual(got, want) {
					t.Errorf("%s %s: %s: %q", request.Method, request.Path, name, got)
				}
			}
		}
		want := url.Values{
			"api-version": {"2024-10-21"}, "tenant": {"a b"},
			"purpose": {"user_data"}, "order": {"asc"}, "limit": {"7"},
		}
		if diff := cmp.Diff(want, s.Requests()[2].Query); diff != "" {
			t.Error("list (-want +got):\n", diff)
		}
	})
}

func TestClient_headerReplacesTheKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, client := newService(t, openai.Config{APIKey: "wrong", Header: http.Header{"authorization": nil, "api-key": {openaitest.Key}}})
		file := s.AddFile("a.txt", "user_data", []byte("x"))
		if _, err := client.RetrieveFile(t.Context(), file.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestClient_userAndPasswordOfTheBaseURL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{
			BaseURL: "http://user:p%40ss@api.test/v1",
			Header:  http.Header{"Authorization": nil},
		}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			answers(http.StatusOK, nil, `{"id":"file-1","filename":"`+user+" "+password+`"}`)(w, r)
		}))
		file, err := client.RetrieveFile(t.Context(), "file-1")
		if err != nil || file.Filename != "user p@ss" {
			t.Errorf("%+v, %v", file, err)
		}
	})
}

func TestClient_defaults(t *testing.T) {
	t.Parallel()
	client, err := openai.NewClient(openai.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := client.MaxConcurrentUploads(); got != 10 {
		t.Error("uploads at one time:", got)
	}
}

// download returns how a download ended.
func download(_ int64, err error) error { return err }
