package provider

import (
	"context"
	"sync"
)

// attachmentClaims are the files that resources of this process want to have in vector stores. A file that moves from one resource to
// another must not be detached by the first after the second has found it there.
type attachmentClaims struct {
	mu        sync.Mutex
	claimed   map[attachmentID]*claimedAttachment
	detaching map[attachmentID]chan struct{} // closed when it is detached
	detached  map[attachmentID]bool          // by a resource, and not claimed since then
	declared  declarations                   // in plans
}

type attachmentID struct{ store, file string }

// claimedAttachment is a file that a resource wants to have in a vector store.
type claimedAttachment struct {
	by   int  // number of resources
	left bool // another resource had it there and has left it to this one
}

func (c *attachmentClaims) init() {
	if c.claimed == nil {
		c.claimed, c.detaching, c.detached = map[attachmentID]*claimedAttachment{}, map[attachmentID]chan struct{}{}, map[attachmentID]bool{}
	}
}

// claim records that files are declared in a vector store, and waits until none of them is being detached, or ctx ends. It returns the IDs
// of those that another resource has detached in this process.
func (c *attachmentClaims) claim(ctx context.Context, store string, files map[string]attachment) (detached map[string]bool) {
	var busy []chan struct{}
	c.mu.Lock()
	c.init()
	for _, a := range files {
		id := attachmentID{store, a.file}
		if c.claimed[id] == nil {
			c.claimed[id] = &claimedAttachment{}
		}
		c.claimed[id].by++
		if done, ok := c.detaching[id]; ok {
			busy = append(busy, done)
		}
	}
	c.mu.Unlock()
	for _, done := range busy {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	detached = map[string]bool{}
	for _, a := range files {
		if id := (attachmentID{store, a.file}); c.detached[id] {
			detached[a.file] = true
			delete(c.detached, id)
		}
	}
	return detached
}

// leave reports whether a resource of this process claims a file that another one has attached, which then leaves it to that resource.
func (c *attachmentClaims) leave(store, file string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaveLocked(attachmentID{store, file})
}

func (c *attachmentClaims) leaveLocked(id attachmentID) bool {
	claim, ok := c.claimed[id]
	if ok {
		claim.left = true
	}
	return ok
}

// settle ends the claims of a resource on declared files that it does not have after all. It returns the IDs of those that other resources
// have left to it: nobody else knows of them.
func (c *attachmentClaims) settle(store string, declared map[string]attachment, has map[string]bool) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := map[string]bool{}
	for _, wanted := range declared {
		id := attachmentID{store, wanted.file}
		claim, ok := c.claimed[id]
		if !ok || has[wanted.file] {
			continue
		}
		if claim.left {
			left[wanted.file] = true
			continue
		}
		if claim.by--; claim.by == 0 {
			delete(c.claimed, id)
		}
	}
	return left
}

// detach calls a function that detaches a file, unless a resource claims the file, to which it is left then; it reports whether it did.
func (c *attachmentClaims) detach(store, file string, detach func()) bool {
	id := attachmentID{store, file}
	c.mu.Lock()
	if c.leaveLocked(id) {
		c.mu.Unlock()
		return false
	}
	c.init()
	done := make(chan struct{})
	c.detaching[id] = done
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.detaching, id)
		c.detached[id] = true
		close(done)
	}()
	detach()
	return true
}
