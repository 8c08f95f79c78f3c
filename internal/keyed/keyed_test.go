package keyed_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/keyed"
)

func TestCompare(t *testing.T) {
	got := keyed.Compare(
		map[string]string{"b": "same", "a": "same", "new": "x", "edited": "after"},
		map[string]string{"a": "same", "b": "same", "edited": "before", "gone": "x"},
		func(_, declared, thing string) bool { return declared == thing },
	)
	want := keyed.Plan{Keep: []string{"a", "b"}, Make: []string{"new"}, Replace: []string{"edited"}, Remove: []string{"gone"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !got.Changes() {
		t.Error("got no changes, want some")
	}
	if (keyed.Plan{Keep: []string{"a"}}).Changes() {
		t.Error("got changes of a plan that only keeps, want none")
	}
}

func TestGrouped(t *testing.T) {
	got := keyed.Grouped([]keyed.Failure{
		{Key: "c", Reason: "Uploading c: refused (request 3).", Shared: "Refused.", Attempts: 3, Took: time.Second},
		{Key: "z", Reason: "z is a directory."},
		{Key: "a", Reason: "Uploading a: refused (request 1).", Shared: "Refused.", Attempts: 2, Took: time.Minute},
		{Key: "m", Reason: "Uploading m: too large (request 2).", Shared: "Too large.", Attempts: 6, Took: time.Hour},
	})
	want := []keyed.Group{
		{Reason: "Refused.", Keys: []string{"a", "c"}, Attempts: 3, Took: time.Minute},
		{Reason: "Uploading m: too large (request 2).", Keys: []string{"m"}}, // what is said about a single key says more
		{Reason: "z is a directory.", Keys: []string{"z"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
