package openai

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
	"sync"
)

// form is a multipart/form-data body whose last part is a file. Its length is known before a byte is read, and it can be
// sent any number of times: every attempt reads the content again from its start.
type form struct {
	head, tail  []byte
	contentType string

	content io.ReaderAt
	size    int64 // bytes of content

	// unhashed says that nobody wants the hash of what is sent.
	unhashed bool

	// progress hears how much of the content an attempt has taken so far, in bytes; may be nil.
	progress func(sent int64)

	mu      sync.Mutex
	attempt *formReader // the latest
}

// field is a form field other than the file.
type field struct{ name, value string }

// newForm lays out a form: the fields in their order, then the file, because some servers stop reading fields there.
func newForm(fields []field, name, filename string, content io.ReaderAt, size int64) (*form, error) {
	var frame bytes.Buffer
	w := multipart.NewWriter(&frame)
	for _, f := range fields {
		if err := w.WriteField(f.name, f.value); err != nil {
			return nil, err
		}
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, name, filenameEscapes.Replace(sentFilename(filename))))
	header.Set("Content-Type", "application/octet-stream")
	if _, err := w.CreatePart(header); err != nil {
		return nil, err
	}
	split := frame.Len()
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &form{
		head:        frame.Bytes()[:split],
		tail:        frame.Bytes()[split:],
		contentType: w.FormDataContentType(),
		content:     content,
		size:        size,
	}, nil
}

// sentFilename is a name as a form can have it. Control characters cannot be in a header; as browsers do with line breaks, they
// are sent as %0D and %0A.
func sentFilename(name string) string {
	var sent strings.Builder
	for _, b := range []byte(name) {
		if b < ' ' && b != '\t' || b == 0x7f {
			fmt.Fprintf(&sent, "%%%02X", b)
		} else {
			sent.WriteByte(b)
		}
	}
	return sent.String()
}

// filenameEscapes are those of a quoted string in a header. Other characters stay as they are, in UTF-8: OpenAI does not decode
// names in the manner of RFC 5987.
var filenameEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// length is the length of the whole body in bytes.
func (f *form) length() int64 { return int64(len(f.head)) + f.size + int64(len(f.tail)) }

// body returns the body of a new attempt.
func (f *form) body() (io.ReadCloser, error) {
	content := &contentReader{
		content:  io.NewSectionReader(f.content, 0, f.size),
		rest:     f.content,
		size:     f.size,
		progress: f.progress,
	}
	if !f.unhashed {
		content.hash = sha256.New()
	}
	attempt := &formReader{
		Reader: io.MultiReader(bytes.NewReader(f.head), content, bytes.NewReader(f.tail)),
		left:   f.length(),
		file:   content,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempt = attempt
	return attempt, nil
}

// discard forgets the latest attempt: the service has made nothing of it.
func (f *form) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempt = nil
}

// sent tells whether the latest attempt handed over the whole body, and the SHA-256 of the content in it as lower-case hex.
// Only then may the service have made a file of it.
func (f *form) sent() (sha256hex string, whole bool) {
	f.mu.Lock()
	attempt := f.attempt
	f.mu.Unlock()
	if attempt == nil {
		return "", false
	}
	return attempt.sent()
}

// formReader is one reading of a form. The HTTP package may still read it when an attempt is given up, so it shares nothing
// with the next one.
type formReader struct {
	io.Reader
	file *contentReader

	mu    sync.Mutex
	left  int64 // bytes not yet handed over
	sum   string
	whole bool
}

func (r *formReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left -= int64(n)
	if r.left == 0 && !r.whole {
		r.whole = true
		if r.file.hash != nil {
			r.sum = hex.EncodeToString(r.file.hash.Sum(nil))
		}
	}
	return n, err
}

// Close does nothing: the content belongs to whoever opened it.
func (r *formReader) Close() error { return nil }

func (r *formReader) sent() (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sum, r.whole
}

// contentReader yields exactly size bytes of a content and hashes them if wanted. A content that is shorter or longer by then is an
// error: the length has been promised, and half of a file must not become a file.
type contentReader struct {
	content  io.Reader
	rest     io.ReaderAt
	size     int64
	read     int64
	hash     hash.Hash // nil: not wanted
	progress func(int64)
}

func (r *contentReader) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	if r.hash != nil {
		r.hash.Write(p[:n])
	}
	r.read += int64(n)
	if n > 0 && r.progress != nil {
		r.progress(r.read)
	}
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, &ContentError{fmt.Errorf("reading the content failed after %d of %d bytes: %w", r.read, r.size, err)}
	case r.read < r.size:
		return n, &ContentError{fmt.Errorf("the content ended after %d of %d bytes; it became shorter while it was being sent", r.read, r.size)}
	}
	if extra, _ := r.rest.ReadAt(make([]byte, 1), r.size); extra > 0 {
		return n, &ContentError{fmt.Errorf("the content has more than %d bytes; it grew while it was being sent", r.size)}
	}
	return n, io.EOF
}
