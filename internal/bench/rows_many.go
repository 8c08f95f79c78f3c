package main

import (
	"context"
	"fmt"

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
	// What Terraform takes by itself, with no provider and no service.
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

// measureForEach uploads many files by for_each and by a set, and counts the requests that a refresh takes.
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
	created, err := b.sideBySide(ctx, measurement{"openai_file_set", seconds, set.applyAnew})
	if err != nil {
		return nil, err
	}
	slow, err := once(ctx,
		measurement{"openai_file by for_each", seconds, each.applyAnew},
		measurement{"terraform_data by for_each", seconds, nothing.applyAnew},
	)
	if err != nil {
		return nil, err
	}
	refreshed, err := b.sideBySide(ctx,
		measurement{"openai_file by for_each, a plan", seconds, func(ctx context.Context) (float64, error) {
			server.ResetRequests()
			return each.planNothing(ctx)
		}},
		measurement{"its requests", requests, func(context.Context) (float64, error) { return float64(len(server.Requests())), nil }},
		measurement{"terraform_data by for_each, a plan", seconds, nothing.planNothing},
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

// measureSet takes sets of several sizes through their lives.
func measureSet(ctx context.Context, b *bench) ([]result, error) {
	fake, err := b.startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()

	sizes := pick(b, []int{1000, 10_000, 20_000}, []int{500, 2000})
	steps := []struct {
		title string
		limit float64 // seconds at 10,000; 0: none
		once  func(ctx context.Context, set, floor *workspace, n int) (float64, error)
	}{
		{"create", 0, func(ctx context.Context, set, _ *workspace, _ int) (float64, error) { return set.applyAnew(ctx) }},
		{"no-change plan", 5, func(ctx context.Context, set, _ *workspace, _ int) (float64, error) { return set.planNothing(ctx) }},
		{"no-change plan of terraform_data with as large a map", 0, func(ctx context.Context, _, floor *workspace, _ int) (float64, error) {
			return floor.planNothing(ctx)
		}},
		{"apply with 1 % changed", 8, func(ctx context.Context, set, _ *workspace, n int) (float64, error) {
			if err := set.edit(n, 100, "second"); err != nil {
				return 0, err
			}
			return set.apply(ctx)
		}},
		{"destroy", 0, func(ctx context.Context, set, _ *workspace, n int) (float64, error) {
			took, err := set.destroy(ctx)
			if err != nil {
				return 0, err
			}
			return took, set.edit(n, 100, "first")
		}},
	}
	var sets, floors []*workspace
	for _, n := range sizes {
		set, err := b.manyFiles(fake.url, setOfFiles, n)
		if err != nil {
			return nil, err
		}
		floor, err := b.manyFiles(fake.url, mapOfNothing, n)
		if err != nil {
			return nil, err
		}
		if _, err := floor.apply(ctx); err != nil {
			return nil, err
		}
		sets, floors = append(sets, set), append(floors, floor)
	}
	var all []measurement
	for _, step := range steps {
		for i, n := range sizes {
			all = append(all, measurement{fmt.Sprintf("%s, %s files", step.title, thousands(n)), seconds, func(ctx context.Context) (float64, error) {
				return step.once(ctx, sets[i], floors[i], n)
			}})
		}
	}
	got, err := b.sideBySide(ctx, all...)
	if err != nil {
		return nil, err
	}
	var results []result
	for i, step := range steps {
		r := result{title: "openai_file_set: " + step.title}
		if step.floor() {
			r.title = "Terraform itself: " + step.title
		}
		_ = i
		results = append(results, r)
	}
	return results, nil
}
