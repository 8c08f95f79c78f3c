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

// attachmentLife is a vector store of n files with attributes, which exist already, and what happens to it in turn.
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
	{"openai_vector_store_files with attributes: first apply", target{atMost: 10}, target{atMost: 60}, (*attachmentLife).create},
	{"openai_vector_store_files with attributes: plan without a change", target{atMost: 6}, target{atMost: 3}, (*attachmentLife).plan},
	{"openai_vector_store_files with attributes: apply of 1 % replaced", target{}, target{atMost: 20}, (*attachmentLife).change},
	{"openai_vector_store_files with attributes: destroy", target{}, target{}, (*attachmentLife).destroy},
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

// declare makes every step-th of the keys mean a new file.
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

// counted counts the requests of a stage besides.
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

// measureAttachments takes vector stores of several sizes through their lives, and the provider's memory.
func measureAttachments(ctx context.Context, b *bench) ([]result, error) {
	var lives []*attachmentLife
	defer func() {
		for _, l := range lives {
			l.server.Close()
		}
	}()
	for _, n := range pick(b, []int{10_000, 20_000}, []int{500, 2000}) {
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
				measurement{"its requests", requests, func(context.Context) (float64, error) { return *count, nil }, true})
		}
	}
	got, err := b.sideBySide(ctx, all...)
	if err != nil {
		return nil, err
	}
	var results []result
	for _, stage := range attachmentStages {
		r := result{title: stage.title}
		for i, l := range lives {
			took, asked := got[0], got[1]
			got = got[2:]
			took.label, asked.label = thousands(l.n)+" files", "requests, "+thousands(l.n)+" files"
			r.series = append(r.series, took)
			if l.n == 10_000 && stage.target != (target{}) {
				r.scores = append(r.scores, score{took, stage.target})
			}
			if l.n == 10_000 && stage.requests != (target{}) {
				r.scores = append(r.scores, score{asked, stage.requests})
			}
			if i > 0 {
				r.scores = append(r.scores, score{perEntry(l.n, lives[i-1].n, took, r.series[i-1]), target{atMost: 1.1}})
			}
		}
		results = append(results, r)
	}
	memory, err := measureAttachmentMemory(ctx, b, lives[0])
	return append(results, memory), err
}

func measureAttachmentMemory(ctx context.Context, b *bench, l *attachmentLife) (result, error) {
	peak, err := b.sideBySide(ctx, measurement{thousands(l.n) + " files", mebibytes, func(ctx context.Context) (float64, error) {
		if err := l.declare("third", 1); err != nil {
			return 0, err
		}
		return l.work.peak(ctx, func(w *workspace) error { _, err := w.applyAnew(ctx); return err })
	}, true})
	if err != nil {
		return result{}, err
	}
	return result{
		title:  "openai_vector_store_files with attributes: the provider's peak memory",
		series: peak,
		scores: []score{{peak[0], target{atMost: 128}}},
	}, nil
}
