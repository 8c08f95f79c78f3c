// Package jsonl encodes, decodes and checks JSON Lines: texts with one JSON value a line.
//
// [Encode] and [Decode] turn values into such a text and back. A [Checker] reads a file on its way to somewhere else and
// tells what OpenAI would find wrong with it: at the upload, or later in the job that uses the file.
package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A byte order mark at the start of a text is no part of JSON.
const byteOrderMark = "\ufeff"

var (
	errNotUTF8    = errors.New("not valid UTF-8")
	errUnfinished = errors.New("the value does not end in its line")
	errMore       = errors.New("something follows the value, and a line holds one")
)

// Encode writes one compact value a line, each line ended by \n. Numbers keep their digits, and <, > and & stay as they are.
// An error names the element, counted from 0.
func Encode(values []json.RawMessage) (string, error) {
	var out bytes.Buffer
	for i, v := range values {
		if !utf8.Valid(v) {
			return "", fmt.Errorf("element %d: %w", i, errNotUTF8)
		}
		if err := json.Compact(&out, v); err != nil {
			return "", fmt.Errorf("element %d: %w", i, err)
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// Decode passes the value of each line on; numbers are [json.Number], so they keep their digits. Lines may end in \r\n, and
// blank lines are skipped. An error, also one of each, names the line, counted from 1.
func Decode(text string, each func(v any) error) error {
	if strings.HasPrefix(text, byteOrderMark) {
		return errors.New("line 1: the text starts with a byte order mark")
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.Trim(line, blanks+"\n")
		if line == "" {
			continue
		}
		var v any
		if !utf8.ValidString(line) {
			return fmt.Errorf("line %d: %w", n, errNotUTF8)
		}
		err := decodeLine([]byte(line), &v)
		if err == nil {
			err = each(v)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

// decodeLine decodes the only value of a line, which is not blank.
func decodeLine(line []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	err := decoder.Decode(v)
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errUnfinished
	case errors.As(err, &syntax):
		return fmt.Errorf("%w (byte %d)", err, syntax.Offset)
	case err != nil:
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}
