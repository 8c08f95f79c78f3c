package openaitest

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"sync"
)

// bufferSize is how much of a body is read at a time, in bytes.
const bufferSize = 256 << 10

// readers is a pool of buffers shared by all uploads.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}

// field is a part of a form.
type field struct {
	io.Reader
	name     string
	filename string // of a file, as sent
	isFile   bool
}

// readForm visits the fields of a multipart form as they come. It keeps nothing.
func (c *call) readForm(visit func(field) error) error {
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return invalid("Invalid content-type header")
	}
	body, _ := readers.Get().(*bufio.Reader)
	body.Reset(c.Body)
	defer func() {
		body.Reset(nil)
		readers.Put(body)
	}()
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			// The server notices a disconnected client only after it has read the body to its end.
			_, _ = io.CopyN(io.Discard, body, bufferSize)
			return nil
		}
		if err != nil {
			return malformedForm(err)
		}
		f, err := newField(part)
		if err != nil {
			return err
		}
		c.note(func(r *Request) { r.FieldOrder = append(r.FieldOrder, f.name) })
		if err := visit(f); err != nil {
			return err
		}
	}
}

func newField(part *multipart.Part) (field, error) {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return field{}, malformedForm(err)
	}
	filename, isFile := params["filename"]
	return field{Reader: part, name: params["name"], filename: filename, isFile: isFile}, nil
}

func malformedForm(err error) *apiError {
	return invalid("Could not parse the multipart form: %v", err)
}

// text reads a field that is not a file.
func (c *call) text(f field) (string, error) {
	const most = 64 << 10 // bytes
	value, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return "", malformedForm(err)
	case len(value) > most:
		return "", invalid("'%s' is too long", f.name)
	}
	c.note(func(r *Request) {
		if r.Form == nil {
			r.Form = map[string]string{}
		}
		r.Form[f.name] = string(value)
	})
	return string(value), nil
}

// take takes in a field that is a file. Above limit bytes it fails with refusal; also sees the bytes and may be nil. The
// caller releases the content.
func (s *Server) take(f field, limit int64, refusal func(limit, read int64) *apiError, also ...io.Writer) (content, error) {
	kept := newSink(s.dir, s.options.discard)
	to := io.MultiWriter(append(slices.Clone(also), kept)...)
	_, err := io.CopyBuffer(onlyWriter{to}, io.LimitReader(f, limit+1), make([]byte, 32<<10))
	switch {
	case kept.err != nil:
		err = kept.err
	case err != nil:
		err = malformedForm(err)
	case kept.size > limit:
		err = refusal(limit, kept.size)
	default:
		return kept.content()
	}
	kept.abandon()
	return content{}, err
}

// onlyWriter hides every method but Write.
type onlyWriter struct{ io.Writer }
