package openai

import (
	"context"
	"iter"
	"net/url"
)

// ListFilesParams narrows a list; the zero value asks for everything, newest first.
type ListFilesParams struct {
	Purpose string // only files of this purpose, and those of which the server states none
	Order   string // asc or desc, by creation; empty: desc
	Limit   int64  // maximum number of files to return; 0 means all

	// PageSize is how many files to ask for at a time, up to 10,000; 0 means as many as the server gives.
	PageSize int

	// MaxPages ends the list with [ErrListCut] after so many pages; 0 means never.
	MaxPages int
}

// maxListLimit is the maximum number of files on a page.
const maxListLimit = 10_000

// ListFiles yields the files of the project: GET /files. It follows pages to the end and yields each file once. An error is the last
// thing it yields.
func (c *Client) ListFiles(ctx context.Context, params ListFilesParams) iter.Seq2[File, error] {
	query := url.Values{}
	if params.Purpose != "" {
		query.Set("purpose", params.Purpose)
	}
	if params.Order != "" {
		query.Set("order", params.Order)
	}
	files := all(ctx, c, list{
		what:     "files",
		section:  SectionFiles,
		path:     []string{SectionFiles},
		query:    query,
		pageSize: params.PageSize,
		maxPage:  maxListLimit,
		limit:    params.Limit,
		maxPages: params.MaxPages,
	}, func(f *File) string { return f.ID }, func(f *File) bool { return params.Purpose == "" || f.Purpose == "" || f.Purpose == params.Purpose })
	return func(yield func(File, error) bool) {
		for file, err := range files {
			c.redactFile(ctx, &file)
			if !yield(file, err) {
				return
			}
		}
	}
}
