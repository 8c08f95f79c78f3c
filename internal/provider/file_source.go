package provider

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"golang.org/x/text/unicode/norm"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// fileSource is where the bytes of a file come from: a file on disk, or inline content.
type fileSource struct {
	attribute path.Path // the attribute that a problem with it belongs to
	disk      string    // path of the file; empty: inline
	inline    string    // the bytes themselves
}

// secret reports whether the content, and what could be concluded from it, must stay out of plan and state.
func (s fileSource) secret() bool {
	return s.attribute.Equal(path.Root("content_wo")) || s.attribute.Equal(path.Root("content_base64_wo"))
}

// Problems of a file on disk, besides those that the operating system reports.
var (
	errDirectory  = errors.New("it is a directory, not a file")
	errNotRegular = errors.New("it is not a regular file; the size of pipes, sockets and devices is not known in advance")
	errTooLarge   = fmt.Errorf("it is larger than %d GiB, the maximum that OpenAI accepts", openai.MaxUploadSize>>30)
	errEmpty      = errors.New("it is empty, and OpenAI refuses empty files")
)

// open opens a content for reading. It never waits for a pipe to be written.
func (s fileSource) open() (*openFile, error) {
	if s.disk == "" {
		return &openFile{ReaderAt: strings.NewReader(s.inline), size: int64(len(s.inline))}, nil
	}
	file, err := openDisk(s.disk)
	if missing(err) {
		file, err = openOtherForm(s.disk, err)
	}
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

func openDisk(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// openOtherForm opens a file whose name has another Unicode normalization form than the path of a file that is missing. Terraform
// composes the characters of all strings, but macOS and archives made there have names with decomposed ones.
func openOtherForm(name string, notFound error) (*os.File, error) {
	other, err := otherForm(name)
	switch {
	case err != nil:
		return nil, err
	case other == name:
		return nil, notFound
	}
	return openDisk(other)
}

// otherForm returns a path as it is on disk, as far as it exists there in any Unicode normalization form.
func otherForm(name string) (string, error) {
	if _, err := os.Lstat(name); err == nil || filepath.Dir(name) == name {
		return name, nil
	}
	dir, err := otherForm(filepath.Dir(name))
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return name, nil //nolint:nilerr // the path stays missing
	}
	entries = slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
		return norm.NFC.String(entry.Name()) != norm.NFC.String(filepath.Base(name))
	})
	switch len(entries) {
	case 0:
		return name, nil
	case 1:
		return filepath.Join(dir, entries[0].Name()), nil
	}
	return "", fmt.Errorf("%w under exactly this name, and %d names in %s differ from it only in their Unicode form; rename all but one of them",
		fs.ErrNotExist, len(entries), shown(dir))
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

// missing reports whether err says that there is no file.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// problem is a short title for what is wrong with a content.
func problem(err error) string {
	switch {
	case missing(err):
		return "Source file does not exist"
	case errors.Is(err, errEmpty):
		return "Source file is empty"
	case errors.Is(err, errDirectory):
		return "Source is a directory"
	case errors.Is(err, errNotRegular):
		return "Source is not a regular file"
	case errors.Is(err, errTooLarge):
		return "Source file is too large"
	}
	return "Source file cannot be read"
}

// unreadable describes why a content cannot be read.
func (s fileSource) unreadable(err error) *failure {
	reason, advice := s.why(err)
	return &failure{attribute: s.attribute, summary: problem(err), reason: reason, advice: advice}
}

// name names a content in a message.
func (s fileSource) name() string {
	if s.disk == "" {
		return s.attribute.String()
	}
	return shown(s.disk)
}

// why names the file and the reason, and advises how to write a path that was not found.
func (s fileSource) why(err error) (reason, advice string) {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	reason = fmt.Sprintf("%s: %s.", s.name(), strings.TrimSuffix(err.Error(), "."))
	absolute, absErr := filepath.Abs(s.disk)
	switch {
	case !missing(err), s.disk == "", filepath.IsAbs(s.disk), absErr != nil:
		return reason, ""
	case strings.HasPrefix(s.disk, "~"):
		return reason, homePaths
	}
	return reason, fmt.Sprintf("The path is relative to the directory in which Terraform runs, so it means %s. In a module, start it with ${path.module}.", shown(absolute))
}

// decodeBase64 decodes the arguments content_base64 and content_base64_wo.
func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err
}
