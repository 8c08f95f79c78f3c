package keyed_test

import (
	"reflect"
	"testing"

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
		{Key: "c", Reason: "Uploading c: refused (request 3).", Shared: "Refused."},
		{Key: "z", Reason: "z is a directory."},
		{Key: "a", Reason: "Uploading a: refused (request 1).", Shared: "Refused."},
		{Key: "m", Reason: "Uploading m: too large (request 2).", Shared: "Too large."},
	})
	want := []keyed.Group{
		{Reason: "Refused.", Keys: []string{"a", "c"}},
		{Reason: "Uploading m: too large (request 2).", Keys: []string{"m"}}, // what is said about a single key says more
		{Reason: "z is a directory.", Keys: []string{"z"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
