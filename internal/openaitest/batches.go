package openaitest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
)

// batch is a run of the requests in a file.
type batch struct {
	object   batchObject
	requests []batchRequest
	problem  *batchError // why the requests cannot be run; nil if they can
}

// batchObject is a batch in its JSON form. It omits members that are always null.
type batchObject struct {
	ID               string         `json:"id"`
	Object           string         `json:"object"`
	Endpoint         string         `json:"endpoint"`
	Errors           *batchErrors   `json:"errors"`
	InputFileID      string         `json:"input_file_id"`
	CompletionWindow string         `json:"completion_window"`
	Status           string         `json:"status"`
	OutputFileID     *string        `json:"output_file_id"`
	ErrorFileID      *string        `json:"error_file_id"`
	CreatedAt        int64          `json:"created_at"`
	InProgressAt     *int64         `json:"in_progress_at"`
	ExpiresAt        int64          `json:"expires_at"`
	CompletedAt      *int64         `json:"completed_at"`
	FailedAt         *int64         `json:"failed_at"`
	RequestCounts    requestCounts  `json:"request_counts"`
	Metadata         map[string]any `json:"metadata"`
}

type requestCounts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
}

type batchErrors struct {
	Object string       `json:"object"`
	Data   []batchError `json:"data"`
}

type batchError struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Param   *string `json:"param"`
	Line    *int    `json:"line"` // from 1; nil if the problem concerns the whole file
}

// batchRequest is a line of an input file.
type batchRequest struct {
	CustomID string `json:"custom_id"`
	Method   string `json:"method"`
	URL      string `json:"url"`
	Body     struct {
		Model string `json:"model"`
	} `json:"body"`
}

// batchAnswers are the bodies with which the fake answers a request to an endpoint. The text is always the same.
var batchAnswers = map[string]func(model string) any{
	"/v1/responses": func(model string) any {
		return map[string]any{"id": "resp_" + newHex(), "object": "response", "status": "completed", "model": model, "output": []any{
			map[string]any{"id": "msg_" + newHex(), "type": "message", "status": "completed", "role": "assistant", "content": []any{
				map[string]any{"type": "output_text", "text": batchAnswer, "annotations": []any{}},
			}},
		}}
	},
	"/v1/chat/completions": func(model string) any {
		return map[string]any{"id": "chatcmpl-" + newHex(), "object": "chat.completion", "model": model, "choices": []any{
			map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": batchAnswer}},
		}}
	},
}

// validating is the status of a batch that has not been retrieved yet.
const validating = "validating"

const batchAnswer = "This is an answer of the fake service."

// batchStore keeps batches.
type batchStore struct {
	mu   sync.Mutex
	byID map[string]*batch
}

// createBatch answers POST /batches.
func (s *Server) createBatch(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	o, err := parseNewBatch(p)
	if err != nil {
		return nil, err
	}
	file, kept, ok := c.project.files.get(o.InputFileID)
	if !ok || file.Purpose != "batch" {
		return nil, invalid("Cannot find file %s, or project %s does not have access to it.", o.InputFileID, c.project.account.project).
			withParam("input_file_id")
	}
	if kept.gone {
		return nil, invalid("This server does not keep contents")
	}
	text, err := kept.read()
	if err != nil {
		return nil, err
	}
	o.ID, o.CreatedAt = newBatchID(), c.project.files.now()
	o.ExpiresAt = o.CreatedAt + 24*60*60
	b := &batch{object: o}
	b.requests, b.problem = parseBatchRequests(text, o.Endpoint)

	store := &c.project.batches
	store.mu.Lock()
	defer store.mu.Unlock()
	store.byID[o.ID] = b
	return o, nil
}

func parseNewBatch(p params) (batchObject, error) {
	o := batchObject{Object: "batch", Status: validating}
	if err := p.allow("input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"); err != nil {
		return o, err
	}
	if err := p.require("input_file_id", "endpoint", "completion_window"); err != nil {
		return o, err
	}
	for _, text := range []struct {
		member string
		value  *string
	}{{"input_file_id", &o.InputFileID}, {"endpoint", &o.Endpoint}, {"completion_window", &o.CompletionWindow}} {
		if err := p.into(text.member, "a string", text.value); err != nil {
			return o, err
		}
	}
	if batchAnswers[o.Endpoint] == nil {
		return o, notSupported("endpoint", o.Endpoint, "'/v1/responses' and '/v1/chat/completions'")
	}
	if o.CompletionWindow != "24h" {
		return o, notSupported("completion_window", o.CompletionWindow, "'24h'")
	}
	if err := p.into("metadata", "an object", &o.Metadata); err != nil {
		return o, err
	}
	return o, checkPairs("metadata", o.Metadata, true)
}

// parseBatchRequests reads an input file. Like the service, it stops at the first invalid line.
func parseBatchRequests(text []byte, endpoint string) ([]batchRequest, *batchError) {
	var requests []batchRequest
	seen := map[string]bool{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r batchRequest
		problem := &batchError{Line: &number}
		switch err := json.Unmarshal(line, &r); {
		case err != nil:
			problem.Code, problem.Message = "invalid_json_line", "This line is not parseable as valid JSON."
		case r.CustomID == "":
			problem.Code, problem.Message = "missing_required_parameter", "Missing required parameter: 'custom_id'."
		case seen[r.CustomID]:
			problem.Code, problem.Message = "duplicate_custom_id", "Another request in the file has the same custom_id."
		case r.URL != endpoint:
			problem.Code, problem.Message = "invalid_url", "The URL of this request does not match the endpoint of the batch."
		case len(requests) > 0 && r.Body.Model != requests[0].Body.Model:
			problem.Code, problem.Message = "mismatched_model", "The model of this request does not match that of the first request."
		}
		if problem.Code != "" {
			return nil, problem
		}
		seen[r.CustomID] = true
		requests = append(requests, r)
	}
	if len(requests) == 0 {
		return nil, &batchError{Code: "empty_file", Message: "The file has no requests."}
	}
	return requests, nil
}

// output returns the answers to the requests as JSON Lines.
func (b *batch) output() []byte {
	var lines bytes.Buffer
	for _, r := range b.requests {
		_ = json.NewEncoder(&lines).Encode(map[string]any{ // a buffer takes everything
			"id": "batch_req_" + newHex(), "custom_id": r.CustomID, "error": nil,
			"response": map[string]any{"status_code": 200, "request_id": newRequestID(), "body": batchAnswers[b.object.Endpoint](r.Body.Model)},
		})
	}
	return lines.Bytes()
}

// retrieveBatch answers GET /batches/{batch_id}. A new batch completes or fails now.
func (s *Server) retrieveBatch(c *call) (any, error) {
	store := &c.project.batches
	store.mu.Lock()
	defer store.mu.Unlock()
	b, ok := store.byID[c.id]
	if !ok {
		return nil, refuse(http.StatusNotFound, "No batch found with id '%s'.", c.id)
	}
	o, now := &b.object, c.project.files.now()
	switch {
	case o.Status != validating:
	case b.problem != nil:
		o.Status, o.FailedAt, o.Errors = "failed", &now, &batchErrors{"list", []batchError{*b.problem}}
	default:
		kept, err := keep(bytes.NewReader(b.output()), s.dir)
		if err != nil {
			return nil, err
		}
		output := c.project.files.add(newFile{filename: o.ID + "_output.jsonl", purpose: "batch_output", content: kept}, true)
		o.Status, o.InProgressAt, o.CompletedAt, o.OutputFileID = completed, &now, &now, &output.ID
		o.RequestCounts = requestCounts{Total: len(b.requests), Completed: len(b.requests)}
	}
	return *o, nil
}
