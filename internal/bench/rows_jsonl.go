package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

const (
	checkedLines = `
resource "openai_file" "bench" {
  purpose = "batch"
  source  = "lines.jsonl"
}
`
	uncheckedLines = `
resource "openai_file" "bench" {
  purpose      = "batch"
  source       = "lines.jsonl"
  check_format = false
}
`
)

// measureJSONL plans a batch file of the maximum size, with one problem near its end, and several files with very long lines.
func measureJSONL(ctx context.Context, b *bench) ([]result, error) {
	megabytes := pick(b, 200, 40)
	const nobody = "http://127.0.0.1:1/v1" // the plan of a new file sends no request
	checked, err := b.workspace(nobody, checkedLines)
	if err != nil {
		return nil, err
	}
	file := checked.path("lines.jsonl")
	if err := writeBatch(file, megabytes*1_000_000); err != nil {
		return nil, err
	}
	unchecked, err := b.workspace(nobody, uncheckedLines)
	if err != nil {
		return nil, err
	}
	if err := os.Link(file, unchecked.path("lines.jsonl")); err != nil {
		return nil, err
	}
	got, err := b.inTurns(ctx,
		ours("plan with checks", checked.planFindsDuplicate),
		other("plan without checks", unchecked.planCreation),
		other("SHA-256 alone", hash(file)),
		ours("jsonl.Check", check(file)),
		other("json.Valid of each line", valid(file)),
		measurement{"Provider's peak memory", mebibytes, func(ctx context.Context) (float64, error) {
			return checked.peak(ctx, func(w *workspace) error {
				_, err := w.planFindsDuplicate(ctx)
				return err
			})
		}, true},
	)
	if err != nil {
		return nil, err
	}
	long, err := measureLongLines(ctx, b)
	if err != nil {
		return nil, err
	}
	plan, without, sum, checkAlone, validAlone, memory := got[0], got[1], got[2], got[3], got[4], got[5]
	title := fmt.Sprintf("Batch of %d MB of JSON Lines", megabytes)
	return []result{{
		title:  title,
		series: []series{plan, without, sum},
		scores: []score{
			{difference("what the checks add", plan, without), target{}},
			{memory, target{atMost: 64}},
		},
	}, {
		title:  title + ", the check alone",
		series: []series{checkAlone, validAlone},
		scores: []score{{ratio("jsonl.Check ÷ json.Valid", checkAlone, validAlone), target{atMost: 2}}},
	}, long}, nil
}

const longLines = `
resource "openai_file" "bench" {
  for_each = fileset(path.module, "long-*.jsonl")
  purpose  = "batch"
  source   = each.key
}
`

// measureLongLines plans ten batch files at once, each of a few lines of 15 MiB.
func measureLongLines(ctx context.Context, b *bench) (result, error) {
	const files = 10
	w, err := b.workspace("http://127.0.0.1:1/v1", longLines)
	if err != nil {
		return result{}, err
	}
	size := pick(b, 15<<20, 1<<20)
	text := strings.Repeat("Quinze mébioctets. ", size/20) // of 20 bytes
	for i := range files {
		name := fmt.Sprintf("long-%d.jsonl", i)
		if err := w.write(name, request("request-1", text)+request("request-2", text)); err != nil {
			return result{}, err
		}
	}
	got, err := b.inTurns(ctx, measurement{"Provider's peak memory", mebibytes, func(ctx context.Context) (float64, error) {
		return w.peak(ctx, func(w *workspace) error {
			_, err := w.planCreation(ctx)
			return err
		})
	}, true})
	if err != nil {
		return result{}, err
	}
	return result{
		title:  fmt.Sprintf("Plan of %d JSON Lines files with lines of %s", files, binary(int64(size))),
		series: got,
		scores: []score{{got[0], target{atMost: 128}}},
	}, nil
}

const duplicate = "request-7"

// writeBatch writes the maximum number of requests of a batch, in at most size bytes. The second last has the custom_id of an
// earlier one.
func writeBatch(path string, size int) error {
	const lines = 50_000
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	frame := len(request("", ""))
	for i := range lines {
		id := fmt.Sprintf("request-%d", i)
		if i == lines-2 {
			id = duplicate
		}
		text := "Résumé \\u00e9 \\\"quoted\\\" \\n and plain words. "
		text = strings.Repeat(text, max(1, (size/lines-frame-len(id))/len(text)))
		_, _ = w.WriteString(request(id, text)) // Flush returns the error
	}
	return errors.Join(w.Flush(), file.Close())
}

func request(id, text string) string {
	return `{"custom_id":"` + id + `","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini","max_tokens":1000,` +
		`"messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"` + text + `"}]}}` + "\n"
}

// planFindsDuplicate plans and fails unless the plan reports the duplicate.
func (w *workspace) planFindsDuplicate(ctx context.Context) (float64, error) {
	return timed(func(ctx context.Context) error {
		out, err := w.run(ctx, "plan")
		if err == nil && !strings.Contains(out, duplicate) {
			err = fmt.Errorf("the plan does not report %s:\n%s", duplicate, tail(out))
		}
		return err
	})(ctx)
}

func (w *workspace) planCreation(ctx context.Context) (float64, error) { return w.seconds(ctx, "plan") }

func check(path string) func(context.Context) (float64, error) {
	return timed(func(context.Context) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		report, err := jsonl.Check("batch", path, file)
		if err == nil && report.Warnings != 1 {
			err = fmt.Errorf("want one warning, of the duplicate, not %d: %v", report.Warnings, report.Faults)
		}
		return errors.Join(err, file.Close())
	})
}

// valid runs json.Valid on each line, the minimum of any check.
func valid(path string) func(context.Context) (float64, error) {
	return timed(func(context.Context) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		for lines := bufio.NewReaderSize(file, 1<<20); err == nil; {
			var line []byte
			if line, err = lines.ReadSlice('\n'); err == nil && !json.Valid(line) {
				err = errors.New("a line is not valid")
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, file.Close())
	})
}
