package openai_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// zeros costs next to nothing to read.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func zeroed(size int64) *io.SectionReader { return io.NewSectionReader(zeros{}, 0, size) }

// newSinkClient starts a server that throws away what it is sent and answers as if it had kept it.
func newSinkClient(b *testing.B) *openai.Client {
	b.Helper()
	buffers := sync.Pool{New: func() any { return new([256 << 10]byte) }} // the allocations to count are the client's
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		onlyWriter := struct{ io.Writer }{io.Discard} // io.Discard itself reads in small pieces
		buffer, _ := buffers.Get().(*[256 << 10]byte)
		_, _ = io.CopyBuffer(onlyWriter, r.Body, buffer[:])
		buffers.Put(buffer)
		_, _ = fmt.Fprint(w, `{"id":"x-1","file":{"id":"file-1"}}`)
	}))
	b.Cleanup(sink.Close)
	client, err := openai.NewClient(openai.Config{BaseURL: sink.URL, APIKey: "sk-bench", MultipartThreshold: 256 << 20})
	if err != nil {
		b.Fatal(err)
	}
	return client
}

func benchmarkUpload(b *testing.B, client *openai.Client, size int64) {
	b.Helper()
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		params := openai.CreateFileParams{Purpose: "user_data", Filename: "zeros.bin", Content: zeroed(size), Size: size}
		if _, err := client.UploadFile(b.Context(), params); err != nil {
			b.Fatal(err)
		}
	}
}

// One request: the body is laid out, read, hashed and sent. The smallest shows what a request costs, the largest what a byte does.
func BenchmarkUploadFile(b *testing.B) {
	for i, size := range []int64{1, 64 << 10, 256 << 20} {
		b.Run([]string{"1B", "64KiB", "256MiB"}[i], func(b *testing.B) { benchmarkUpload(b, newSinkClient(b), size) })
	}
}

// Parts of 32 MiB side by side, and the hashes of the whole meanwhile.
func BenchmarkUploadFile_parts(b *testing.B) {
	benchmarkUpload(b, newSinkClient(b), 512<<20)
}

// What the hash of the same bytes takes at least.
func BenchmarkSHA256(b *testing.B) {
	const size = 256 << 20
	b.SetBytes(size)
	for b.Loop() {
		sum := sha256.New()
		onlyReader := struct{ io.Reader }{zeroed(size)}
		if _, err := io.CopyBuffer(sum, onlyReader, make([]byte, 32<<10)); err != nil {
			b.Fatal(err)
		}
	}
}
