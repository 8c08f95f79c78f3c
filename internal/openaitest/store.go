package openaitest

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"sync"
)

// File is a file that the server keeps.
type File struct {
	ID            string
	Filename      string
	Purpose       string
	Bytes         int64
	CreatedAt     int64  // Unix time in seconds
	ExpiresAt     *int64 // Unix time in seconds; nil means that the file does not expire
	Status        string
	StatusDetails string // empty is sent as null
	SHA256        string // of the content, lower-case hex; empty means not known
}

// fileObject is a File in its JSON form. The order of the keys is that of the service.
type fileObject struct {
	Object        string  `json:"object"`
	ID            string  `json:"id"`
	Purpose       string  `json:"purpose"`
	Filename      string  `json:"filename"`
	Bytes         int64   `json:"bytes"`
	CreatedAt     int64   `json:"created_at"`
	ExpiresAt     *int64  `json:"expires_at"`
	Status        string  `json:"status"`
	StatusDetails *string `json:"status_details"`
}

func (f File) object() fileObject {
	o := fileObject{
		Object:    "file",
		ID:        f.ID,
		Purpose:   f.Purpose,
		Filename:  f.Filename,
		Bytes:     f.Bytes,
		CreatedAt: f.CreatedAt,
		ExpiresAt: f.ExpiresAt,
		Status:    f.Status,
	}
	if f.StatusDetails != "" {
		o.StatusDetails = &f.StatusDetails
	}
	return o
}

// storedFile is a file with what the service does not show.
type storedFile struct {
	File
	content    content
	seq        int64 // orders files of the same second
	processing int   // requests that will still find it in processing
	noRetrieve int   // retrieves that will still not find it
	noList     int   // lists that it will still be missing from
}

// current is the file as it is seen now.
func (f *storedFile) current() File {
	file := f.File
	if f.processing > 0 {
		file.Status, file.StatusDetails = "processing", ""
	}
	return file
}

func (f *storedFile) expired(now int64) bool { return f.ExpiresAt != nil && now >= *f.ExpiresAt }

// older orders files by creation.
func older(a, b *storedFile) int {
	return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.seq, b.seq))
}

// fileStore keeps files.
type fileStore struct {
	options *options

	mu    sync.Mutex
	seq   int64
	byID  map[string]*storedFile
	order []*storedFile // oldest first
}

func newFileStore(o *options) *fileStore {
	return &fileStore{options: o, byID: map[string]*storedFile{}}
}

func (s *fileStore) now() int64 { return s.options.clock().Unix() }

// newFile is what a client says about a file.
type newFile struct {
	filename     string
	purpose      string
	content      content
	createdAt    int64 // Unix time in seconds; 0 means now
	expiresAfter int64 // seconds; 0 means the default of the purpose
}

// batchLifetime is how long files of the purpose batch are kept unless something else is asked for, in seconds: 30 days.
const batchLifetime = 2_592_000

// add keeps a new file. One that is ready is neither processed nor hidden at first.
func (s *fileStore) add(n newFile, ready bool) File {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	f := &storedFile{
		File: File{
			ID:            s.options.ids(),
			Filename:      n.filename,
			Purpose:       n.purpose,
			Bytes:         n.content.size,
			CreatedAt:     cmp.Or(n.createdAt, s.now()),
			Status:        s.options.status,
			StatusDetails: s.options.statusDetails,
			SHA256:        n.content.sha256,
		},
		content: n.content,
		seq:     s.seq,
	}
	lifetime := n.expiresAfter
	if lifetime == 0 && n.purpose == "batch" {
		lifetime = batchLifetime
	}
	if lifetime > 0 {
		f.ExpiresAt = new(f.CreatedAt + lifetime)
	}
	if !ready {
		f.processing = s.options.processing
		f.noRetrieve, f.noList = s.options.readLag, s.options.readLag
	}
	s.byID[f.ID] = f
	at, _ := slices.BinarySearchFunc(s.order, f, older)
	s.order = slices.Insert(s.order, at, f)
	return f.current()
}

// find returns a file that exists and has not expired. The caller holds the lock.
func (s *fileStore) find(id string) (*storedFile, bool) {
	f, ok := s.byID[id]
	if !ok || f.expired(s.now()) {
		return nil, false
	}
	return f, true
}

// retrieve returns a file to a client.
func (s *fileStore) retrieve(id string) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.find(id)
	if !ok {
		return File{}, noSuchFile(id)
	}
	if f.noRetrieve > 0 {
		f.noRetrieve--
		return File{}, noSuchFile(id)
	}
	file := f.current()
	f.processing = max(f.processing-1, 0)
	return file, nil
}

// delete removes a file for a client.
func (s *fileStore) delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.find(id)
	if !ok {
		return noSuchFile(id)
	}
	if f.processing > 0 {
		f.processing--
		return refuse(http.StatusConflict, "File is still processing. Check back later.")
	}
	s.remove(f)
	return nil
}

// remove forgets a file. The caller holds the lock.
func (s *fileStore) remove(f *storedFile) {
	delete(s.byID, f.ID)
	if at, ok := slices.BinarySearchFunc(s.order, f, older); ok {
		s.order = slices.Delete(s.order, at, at+1)
	}
	f.content.release()
}

// get returns a file and its content, without counting as a request of a client.
func (s *fileStore) get(id string) (File, content, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.find(id)
	if !ok {
		return File{}, content{}, false
	}
	return f.current(), f.content, true
}

// listQuery is what a client asks of a list.
type listQuery struct {
	purpose   string // empty means all
	after     string // id of the last file of the page before; empty starts at the first
	ascending bool
	limit     int
}

// list returns a page, and whether more follows.
func (s *fileStore) list(q listQuery) (page []File, more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, step := len(s.order)-1, -1
	if q.ascending {
		at, step = 0, 1
	}
	if q.after != "" {
		last, ok := s.find(q.after)
		if !ok {
			return nil, false, noSuchFile(q.after).withParam("after")
		}
		at, _ = slices.BinarySearchFunc(s.order, last, older)
		at += step
	}
	now := s.now()
	for ; at >= 0 && at < len(s.order); at += step {
		f := s.order[at]
		switch {
		case f.expired(now), q.purpose != "" && q.purpose != f.Purpose:
		case f.noList > 0:
			f.noList--
		case len(page) == q.limit:
			return page, true, nil
		default:
			page = append(page, f.current())
		}
	}
	return page, false, nil
}

// all returns the files that exist now, oldest first.
func (s *fileStore) all() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := []File{}
	now := s.now()
	for _, f := range s.order {
		if !f.expired(now) {
			files = append(files, f.current())
		}
	}
	return files
}

// Files returns the files that exist now, oldest first. It omits files of other keys.
func (s *Server) Files() []File { return s.main.files.all() }

// FilesOf returns the files of the project of a key, oldest first; none if the key is not accepted.
func (s *Server) FilesOf(key string) []File {
	p, ok := s.projects[key]
	if !ok {
		return []File{}
	}
	return p.files.all()
}

// AddFile keeps a file as if it had been uploaded a while ago: it is visible and not in processing. It panics if the content
// cannot be kept.
func (s *Server) AddFile(filename, purpose string, text []byte) File {
	kept, err := keep(bytes.NewReader(text), s.dir)
	if err != nil {
		panic("openaitest: cannot keep content: " + err.Error())
	}
	return s.main.files.add(newFile{filename: filename, purpose: purpose, content: kept}, true)
}

// DeleteFile removes a file as another client would, and reports whether there was one.
func (s *Server) DeleteFile(id string) bool {
	p := s.owner(id)
	if p == nil {
		return false
	}
	p.files.mu.Lock()
	f, ok := p.files.find(id)
	if ok {
		p.files.remove(f)
	}
	p.files.mu.Unlock()
	p.vectors.forgetFile(id)
	return ok
}

// Content returns the content of a file, and false if there is no such file or its content is not kept.
func (s *Server) Content(id string) ([]byte, bool) {
	p := s.owner(id)
	if p == nil {
		return nil, false
	}
	_, c, ok := p.files.get(id)
	if !ok || c.gone {
		return nil, false
	}
	text, err := c.read()
	return text, err == nil
}
