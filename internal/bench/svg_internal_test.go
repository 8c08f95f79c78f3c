package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// drawn is a text element of the picture.
type drawn struct {
	X, Y  int
	Class string
	Text  string
}

func texts(t *testing.T, picture string) []drawn {
	t.Helper()
	var found []drawn
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("the picture is not valid XML: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "text" {
			continue
		}
		var element struct {
			X     int    `xml:"x,attr"`
			Y     int    `xml:"y,attr"`
			Class string `xml:"class,attr"`
			Text  string `xml:",chardata"`
		}
		if err := decoder.DecodeElement(&element, &start); err != nil {
			t.Fatal(err)
		}
		found = append(found, drawn(element))
	}
}

func figures(label string, u unit, values ...float64) series {
	return series{label: label, unit: u, values: values, ours: true}
}

func TestSVG_marksMissedTargets(t *testing.T) {
	results := []result{{
		title:  "File",
		series: []series{figures("apply", seconds, 1.09)},
		scores: []score{
			{figures("apply ÷ curl", times, 1.32), target{atMost: 1.15}},
			{figures("memory", mebibytes, 31), target{atMost: 64}},
			{figures("parts", times, 3.9), target{atLeast: 4}},
			{figures("without a target", times, 9), target{}},
		},
	}}
	for name, test := range map[string]struct {
		judge bool
		want  []drawn
	}{
		"full sizes": {true, []drawn{
			{Class: "score missed", Text: "apply ÷ curl: 1.32× (target at most 1.15×: missed)"},
			{Class: "score", Text: "memory: 31 MiB (target at most 64 MiB: met)"},
			{Class: "score missed", Text: "parts: 3.90× (target at least 4×: missed)"},
		}},
		"small sizes are not judged": {false, []drawn{
			{Class: "score", Text: "apply ÷ curl: 1.32× (target at most 1.15×)"},
			{Class: "score", Text: "memory: 31 MiB (target at most 64 MiB)"},
			{Class: "score", Text: "parts: 3.90× (target at least 4×)"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			picture := svg(results, "machine", test.judge)
			var got []drawn
			for _, text := range texts(t, picture) {
				if strings.HasPrefix(text.Class, "score") {
					got = append(got, drawn{Class: text.Class, Text: text.Text})
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("scores:\n got %v\nwant %v", got, test.want)
			}
			if strings.Count(picture, ".score.missed { fill:") != 2 {
				t.Error("want a colour for missed targets in the light and in the dark style")
			}
		})
	}
}

// madeUpAttachments returns figures of 10,000 and 20,000 files: seconds and requests of each stage.
func madeUpAttachments() []result {
	return attachmentResults([]int{10_000, 20_000}, []series{
		figures("", seconds, 9), figures("", requests, 55), figures("", seconds, 18), figures("", requests, 110),
		figures("", seconds, 5), figures("", requests, 4), figures("", seconds, 12), figures("", requests, 4),
		figures("", seconds, 6), figures("", requests, 12), figures("", seconds, 12), figures("", requests, 14),
		figures("", seconds, 30), figures("", requests, 3), figures("", seconds, 60), figures("", requests, 3),
	}, []series{figures("10,000 files", mebibytes, 140)})
}

func TestSVG_vectorStores(t *testing.T) {
	want := []string{
		"openai_vector_store_files: first apply",
		"10,000 files: 9.00 s (target at most 10 s: met)",
		"10,000 files: 55 requests (target at most 60 requests: met)",
		"per file, 20,000 ÷ 10,000: 1.00× (target at most 1.1×: met)",
		"openai_vector_store_files: plan without a change",
		"10,000 files: 5.00 s (target at most 6 s: met)",
		"10,000 files: 4 requests (target at most 3 requests: missed)",
		"per file, 20,000 ÷ 10,000: 1.20× (target at most 1.1×: missed)",
		"openai_vector_store_files: apply of 1% replaced",
		"10,000 files: 12 requests (target at most 20 requests: met)",
		"per file, 20,000 ÷ 10,000: 1.00× (target at most 1.1×: met)",
		"openai_vector_store_files: destroy",
		"per file, 20,000 ÷ 10,000: 1.00× (target at most 1.1×: met)",
		"openai_vector_store_files: the provider's peak memory",
		"10,000 files: 140 MiB (target at most 128 MiB: missed)",
	}
	var got []string
	for _, text := range texts(t, svg(madeUpAttachments(), "machine", true)) {
		if text.Class == "title" || strings.HasPrefix(text.Class, "score") {
			got = append(got, text.Text)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("titles and scores:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// A title starts at the left and its first score ends at the right of the same line.
func TestSVG_textsDoNotOverlap(t *testing.T) {
	const widest = 7.2 // average width of a character at 13 px, semi-bold
	results := append(madeUpAttachments(), result{
		title:  "Plan of an unchanged file of 512 MiB",
		series: []series{figures("plan", seconds, 0.65)},
		scores: []score{{figures("plan − plan of 1 byte − SHA-256", seconds, 0.031), target{atMost: 0.3}}},
	})
	used := map[int]float64{}
	for _, text := range texts(t, svg(results, "machine", true)) {
		if text.Class == "title" || strings.HasPrefix(text.Class, "score") {
			used[text.Y] += widest * float64(utf8.RuneCountInString(text.Text))
		}
		if used[text.Y] > width-2*margin {
			t.Errorf("the line of %q needs %.0f of %d units", text.Text, used[text.Y], width-2*margin)
		}
	}
}

func TestTable_marksMissedTargets(t *testing.T) {
	got := table([]result{{
		title:  "File",
		series: []series{figures("apply", seconds, 1, 3, 2)},
		scores: []score{
			{figures("slow", times, 1.32), target{atMost: 1.15}},
			{figures("fast", times, 1.05), target{atMost: 1.15}},
			{figures("negative", seconds, -1), target{}},
		},
	}}, true)
	want := `| what | measured     | median      | least to most    | target                    |
| ---- | ------------ | ----------- | ---------------- | ------------------------- |
| File | apply        | 2.00 s      | 1.00 s to 3.00 s |                           |
|      | **slow**     | **1.32×**   | once             | **at most 1.15×: missed** |
|      | **fast**     | **1.05×**   | once             | at most 1.15×: met        |
|      | **negative** | **-1.00 s** | once             |                           |
`
	if got != want {
		t.Errorf("table:\n%s\nwant\n%s", got, want)
	}
}
