package jsonl_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

const benchmarkSize = 16 << 20

// prose returns n bytes of words, with the line ends, quotes and other characters that a text has.
func prose(r *rand.Rand, n int) string {
	words := []string{"the", "model", "answers", "a", "question", "about", "rivers,", "mountains", "and", "cities.\n", "\"Why?\"", "naïve", "東京"}
	var s strings.Builder
	for s.Len() < n {
		s.WriteString(words[r.IntN(len(words))])
		s.WriteByte(' ')
	}
	return s.String()
}

// lines repeats what line makes until the text has the size of the benchmarks.
func lines(tb testing.TB, line func(r *rand.Rand, i int) any) []byte {
	tb.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; out.Len() < benchmarkSize; i++ {
		if err := encoder.Encode(line(r, i)); err != nil {
			tb.Fatal(err)
		}
	}
	return out.Bytes()
}

func batchLines(tb testing.TB) []byte {
	tb.Helper()
	return lines(tb, func(r *rand.Rand, i int) any {
		return map[string]any{
			"custom_id": fmt.Sprintf("request-%d", i), "method": "POST", "url": "/v1/chat/completions",
			"body": map[string]any{
				"model": "gpt-5-mini", "temperature": 0.2, "max_completion_tokens": 1000,
				"messages": []any{
					map[string]any{"role": "system", "content": prose(r, 600)},
					map[string]any{"role": "user", "content": prose(r, 3000)},
				},
			},
		}
	})
}

func tokenLines(tb testing.TB) []byte {
	tb.Helper()
	return lines(tb, func(r *rand.Rand, i int) any {
		tokens := make([]int, 800)
		for k := range tokens {
			tokens[k] = r.IntN(100_000)
		}
		return map[string]any{
			"custom_id": fmt.Sprintf("request-%d", i), "method": "POST", "url": "/v1/embeddings",
			"body": map[string]any{"model": "text-embedding-3-small", "input": [][]int{tokens}},
		}
	})
}

func chatLines(tb testing.TB) []byte {
	tb.Helper()
	return lines(tb, func(r *rand.Rand, _ int) any {
		return map[string]any{"messages": []any{
			map[string]any{"role": "system", "content": prose(r, 100)},
			map[string]any{"role": "user", "content": prose(r, 400)},
			map[string]any{"role": "assistant", "content": prose(r, 400), "weight": 0},
			map[string]any{"role": "user", "content": []any{map[string]any{"type": "text", "text": prose(r, 100)}}},
			map[string]any{"role": "assistant", "content": prose(r, 400)},
		}}
	})
}

func benchmarkCheck(b *testing.B, purpose string, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		report, err := jsonl.Check(purpose, "a.jsonl", &blocks{data})
		if err != nil || len(report.Faults) > 0 {
			b.Fatal(report, err)
		}
	}
}

// benchmarkValid is the floor: what encoding/json needs to look at the same lines.
func benchmarkValid(b *testing.B, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for line := range bytes.Lines(data) {
			if !json.Valid(line) {
				b.Fatal("not valid")
			}
		}
	}
}

// blocks reads a text as a file is read: it has no WriteTo that would hand over all of it at once.
type blocks struct{ data []byte }

func (r *blocks) Read(p []byte) (int, error) {
	n, err := bytes.NewReader(r.data).Read(p)
	r.data = r.data[n:]
	return n, err
}

func BenchmarkCheckBatch(b *testing.B)    { benchmarkCheck(b, "batch", batchLines(b)) }
func BenchmarkValid(b *testing.B)         { benchmarkValid(b, batchLines(b)) }
func BenchmarkCheckTokens(b *testing.B)   { benchmarkCheck(b, "batch", tokenLines(b)) }
func BenchmarkValidTokens(b *testing.B)   { benchmarkValid(b, tokenLines(b)) }
func BenchmarkCheckFineTune(b *testing.B) { benchmarkCheck(b, "fine-tune", chatLines(b)) }
func BenchmarkValidFineTune(b *testing.B) { benchmarkValid(b, chatLines(b)) }

// BenchmarkSHA256 is the hash that shares the read with the check.
func BenchmarkSHA256(b *testing.B) {
	data := batchLines(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		sha256.Sum256(data)
	}
}
