package provider

import "sync"

// attachmentClaims are the files that resources of this process want to have in vector stores. A file that moves from one resource to
// another must not be detached by the first after the second has found it there.
type attachmentClaims struct {
	mu        sync.Mutex
	claimed   map[attachmentID]bool
	detaching map[attachmentID]chan struct{} // closed when it is detached
	declared  declarations                   // in plans
}

type attachmentID struct{ store, file string }

// claim notes that files are wanted in a vector store, and waits until none of them is being detached.
func (c *attachmentClaims) claim(store string, files map[string]attachment) {
	var busy []chan struct{}
	c.mu.Lock()
	if c.claimed == nil {
		c.claimed, c.detaching = map[attachmentID]bool{}, map[attachmentID]chan struct{}{}
	}
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
}

// detach calls a function that detaches a file, unless somebody wants the file in the vector store; it reports whether it did.
func (c *attachmentClaims) detach(store, file string, detach func()) bool {
	id := attachmentID{store, file}
	c.mu.Lock()
	if c.claimed[id] {
		c.mu.Unlock()
		return false
	}
	if c.detaching == nil {
		c.claimed, c.detaching = map[attachmentID]bool{}, map[attachmentID]chan struct{}{}
	}
	done := make(chan struct{})
	c.detaching[id] = done
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.detaching, id)
		close(done)
	}()
	detach()
	return true
}
