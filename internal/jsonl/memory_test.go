package jsonl_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// allocated returns how many objects and bytes f allocates. Nothing else may run meanwhile, so its tests are not parallel.
func allocated(f func()) (objects, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

// A long line is never held as a whole.
func TestCheck_longLineNeedsLittleMemory(t *testing.T) {
	const size = 15 << 20
	for purpose, line := range map[string]string{
		"batch":     `{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-5-mini","input":"` + strings.Repeat("x", size) + `"}}`,
		"fine-tune": `{"messages":[{"role":"user","content":"` + strings.Repeat("x", size) + `"},{"role":"assistant","content":"a"}]}`,
		"evals":     `{"item":{"a":"` + strings.Repeat("x", size) + `"}}`,
	} {
		t.Run(purpose, func(t *testing.T) {
			text := []byte(line)
			_, bytes := allocated(func() {
				if _, err := jsonl.Check(purpose, "a.jsonl", &blocks{text}); err != nil {
					t.Error(err)
				}
			})
			if bytes > 4<<20 {
				t.Errorf("got %d bytes allocated for a line of %d bytes, want at most 4 MiB", bytes, len(line))
			}
		})
	}
}

// Text is made only for the lines that are shown, however many are bad.
func TestCheck_manyBadLinesNeedLittleMemory(t *testing.T) {
	for name, line := range map[string]string{
		"syntax":         `{"a" 12}`,
		"no JSON":        `hello`,
		"wrong kind":     `[1,2,3]`,
		"missing member": `{"custom_id":"a"}`,
		"wrong member":   `{"custom_id":1,"method":2,"url":3,"body":4}`,
	} {
		t.Run(name, func(t *testing.T) {
			const lines = 100_000
			text := []byte(strings.Repeat(line+"\n", lines))
			objects, bytes := allocated(func() {
				report, err := jsonl.Check("batch", "a.jsonl", &blocks{text})
				if err != nil || len(report.Faults) == 0 {
					t.Errorf("got %+v, %v, want faults", report, err)
				}
			})
			if objects > 2*lines || bytes > 64*lines {
				t.Errorf("got %d objects and %d bytes for %d lines, want at most 2 objects and 64 bytes for each", objects, bytes, lines)
			}
		})
	}
}
