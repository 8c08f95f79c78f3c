package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// openFile is a content while it is read. It is one open file, so that a rename or a new file at the same path does not mix
// two contents.
type openFile struct {
	io.ReaderAt
	size int64

	file *os.File // nil: inline
	info fs.FileInfo
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

// buffers are reused by read, because a set hashes thousands of small files.
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
