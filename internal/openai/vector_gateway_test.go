package openai_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// impatientGateway gives up on the first POST at once. The service behind it carries the request out ten seconds later.
func impatientGateway(fake http.Handler) http.HandlerFunc {
	gaveUp := false
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || gaveUp {
			fake.ServeHTTP(w, r)
			return
		}
		gaveUp = true
		body, _ := io.ReadAll(r.Body)
		later := r.Clone(context.WithoutCancel(r.Context()))
		later.Body = io.NopCloser(bytes.NewReader(body))
		go func() {
			time.Sleep(10 * time.Second)
			fake.ServeHTTP(httptest.NewRecorder(), later)
		}()
		http.Error(w, "<title>504 Gateway Time-out</title>", http.StatusGatewayTimeout)
	}
}

func newBehindGateway(t *testing.T, n int) *knowledge {
	t.Helper()
	fake := openaitest.New()
	t.Cleanup(fake.Close)
	k := &knowledge{fake: fake, client: connect(t, openai.Config{MaxRetries: 5}, impatientGateway(fake)), store: fake.AddVectorStore("docs")}
	for _, name := range pages(n) {
		k.files = append(k.files, openai.Attachment{FileID: fake.AddFile(name, "user_data", []byte(name)).ID, Name: name})
	}
	return k
}

func TestAttachFiles_gatewayGivesUpBeforeTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBehindGateway(t, 20)
		k.expectDone(t, k.attach(t), nil)
		k.expectAttachedOnce(t)
	})
	synctest.Test(t, func(t *testing.T) {
		k := newBehindGateway(t, 20)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		outcomes, _ := k.client.AttachFiles(ctx, k.params())
		time.Sleep(time.Minute)
		for _, file := range k.files {
			if outcome := outcomes[file.FileID]; outcome.Err == nil || !strings.Contains(outcome.Err.Error(), "not known whether the file is attached") {
				t.Errorf("got %+v for a file that is attached after a cancellation", outcome)
			}
		}
	})
}

func TestCreateVectorStore_gatewayGivesUpBeforeTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBehindGateway(t, 0)
		created, err := k.client.CreateVectorStore(t.Context(), openai.VectorStoreParams{Name: "new"})
		if err != nil || created.Found == nil {
			t.Errorf("got %+v and %v, want the vector store that was created late", created, err)
		}
		time.Sleep(time.Minute)
		if n := len(k.fake.VectorStores()); n != 2 {
			t.Errorf("there are %d vector stores, want the old one and one new one", n)
		}
	})
}
