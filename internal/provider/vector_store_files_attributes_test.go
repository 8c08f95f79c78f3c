package provider_test

import (
	"net/http"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// A server that changes the attributes, or drops them, is noticed once, and makes no endless diff.
func TestVectorStoreFiles_attributesAreNotReturned(t *testing.T) {
	t.Parallel()
	for name, returned := range map[string]map[string]any{"dropped": {}, "as text": {"lang": "en", "year": "2026"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
				items, _ := body["data"].([]any)
				for _, item := range append(items, body) {
					if file, ok := item.(map[string]any); ok && file["object"] == "vector_store.file" {
						file["attributes"] = returned
					}
				}
				return status, body
			}))
			tf := newAttached(t, fake)
			a, b := fake.page("a.md"), fake.page("b.md")
			files := map[string]string{"a.md": a, "b.md": b}
			attributes := map[string]any{"attributes": map[string]any{"b.md": `{"lang":"en","year":2026}`}}
			tf.attach(files, attributes)
			out := tf.apply(t.Context(), fake.URL)
			out.mustSucceed(t, "apply")
			expectSaid(t, out, `WARNING: Server did not store attributes as declared: The provider sent \{"lang":"en","year":2026\} for "b\.md", but the server returned `)
			tf.expectNoChanges(t)
			fake.Attach(tf.store, fake.page("other.md")) // the refresh lists the files
			tf.expectNoChanges(t)
			files["c.md"] = fake.page("c.md")
			tf.attach(files, attributes)
			if out := tf.apply(t.Context(), fake.URL); out.String() != "" {
				t.Errorf("an apply that sends no attributes says: %s", out)
			}
			tf.attach(files, nil)
			tf.mustHave(t, files)
		})
	}
}

// A gateway that does not know the operation answers 404. The file is attached anyway, and is not sent again.
func TestVectorStoreFiles_gatewayWithoutAttributes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"text": "404 page not found", "JSON": `{"error":{"message":"Invalid URL (POST /v1/vector_stores/vs/files/file-1)"}}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			a := tf.fake.page("a.md")
			files := map[string]string{"a.md": a}
			attributes := func(lang string) map[string]any {
				return map[string]any{"attributes": map[string]any{"a.md": `{"lang":"` + lang + `"}`}}
			}
			tf.attach(files, attributes("en"))
			tf.mustHave(t, files)
			tf.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/files/*", Status: http.StatusNotFound, Times: -1, Body: body})
			tf.fake.ResetRequests()
			tf.attach(files, attributes("de"))
			tf.fails(t, `1 of 1 file could not be updated: .*a\.md: .*this 404 cannot be trusted, because the list of the files of vector store \S+ still has it`)
			if sent := tf.fake.attachRequests(); len(sent) > 0 {
				t.Errorf("the file was attached again: %v", sent)
			}
			if got := str(elements(tf.state("attributes"))["a.md"]); got != `{"lang":"en"}` {
				t.Errorf("the state has the attributes %s, and the service those of before", got)
			}
		})
	}
}

func TestVectorStoreFiles_refusedAttributes(t *testing.T) {
	t.Parallel()
	tf := newAttached(t, newFake(t))
	a, b := tf.fake.page("a.md"), tf.fake.page("b.md")
	files := map[string]string{"a.md": a}
	tf.attach(files, nil)
	tf.mustHave(t, files)
	more := map[string]any{"attributes": map[string]any{"a.md": `{"lang":"en"}`}}
	refused := openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/files/" + a, Status: http.StatusBadRequest, Times: 2, Body: `{"error":{"message":"Attributes are not supported."}}`}
	tf.fake.Inject(refused)
	tf.attach(files, more)
	tf.fails(t, `1 of 1 file could not be updated: .*a\.md: Changing the attributes of file \S+: Attributes are not supported`)
	tf.expectState(t, files, nil)
	tf.fake.Inject(openaitest.Fault{Method: http.MethodPost, Path: "/vector_stores/*/file_batches", Status: http.StatusForbidden, Body: `{"error":{"message":"No more files."}}`})
	tf.attach(map[string]string{"a.md": a, "b.md": b}, more)
	tf.fails(t, `2 of 2 files could not be attached or updated: `)
	tf.attach(files, more)
	tf.mustHave(t, files)
}
