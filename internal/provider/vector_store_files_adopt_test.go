package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// With create_before_destroy, the new resource adopts the files of the old one. Nothing is left to detach then, so the deletion of the old
// one sends no request that could fail, and no later apply detaches the files of the new one.
func TestVectorStoreFiles_successorHoldsTheFiles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t))
		tf.cbd = true
		s := tf.fake
		files := map[string]string{"a.md": s.page("a.md"), "b.md": s.page("b.md")}
		tf.attach(files, nil)
		tf.mustApply(t)
		tf.current[theResource].tainted = true
		s.ResetRequests()
		c, out := tf.planOne(t)
		planned := len(s.Requests())
		tf.carryOut(t.Context(), tf.start(t.Context(), s.URL, out), c)
		out.mustSucceed(t, "apply")
		for _, request := range s.Requests()[planned:] {
			if request.Method != http.MethodGet {
				t.Errorf("got %s %s, want no change", request.Method, request.Path)
			}
		}
		last := s.Requests()[len(s.Requests())-1]
		if n := len(s.Requests()) - planned; n != 4 || len(tf.deposed[theResource]) > 0 {
			t.Errorf("got %d requests, the last one %s %s, and %d old resources; want 4 of the creation and none", n, last.Method, last.Path, len(tf.deposed[theResource]))
		}
		tf.mustHave(t, files)
	})
}

// Files get other keys and other attributes, and the service refuses the attributes: it still has the files, and so has the state.
func TestVectorStoreFiles_refusedAttributesUnderOtherKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][3]string{"renamed": {"x/a", "x/b", "x/c"}, "swapped": {"b", "a", "c"}, "one is removed": {"b", "", "c"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			var ids []string
			files, moved := map[string]string{}, map[string]string{}
			before, after := map[string]any{}, map[string]any{}
			for i, key := range []string{"a", "b", "c"} {
				id := tf.fake.page(key + ".md")
				ids = append(ids, id)
				files[key], before[key] = id, `{"lang":"en"}`
				if keys[i] != "" {
					moved[keys[i]], after[keys[i]] = id, `{"lang":"de"}`
				}
			}
			tf.attach(files, map[string]any{"attributes": before})
			tf.mustHave(t, files)
			tf.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/files/*", Status: http.StatusBadRequest, Times: 2, Body: `{"error":{"message":"Not now."}}`})
			tf.attach(moved, map[string]any{"attributes": after})
			tf.fails(t, `could not be updated`)
			tf.expectState(t, moved, nil)
			tf.mustHave(t, moved)
			tf.fake.expectAttached(t, slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(slices.Collect(maps.Values(moved)), id) })...)()
			tf.mustDestroy(t)
			tf.fake.expectAttached(t)()
		})
	}
}

// Two resources have attached the same file. Whichever lets it go detaches it from the other one, unless it keeps its files attached.
func TestVectorStoreFiles_fileOfTwoResources(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"delete", "keep"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
			one := map[string]any{"vector_store_id": tf.store, "files": map[string]any{"a.md": a}, "deletion_policy": policy}
			other := map[string]any{"vector_store_id": tf.store, "files": map[string]any{"copy.md": a, "b.md": b}}
			tf.resources = map[string]map[string]any{"one": one, "other": other}
			out := tf.apply(t.Context(), tf.fake.URL)
			out.mustSucceed(t, "apply")
			expectSaid(t, out, `WARNING: Files are attached by two resources: .*resource also attaches these files to vector store `+tf.store+`: (a|copy)\.md\.`)

			tf.resources = map[string]map[string]any{"other": other}
			out = &outcome{}
			tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
			out.mustSucceed(t, "plan")
			if warned := strings.Contains(out.String(), "Files of another resource will be detached"); warned != (policy == "delete") {
				t.Errorf("warned that the file goes: %t, want %t\n%s", warned, policy == "delete", out)
			}
		})
	}
}

// Two resources declare the same files under the same keys, one after the other or at once.
func TestVectorStoreFiles_sameFilesTwice(t *testing.T) {
	t.Parallel()
	const want = `WARNING: Files are attached by two resources: .*also attaches these files to vector store \w+: a\.md\.`
	tf := newAttached(t, newFake(t))
	declared := map[string]any{"vector_store_id": tf.store, "files": map[string]any{"a.md": tf.fake.page("a.md")}}
	tf.resources = map[string]map[string]any{"one": declared, "other": declared}
	out := tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply")
	expectSaid(t, out, want)

	out = &outcome{}
	tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
	expectSaid(t, out, want)

	tf.resources = map[string]map[string]any{"one": declared}
	tf.apply(t.Context(), tf.fake.URL).mustSucceed(t, "apply of one of them")
	out = tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply that attaches the file again")
	tf.fake.expectAttached(t, tf.fake.Files()[0].ID)()
	if strings.Contains(out.String(), "two resources") {
		t.Errorf("got %s, want no word of two resources", out)
	}
}

// A resource detaches many files while another one of the same vector store begins. The other one does not wait for files that are gone.
func TestVectorStoreFiles_detachedByAnotherResourceMeanwhile(t *testing.T) {
	t.Parallel()
	for i := range 8 { // whose numbers are late is a matter of chance
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t, openaitest.WithIndexing(2*time.Second)))
				s := tf.fake
				pages := func(n int) map[string]any {
					files := map[string]any{}
					for i := range n {
						key := fmt.Sprintf("%02d.md", i)
						files[key] = s.page(key)
					}
					return files
				}
				declare := func(files map[string]any) map[string]any {
					return map[string]any{"vector_store_id": tf.store, "files": files}
				}
				files := pages(40)
				tf.resources = map[string]map[string]any{"a": declare(files)}
				tf.mustApply(t)
				// After that of the refresh, one answer with the numbers of files is soon there and one is late.
				numbers := openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores/*", Skip: 1, AfterBody: true}
				for _, numbers.Delay = range []time.Duration{100 * time.Millisecond, 900 * time.Millisecond} {
					s.Inject(numbers)
				}
				tf.resources = map[string]map[string]any{"a": declare(map[string]any{"00.md": files["00.md"]}), "b": declare(pages(68))}
				began := time.Now()
				tf.mustApply(t)
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("took %s, want a few seconds", took)
				}
				if n := len(s.Attachments(tf.store)); n != 69 {
					t.Errorf("got %d files in the vector store, want 69", n)
				}
			})
		})
	}
}

// A file moves to another resource, and the service refuses what that resource wants to do with it. Whether the other resource gives it
// away after that or meanwhile, the file stays in a state as long as it is in the vector store, so the destroy at the end detaches it.
func TestVectorStoreFiles_moveThatFails(t *testing.T) {
	t.Parallel()
	attributes := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/files/*", Status: http.StatusBadRequest, Times: -1, Body: `{"error":{"message":"Not now."}}`}
	everything := openaitest.Fault{Status: http.StatusForbidden, Times: -1, Body: `{"error":{"message":"Not now."}}`}
	for name, test := range map[string]struct {
		fault openaitest.Fault
		moved bool // with other attributes to a resource that exists; otherwise the resource is renamed
	}{
		"attributes are refused, moved":   {attributes, true},
		"attributes are refused, renamed": {attributes, false},
		"nothing is answered, moved":      {everything, true},
		"nothing is answered, renamed":    {everything, false},
	} {
		for _, meanwhile := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, given away meanwhile %t", name, meanwhile), func(t *testing.T) {
				t.Parallel()
				tf := newAttached(t, newFake(t))
				a, b, c := tf.fake.page("a.md"), tf.fake.page("b.md"), tf.fake.page("c.md")
				declare := func(files map[string]any, lang string) map[string]any {
					declared := map[string]any{"vector_store_id": tf.store, "files": files}
					if lang != "" {
						declared["attributes"] = map[string]any{"a.md": `{"lang":"` + lang + `"}`}
					}
					return declared
				}
				gives, gets := declare(map[string]any{"a.md": a, "b.md": b}, "en"), declare(map[string]any{"c.md": c}, "")
				tf.resources = map[string]map[string]any{"gives": gives}
				if test.moved {
					tf.resources["gets"] = gets
				}
				tf.mustApply(t)

				tf.resources = map[string]map[string]any{"gets": declare(map[string]any{"a.md": a, "b.md": b}, "de")}
				if test.moved {
					tf.resources["gives"] = declare(map[string]any{"b.md": b}, "")
					tf.resources["gets"] = declare(map[string]any{"a.md": a, "c.md": c}, "de")
				}
				out := &outcome{}
				changes := tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
				process := tf.start(t.Context(), tf.fake.URL, out)
				carryOut := func(address string) {
					for _, c := range changes {
						if c.address == address {
							tf.carryOut(t.Context(), process, c)
						}
					}
				}
				begun, goOn := make(chan struct{}), make(chan struct{})
				if meanwhile {
					signal := sync.OnceFunc(func() { close(begun) })
					tf.fake.Inject(openaitest.Fault{Path: "/vector_stores/*", Hold: goOn, Match: func(*http.Request) bool { signal(); return true }})
				}
				var group sync.WaitGroup
				group.Go(func() { carryOut("gets") })
				if meanwhile {
					<-begun
					carryOut("gives")
					tf.fake.Inject(test.fault)
					close(goOn)
					group.Wait()
				} else {
					tf.fake.Inject(test.fault)
					group.Wait()
					tf.fake.ClearFaults()
					carryOut("gives")
				}
				tf.fake.ClearFaults()
				expectSaid(t, out, `ERROR: .*Not now`)

				for _, attached := range tf.fake.Attachments(tf.store) {
					if !slices.ContainsFunc(slices.Collect(maps.Values(tf.current)), func(i *instance) bool { return i.knows(attached.FileID) }) {
						t.Errorf("%s (a %s, b %s, c %s) is attached and in no state:\n%s", attached.FileID, a, b, c, out)
					}
				}
				tf.resources = map[string]map[string]any{}
				tf.mustApply(t)
				tf.fake.expectAttached(t)()
			})
		}
	}
}

// Somebody else has attached files that the resource declares with other attributes or chunks. The service refuses to change one of
// them: it is attached, so the state has it, or remembers that it may have to be detached.
func TestVectorStoreFiles_adoptionThatFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method    string // of the refused request
		arguments map[string]any
		recorded  bool
	}{
		"attributes": {http.MethodPost, map[string]any{"attributes": map[string]any{"b.md": `{"lang":"en"}`}}, true},
		"chunks":     {http.MethodDelete, map[string]any{"chunking_strategy": map[string]any{"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
			tf.fake.Attach(tf.store, b)
			tf.fake.Inject(openaitest.Fault{Method: test.method, Path: "/vector_stores/*/files/" + b, Status: http.StatusBadRequest, Body: `{"error":{"message":"Not now."}}`})
			files, attached := map[string]string{"a.md": a, "b.md": b}, map[string]string{"a.md": a}
			if test.recorded {
				attached["b.md"] = b
			}
			tf.attach(files, test.arguments)
			tf.fails(t, `1 of 2 files could not be attached: .*b\.md: .*Not now`)
			tf.expectState(t, attached, nil)
			if got := tf.state("attributes"); !got.IsNull() {
				t.Errorf("the state has the attributes %s, want none", got)
			}
			tf.mustDestroy(t)
			tf.fake.expectAttached(t)()
		})
	}
}

// Other chunks need another attachment, so the files are detached first. If they are refused then, the error says that they are gone.
func TestVectorStoreFiles_refitThatFails(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a := tf.fake.page("a.md")
	tf.fake.Attach(tf.store, a)
	tf.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: http.StatusForbidden, Body: `{"error":{"message":"Not now."}}`})
	tf.attach(map[string]string{"a.md": a}, map[string]any{"chunking_strategy": map[string]any{"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}})
	tf.fails(t, `1 of 1 file could not be attached: .*Not now.*1 file was detached, to be attached again.*Searches do not find`)
}

// A file moves to another resource, and the apply of the one that it leaves fails. The file belongs to the other one anyway, so the next
// apply does not detach it.
func TestVectorStoreFiles_moveFromAResourceThatFails(t *testing.T) {
	t.Parallel()
	everything := openaitest.Fault{Status: http.StatusForbidden, Times: -1, Body: `{"error":{"message":"Not now."}}`}
	attaching := everything
	attaching.Method, attaching.Path = http.MethodPost, "/vector_stores/*/file_batches"
	for name, fault := range map[string]openaitest.Fault{"attaching": attaching, "everything": everything} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			ids := map[string]string{}
			for _, key := range []string{"0", "1", "2", "3"} {
				ids[key] = tf.fake.page(key + ".md")
			}
			declare := func(gives, gets []string) {
				tf.resources = map[string]map[string]any{}
				for address, keys := range map[string][]string{"gives": gives, "gets": gets} {
					files := map[string]any{}
					for _, key := range keys {
						files[key] = ids[key]
					}
					tf.resources[address] = map[string]any{"vector_store_id": tf.store, "files": files}
				}
			}
			declare([]string{"0", "1"}, []string{"2"})
			tf.mustApply(t)

			declare([]string{"0", "3"}, []string{"1", "2"})
			out := &outcome{}
			changes := tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out)
			process := tf.start(t.Context(), tf.fake.URL, out)
			for _, address := range []string{"gets", "gives"} {
				if address == "gives" {
					tf.fake.Inject(fault)
				}
				for _, c := range changes {
					if c.address == address {
						tf.carryOut(t.Context(), process, c)
					}
				}
			}
			tf.fake.ClearFaults()
			expectSaid(t, out, `ERROR: .*Not now`)
			if got := texts(elements(tf.current["gives"].value)["attached"]); got["1"] != "" {
				t.Errorf("the resource that the file has left still has it: %v", got)
			}

			tf.mustApply(t)
			tf.fake.expectAttached(t, ids["0"], ids["1"], ids["2"], ids["3"])()
		})
	}
}

// knows reports whether a state has a file as attached, or remembers that it may be.
func (i *instance) knows(file string) bool {
	var private map[string][]byte
	if len(i.private) > 0 {
		must(0, json.Unmarshal(i.private, &private))
	}
	return slices.Contains(slices.Collect(maps.Values(texts(elements(i.value)["attached"]))), file) ||
		strings.Contains(string(private["attachments"]), `"`+file+`"`)
}

// With other chunks, a resource is replaced. Its successor cannot detach the files first, so they stay with the old chunks, until an apply
// can.
func TestVectorStoreFiles_otherChunksThatFail(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	tf.cbd = true
	files := map[string]string{"a.md": tf.fake.page("a.md"), "b.md": tf.fake.page("b.md")}
	tf.attach(files, nil)
	tf.mustHave(t, files)
	tf.fake.Inject(openaitest.Fault{Method: http.MethodDelete, Status: http.StatusBadRequest, Times: -1, Body: `{"error":{"message":"Not now."}}`})
	tf.attach(files, map[string]any{"chunking_strategy": map[string]any{"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}})
	tf.fails(t, `2 of 2 files could not be attached: .*Not now`)
	tf.current[theResource].tainted = false // as terraform untaint does
	tf.fake.ClearFaults()
	tf.mustHave(t, files)
	for _, attached := range tf.fake.Attachments(tf.store) {
		if attached.MaxTokens != 200 {
			t.Errorf("%s has chunks of %d tokens, want 200", attached.Filename, attached.MaxTokens)
		}
	}
}

// A create fails in part, the file that is not finished is no longer declared, and the tainted resource is replaced.
func TestVectorStoreFiles_taintedWithUnfinishedFile(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t, openaitest.WithOutcome("b.md", openaitest.Outcome{Code: "invalid_file", Message: "It is empty."})))
	a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
	tf.attach(map[string]string{"a.md": a, "b.md": b}, nil)
	tf.fails(t, `1 of 2 files could not be attached`)
	tf.fake.expectAttached(t, a, b)()
	files := map[string]string{"a.md": a}
	tf.attach(files, nil)
	tf.mustHave(t, files)
	tf.fake.expectAttached(t, a)()
}
