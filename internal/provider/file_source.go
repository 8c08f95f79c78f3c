package provider

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// fileSource is where the bytes of a file come from: a file on disk, or inline content.
type fileSource struct {
	attribute path.Path // what a complaint about it belongs to
	disk      string    // path of the file; empty: inline
	inline    string    // the bytes themselves
}

// secret tells that the content, and what could be concluded from it, must stay out of plan and state.
func (s fileSource) secret() bool { return s.attribute.Equal(path.Root("content_wo")) }

// What is wrong with a file on disk, besides what the operating system says.
var (
	errDirectory  = errors.New("it is a directory, not a file")
	errNotRegular = errors.New("it is not a regular file; pipes, sockets and devices have no size that can be known beforehand")
	errTooLarge   = fmt.Errorf("it is larger than %d GiB, the most that OpenAI takes", openai.MaxUploadSize>>30)
	errEmpty      = errors.New("it is empty, and OpenAI does not take empty files")
)

// openFile is a content while it is read. It is one open file, so that a rename or a new file at the same path does not mix
// two contents.
type openFile struct {
	io.ReaderAt
	size int64

	file *os.File // nil: inline
	info fs.FileInfo
}

// open opens a content for reading. It never waits for somebody to write into a pipe.
func (s fileSource) open() (*openFile, error) {
	if s.disk == "" {
		return &openFile{ReaderAt: strings.NewReader(s.inline), size: int64(len(s.inline))}, nil
	}
	file, err := os.OpenFile(s.disk, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = checkInfo(info)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &openFile{ReaderAt: file, size: info.Size(), file: file, info: info}, nil
}

func checkInfo(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errDirectory
	case !info.Mode().IsRegular():
		return errNotRegular
	case info.Size() > openai.MaxUploadSize:
		return errTooLarge
	case info.Size() == 0:
		return errEmpty
	}
	return nil
}

func (f *openFile) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// unchanged returns an error when the file was written to since it was opened.
func (f *openFile) unchanged() error {
	if f.file == nil {
		return nil
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	switch size := info.Size(); {
	case size > f.size:
		return fmt.Errorf("the file grew while it was being sent: from %d to %d bytes", f.size, size)
	case size < f.size:
		return fmt.Errorf("the file became shorter while it was being sent: %d instead of %d bytes", size, f.size)
	case !info.ModTime().Equal(f.info.ModTime()):
		return errors.New("the file was written to while it was being sent")
	}
	return nil
}

// sha256 returns the hash of the whole content as lower-case hex.
func (f *openFile) sha256(ctx context.Context) (string, error) {
	hash := sha256.New()
	err := f.read(ctx, hash)
	return hex.EncodeToString(hash.Sum(nil)), err
}

// buffers are those of read: a set hashes thousands of small files.
var buffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

// read passes the whole content on, piece by piece, and stops when ctx ends.
func (f *openFile) read(ctx context.Context, to io.Writer) error {
	content := io.NewSectionReader(f, 0, f.size)
	pooled, ok := buffers.Get().(*[]byte)
	if !ok {
		return errors.New("the pool of buffers holds something else")
	}
	defer buffers.Put(pooled)
	buffer := *pooled
	for left := f.size; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := content.Read(buffer)
		left -= int64(n)
		if _, writeErr := to.Write(buffer[:n]); writeErr != nil {
			return writeErr
		}
		switch {
		case errors.Is(err, io.EOF) && left > 0:
			return fmt.Errorf("it became shorter while it was being read: %d of %d bytes are missing", left, f.size)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// sha256 opens a content, hashes it and returns its size in bytes too.
func (s fileSource) sha256(ctx context.Context) (hash string, size int64, err error) {
	f, err := s.open()
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash, err = f.sha256(ctx)
	return hash, f.size, err
}

// missing tells whether err says that there is no file.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// unreadable describes why a content cannot be read.
func (s fileSource) unreadable(err error) *failure {
	reason, advice := s.why(err)
	return &failure{attribute: s.attribute, summary: "Source file cannot be read", reason: reason, advice: advice}
}

// name names a content in a message.
func (s fileSource) name() string {
	if s.disk == "" {
		return s.attribute.String()
	}
	return s.disk
}

// why names the file and the reason, and advises where its path is looked up from.
func (s fileSource) why(err error) (reason, advice string) {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	reason = fmt.Sprintf("%s: %s.", s.name(), err)
	if absolute, absErr := filepath.Abs(s.disk); s.disk != "" && absErr == nil && absolute != s.disk {
		advice = fmt.Sprintf("The path is relative to the directory in which Terraform runs; it means %s. "+
			"In a module, start it with ${path.module}.", absolute)
	}
	return reason, advice
}

// decodeBase64 decodes the argument content_base64.
func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err
}
