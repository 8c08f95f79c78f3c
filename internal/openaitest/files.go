package openaitest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Values of purpose, in the order that messages of the service name them.
var (
	createPurposes = []string{"fine-tune", "assistants", "batch", "user_data", "vision", "evals"}
	listPurposes   = slices.Concat(createPurposes, []string{"assistants_output", "batch_output", "fine-tune-results"})
)

// maxListLimit is the maximum number of files on a page, and the default.
const maxListLimit = 10_000

// listFiles answers GET /files.
func (s *Server) listFiles(c *call) (any, error) {
	q, err := parseListQuery(c)
	if err != nil {
		return nil, err
	}
	q.limit = min(q.limit, s.options.pageSize)
	files, more, err := c.project.files.list(q)
	if err != nil {
		return nil, err
	}
	page := struct {
		Object  string       `json:"object"`
		Data    []fileObject `json:"data"`
		HasMore bool         `json:"has_more"`
		FirstID *string      `json:"first_id"`
		LastID  *string      `json:"last_id"`
	}{Object: "list", Data: []fileObject{}, HasMore: more}
	for _, f := range files {
		page.Data = append(page.Data, f.object())
	}
	if len(files) > 0 {
		page.FirstID, page.LastID = &files[0].ID, &files[len(files)-1].ID
	}
	return page, nil
}

// parseListQuery ignores parameters it does not know. The purpose is checked before the cursor.
func parseListQuery(c *call) (listQuery, error) {
	query := c.URL.Query()
	q := listQuery{purpose: query.Get("purpose"), after: query.Get("after"), limit: maxListLimit}
	if q.purpose != "" && !slices.Contains(listPurposes, q.purpose) {
		return q, notOneOf(q.purpose, listPurposes, "purpose")
	}
	if query.Has("limit") {
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || limit < 1 || limit > maxListLimit {
			return q, invalid("'limit' must be an integer from 1 to %d", maxListLimit)
		}
		q.limit = limit
	}
	if query.Has("order") {
		switch query.Get("order") {
		case "asc":
			q.ascending = true
		case "desc":
		default:
			return q, invalid("'order' must be 'asc' or 'desc'")
		}
	}
	return q, nil
}

// retrieveFile answers GET /files/{file_id}.
func (s *Server) retrieveFile(c *call) (any, error) {
	f, err := c.project.files.retrieve(c.id)
	if err != nil {
		return nil, err
	}
	return f.object(), nil
}

// deleteFile answers DELETE /files/{file_id}.
func (s *Server) deleteFile(c *call) (any, error) {
	if err := c.project.files.delete(c.id); err != nil {
		return nil, err
	}
	c.project.vectors.forgetFile(c.id)
	return struct {
		Object  string `json:"object"`
		Deleted bool   `json:"deleted"`
		ID      string `json:"id"`
	}{"file", true, c.id}, nil
}

// downloadFile answers GET /files/{file_id}/content.
func (s *Server) downloadFile(c *call) (any, error) {
	f, kept, ok := c.project.files.get(c.id)
	switch {
	case !ok:
		return nil, noSuchFile(c.id)
	case f.Purpose == "assistants" || f.Purpose == "user_data":
		return nil, invalid("Not allowed to download files of purpose: %s", f.Purpose).withDetail()
	case kept.gone:
		return nil, invalid("This server does not keep contents")
	}
	return &download{filename: f.Filename, content: kept}, nil
}

// download is an answer that is the content of a file.
type download struct {
	filename string
	content  content
}

func (d *download) answer() answer {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(d.filename)
	return answer{
		status: http.StatusOK,
		header: http.Header{
			"Content-Type":        {"application/octet-stream"},
			"Content-Disposition": {fmt.Sprintf(`attachment; filename="%s"`, quoted)},
		},
		body: d.content.open(),
		size: d.content.size,
	}
}

// createFile answers POST /files.
func (s *Server) createFile(c *call) (any, error) {
	form := createForm{server: s}
	n, err := form.read(c)
	if err != nil {
		form.file.release()
		return nil, err
	}
	f := c.project.files.add(n, false)
	c.note(func(r *Request) { r.FileID = f.ID })
	return f.object(), nil
}

// createForm collects the fields of a new file. They come in any order.
type createForm struct {
	server  *Server
	purpose string
	expiry  expiry
	hasFile bool
	name    string
	file    content
	lines   lineChecker
}

func (f *createForm) read(c *call) (newFile, error) {
	err := c.readForm(func(field field) error { return f.add(c, field) })
	switch {
	case err != nil:
		return newFile{}, err
	case !f.hasFile:
		return newFile{}, missingProperty("file")
	case f.purpose == "":
		return newFile{}, missingProperty("purpose")
	}
	n := newFile{filename: f.name, purpose: f.purpose, content: f.file}
	if n.expiresAfter, err = f.expiry.seconds(); err != nil {
		return newFile{}, err
	}
	if err := f.server.options.checkFile(f.name, f.purpose, f.file.size); err != nil {
		return newFile{}, err
	}
	if f.purpose == "fine-tune" {
		err = f.lines.result()
	}
	return n, err
}

func (f *createForm) add(c *call, field field) error {
	if field.name == "file" && field.isFile {
		return f.addFile(c, field)
	}
	text, err := c.text(field)
	if err != nil {
		return err
	}
	switch field.name {
	case "purpose":
		f.purpose = text
		return checkPurpose(text)
	case "expires_after[anchor]":
		f.expiry.anchor = &text
	case "expires_after[seconds]":
		f.expiry.after = &text
	case "file":
		return invalid("Expected 'file' to be a file")
	default:
		return unexpectedProperty(field.name)
	}
	return nil
}

// addFile checks the fields before the file early.
func (f *createForm) addFile(c *call, field field) error {
	c.note(func(r *Request) { r.Filename = field.filename })
	if f.hasFile {
		return invalid("Expected one 'file'")
	}
	f.name = field.filename // as sent: slashes, backslashes, and characters of any script stay
	o := &f.server.options
	if err := checkExtension(f.name, f.purpose); err != nil {
		return err
	}
	limit, refusal := o.maxFileSize, tooLarge
	if f.purpose == "batch" && o.maxBatchSize < limit {
		limit, refusal = o.maxBatchSize, batchTooLarge
	}
	var also []io.Writer
	if f.purpose == "fine-tune" || f.purpose == "" {
		also = append(also, &f.lines)
	}
	var err error
	f.file, err = f.server.take(field, limit, refusal, also...)
	f.hasFile = err == nil
	return err
}
