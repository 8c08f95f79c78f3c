// Package jsonl encodes, decodes and checks JSON Lines: texts with one JSON value a line.
//
// [Encode] and [Decode] turn values into such a text and back. A [Checker] reads a file on its way to somewhere else and
// reports what OpenAI, or another server, would reject: at the upload, or later in the job that uses the file.
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

// A byte order mark at the start of a text is not part of JSON.
const byteOrderMark = "\ufeff"

// Encode writes one compact value a line, each line ended by \n. Numbers keep their digits, and <, > and & stay as they are.
// An error names the element, counted from 0.
func Encode(values []json.RawMessage) (string, error) {
	var out bytes.Buffer
	for i, v := range values {
		err := json.Compact(&out, v)
		if err != nil || !utf8.Valid(v) {
			return "", fmt.Errorf("element %d: %w", i, explain(v, err))
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// Decode passes the value of each line on; numbers are [json.Number], so they keep their digits. Lines may end in \r\n, and
// blank lines are skipped. An error, also one of each, names the line, counted from 1.
func Decode(text string, each func(v any) error) error {
	if strings.HasPrefix(text, byteOrderMark) {
		return errors.New(`line 1: the text starts with a byte order mark; remove it, for example with trimprefix(text, "\ufeff")`)
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if strings.Trim(line, " \t\r") == "" {
			continue
		}
		v, err := decodeLine([]byte(line))
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
func decodeLine(line []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	err = decoder.Decode(&v)
	if err == nil {
		_, err = decoder.Token()
	}
	if !errors.Is(err, io.EOF) || !utf8.Valid(line) {
		return nil, explain(line, err)
	}
	return v, nil
}

// explain returns what is wrong with a JSON value in the words of a [Checker], which unlike encoding/json name whole characters. It
// returns err if nothing is.
func explain(text []byte, err error) error {
	var d document
	d.write(text)
	if d.end() {
		return err
	}
	return d.problem()
}
