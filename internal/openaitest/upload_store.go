package openaitest

import (
	"slices"
	"sync"
)

// Values of status.
const (
	pending   = "pending"
	completed = "completed"
	cancelled = "cancelled"
	expired   = "expired"
	// completing is pending, seen from inside while the parts are read.
	completing = "completing"
)

// uploadLifetime is how long an Upload takes parts, in seconds: an hour.
const uploadLifetime = 3600

type upload struct {
	id        string
	createdAt int64 // Unix time in seconds
	bytes     int64 // announced
	state     string
	file      newFile // without its content
	parts     map[string]content
}

type part struct {
	id        string
	createdAt int64 // Unix time in seconds
}

// uploadStore keeps Uploads and their parts.
type uploadStore struct {
	options *options

	mu    sync.Mutex
	byID  map[string]*upload
	order []*upload // oldest first
}

func newUploadStore(o *options) *uploadStore {
	return &uploadStore{options: o, byID: map[string]*upload{}}
}

func (s *uploadStore) now() int64 { return s.options.clock().Unix() }

func (s *uploadStore) status(u *upload) string {
	switch {
	case u.state == pending && s.now() >= u.createdAt+uploadLifetime:
		return expired
	case u.state == completing:
		return pending
	}
	return u.state
}

func (s *uploadStore) object(u *upload) uploadObject {
	return uploadObject{
		ID:        u.id,
		Object:    "upload",
		Bytes:     u.bytes,
		CreatedAt: u.createdAt,
		Filename:  u.file.filename,
		Purpose:   u.file.purpose,
		Status:    s.status(u),
		ExpiresAt: u.createdAt + uploadLifetime,
	}
}

func (s *uploadStore) add(n newFile, bytes int64) uploadObject {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &upload{id: newUploadID(), createdAt: s.now(), bytes: bytes, state: pending, file: n, parts: map[string]content{}}
	s.byID[u.id] = u
	s.order = append(s.order, u)
	return s.object(u)
}

// open returns an Upload that takes parts. The caller holds the lock.
func (s *uploadStore) open(id string) (*upload, error) {
	u, ok := s.byID[id]
	switch {
	case !ok:
		return nil, noSuchUpload(id)
	case u.state == completing:
		return nil, invalid("Upload %s is being completed", id)
	case s.status(u) != pending:
		return nil, invalid("Upload %s is %s", id, s.status(u))
	}
	return u, nil
}

// check refuses an Upload that takes no parts.
func (s *uploadStore) check(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.open(id)
	return err
}

func (s *uploadStore) addPart(id string, data content) (part, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.open(id)
	if err != nil {
		return part{}, err
	}
	p := part{id: newPartID(), createdAt: s.now()}
	u.parts[p.id] = data
	return p, nil
}

// beginComplete returns the file that consists of the parts. Complete or reopen must follow.
func (s *uploadStore) beginComplete(id string, partIDs []string) (newFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.open(id)
	if err != nil {
		return newFile{}, err
	}
	contents, err := u.pick(partIDs)
	if err != nil {
		return newFile{}, err
	}
	n := u.file
	n.createdAt = u.createdAt
	n.content = join(contents)
	if n.content.size != u.bytes {
		return newFile{}, invalid("The parts have %d bytes, but the Upload was created with %d bytes.", n.content.size, u.bytes)
	}
	u.state = completing
	return n, nil
}

// reopen undoes beginComplete.
func (s *uploadStore) reopen(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[id].state = pending
}

// complete ends an Upload. The parts that are not in the file are dropped.
func (s *uploadStore) complete(id string, partIDs []string, file fileObject) uploadObject {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.byID[id]
	u.state = completed
	u.drop(func(part string) bool { return !slices.Contains(partIDs, part) })
	o := s.object(u)
	o.File = &file
	return o
}

func (s *uploadStore) cancel(id string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.open(id)
	if err != nil {
		return nil, err
	}
	u.state = cancelled
	u.drop(func(string) bool { return true })
	return s.object(u), nil
}

// drop forgets all parts and removes the contents of unused parts.
func (u *upload) drop(unused func(id string) bool) {
	for id, data := range u.parts {
		if unused(id) {
			data.release()
		}
	}
	u.parts = nil
}
