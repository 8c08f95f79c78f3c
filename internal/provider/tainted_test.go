package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// Terraform deletes a tainted resource that it replaces without its private state, so the place is not known. A 404 under another key
// is no deletion then.
func TestTainted_replacedUnderAnotherKey(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprintf("set %t", set), func(t *testing.T) {
			t.Parallel()
			fake, other := newFake(t, openaitest.WithProject("proj_a")), newFake(t, openaitest.WithProject("proj_b"))
			tf := newCore(t, fake, set)
			tf.declare(t, "a.txt", one)
			tf.mustApply(t)
			for _, i := range tf.current {
				i.tainted = true
			}
			c, out := tf.planOneAt(t, fake.URL)
			tf.carryOut(t.Context(), tf.start(t.Context(), other.URL, out), c)
			if !out.failed() || other.sent(http.MethodPost) > 0 {
				t.Errorf("the apply failed %t and sent %d uploads, want an error and none\n%s", out.failed(), other.sent(http.MethodPost), out)
			}
			expectSaid(t, out, `This does not show that the file was deleted, because the state does not say where it was created`)
			tf.mustApply(t) // with the right key
			tf.expectAgreement(t, nil)
		})
	}
}

// A set whose first apply leaves a file behind that could not be deleted is tainted. Its replacement deletes that file.
func TestTainted_createThatLeavesAFile(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.fake.Inject(openaitest.Fault{Method: "POST", Mutate: otherBytes})
	tf.fake.Inject(openaitest.Fault{Method: "DELETE", Status: 403, Body: "no"})
	tf.fails(t, `1 of 2 files could not be uploaded`, `Run terraform untaint`)
	if got := len(tf.fake.Files()); got != 2 {
		t.Fatalf("got %d files, want the good one and the one that could not be deleted", got)
	}
	tf.mustApply(t)
	tf.expectAgreement(t, nil)
	tf.expectNoChanges(t)
}

// Terraform deletes a tainted set without its private state. The files that wait for their deletion are deleted with it.
func TestTainted_setWithPendingDeletions(t *testing.T) {
	t.Parallel()
	for _, cbd := range []bool{false, true} {
		t.Run(fmt.Sprintf("create before destroy %t", cbd), func(t *testing.T) {
			t.Parallel()
			tf := newSet(t, newFake(t), 3)
			tf.cbd = cbd
			tf.policy("defer")
			tf.mustApply(t)
			tf.edit(t, 0, "version 2\n")
			tf.mustApply(t)
			if got := tf.leftoversOf(); len(got) != 1 {
				t.Fatalf("left over: %v, want the old file", got)
			}
			tf.current["set"].tainted = true // terraform taint
			tf.mustApply(t)
			tf.expectAgreement(t, nil)
			if n := len(tf.fake.Files()); n != 3 {
				t.Errorf("the service has %d files, want 3", n)
			}
		})
	}
}

// A file that waits for its deletion is deleted elsewhere, or has expired. The refresh finds that out, so nothing has to be deleted.
func TestTainted_setWithAPendingDeletionThatIsGone(t *testing.T) {
	t.Parallel()
	for _, tainted := range []bool{true, false} {
		t.Run(fmt.Sprintf("tainted %t", tainted), func(t *testing.T) {
			t.Parallel()
			tf := newSet(t, newFake(t), 2)
			tf.policy("defer")
			tf.mustApply(t)
			tf.edit(t, 0, "version 2\n")
			tf.mustApply(t)
			tf.fake.DeleteFile(tf.leftoversOf()[0].ID)
			tf.current["set"].tainted = tainted
			if !tainted {
				tf.expectNoChanges(t)
			}
			tf.mustApply(t)
			if left := tf.leftoversOf(); len(left) > 0 {
				t.Errorf("left over: %v, want nothing", left)
			}
			tf.expectAgreement(t, nil)
		})
	}
}

// The same for a file whose deletion failed.
func TestTainted_setWithAFailedDeletion(t *testing.T) {
	t.Parallel()
	tf := newSet(t, newFake(t), 2)
	tf.mustApply(t)
	tf.edit(t, 0, "version 2\n")
	tf.fake.Inject(openaitest.Fault{Method: "DELETE", Status: 400, Body: "no"})
	tf.fails(t, `could not be deleted`)
	tf.current["set"].tainted = true
	tf.mustApply(t)
	tf.expectAgreement(t, nil)
	tf.expectNoChanges(t)
}

// The same for a vector store: under another key, nothing proves that it is missing.
func TestTainted_vectorStoreReplacedUnderAnotherKey(t *testing.T) {
	t.Parallel()
	fake, other := newFake(t, openaitest.WithProject("proj_a")), newFake(t, openaitest.WithProject("proj_b"))
	tf := newCoreOf(t, fake, "openai_vector_store")
	tf.arrange(map[string]any{"name": "docs"})
	tf.mustApply(t)
	tf.current[theResource].tainted = true
	c, out := tf.planOneAt(t, fake.URL)
	tf.carryOut(t.Context(), tf.start(t.Context(), other.URL, out), c)
	if !out.failed() || other.sent(http.MethodPost) > 0 {
		t.Errorf("the apply failed %t and sent %d creations, want an error and none\n%s", out.failed(), other.sent(http.MethodPost), out)
	}
	expectSaid(t, out, `Vector store was not deleted: .*This does not show that the vector store was deleted, because the state does not say where it was created`)
	if n := len(fake.VectorStores()); n != 1 || tf.current[theResource] == nil {
		t.Errorf("the service has %d vector stores and the state %v, want both to have it", n, tf.current[theResource])
	}
	tf.mustApply(t) // with the right key
	if n := len(fake.VectorStores()); n != 1 {
		t.Errorf("the service has %d vector stores, want the new one", n)
	}
}
