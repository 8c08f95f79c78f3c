package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// unit is what a figure counts.
type unit string

const (
	seconds   unit = "s"
	mebibytes unit = "MiB"
	requests  unit = "requests"
	times     unit = "×"
)

func (u unit) format(v float64) string {
	switch {
	case u == times:
		return fmt.Sprintf("%.2f×", v)
	case u != seconds:
		return fmt.Sprintf("%.0f %s", v, u)
	case math.Abs(v) < 0.1:
		return fmt.Sprintf("%.0f ms", v*1000)
	case math.Abs(v) < 10:
		return fmt.Sprintf("%.2f s", v)
	}
	return fmt.Sprintf("%.1f s", v)
}

// exactly formats a figure that is set, not measured.
func (u unit) exactly(v float64) string {
	if u == times {
		return fmt.Sprintf("%v×", v)
	}
	return fmt.Sprintf("%v %s", v, u)
}

// series holds the figures of one measurement, one for each repetition.
type series struct {
	label  string
	unit   unit
	values []float64
	ours   bool // figures of the provider, not of what it is compared to
}

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s.values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// at returns the figure of a repetition. A figure that is measured only once counts for all repetitions.
func (s series) at(i int) float64 { return s.values[min(i, len(s.values)-1)] }

// combine calculates a figure for each repetition, because a slow phase of the machine then affects both sides.
func combine(label string, u unit, a, b series, calculate func(a, b float64) float64) series {
	combined := series{label: label, unit: u}
	for i := range max(len(a.values), len(b.values)) {
		combined.values = append(combined.values, calculate(a.at(i), b.at(i)))
	}
	return combined
}

func ratio(label string, a, b series) series {
	return combine(label, times, a, b, func(a, b float64) float64 { return a / b })
}

func difference(label string, a, b series) series {
	return combine(label, a.unit, a, b, func(a, b float64) float64 { return a - b })
}

// perEntry compares the cost of each of m entries with the cost of each of n.
func perEntry(m, n int, ofM, ofN series) series {
	label := fmt.Sprintf("per file, %s ÷ %s", thousands(m), thousands(n))
	return combine(label, times, ofM, ofN, func(m1, n1 float64) float64 { return m1 / float64(m) / (n1 / float64(n)) })
}

// target is what a figure should be. The zero value is no target.
type target struct{ atMost, atLeast float64 }

func (t target) met(v float64) bool {
	return (t.atMost == 0 || v <= t.atMost) && v >= t.atLeast
}

// score is a figure by which a result is judged.
type score struct {
	series
	target target
}

// result is a group of figures of one kind, and its scores.
type result struct {
	title  string
	series []series
	scores []score
}

// measurement takes one figure.
type measurement struct {
	label string
	unit  unit
	once  func(context.Context) (float64, error)
	ours  bool // a figure of the provider, not of what it is compared to
}

// ours measures how many seconds the provider takes.
func ours(label string, once func(context.Context) (float64, error)) measurement {
	return measurement{label, seconds, once, true}
}

// other measures how many seconds something else takes.
func other(label string, once func(context.Context) (float64, error)) measurement {
	return measurement{label, seconds, once, false}
}

// inTurns takes every figure once, then every figure again, as often as there are repetitions.
func (b *bench) inTurns(ctx context.Context, all ...measurement) ([]series, error) {
	return repeat(ctx, b.n, all...)
}

// once takes every figure once, for measurements that take long and are far from their target.
func once(ctx context.Context, all ...measurement) ([]series, error) { return repeat(ctx, 1, all...) }

func repeat(ctx context.Context, n int, all ...measurement) ([]series, error) {
	taken := make([]series, len(all))
	for range n {
		for i, m := range all {
			v, err := m.once(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.label, err)
			}
			fmt.Fprintf(os.Stderr, "  %-60s %12s\n", m.label, m.unit.format(v))
			taken[i] = series{m.label, m.unit, append(taken[i].values, v), m.ours}
		}
	}
	return taken, nil
}

// timed measures how long f takes.
func timed(f func(context.Context) error) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		began := time.Now()
		err := f(ctx)
		return time.Since(began).Seconds(), err
	}
}

// table returns all results in Markdown.
func table(results []result, judge bool) string {
	lines := [][]string{{"what", "measured", "median", "least to most", "target"}, nil}
	add := func(title string, s series, mark, target string) {
		spread := "once"
		if len(s.values) > 1 {
			spread = s.unit.format(slices.Min(s.values)) + " to " + s.unit.format(slices.Max(s.values))
		}
		lines = append(lines, []string{title, mark + s.label + mark, mark + s.unit.format(s.median()) + mark, spread, target})
	}
	for _, r := range results {
		title := r.title
		for _, s := range r.series {
			add(title, s, "", "")
			title = ""
		}
		for _, s := range r.scores {
			goal := s.goal(judge)
			if judge && s.missed() {
				goal = "**" + goal + "**"
			}
			add(title, s.series, "**", goal)
			title = ""
		}
	}
	return aligned(lines)
}

// missed reports whether the score has a target and does not meet it.
func (s score) missed() bool { return s.target != (target{}) && !s.target.met(s.median()) }

// goal returns the target and, with judge, whether it is met.
func (s score) goal(judge bool) string {
	var text string
	switch t := s.target; {
	case t.atMost > 0:
		text = "at most " + s.unit.exactly(t.atMost)
	case t.atLeast > 0:
		text = "at least " + s.unit.exactly(t.atLeast)
	default:
		return ""
	}
	switch {
	case !judge:
		return text
	case s.missed():
		return text + ": missed"
	}
	return text + ": met"
}

// aligned returns the lines of a table. A nil line is the rule below the header.
func aligned(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, line := range lines {
		for i, width := range widths {
			cell, fill := "", " "
			if line == nil {
				fill = "-"
			} else {
				cell = line[i]
			}
			text.WriteString("| " + cell + strings.Repeat(fill, width-utf8.RuneCountInString(cell)) + " ")
		}
		text.WriteString("|\n")
	}
	return text.String()
}

// thousands writes a count as 10,000.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// binary writes a size as 512 MiB.
func binary(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n == 1:
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
