package openaitest_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

func TestWithOrganizationAndProject(t *testing.T) {
	for name, test := range map[string]struct {
		opts                  []openaitest.Option
		organization, project string
	}{
		"by default":  {nil, openaitest.Organization, openaitest.Project},
		"others":      {[]openaitest.Option{openaitest.WithOrganization("org-a"), openaitest.WithProject("proj_a")}, "org-a", "proj_a"},
		"no project":  {[]openaitest.Option{openaitest.WithProject("")}, openaitest.Organization, ""},
		"neither one": {[]openaitest.Option{openaitest.WithOrganization(""), openaitest.WithProject("")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newServer(t, test.opts...)
			s.Inject(openaitest.Fault{Path: "/files/broken", Status: http.StatusInternalServerError})
			for _, path := range []string{"/files", "/files/file-gone", "/files/broken"} {
				got := c.get(t, path)
				if o, p := got.header.Get("Openai-Organization"), got.header.Get("Openai-Project"); o != test.organization || p != test.project {
					t.Errorf("%s: got the organization %q and the project %q, want %q and %q", path, o, p, test.organization, test.project)
				}
			}
		})
	}
}

func TestWithProjectKey_filesOfItsOwn(t *testing.T) {
	s, a := newServer(t, openaitest.WithProjectKey("sk-b", "org-b", "proj_b"), openaitest.WithProjectKey("sk-c", "", ""))
	b := client{a.url, "sk-b"}
	id := a.upload(t, "user_data", "a.txt", "hello")
	want := refusalWithDetail("No such File object: "+id, `"id"`)
	for method, path := range map[string]string{http.MethodGet: "/files/" + id, http.MethodDelete: "/files/" + id} {
		got := b.do(t, method, path, nil)
		got.want(t, http.StatusNotFound, want)
		if got.header.Get("Openai-Organization") != "org-b" || got.header.Get("Openai-Project") != "proj_b" {
			t.Errorf("%s: got the headers %v, want those of org-b and proj_b", method, got.header)
		}
	}
	if got := b.list(t, ""); got.IDs != "" {
		t.Errorf("got the list %+v, want none of the files of another project", got)
	}
	own := b.upload(t, "user_data", "b.txt", "world")
	if got := s.FilesOf("sk-b"); len(got) != 1 || got[0].ID != own {
		t.Errorf("got the files %+v, want %s", got, own)
	}
	if got := s.Files(); len(got) != 1 || got[0].ID != id {
		t.Errorf("got the files %+v, want %s", got, id)
	}
	if text, ok := s.Content(own); !ok || string(text) != "world" {
		t.Errorf("got the content %q, %t", text, ok)
	}
	upload := a.newUpload(t, "user_data", "a.txt", 5)
	if got := b.do(t, http.MethodPost, "/uploads/"+upload+"/cancel", nil); got.status != http.StatusNotFound {
		t.Errorf("got %d %s, want 404 for the Upload of another project", got.status, got.body)
	}
	if got := (client{a.url, "sk-c"}).get(t, "/files"); got.header.Get("Openai-Project") != "" || got.status != http.StatusOK {
		t.Errorf("got %d, %v, want no project", got.status, got.header)
	}
	if !s.DeleteFile(own) || len(s.FilesOf("sk-b")) != 0 || len(s.FilesOf("sk-unknown")) != 0 {
		t.Errorf("got the files %+v, want none", s.FilesOf("sk-b"))
	}
}

func TestWithGateway(t *testing.T) {
	for _, gateway := range openaitest.Gateways() {
		t.Run(gateway.Name, func(t *testing.T) {
			s, c := newServer(t, openaitest.WithGateway(gateway))
			file := s.AddFile("a.txt", "user_data", []byte("x"))
			if got := c.get(t, "/files/"+file.ID); got.status != http.StatusOK {
				t.Errorf("got %d %s behind the gateway, want the file", got.status, got.body)
			}
			elsewhere := client{strings.TrimSuffix(c.url, "/v1"), "sk-wrong"}
			for _, base := range []string{"/v2", "", "/v1/v1"} {
				path := base + "/files/" + file.ID
				got := elsewhere.get(t, path)
				want := strings.NewReplacer("{method}", "GET", "{path}", path).Replace(gateway.Body)
				got.want(t, http.StatusNotFound, want)
				if kind := got.header.Get("Content-Type"); kind != gateway.ContentType {
					t.Errorf("%s: got the type %q, want %q", path, kind, gateway.ContentType)
				}
				if got.header.Get("Openai-Version") != "" || got.header.Get("X-Request-Id") != "" {
					t.Errorf("%s: got the headers %v, want none of the service", path, got.header)
				}
			}
		})
	}
}

// Without a gateway the service itself answers.
func TestServer_anotherBasePath(t *testing.T) {
	_, c := newServer(t)
	elsewhere := client{strings.TrimSuffix(c.url, "/v1"), c.key}
	elsewhere.get(t, "/files/file-1").want(t, http.StatusNotFound, refusal("Invalid URL (GET /files/file-1)"))
}

func TestServer_compressesJSON(t *testing.T) {
	s, c := newServer(t)
	file := s.AddFile("a.png", "vision", []byte("hello"))
	for path, packed := range map[string]bool{"/files/" + file.ID: true, "/files/file-gone": true, "/files/" + file.ID + "/content": false} {
		r := c.request(t, http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", "gzip, deflate") // the transport no longer unpacks the answer
		got := send(t, r)
		if coding := got.header.Get("Content-Encoding"); (coding == "gzip") != packed {
			t.Errorf("%s: got the coding %q, want gzip: %t", path, coding, packed)
			continue
		}
		if !packed {
			continue
		}
		unpacked, err := gzip.NewReader(strings.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unpacked)
		if plain := c.get(t, path); err != nil || string(text) != plain.body {
			t.Errorf("%s: got %q and %v, want %q", path, text, err, plain.body)
		}
	}
	r := c.request(t, http.MethodGet, "/files/"+file.ID, nil)
	r.Header.Set("Accept-Encoding", "identity")
	if got := send(t, r); got.header.Get("Content-Encoding") != "" || !strings.Contains(got.body, fmt.Sprintf("%q", file.ID)) {
		t.Errorf("got %v %s, want plain JSON", got.header, got.body)
	}
}
