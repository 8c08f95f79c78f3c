package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Pauses of [Client.WaitForProcessing], and how often a new file may be unknown yet.
const (
	minPoll     = time.Second
	maxPoll     = 10 * time.Second
	maxNotFound = 5
)

// ErrProcessing says that the service could not process a file.
var ErrProcessing = errors.New("processing the file failed")

type processingError struct{ id, reason string }

func (e *processingError) Error() string {
	return fmt.Sprintf("processing file %s failed: %s", e.id, e.reason)
}

// Is reports whether target is [ErrProcessing].
func (e *processingError) Is(target error) bool { return target == ErrProcessing }

// WaitForProcessing asks for a new file until the service has processed it: its status is none of pending, running and
// processing. A compatible server may not have a status at all. It returns the file as it was seen last, also with an error:
// [ErrProcessing], or ctx ended.
func (c *Client) WaitForProcessing(ctx context.Context, file File) (File, error) {
	notFound := 0
	for pause := minPoll; ; pause = min(2*pause, maxPoll) {
		switch file.Status {
		case "error":
			return file, &processingError{file.ID, cmp.Or(oneLine(file.StatusDetails), "the service does not say why")}
		case "pending", "running", "processing":
		default:
			return file, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return file, fmt.Errorf("waiting until file %s is processed, its status is %s: %w", file.ID, file.Status, err)
		}
		latest, err := c.RetrieveFile(ctx, file.ID)
		if errors.Is(err, ErrNotFound) && notFound < maxNotFound {
			notFound++ // a read that is behind the write
			continue
		}
		if err != nil {
			return file, err
		}
		latest.Bytes = cmp.Or(latest.Bytes, file.Bytes) // a server that does not say
		file = latest
	}
}
