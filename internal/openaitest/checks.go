package openaitest

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

func checkPurpose(purpose string) error {
	if !slices.Contains(createPurposes, purpose) {
		return notOneOf(purpose, createPurposes, "purpose")
	}
	return nil
}

// checkExtension refuses names that a purpose does not allow.
func checkExtension(filename, purpose string) error {
	if strings.HasSuffix(filename, ".jsonl") {
		return nil
	}
	switch purpose {
	case "batch":
		if path.Ext(filename) == "" {
			return nil // accepted in October 2025
		}
		return invalid("Invalid file format for Batch API. Must be .jsonl").withDetail()
	case "fine-tune":
		return invalid("Invalid file format for Fine-Tuning API. Must be .jsonl")
	}
	return nil
}

// checkFile checks a file as far as possible without its content. The size is in bytes.
func (o *options) checkFile(filename, purpose string, size int64) error {
	if err := checkExtension(filename, purpose); err != nil {
		return err
	}
	switch {
	case size == 0:
		return invalid("File is empty.")
	case purpose == "batch" && size > o.maxBatchSize:
		return batchTooLarge(o.maxBatchSize, size)
	}
	return nil
}

func batchTooLarge(_, _ int64) *apiError { return invalid("File is too large.") }

// expiry is expires_after as a form carries it; nil means not given.
type expiry struct{ anchor, after *string }

// seconds returns the lifetime; 0 means the default.
func (e expiry) seconds() (int64, error) {
	switch {
	case e.anchor == nil && e.after == nil:
		return 0, nil
	case e.anchor == nil:
		return 0, missingIn("anchor")
	case e.after == nil:
		return 0, missingIn("seconds")
	}
	seconds, err := strconv.ParseInt(*e.after, 10, 64)
	if err != nil {
		return 0, invalid("'%s' is not of type 'integer' - 'expires_after.seconds'", *e.after).withParam("expires_after.seconds")
	}
	return seconds, checkExpiry(*e.anchor, seconds)
}

func missingIn(name string) *apiError {
	return invalid("'%s' is a required property - 'expires_after'", name).withParam("expires_after")
}

// checkExpiry refuses an anchor that does not exist and lifetimes outside of 1 hour to 30 days.
func checkExpiry(anchor string, seconds int64) error {
	const shortest, longest = 3600, 2_592_000 // seconds
	switch {
	case anchor != "created_at":
		return notOneOf(anchor, []string{"created_at"}, "expires_after.anchor")
	case seconds < shortest:
		return invalid("%d is less than the minimum of %d - 'expires_after.seconds'", seconds, shortest).
			withParam("expires_after.seconds")
	case seconds > longest:
		return invalid("%d is greater than the maximum of %d - 'expires_after.seconds'", seconds, longest).
			withParam("expires_after.seconds")
	}
	return nil
}
