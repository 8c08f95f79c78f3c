package provider

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// list yields the files of a purpose whose names match, at most limit of them; null and 0 mean all.
func (s *service) list(ctx context.Context, purpose, filenameRegex, order types.String, limit int64) iter.Seq2[openai.File, error] {
	return func(yield func(openai.File, error) bool) {
		name, err := regexp.Compile(filenameRegex.ValueString())
		if err != nil { // validRegex has seen it, unless it was not known then
			yield(openai.File{}, fmt.Errorf("filename_regex: %w", err))
			return
		}
		q := fileQuery{openai.ListFilesParams{Purpose: purpose.ValueString(), Order: order.ValueString()}, name, filenameRegex.IsNull()}
		files, err := s.read(ctx, q, limit)
		for _, file := range files {
			if !yield(file, nil) {
				return
			}
		}
		if err != nil {
			yield(openai.File{}, err)
		}
	}
}

// fileQuery describes files in a list.
type fileQuery struct {
	params openai.ListFilesParams
	name   *regexp.Regexp // that matches
	any    bool           // whatever the name
}

// read returns files of a list in the order that was asked for, at most limit; 0 means all. Not every server knows the order: if the first
// files contradict it, all are read and sorted.
func (s *service) read(ctx context.Context, q fileQuery, limit int64) ([]openai.File, error) {
	first := limit
	if limit > 0 {
		first = max(limit, 2) // the order of a single file cannot be checked
	}
	files, err := s.readFirst(ctx, q, first)
	if err != nil {
		return files, err
	}
	if !inOrder(files, q.params.Order) {
		if files, err = s.readFirst(ctx, q, 0); err != nil {
			return files, err
		}
		if !inOrder(files, q.params.Order) {
			slices.SortStableFunc(files, byCreation(q.params.Order))
		}
	}
	if limit > 0 {
		files = files[:min(int64(len(files)), limit)]
	}
	return files, nil
}

// byCreation compares files by their time of creation: asc, or by default desc.
func byCreation(order string) func(a, b openai.File) int {
	direction := -1
	if order == "asc" {
		direction = 1
	}
	return func(a, b openai.File) int { return direction * a.CreatedAt.Compare(*b.CreatedAt) }
}

// inOrder reports whether files are in an order, as far as it is known.
func inOrder(files []openai.File, order string) bool {
	hasNoTime := func(file openai.File) bool { return file.CreatedAt == nil }
	return slices.ContainsFunc(files, hasNoTime) || slices.IsSortedFunc(files, byCreation(order))
}

// readFirst returns the first files of a list, as the server has them; 0 means all.
func (s *service) readFirst(ctx context.Context, q fileQuery, limit int64) (files []openai.File, err error) {
	if q.any {
		q.params.Limit = limit
	}
	for file, err := range s.client.ListFiles(ctx, q.params) {
		if err != nil {
			return files, err
		}
		if q.name.MatchString(file.Filename) {
			files = append(files, file)
		}
		if limit > 0 && int64(len(files)) == limit {
			break
		}
	}
	return files, nil
}
