package main

import (
	"context"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

const (
	setOfFiles = `
resource "openai_file_set" "bench" {
  purpose = "user_data"
  files   = { for f in fileset(path.module, "files/**") : f => f }
}
`
	forEachFile = `
resource "openai_file" "bench" {
  for_each = fileset(path.module, "files/**")
  purpose  = "user_data"
  source   = each.value
}
`
	// Terraform alone, without a provider and a service.
	forEachNothing = `
resource "terraform_data" "bench" {
  for_each = fileset(path.module, "files/**")
  input    = each.value
}
`
	mapOfNothing = `
resource "terraform_data" "bench" {
  input = { for f in fileset(path.module, "files/**") : f => filesha256(f) }
}
`
)

// measureForEach uploads many files with for_each and as a set, and counts the requests of a refresh.
func measureForEach(ctx context.Context, b *bench) ([]result, error) {
	var results []result
	for _, n := range pick(b, []int{200, 500, 1000}, []int{200}) {
		found, err := measureForEachOf(ctx, b, n)
		if err != nil {
			return results, err
		}
		results = append(results, found...)
	}
	return results, nil
}

func measureForEachOf(ctx context.Context, b *bench, n int) ([]result, error) {
	server := openaitest.NewServer(openaitest.WithDiscard())
	defer server.Close()
	set, err := b.manyFiles(server.URL, setOfFiles, n)
	if err != nil {
		return nil, err
	}
	each, err := b.manyFiles(server.URL, forEachFile, n)
	if err != nil {
		return nil, err
	}
	nothing, err := b.manyFiles(server.URL, forEachNothing, n)
	if err != nil {
		return nil, err
	}
	created, err := b.inTurns(ctx, ours("openai_file_set", set.applyAnew))
	if err != nil {
		return nil, err
	}
	slow, err := once(ctx,
		other("openai_file with for_each", each.applyAnew),
		other("terraform_data with for_each", nothing.applyAnew),
	)
	if err != nil {
		return nil, err
	}
	refreshed, err := b.inTurns(ctx,
		ours("openai_file with for_each, a plan", func(ctx context.Context) (float64, error) {
			server.ResetRequests()
			return each.planNothing(ctx)
		}),
		measurement{"requests of a refresh", requests, func(context.Context) (float64, error) { return float64(len(server.Requests())), nil }, true},
		other("terraform_data with for_each, a plan", nothing.planNothing),
	)
	if err != nil {
		return nil, err
	}
	var faster, few target
	if n == 1000 {
		faster, few = target{atLeast: 20}, target{atMost: 20}
	}
	return []result{{
		title:  "First apply of " + thousands(n) + " files",
		series: []series{created[0], slow[0], slow[1]},
		scores: []score{{ratio("for_each ÷ set", slow[0], created[0]), faster}},
	}, {
		title:  "Refresh of " + thousands(n) + " openai_file",
		series: []series{refreshed[0], refreshed[2]},
		scores: []score{{refreshed[1], few}},
	}}, nil
}

// life is a set of n files, on which all stages run in turn.
type life struct {
	n     int
	set   *workspace
	floor *workspace // a map of the same size in terraform_data
}

var stages = []struct {
	title  string
	ours   bool   // measures the provider, not Terraform alone
	target target // in seconds, at 10,000 files
	growth target // of the cost of each file
	once   func(*life, context.Context) (float64, error)
}{
	{"openai_file_set: first apply", true, target{}, target{atMost: 1.1}, (*life).create},
	{"openai_file_set: plan without a change", true, target{atMost: 5}, target{atMost: 1.1}, (*life).plan},
	{"terraform_data with such a map: plan without a change", false, target{}, target{}, (*life).planFloor},
	{"openai_file_set: apply of 1% changed", true, target{atMost: 8}, target{atMost: 1.1}, (*life).change},
	{"openai_file_set: destroy", true, target{}, target{atMost: 1.1}, (*life).destroy},
}

func (l *life) create(ctx context.Context) (float64, error) {
	if err := l.set.edit(l.n, 100, "first"); err != nil {
		return 0, err
	}
	return l.set.applyAnew(ctx)
}

func (l *life) plan(ctx context.Context) (float64, error) { return l.set.planNothing(ctx) }

func (l *life) planFloor(ctx context.Context) (float64, error) { return l.floor.planNothing(ctx) }

func (l *life) change(ctx context.Context) (float64, error) {
	if err := l.set.edit(l.n, 100, "second"); err != nil {
		return 0, err
	}
	return l.set.apply(ctx)
}

func (l *life) destroy(ctx context.Context) (float64, error) { return l.set.destroy(ctx) }

// measureSet measures all stages for sets of several sizes.
func measureSet(ctx context.Context, b *bench) ([]result, error) {
	fake, err := b.startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	var lives []*life
	for _, n := range pick(b, []int{1000, 10_000, 20_000}, []int{500, 2000}) {
		l, err := b.newLife(ctx, fake.url, n)
		if err != nil {
			return nil, err
		}
		lives = append(lives, l)
	}
	var all []measurement
	for _, stage := range stages {
		for _, l := range lives {
			all = append(all, measurement{thousands(l.n) + " files, " + stage.title, seconds, func(ctx context.Context) (float64, error) {
				return stage.once(l, ctx)
			}, stage.ours})
		}
	}
	got, err := b.inTurns(ctx, all...)
	if err != nil {
		return nil, err
	}

	var results []result
	for _, stage := range stages {
		r := result{title: stage.title}
		for i, l := range lives {
			took := got[0]
			got = got[1:]
			took.label = thousands(l.n) + " files"
			r.series = append(r.series, took)
			if l.n == 10_000 && stage.target != (target{}) {
				r.scores = append(r.scores, score{took, stage.target})
			}
			if i > 0 {
				r.scores = append(r.scores, score{perEntry(l.n, lives[i-1].n, took, r.series[i-1]), stage.growth})
			}
		}
		results = append(results, r)
	}
	return results, nil
}

func (b *bench) newLife(ctx context.Context, url string, n int) (*life, error) {
	set, err := b.manyFiles(url, setOfFiles, n)
	if err != nil {
		return nil, err
	}
	floor, err := b.manyFiles(url, mapOfNothing, n)
	if err != nil {
		return nil, err
	}
	_, err = floor.apply(ctx)
	return &life{n, set, floor}, err
}
