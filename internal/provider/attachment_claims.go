package provider

import "sync"

// attachmentClaims are the files that resources of this process want to have in vector stores. A file that moves from one resource to
// another must not be detached by the first after the second has found it there.
type attachmentClaims struct {
	mu        sync.Mutex
	claimed   map[attachmentID]bool
	detaching map[attachmentID]chan struct{} // closed when it is detached
	detached  map[attachmentID]bool          // by a resource, and not claimed since then
	declared  declarations                   // in plans
}

type attachmentID struct{ store, file string }

func (c *attachmentClaims) init() {
	if c.claimed == nil {
		c.claimed, c.detaching, c.detached = map[attachmentID]bool{}, map[attachmentID]chan struct{}{}, map[attachmentID]bool{}
	}
}

// claim records that files are declared in a vector store, and waits until none of them is being detached. It returns the IDs of those that
// another resource has detached in this process.
func (c *attachmentClaims) claim(store string, files map[string]attachment) (detached map[string]bool) {
	var busy []chan struct{}
	c.mu.Lock()
	c.init()
	for _, a := range files {
		id := attachmentID{store, a.file}
		c.claimed[id] = true
		if done, ok := c.detaching[id]; ok {
			busy = append(busy, done)
		}
	}
	c.mu.Unlock()
	for _, done := range busy {
		<-done
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

// held reports whether a resource of this process declares a file in a vector store.
func (c *attachmentClaims) held(store, file string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.claimed[attachmentID{store, file}]
}

// detach calls a function that detaches a file, unless a resource claims the file; it reports whether it did.
func (c *attachmentClaims) detach(store, file string, detach func()) bool {
	id := attachmentID{store, file}
	c.mu.Lock()
	if c.claimed[id] {
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
