package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const attachedFiles = `
locals {
  files = jsondecode(file("ids.json"))
}

resource "openai_vector_store" "bench" {
  name = "bench"
}

resource "openai_vector_store_files" "bench" {
  vector_store_id = openai_vector_store.bench.id
  files           = local.files
  attributes      = { for key in keys(local.files) : key => jsonencode({ lang = "en", year = 2026, page = key }) }
}
`

// attachmentLife is a vector store to which n existing files are attached with attributes.
type attachmentLife struct {
	n      int
	server *openaitest.Server
	work   *workspace
	ids    map[string]string // key → file ID
}

var attachmentStages = []struct {
	title    string
	target   target // in seconds, at 10,000 files
	requests target // at 10,000 files, without the DELETE of each replaced file
	once     func(*attachmentLife, context.Context) (float64, error)
}{
	{"openai_vector_store_files: first apply", target{atMost: 10}, target{atMost: 60}, (*attachmentLife).create},
	{"openai_vector_store_files: plan without a change", target{atMost: 6}, target{atMost: 3}, (*attachmentLife).plan},
	{"openai_vector_store_files: apply of 1% replaced", target{}, target{atMost: 20}, (*attachmentLife).change},
	{"openai_vector_store_files: destroy", target{}, target{}, (*attachmentLife).destroy},
}

func (l *attachmentLife) create(ctx context.Context) (float64, error) {
	if err := l.declare("first", 1); err != nil {
		return 0, err
	}
	return l.work.applyAnew(ctx)
}

func (l *attachmentLife) plan(ctx context.Context) (float64, error) { return l.work.planNothing(ctx) }

func (l *attachmentLife) change(ctx context.Context) (float64, error) {
	if err := l.declare("second", 100); err != nil {
		return 0, err
	}
	return l.work.apply(ctx)
}

func (l *attachmentLife) destroy(ctx context.Context) (float64, error) { return l.work.destroy(ctx) }

// declare gives every step-th key a new file.
func (l *attachmentLife) declare(edition string, step int) error {
	for i := 0; i < l.n; i += step {
		name := fmt.Sprintf("%05d.md", i)
		l.ids[name] = l.server.AddFile(name, "user_data", fmt.Appendf(nil, "Page %d, %s edition.\n", i, edition)).ID
	}
	encoded, err := json.Marshal(l.ids)
	if err != nil {
		return err
	}
	return l.work.write("ids.json", string(encoded))
}

// counted runs a stage and counts its requests, except those that delete.
func (l *attachmentLife) counted(once func(*attachmentLife, context.Context) (float64, error), count *float64) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		l.server.ResetRequests()
		took, err := once(l, ctx)
		*count = 0
		for _, request := range l.server.Requests() {
			if request.Method != http.MethodDelete && strings.HasPrefix(request.Path, "/vector_stores") {
				*count++
			}
		}
		return took, err
	}
}

// measureAttachments measures all stages for vector stores of several sizes, and the provider's memory.
func measureAttachments(ctx context.Context, b *bench) ([]result, error) {
	var lives []*attachmentLife
	defer func() {
		for _, l := range lives {
			l.server.Close()
		}
	}()
	sizes := pick(b, []int{10_000, 20_000}, []int{500, 2000})
	for _, n := range sizes {
		server := openaitest.NewServer(openaitest.WithRequestLimit(100_000), openaitest.WithAttachLimits(0, 0))
		l := &attachmentLife{n: n, server: server, ids: map[string]string{}}
		lives = append(lives, l)
		var err error
		if l.work, err = b.workspace(server.URL, attachedFiles); err != nil {
			return nil, err
		}
	}
	var all []measurement
	for _, stage := range attachmentStages {
		for _, l := range lives {
			count := new(float64)
			all = append(all,
				measurement{thousands(l.n) + " files, " + stage.title, seconds, l.counted(stage.once, count), true},
				measurement{"requests of this stage", requests, func(context.Context) (float64, error) { return *count, nil }, true})
		}
	}
	got, err := b.inTurns(ctx, all...)
	if err != nil {
		return nil, err
	}
	memory, err := measureAttachmentMemory(ctx, b, lives[0])
	if err != nil {
		return nil, err
	}
	return attachmentResults(sizes, got, memory), nil
}

// attachmentResults groups what was measured: for each stage and each number of files the time and the requests, and the memory.
func attachmentResults(sizes []int, got, memory []series) []result {
	var results []result
	for _, stage := range attachmentStages {
		r := result{title: stage.title}
		var (
			before int // the number of files of the series before
			fewer  series
		)
		for _, n := range sizes {
			took, asked := got[0], got[1]
			got = got[2:]
			took.label, asked.label = thousands(n)+" files", thousands(n)+" files"
			r.series = append(r.series, took)
			if n == 10_000 && stage.target != (target{}) {
				r.scores = append(r.scores, score{took, stage.target})
			}
			if n == 10_000 && stage.requests != (target{}) {
				r.scores = append(r.scores, score{asked, stage.requests})
			}
			if before > 0 {
				r.scores = append(r.scores, score{perEntry(n, before, took, fewer), target{atMost: 1.1}})
			}
			before, fewer = n, took
		}
		results = append(results, r)
	}
	return append(results, result{
		title:  "openai_vector_store_files: the provider's peak memory",
		series: memory,
		scores: []score{{memory[0], target{atMost: 128}}},
	})
}

func measureAttachmentMemory(ctx context.Context, b *bench, l *attachmentLife) ([]series, error) {
	return b.inTurns(ctx, measurement{thousands(l.n) + " files", mebibytes, func(ctx context.Context) (float64, error) {
		if err := l.declare("third", 1); err != nil {
			return 0, err
		}
		return l.work.peak(ctx, func(w *workspace) error { _, err := w.applyAnew(ctx); return err })
	}, true})
}
