package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// frontDoor is one address behind which a test puts one or another service.
type frontDoor struct {
	*httptest.Server
	behind atomic.Pointer[http.Handler]
}

func newFrontDoor(t *testing.T, behind http.Handler) *frontDoor {
	t.Helper()
	door := &frontDoor{}
	door.put(behind)
	door.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*door.behind.Load()).ServeHTTP(w, r) }))
	t.Cleanup(door.Close)
	return door
}

func (d *frontDoor) put(handler http.Handler) { d.behind.Store(&handler) }

// base is the address of the service behind the door, as base_url has it.
func (d *frontDoor) base() string { return d.URL + "/v1" }

// project answers as a fake does and names a project, as OpenAI does.
func project(s service, id string) http.Handler {
	return through(s, func(header http.Header) { header.Set("Openai-Project", id) })
}

// nameless answers as a fake does, behind a proxy that removes the headers of the service.
func nameless(s service) http.Handler {
	return through(s, func(header http.Header) {
		header.Del("Openai-Project")
		header.Del("Openai-Organization")
	})
}

// through answers as a fake does, with other headers.
func through(s service, change func(http.Header)) http.Handler {
	target, err := url.Parse(strings.TrimSuffix(s.URL, "/v1"))
	if err != nil {
		panic(err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(resp *http.Response) error {
			change(resp.Header)
			return nil
		},
	}
}

// nothingButThis answers 404 to everything.
func nothingButThis(contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, body)
	})
}

// destroyWithoutRefresh destroys all, as terraform destroy -refresh=false does.
func (tf *core) destroyWithoutRefresh(ctx context.Context, base string) *outcome {
	out := &outcome{}
	process := tf.start(ctx, base, out)
	for address, prior := range tf.current {
		tf.carryOut(ctx, process, change{address: address, prior: prior, delete: true, planned: process.null, config: process.null})
	}
	return out
}

// expectError expects a run to fail with texts in this order, wherever lines break.
func (o *outcome) expectError(t *testing.T, want string) {
	t.Helper()
	text := strings.Join(strings.Fields(o.String()), " ")
	if !o.failed() || !regexp.MustCompile(want).MatchString(text) {
		t.Errorf("got %q, want an error that matches %s", text, want)
	}
}

// An address, a gateway or a key that is wrong makes every file look deleted. Nothing may come of it: the state keeps the file, the
// service too, and nothing is uploaded.
func TestFilePlace_wrongPlaceChangesNothing(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]struct {
		behind http.Handler // nil: another project
		path   string       // of base_url
		want   string
	}{
		"base_url without /v1": {want: `Nothing was removed from the state.*base_url`},
		"page of HTML":         {nothingButThis("text/html", "<html><title>404 Not Found</title></html>"), "/v1", `404 Not Found.*Nothing was removed from the state`},
		"plain text":           {nothingButThis("text/plain", "404 page not found"), "/v1", `page not found.*Nothing was removed from the state`},
		"empty":                {nothingButThis("text/plain", ""), "/v1", `HTTP 404.*Nothing was removed from the state`},
		"detail: Not Found":    {nothingButThis("application/json", `{"detail":"Not Found"}`), "/v1", `Not Found.*Nothing was removed from the state`},
		"route in the message": {nothingButThis("application/json", `{"message":"no Route matched with those values"}`), "/v1", `Nothing was removed from the state`},
		"key of other project": {path: "/v1", want: `File file-\w+ was created in project proj_A, but the provider now talks to project proj_B\. Nothing was removed from the state.*terraform state rm`},
	} {
		for kind, do := range map[string]func(*core, context.Context, string) *outcome{
			"apply": (*core).apply, "destroy": (*core).destroy, "destroy -refresh=false": (*core).destroyWithoutRefresh,
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				tf := newCore(t, newFake(t), false)
				right := project(tf.fake, "proj_A")
				door := newFrontDoor(t, right)
				tf.declare(t, "notes.txt", one)
				tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")

				other := newFake(t)
				switch {
				case wrong.behind != nil:
					door.put(wrong.behind)
				case wrong.path != "":
					door.put(project(other, "proj_B"))
				}
				do(tf, t.Context(), door.URL+wrong.path).expectError(t, wrong.want)

				door.put(right)
				tf.expectAgreement(t, nil)
				tf.fake.expectFiles(t, one)()
				if posts := other.sent("POST") + tf.fake.sent("POST"); posts != 1 {
					t.Errorf("got %d uploads, want the first one only", posts)
				}
				tf.expectNoChanges(t)
			})
		}
	}
}

// The right place behind another address is the same place, and a file that is missing there is gone.
func TestFilePlace_rightPlaceIsBelieved(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	first, second := newFrontDoor(t, project(tf.fake, "proj_A")), newFrontDoor(t, project(tf.fake, "proj_A"))
	tf.declare(t, "notes.txt", one)
	tf.apply(t.Context(), first.base()).mustSucceed(t, "apply")
	tf.fake.DeleteFile(tf.fake.Files()[0].ID)
	out := tf.apply(t.Context(), second.base())
	out.mustSucceed(t, "apply")
	if !strings.Contains(out.String(), "File no longer exists") {
		t.Errorf("got %s, want a warning that the file is gone", out)
	}
	tf.expectAgreement(t, nil)
}

// A plan that was made with one key is applied with another one.
func TestFilePlace_savedPlanUnderAnotherKey(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	door := newFrontDoor(t, project(tf.fake, "proj_A"))
	tf.declare(t, "notes.txt", one)
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	tf.edit(t, 0, two)
	out := &outcome{}
	changes := tf.plan(t.Context(), door.base(), tf.configuration(), out)
	out.mustSucceed(t, "plan")

	other := newFake(t)
	door.put(project(other, "proj_B"))
	out = &outcome{}
	tf.carryOut(t.Context(), tf.start(t.Context(), door.base(), out), changes[0])
	out.expectError(t, `File was not deleted: File file-\w+ was created in project proj_A, but the provider now talks to project proj_B`)
	other.expectFiles(t)()
	tf.fake.expectFiles(t, one)()
	if claims := tf.claims(); len(claims) != 1 {
		t.Errorf("got %v in the state, want the file", claims)
	}
}

// After its expires_at a file is gone everywhere: nobody has to look for the place.
func TestFilePlace_expiredFile(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*core, context.Context, string) *outcome{
		"destroy": (*core).destroy, "destroy -refresh=false": (*core).destroyWithoutRefresh,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now().Add(-time.Hour)
			tf := newCore(t, newFake(t, openaitest.WithClock(func() time.Time { return now })), false)
			door := newFrontDoor(t, project(tf.fake, "proj_A"))
			tf.declare(t, "notes.txt", one)
			tf.arguments = []map[string]any{{"expires_after": map[string]any{"seconds": 3600, "anchor": "created_at"}}}
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")

			door.put(project(newFake(t), "proj_B"))
			now = now.Add(time.Hour + time.Second)
			do(tf, t.Context(), door.base()).mustSucceed(t, name)
			if claims := tf.claims(); len(claims) > 0 {
				t.Errorf("got %v in the state, want nothing", claims)
			}
		})
	}
}

// The clock of the service says what has expired, not that of this machine.
func TestFilePlace_expiredByTheClockOfTheService(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	door, ahead := newClockDoor(t, tf.fake)
	tf.declare(t, "notes.txt", one)
	tf.arguments = []map[string]any{{"expires_after": map[string]any{"seconds": 3600, "anchor": "created_at"}}}
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	ahead.Store(int64(2 * time.Hour))
	tf.fake.DeleteFile(tf.fake.Files()[0].ID)
	out := &outcome{}
	tf.plan(t.Context(), door.base(), tf.configuration(), out)
	if text := out.String(); !strings.Contains(text, "File has expired") || strings.Contains(text, "outside of Terraform") {
		t.Errorf("got %s, want a warning that the file has expired", text)
	}
}

// It also says what expires soon.
func TestFilePlace_expiresSoonByTheClockOfTheService(t *testing.T) {
	t.Parallel()
	for want, set := range map[string]bool{"File expires soon": false, "Files expire soon": true} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), set)
			door, ahead := newClockDoor(t, tf.fake)
			tf.declare(t, "notes.txt", one)
			tf.arguments = []map[string]any{{"expires_after": map[string]any{"seconds": 3 * 24 * 3600, "anchor": "created_at"}}}
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
			for _, test := range []struct {
				ahead time.Duration
				soon  bool
			}{{47 * time.Hour, false}, {49 * time.Hour, true}} {
				ahead.Store(int64(test.ahead))
				out := &outcome{}
				tf.plan(t.Context(), door.base(), tf.configuration(), out)
				if got := strings.Contains(out.String(), want); got != test.soon {
					t.Errorf("%s ahead: got the warning %t, want %t: %s", test.ahead, got, test.soon, out)
				}
			}
		})
	}
}

// newClockDoor is a way to a service whose answers have a time that is so many nanoseconds ahead.
func newClockDoor(t *testing.T, fake service) (*frontDoor, *atomic.Int64) {
	t.Helper()
	proxy, ahead := project(fake, "proj_A"), &atomic.Int64{}
	return newFrontDoor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		date := time.Now().Add(time.Duration(ahead.Load())).UTC().Format(http.TimeFormat)
		proxy.ServeHTTP(dateKeeper{w, date}, r)
	})), ahead
}

// dateKeeper answers with one Date, whatever a proxy copies.
type dateKeeper struct {
	http.ResponseWriter
	date string
}

func (w dateKeeper) WriteHeader(status int) {
	w.Header()["Date"] = []string{w.date}
	w.ResponseWriter.WriteHeader(status)
}

// State that was written without a place keeps working, and learns its place by the next read.
func TestFilePlace_stateWithoutPlace(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	door := newFrontDoor(t, project(tf.fake, "proj_A"))
	tf.declare(t, "notes.txt", one)
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	tf.current["notes.txt"].private = nil
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	var private map[string][]byte
	if err := json.Unmarshal(tf.current["notes.txt"].private, &private); err != nil || !strings.Contains(string(private["place"]), "proj_A") {
		t.Errorf("got %s in the private state (%v), want a place in project proj_A", tf.current["notes.txt"].private, err)
	}
	tf.current["notes.txt"].private = nil
	tf.fake.DeleteFile(tf.fake.Files()[0].ID)
	tf.destroy(t.Context(), door.base()).mustSucceed(t, "destroy")
}

// importOf imports a file by an ID, or by an identity if the ID is nil.
func (tf *core) importOf(ctx context.Context, base string, id *string, identity any) (*outcome, *tfprotov6.ImportResourceStateResponse) {
	out := &outcome{}
	process := tf.start(ctx, base, out)
	req := &tfprotov6.ImportResourceStateRequest{TypeName: process.typeName}
	if id != nil {
		req.ID = *id
	} else {
		typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: dynamic(typ, encode(typ, map[string]any{"id": identity}))}
	}
	resp := must(process.ImportResourceState(ctx, req))
	out.add(resp.Diagnostics...)
	return out, resp
}

func TestFileImport_ids(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	file := s.AddFile("notes.txt", "user_data", []byte(one))
	for name, test := range map[string]struct {
		id       string
		identity any    // with no id
		want     string // error; empty: imported
		asked    bool

		noIdentity bool
	}{
		"with blanks around it": {id: " " + file.ID + "\n", asked: true},
		"URL":                   {id: s.URL + "/files/" + file.ID, want: `File cannot be imported: The import needs the ID of a file\. http.* is a URL`},
		"file name with blanks": {id: "my notes.txt", want: `contains whitespace`},
		"file name":             {id: "notes.txt", asked: true, want: `There is no file with the ID notes\.txt`}, // an ID of some servers
		"path":                  {id: "data/notes.txt", want: `data/notes\.txt is a path`},
		"empty":                 {noIdentity: true, want: `The import needs the ID of a file\. The ID is empty`},
		"empty identity":        {identity: "", want: `The import needs the ID of a file\. The ID is empty`},
		"null identity":         {identity: nil, want: `The import needs the ID of a file\. The ID is empty`},
		"unknown":               {id: "file-none", asked: true, want: `There is no file with the ID file-none: it was deleted, has expired, is misspelled, or belongs to another project\.`},
		"identity":              {identity: file.ID, asked: true},
	} {
		t.Run(name, func(t *testing.T) {
			tf := newCore(t, s, false)
			s.ResetRequests()
			id := &test.id
			if test.id == "" && !test.noIdentity {
				id = nil
			}
			out, resp := tf.importOf(t.Context(), s.URL, id, test.identity)
			if asked := len(s.Requests()) > 0; asked != test.asked {
				t.Errorf("got requests %t, want %t", asked, test.asked)
			}
			if test.want != "" {
				out.expectError(t, test.want)
				return
			}
			out.mustSucceed(t, "import")
			state := elements(must(resp.ImportedResources[0].State.Unmarshal(protocolSchema().ResourceSchemas["openai_file"].ValueType())))
			if got := str(state["id"]); got != file.ID {
				t.Errorf("got the ID %q in the state, want %q", got, file.ID)
			}
		})
	}
}

// At a wrong address an unknown ID says nothing about the file.
func TestFileImport_wrongBaseURL(t *testing.T) {
	t.Parallel()
	s := newFake(t)
	file := s.AddFile("notes.txt", "user_data", []byte(one))
	out, _ := newCore(t, s, false).importOf(t.Context(), strings.TrimSuffix(s.URL, "/v1"), &file.ID, nil)
	out.expectError(t, `File cannot be imported: .*list of files could not be read either.*Check the provider's base_url`)
}

// A gateway with a wrong clock answers 404 to everything. Its Date alone makes no file expired.
func TestFilePlace_expiredByTheClockOfAGateway(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	door := newFrontDoor(t, tf.fake)
	tf.declare(t, "notes.txt", one)
	tf.arguments = []map[string]any{{"expires_after": map[string]any{"seconds": 7200, "anchor": "created_at"}}}
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	door.put(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(11*24*time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusNotFound)
	}))
	for name, do := range map[string]func(*core, context.Context, string) *outcome{
		"apply": (*core).apply, "destroy": (*core).destroy, "destroy -refresh=false": (*core).destroyWithoutRefresh,
	} {
		if out := do(tf, t.Context(), door.base()); !out.failed() {
			t.Errorf("%s succeeded: %s", name, out)
		}
		if claims := tf.claims(); len(claims) != 1 {
			t.Errorf("after %s got %v in the state, want the file", name, claims)
		}
	}
	tf.fake.expectFiles(t, one)()
}

// The state names a project, the key is that of another one, and a proxy keeps from the provider which one that is.
func TestFilePlace_keyOfAnotherProjectBehindAProxyThatRemovesHeaders(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		for kind, do := range map[string]func(*core, context.Context, string) *outcome{
			"apply": (*core).apply, "destroy": (*core).destroy, "destroy -refresh=false": (*core).destroyWithoutRefresh,
		} {
			t.Run(fmt.Sprintf("set %t/%s", set, kind), func(t *testing.T) {
				t.Parallel()
				tf := newCore(t, newFake(t), set)
				door := newFrontDoor(t, project(tf.fake, "proj_A"))
				tf.declare(t, "notes.txt", one)
				tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")

				other := newFake(t)
				door.put(nameless(other))
				do(tf, t.Context(), door.base()).expectError(t, `created in project proj_A.*but the provider now talks to http://\S+/v1, whose responses do not name the project\. .*Nothing was removed from the state\. Restore .*let the response headers openai-project and openai-organization pass through`)
				if claims := tf.claims(); len(claims) != 1 {
					t.Errorf("got %v in the state, want the file", claims)
				}
				other.expectSent(t, http.MethodPost, 0)()
			})
		}
	}
}

// A proxy begins to remove the headers. What is found through it is in the right place, and from then on a missing file is missing.
func TestFilePlace_proxyThatBeginsToRemoveHeaders(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprintf("set %t", set), func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), set)
			door := newFrontDoor(t, project(tf.fake, "proj_A"))
			tf.declare(t, "notes.txt", one)
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
			door.put(nameless(tf.fake))
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply through the proxy")
			tf.fake.DeleteFile(tf.fake.Files()[0].ID)
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply after the deletion")
			tf.expectAgreement(t, nil)
		})
	}
}

// All files of a set are in one place. One that is found says so for the others.
func TestFilePlace_setOfWhichOneIsFound(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	door := newFrontDoor(t, project(tf.fake, "proj_A"))
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	door.put(nameless(tf.fake))
	tf.fake.DeleteFile(tf.fake.Files()[0].ID)
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply through a proxy that removes headers")
	tf.expectAgreement(t, nil)
	if n := len(tf.fake.Files()); n != 2 {
		t.Errorf("the service has %d files, want 2", n)
	}
}

// The files were uploaded through a proxy that removed the headers, and the key is that of another project.
func TestFilePlace_proxyThatNoLongerRemovesHeaders(t *testing.T) {
	t.Parallel()
	for kind, do := range map[string]func(*core, context.Context, string) *outcome{
		"apply": (*core).apply, "destroy": (*core).destroy, "destroy -refresh=false": (*core).destroyWithoutRefresh,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), false)
			door := newFrontDoor(t, nameless(tf.fake))
			tf.declare(t, "notes.txt", one)
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
			door.put(project(newFake(t), "proj_B"))
			do(tf, t.Context(), door.base()).expectError(t, `whose responses do not name the project, but the provider now talks to project proj_B.*Restore the provider's api_key`)
			tf.fake.expectFiles(t, one)()
			if claims := tf.claims(); len(claims) != 1 {
				t.Errorf("got %v in the state, want the file", claims)
			}
		})
	}
}

// A saved plan with create_before_destroy uploads with another key before the deletion fails. The way out that the message names works.
func TestFilePlace_savedPlanWithCreateBeforeDestroyUnderAnotherKey(t *testing.T) {
	t.Parallel()
	tf := newCore(t, newFake(t), false)
	tf.cbd = true
	door := newFrontDoor(t, project(tf.fake, "proj_A"))
	tf.declare(t, "notes.txt", one)
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	tf.edit(t, 0, two)
	out := &outcome{}
	changes := tf.plan(t.Context(), door.base(), tf.configuration(), out)
	out.mustSucceed(t, "plan")

	other := newFake(t)
	door.put(project(other, "proj_B"))
	out = &outcome{}
	tf.carryOut(t.Context(), tf.start(t.Context(), door.base(), out), changes[0])
	out.expectError(t, `created in project proj_A, but the provider now talks to project proj_B.*run terraform apply -refresh=false once with the earlier arguments: it deletes only the old object`)
	other.expectFiles(t, two)()
	tf.fake.expectFiles(t, one)()

	door.put(project(tf.fake, "proj_A")) // terraform apply -refresh=false
	out = &outcome{}
	process := tf.start(t.Context(), door.base(), out)
	if left := len(tf.deposed["notes.txt"]); left != 1 {
		t.Fatalf("got %d deposed files, want 1", left)
	}
	tf.carryOut(t.Context(), process, change{address: "notes.txt", prior: tf.deposed["notes.txt"][0], delete: true, deposed: true, planned: process.null, config: process.null})
	out.mustSucceed(t, "apply -refresh=false")
	tf.fake.expectFiles(t)()

	tf.fake = other
	door.put(project(other, "proj_B"))
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply in the new place")
	tf.expectAgreement(t, nil)
}

// In the wrong place no file is found, and a few of them are proof enough: a set of thousands does not ask for each.
func TestFilePlace_wrongPlaceOfALargeSetTakesFewRequests(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 99)
	door := newFrontDoor(t, project(tf.fake, "proj_A"))
	tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")
	other := newFake(t)
	door.put(project(other, "proj_B"))
	tf.apply(t.Context(), door.base()).expectError(t, `created in project proj_A, but the provider now talks to project proj_B`)
	if n := len(other.Requests()); n > 20 {
		t.Errorf("got %d requests, want at most 20", n)
	}
	if n := len(tf.claims()); n != 99 {
		t.Errorf("got %d files in the state, want 99", n)
	}
}

// The project is named by the headers argument only, and answers name none.
func TestFilePlace_projectInHeaders(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{
		"another header":   {"headers": map[string]any{"OpenAI-Project": "proj_B"}},
		"another argument": {"project": "proj_B"},
		"none":             {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), false)
			door := newFrontDoor(t, nameless(tf.fake))
			tf.declare(t, "notes.txt", one)
			configure := func(arguments map[string]any) {
				tf.provider = map[string]any{"base_url": door.base(), "api_key": openaitest.Key}
				maps.Copy(tf.provider, arguments)
			}
			configure(map[string]any{"headers": map[string]any{"OpenAI-Project": "proj_A"}})
			tf.apply(t.Context(), door.base()).mustSucceed(t, "apply")

			configure(change)
			door.put(nameless(newFake(t)))
			tf.destroy(t.Context(), door.base()).expectError(t, `was created in project proj_A`)
			if n := len(tf.claims()); n != 1 {
				t.Errorf("got %d files in the state, want the file", n)
			}
			tf.fake.expectFiles(t, one)()
		})
	}
}

// An import compares bytes where the service returns those of the file. Anything else that it returns says nothing.
func TestFileImport_downloadThatIsNotTheFile(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]openaitest.Fault{
		"no content":     {Status: http.StatusNoContent},
		"nothing":        {Status: http.StatusOK},
		"a web page":     {Status: http.StatusOK, Body: "<title>Sign in</title>"},
		"extracted text": {Status: http.StatusOK, Body: `{"content":"one","type":"text"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), false)
			tf.purpose = "vision"
			tf.declare(t, "notes.txt", one)
			id := tf.fake.AddFile("notes.txt", "vision", []byte(one)).ID
			fault.Path, fault.Times = "/files/*/content", -1
			tf.fake.Inject(fault)
			tf.imported = []string{id}
			tf.importAll(t.Context(), tf.fake.URL).mustSucceed(t, "import")
			tf.mustApply(t)
			tf.expectOnly(t, []string{id})
			tf.fake.expectSent(t, "POST", 0)()
		})
	}
}
