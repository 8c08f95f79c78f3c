package openaitest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
)

// maxInMemory is the largest content that is kept in memory, in bytes. Larger ones go to disk.
const maxInMemory = 1 << 20

// content is the bytes of a file, or of a part of an Upload.
type content struct {
	size   int64  // bytes
	sha256 string // lower-case hex; empty means not known
	pieces []piece
	gone   bool // hashed and counted, but not kept
}

// piece is a stretch of a content: in memory, or in a temporary file if path is not empty.
type piece struct {
	memory []byte
	path   string
}

// open returns the bytes. If a file cannot be opened, the first read returns the error.
func (c content) open() io.ReadCloser {
	readers := make([]io.Reader, len(c.pieces))
	all := &contentReader{}
	for i, p := range c.pieces {
		if p.path == "" {
			readers[i] = bytes.NewReader(p.memory)
			continue
		}
		file := &lazyFile{path: p.path}
		readers[i] = file
		all.files = append(all.files, file)
	}
	all.Reader = io.MultiReader(readers...)
	return all
}

// read returns all of the bytes.
func (c content) read() ([]byte, error) {
	r := c.open()
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// release removes the content from disk.
func (c content) release() {
	for _, p := range c.pieces {
		if p.path != "" {
			_ = os.Remove(p.path)
		}
	}
}

type contentReader struct {
	io.Reader
	files []*lazyFile
}

func (r *contentReader) Close() error {
	var errs []error
	for _, file := range r.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// lazyFile opens a file when it is first read: a content of many parts does not need them all open.
type lazyFile struct {
	path string
	file *os.File
}

func (f *lazyFile) Read(p []byte) (int, error) {
	if f.file == nil {
		file, err := os.Open(f.path)
		if err != nil {
			return 0, err
		}
		f.file = file
	}
	return f.file.Read(p)
}

func (f *lazyFile) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// join combines several contents into one.
func join(contents []content) content {
	if len(contents) == 1 {
		return contents[0]
	}
	var all content
	for _, c := range contents {
		all.size += c.size
		all.pieces = append(all.pieces, c.pieces...)
		all.gone = all.gone || c.gone
	}
	return all
}

// sink hashes, counts and stores the content that is written to it.
type sink struct {
	dir     string // of temporary files
	discard bool   // hash and count only

	hash   hash.Hash
	size   int64
	memory []byte
	file   *os.File // nil while the content is in memory
	buffer *bufio.Writer
	err    error // why the content could not be stored
}

func newSink(dir string, discard bool) *sink {
	return &sink{dir: dir, discard: discard, hash: sha256.New()}
}

func (s *sink) Write(p []byte) (int, error) {
	s.hash.Write(p)
	s.size += int64(len(p))
	if !s.discard && s.err == nil {
		s.err = s.keep(p)
	}
	return len(p), s.err
}

func (s *sink) keep(p []byte) error {
	if s.file == nil && s.size <= maxInMemory {
		s.memory = append(s.memory, p...)
		return nil
	}
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "content")
		if err != nil {
			return err
		}
		s.file, s.buffer = file, bufio.NewWriterSize(file, bufferSize)
		if _, err := s.buffer.Write(s.memory); err != nil {
			return err
		}
		s.memory = nil
	}
	_, err := s.buffer.Write(p)
	return err
}

// content ends the sink. The caller releases what it returns, or calls abandon instead.
func (s *sink) content() (content, error) {
	c := content{size: s.size, sha256: hex.EncodeToString(s.hash.Sum(nil)), gone: s.discard}
	switch {
	case s.err != nil:
		s.abandon()
		return content{}, s.err
	case s.file == nil:
		c.pieces = []piece{{memory: s.memory}}
		return c, nil
	}
	c.pieces = []piece{{path: s.file.Name()}}
	if err := errors.Join(s.buffer.Flush(), s.file.Close()); err != nil {
		c.release()
		return content{}, err
	}
	return c, nil
}

// abandon removes what was kept.
func (s *sink) abandon() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
}

// keep takes in all of a reader.
func keep(r io.Reader, dir string) (content, error) {
	s := newSink(dir, false)
	if _, err := io.Copy(s, r); err != nil {
		s.abandon()
		return content{}, err
	}
	return s.content()
}
