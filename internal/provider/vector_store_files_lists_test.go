package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Files that were detached stay in the list for a while. An apply that attaches them again does not take them for attached.
func TestVectorStoreFiles_ghostsInTheList(t *testing.T) {
	t.Parallel()
	const many = 15 // more than are asked for one by one
	failure := openaitest.WithOutcome("03.md", openaitest.Outcome{Code: "server_error", Message: "Not now.", Times: 1})
	type ids = map[string]string // files by key
	replace := func(_ *testing.T, tf attachedCore, _ ids) { tf.current[theResource].tainted = true }
	revert := func(t *testing.T, tf attachedCore, files ids) {
		t.Helper()
		tf.attach(ids{"00.md": files["00.md"]}, nil)
		tf.mustApply(t)
	}
	detach := func(_ *testing.T, tf attachedCore, files ids) { tf.fake.Detach(tf.store, files["01.md"]) }
	replaceAmongOthers := func(_ *testing.T, tf attachedCore, files ids) { // for each ghost, the list lacks another file
		tf.current[theResource].tainted = true
		for range files {
			tf.fake.Attach(tf.store, tf.fake.page("foreign.md"))
		}
	}
	for name, test := range map[string]struct {
		files     int
		exclusive bool
		option    openaitest.Option
		happens   func(*testing.T, attachedCore, ids) // after the first apply
		want      int                                 // files that are attached again
	}{
		"replaced, exclusive":         {2, true, nil, replace, 2},
		"replaced":                    {many, false, nil, replace, many},
		"replaced after a failure":    {many, false, failure, nil, many},
		"removed and declared again":  {many, false, nil, revert, many - 1},
		"detached by hand, exclusive": {many, true, nil, detach, 1},
		"replaced, the numbers agree": {many, false, openaitest.WithListLag(time.Minute), replaceAmongOthers, many},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				options := []openaitest.Option{openaitest.WithDetachLag(time.Minute)}
				if test.option != nil {
					options = append(options, test.option)
				}
				tf := newAttached(t, newBubbleFake(t, options...))
				files := ids{}
				for i := range test.files {
					key := fmt.Sprintf("%02d.md", i)
					files[key] = tf.fake.page(key)
				}
				if !test.exclusive {
					tf.fake.Attach(tf.store, tf.fake.page("other.md"))
				}
				tf.attach(files, map[string]any{"exclusive": test.exclusive})
				if tf.apply(t.Context(), tf.fake.URL); test.happens != nil {
					time.Sleep(2 * time.Minute) // of the bubble
					test.happens(t, tf, files)
				}
				tf.attach(files, map[string]any{"exclusive": test.exclusive})
				tf.fake.ResetRequests()
				tf.mustApply(t)
				tf.expectState(t, files, nil)
				if got := tf.fake.attachRequests(); len(got) != test.want {
					t.Errorf("%d files were attached again, want %d", len(got), test.want)
				}
				attached := map[string]bool{}
				for _, a := range tf.fake.Attachments(tf.store) {
					attached[a.FileID] = true
				}
				for key, id := range files {
					if !attached[id] {
						t.Errorf("%s is not attached", key)
					}
				}
				time.Sleep(2 * time.Minute)
				tf.expectNoChanges(t)
			})
		})
	}
}

// A list lacks files that were attached a moment ago. An exclusive resource detaches those of others as soon as they are listed.
func TestVectorStoreFiles_exclusiveAndLateList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		early, late bool // somebody attaches a file when the list is behind, and after that
		applies     int  // while the list is behind
	}{
		"file of another":                {true, false, 1},
		"file of another, two applies":   {true, false, 2},
		"own files, and then another":    {false, true, 1},
		"file of another, and then more": {true, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				const lag = 20 * time.Second
				tf := newAttached(t, newBubbleFake(t, openaitest.WithListLag(lag)))
				s := tf.fake
				a, b := s.page("a.md"), s.page("b.md")
				files := map[string]string{"a.md": a, "b.md": b}
				tf.attach(files, map[string]any{"exclusive": true})
				tf.mustApply(t)
				if test.early {
					s.Attach(tf.store, s.page("early.md"))
					if c, out := tf.planOne(t); c.none() {
						t.Errorf("the plan is empty, want the file of another to be detached: %s", out)
					}
				}
				for i := range test.applies {
					if !test.early {
						tf.attach(files, map[string]any{"exclusive": true, "attributes": map[string]any{"a.md": fmt.Sprintf(`{"n":%d}`, i)}})
					}
					tf.mustApply(t)
				}
				time.Sleep(lag)
				if test.late {
					s.Attach(tf.store, s.page("late.md"))
					time.Sleep(lag)
				}
				tf.mustApply(t)
				s.expectAttached(t, a, b)()
				tf.expectNoChanges(t)
			})
		})
	}
}

// Files of others cannot be detached. If the resource is not exclusive any more, or is destroyed, they stay; otherwise a plan counts them.
func TestVectorStoreFiles_exclusiveNoMore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		next map[string]any // arguments; nil: destroyed
		said string         // by the plan
		left bool
	}{
		"still exclusive": {map[string]any{"exclusive": true}, "Other files will be detached: .* has 1 file", false},
		"no more":         {map[string]any{"exclusive": false}, "", true},
		"destroyed":       {nil, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			s := tf.fake
			a, other := s.page("a.md"), s.page("other.md")
			files := map[string]string{"a.md": a}
			tf.attach(files, map[string]any{"exclusive": true})
			tf.mustApply(t)
			s.Attach(tf.store, other)
			s.Inject(openaitest.Fault{Method: http.MethodDelete, Status: http.StatusBadRequest, Body: `{"error":{"message":"Not now."}}`})
			tf.fails(t, `1 of 1 file could not be detached: .*`+other+`: .*Not now`)
			want := []string{a, other}
			if test.next == nil {
				tf.mustDestroy(t)
				s.expectAttached(t, other)()
				return
			}
			tf.attach(files, test.next)
			c, out := tf.planOne(t)
			expectSaid(t, out, test.said)
			if attached := elements(c.planned)["attached"]; attached.IsKnown() != test.left {
				t.Errorf("attached is planned as %s, want it known: %t", attached, test.left)
			}
			if strings.Contains(out.String(), "detached") == test.left {
				t.Errorf("the plan says %s", out)
			}
			tf.mustHave(t, files)
			if !test.left {
				want = want[:1]
			}
			s.expectAttached(t, want...)()
		})
	}
}

// The plan of an exclusive resource counts only files that it does not declare, whether it has attached the declared ones or somebody else.
func TestVectorStoreFiles_exclusiveCountsOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		declared, attached int // the first declared files are attached by somebody else
		others             int
		unknown            bool // what is declared is not known before the apply
		want               string
	}{
		"all are declared":       {5, 4, 0, false, `^$`},
		"some are declared":      {5, 4, 2, false, `Vector store \w+ has 2 files that this resource does not declare`},
		"many are declared":      {30, 20, 2, false, `has 2 files that`},
		"none are declared":      {2, 0, 1, false, `has 1 file that`},
		"what they are, unknown": {2, 0, 1, true, `has 1 file that`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tf := newAttached(t, newFake(t))
			files, want := map[string]string{}, []string{}
			for i := range test.declared {
				key := fmt.Sprintf("%02d.md", i)
				files[key] = tf.fake.page(key)
				want = append(want, files[key])
				if i < test.attached {
					tf.fake.Attach(tf.store, files[key])
				}
			}
			for range test.others {
				tf.fake.Attach(tf.store, tf.fake.page("other.md"))
			}
			more := map[string]any{"exclusive": true}
			if test.unknown {
				more["files"] = tftypes.UnknownValue
			}
			tf.attach(files, more)
			_, out := tf.planOne(t)
			expectSaid(t, out, test.want)
			tf.attach(files, map[string]any{"exclusive": true})
			tf.mustHave(t, files)
			tf.fake.expectAttached(t, want...)()
		})
	}
}

// The list fails beyond its first files, or as a whole. An exclusive resource changes its own files anyway, and says what it cannot do.
func TestVectorStoreFiles_exclusiveWithoutList(t *testing.T) {
	t.Parallel()
	poison := openaitest.WithOutcome("poison.md", openaitest.Outcome{Poison: true})
	noCounts := openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
		if body["object"] == "vector_store" {
			delete(body, "file_counts")
		}
		return status, body
	})
	const warning = `WARNING: Other files may still be attached: Listing the files of vector store .*HTTP 500.*set exclusive = false\.`
	for name, test := range map[string]struct {
		options []openaitest.Option
		others  int
		status  int // of the list; 0: its first page that has poison.md
		said    string
		fails   bool
	}{
		"only own files":                {[]openaitest.Option{poison}, 0, 0, `^$`, false},
		"a file of others":              {[]openaitest.Option{poison}, 1, 0, warning, false},
		"the server does not count":     {[]openaitest.Option{poison, noCounts}, 0, 0, warning, false},
		"the whole list is broken":      {nil, 1, http.StatusInternalServerError, warning, false},
		"the list must not be read":     {nil, 1, http.StatusForbidden, `ERROR: Files were not attached`, true},
		"own files, not to be read":     {nil, 0, http.StatusForbidden, `ERROR: Files were not attached`, true},
		"own files, the list is broken": {nil, 0, http.StatusInternalServerError, `^$`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t, test.options...))
				s := tf.fake
				poisoned, a, b := s.page("poison.md"), s.page("a.md"), s.page("b.md")
				tf.attach(map[string]string{"poison.md": poisoned, "a.md": a}, nil)
				tf.mustApply(t)
				want := []string{poisoned, b}
				for range test.others {
					other := s.page("other.md")
					s.Attach(tf.store, other)
					want = append(want, other)
				}
				if test.status != 0 {
					s.Inject(openaitest.Fault{Method: http.MethodGet, Path: "/vector_stores/*/files", Status: test.status, Times: -1, Body: `{"error":{"message":"Not now."}}`})
				}
				files := map[string]string{"poison.md": poisoned, "a.md": b}
				tf.attach(files, map[string]any{"exclusive": true})
				c, out := tf.planOne(t)
				out.mustSucceed(t, "plan")
				out = &outcome{}
				tf.carryOut(t.Context(), tf.start(t.Context(), s.URL, out), c)
				expectSaid(t, out, test.said)
				if out.failed() != test.fails {
					t.Errorf("failed is %t, want %t: %s", out.failed(), test.fails, out)
				}
				if !test.fails {
					tf.expectState(t, files, nil)
					s.expectAttached(t, want...)()
				}
			})
		})
	}
}

// The list lacks a file that was just attached and still has one that was just detached, so it is as long as it should be.
func TestVectorStoreFiles_listOfTheRightLengthWithOtherFiles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithDetachLag(time.Minute), openaitest.WithListLag(time.Minute)))
		s := tf.fake
		files := map[string]string{"a.md": s.page("a.md")}
		foreign := s.page("foreign.md")
		s.Attach(tf.store, foreign)
		time.Sleep(2 * time.Minute) // of the bubble
		tf.attach(files, nil)
		tf.mustApply(t)
		s.Detach(tf.store, foreign)
		for _, later := range []time.Duration{0, 2 * time.Minute} {
			time.Sleep(later)
			out := &outcome{}
			changes := tf.plan(t.Context(), s.URL, tf.configuration(), out)
			if text := out.String(); strings.Contains(text, "no longer attached") || !changes[0].none() {
				t.Errorf("%s later: got %s and a change %t, want neither a warning nor a change", later, text, !changes[0].none())
			}
		}
	})
}

// A file is declared again right after it was replaced, by an exclusive resource, while the list is behind in both ways.
func TestVectorStoreFiles_replacedAndTakenBack(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		tf := newAttached(t, newBubbleFake(t, openaitest.WithDetachLag(time.Minute), openaitest.WithListLag(time.Minute)))
		s := tf.fake
		first, second := s.page("a.md"), s.page("a.md")
		time.Sleep(2 * time.Minute) // of the bubble
		for _, file := range []string{first, second, first} {
			tf.attach(map[string]string{"a.md": file}, map[string]any{"exclusive": true})
			tf.mustApply(t)
			s.expectAttached(t, file)()
		}
	})
}

// Somebody else has detached many files and attached as many others. The list is behind, and has as many files as it should: the old ones.
func TestVectorStoreFiles_oldListOfTheRightLength(t *testing.T) {
	t.Parallel()
	for _, stillThere := range []int{0, 3} { // of the old files
		t.Run(fmt.Sprint(stillThere), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t, openaitest.WithDetachLag(time.Minute), openaitest.WithListLag(time.Minute)))
				s := tf.fake
				files := map[string]string{}
				for i := range 15 {
					key := fmt.Sprintf("%02d.md", i)
					files[key] = s.page(key)
					s.Attach(tf.store, files[key])
				}
				time.Sleep(2 * time.Minute) // of the bubble
				for i := range 15 - stillThere {
					s.Detach(tf.store, files[fmt.Sprintf("%02d.md", i)])
					s.Attach(tf.store, s.page("foreign.md"))
				}
				tf.attach(files, nil)
				tf.mustApply(t)
				tf.expectState(t, files, nil)
				if n := len(s.attachRequests()); n != 15-stillThere {
					t.Errorf("%d files were attached, want %d", n, 15-stillThere)
				}
				if n := len(s.Attachments(tf.store)); n != 30-stillThere {
					t.Errorf("the vector store has %d files, want %d", n, 30-stillThere)
				}
			})
		})
	}
}

// A server says that a vector store has no files, whatever is in it.
func TestVectorStoreFiles_serverThatCountsNothing(t *testing.T) {
	t.Parallel()
	for name, counts := range map[string]any{
		"zeros": map[string]any{"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0},
		"null":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				tf := newAttached(t, newBubbleFake(t, openaitest.WithRewrite(func(_ *http.Request, status int, body map[string]any) (int, map[string]any) {
					if body["object"] == "vector_store" {
						body["file_counts"] = counts
					}
					return status, body
				})))
				s := tf.fake
				files := map[string]string{"a.md": s.page("a.md"), "b.md": s.page("b.md")}
				lang := func(lang string) map[string]any {
					attributes := fmt.Sprintf(`{"lang":%q}`, lang)
					return map[string]any{"exclusive": true, "attributes": map[string]any{"a.md": attributes, "b.md": attributes}}
				}
				tf.attach(files, lang("en"))
				tf.mustHave(t, files)

				s.Detach(tf.store, files["a.md"])
				tf.mustHave(t, files) // it is attached again

				s.Attach(tf.store, s.page("foreign.md"))
				_, out := tf.planOne(t)
				expectSaid(t, out, `WARNING: Other files will be detached: Vector store \w+ has 1 file that this resource does not declare`)
				tf.mustHave(t, files)
				s.expectAttached(t, files["a.md"], files["b.md"])()

				clear(tf.current) // as terraform state rm
				s.ResetRequests()
				tf.attach(files, lang("de"))
				tf.mustHave(t, files)
				if n := len(s.attachRequests()); n != 0 {
					t.Errorf("%d files were attached, want none: they are attached", n)
				}
				for _, a := range s.Attachments(tf.store) {
					if a.Attributes["lang"] != "de" {
						t.Errorf("%s has the attributes %v, want those that are declared", a.Filename, a.Attributes)
					}
				}
				tf.mustDestroy(t)
				s.expectAttached(t)()
			})
		})
	}
}
