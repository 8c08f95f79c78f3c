package main

import (
	"fmt"
	"html"
	"strings"
)

// Sizes of the picture, in its own units.
const (
	width     = 860
	margin    = 20
	barsAt    = 300 // left end of the bars
	barsWidth = 400
	barHeight = 16
	lineStep  = 22
)

// The card has its own background, so it is readable on light and dark pages.
const style = `
.card { fill: #ffffff; stroke: #d0d7de }
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title, .score { font-weight: 600; fill: #1f2328 }
.score.missed { fill: #cf222e }
.score, .label { text-anchor: end }
.ours { fill: #0a7d5a }
.other { fill: #b1bac4 }
@media (prefers-color-scheme: dark) {
  .card { fill: #161b22; stroke: #30363d }
  text { fill: #9da7b1 }
  .title, .score { fill: #e6edf3 }
  .score.missed { fill: #ff7b72 }
  .ours { fill: #2ea67e }
  .other { fill: #59636e }
}
`

// svg draws every result that has a target. Each figure has a bar, green for the provider, and the longest bar of a result fills
// the width. With judge, each target says whether it is met, and missed ones are red.
func svg(results []result, machine string, judge bool) string {
	var body strings.Builder
	y := margin
	text := func(x int, class, s string) {
		fmt.Fprintf(&body, `<text x="%d" y="%d" class="%s">%s</text>`+"\n", x, y+barHeight-4, class, html.EscapeString(s))
	}
	for _, r := range results {
		if !r.hasTarget() {
			continue
		}
		text(margin, "title", r.title)
		for _, s := range r.scores {
			if s.target == (target{}) {
				continue
			}
			class := "score"
			if judge && s.missed() {
				class = "score missed"
			}
			text(width-margin, class, s.label+": "+s.unit.format(s.median())+" (target "+s.goal(judge)+")")
			y += lineStep
		}
		longest := 0.0
		for _, s := range r.series {
			longest = max(longest, s.median())
		}
		for _, s := range r.series {
			text(barsAt-10, "label", s.label)
			length := max(1, s.median()/longest*barsWidth)
			fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" class="%s"/>`+"\n", barsAt, y, length, barHeight, s.class())
			text(barsAt+int(length)+8, "figure", s.unit.format(s.median()))
			y += lineStep
		}
		y += lineStep / 2
	}
	for line := range strings.SplitSeq(machine, "; ") {
		text(margin, "machine", line)
		y += lineStep
	}
	height := y + margin/2
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="Measurements of the provider">
<style>%[3]s</style>
<rect class="card" x="0.5" y="0.5" width="%[4]d" height="%[5]d" rx="8"/>
%[6]s</svg>
`, width, height, style, width-1, height-1, body.String())
}

func (r result) hasTarget() bool {
	for _, s := range r.scores {
		if s.target != (target{}) {
			return true
		}
	}
	return false
}

// class returns the style of the bars: one style for the provider and one for the comparison.
func (s series) class() string {
	if s.ours {
		return "ours"
	}
	return "other"
}
