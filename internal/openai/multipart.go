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
	"sync/atomic"
)

// form is a multipart/form-data body whose last part is a file. Its length is known before a byte is read, and it can be
// sent any number of times: every attempt reads the content again from its start.
type form struct {
	head, tail  []byte
	contentType string

	content io.ReaderAt
	size    int64 // bytes of content

	// unhashed means that the hash of what is sent is not needed.
	unhashed bool

	// progress is called with how much of the content an attempt has read so far, in bytes; may be nil.
	progress func(sent int64)

	mu      sync.Mutex
	attempt *contentReader // of the latest
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
	header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, name, strings.ReplaceAll(sentFilename(filename), `\`, `\\`)))
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

// sentFilename returns a name as a form can have it. Control characters cannot be in a header. Browsers and the official SDKs send
// line breaks as %0D and %0A and quotes as %22, because parsers that follow the WHATWG do not know \". Other characters stay as they
// are, in UTF-8: OpenAI does not decode names in the manner of RFC 5987.
func sentFilename(name string) string {
	var sent strings.Builder
	for _, b := range []byte(name) {
		if b < ' ' && b != '\t' || b == 0x7f || b == '"' {
			fmt.Fprintf(&sent, "%%%02X", b)
		} else {
			sent.WriteByte(b)
		}
	}
	return sent.String()
}

// length is the length of the whole body in bytes.
func (f *form) length() int64 { return int64(len(f.head)) + f.size + int64(len(f.tail)) }

// body returns the body of a new attempt. The HTTP package may still read an earlier one, so they share nothing.
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
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempt = content
	// The caller that has opened the content closes it.
	return io.NopCloser(io.MultiReader(bytes.NewReader(f.head), content, &lastReader{Reader: bytes.NewReader(f.tail), done: content.finish})), nil
}

// lastReader is the end of a body. It calls done when the last byte is read.
type lastReader struct {
	*bytes.Reader
	done func()
}

func (r *lastReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.Len() == 0 {
		r.done()
	}
	return n, err
}

// sha256 returns the hash of the content that the latest attempt sent, as lower-case hex; empty if it did not send the whole form.
func (f *form) sha256() string {
	f.mu.Lock()
	attempt := f.attempt
	f.mu.Unlock()
	if attempt == nil {
		return ""
	}
	sum := attempt.sum.Load()
	if sum == nil {
		return ""
	}
	return *sum
}

// contentReader yields exactly size bytes of a content and hashes them if wanted. A content that is shorter or longer by then is an
// error, because the length is already announced and a partial file must not be created.
type contentReader struct {
	content  io.Reader
	rest     io.ReaderAt
	size     int64
	read     int64
	hash     hash.Hash // nil: not wanted
	progress func(int64)

	sum atomic.Pointer[string] // the hash, once the whole form is read
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

// finish keeps the hash of what was read.
func (r *contentReader) finish() {
	if r.hash != nil {
		sum := hex.EncodeToString(r.hash.Sum(nil))
		r.sum.Store(&sum)
	}
}
