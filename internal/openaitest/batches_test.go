package openaitest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// runBatch creates a batch of the lines and returns its id.
func (c client) runBatch(t *testing.T, s *openaitest.Server, lines string) string {
	t.Helper()
	input := s.AddFile("requests.jsonl", "batch", []byte(lines))
	got := c.do(t, http.MethodPost, "/batches",
		`{"input_file_id":"`+input.ID+`","endpoint":"/v1/responses","completion_window":"24h"}`)
	if got.status != http.StatusOK {
		t.Fatalf("new batch: %d %s", got.status, got.body)
	}
	if status := got.text(t, "status"); status != "validating" {
		t.Errorf("got the status %s of a new batch, want validating", status)
	}
	return got.text(t, "id")
}

func TestBatches_answersEachRequest(t *testing.T) {
	s, c := newFixedServer(t)
	id := c.runBatch(t, s, `{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-6-luna","input":"One?"}}

{"custom_id":"b","method":"POST","url":"/v1/responses","body":{"model":"gpt-6-luna","input":"Two?"}}

`)
	if files := s.Files(); len(files) != 1 {
		t.Errorf("got %d files before the batch has completed, want its input only", len(files))
	}
	got := c.get(t, "/batches/"+id)
	if status := got.text(t, "status"); status != "completed" {
		t.Fatalf("got the status %s, want completed\n%s", status, got.body)
	}
	flat := strings.Join(strings.Fields(got.body), "")
	for _, want := range []string{
		`"request_counts":{"total":2,"completed":2,"failed":0}`, `"created_at":1700000000`, `"expires_at":1700086400`, `"completed_at":1700000000`, `"failed_at":null`,
		`"errors":null`, `"metadata":null`,
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("got %s, want %s", got.body, want)
		}
	}
	again := c.get(t, "/batches/"+id)
	again.want(t, http.StatusOK, got.body)

	output := got.text(t, "output_file_id")
	files := s.Files()
	if len(files) != 2 || files[1].ID != output || files[1].Purpose != "batch_output" {
		t.Fatalf("got the files %+v, want the input and %s with the purpose batch_output", files, output)
	}
	lines := strings.Split(strings.TrimSpace(c.get(t, "/files/"+output+"/content").body), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d answers, want 2\n%s", len(lines), lines)
	}
	for i, want := range []string{`"custom_id":"a"`, `"custom_id":"b"`} {
		if !strings.Contains(lines[i], want) || !strings.Contains(lines[i], `"status_code":200`) || !strings.Contains(lines[i], `"output_text"`) {
			t.Errorf("got the line %s, want an answer with %s", lines[i], want)
		}
	}
}

// The provider warns of these lines in the plan.
func TestBatches_failForBadLines(t *testing.T) {
	const good = `{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-6-luna"}}` + "\n"
	for name, test := range map[string]struct{ lines, code, line string }{
		"no JSON":       {good + "?\n", "invalid_json_line", "2"},
		"no custom_id":  {`{"url":"/v1/responses"}`, "missing_required_parameter", "1"},
		"same again":    {good + good, "duplicate_custom_id", "2"},
		"other URL":     {good + `{"custom_id":"b","url":"/v1/embeddings","body":{"model":"gpt-6-luna"}}`, "invalid_url", "2"},
		"other model":   {good + `{"custom_id":"b","url":"/v1/responses","body":{"model":"gpt-6-sol"}}`, "mismatched_model", "2"},
		"nothing in it": {"", "empty_file", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newFixedServer(t)
			got := c.get(t, "/batches/"+c.runBatch(t, s, test.lines))
			flat := strings.Join(strings.Fields(got.body), "")
			for _, want := range []string{`"status":"failed"`, `"code":"` + test.code + `"`, `"line":` + test.line + `}`, `"output_file_id":null`} {
				if !strings.Contains(flat, want) {
					t.Errorf("got %s, want %s", got.body, want)
				}
			}
			if files := s.Files(); len(files) != 1 {
				t.Errorf("got %d files, want no output", len(files)-1)
			}
		})
	}
}

func TestBatches_refusals(t *testing.T) {
	s, c := newFixedServer(t)
	text := s.AddFile("notes.txt", "user_data", []byte("Hello"))
	input := s.AddFile("requests.jsonl", "batch", []byte("{}\n"))
	for name, test := range map[string]struct {
		body, param string
	}{
		"no endpoint":      {`{"input_file_id":"` + input.ID + `","completion_window":"24h"}`, "endpoint"},
		"unknown endpoint": {`{"input_file_id":"` + input.ID + `","endpoint":"/v1/files","completion_window":"24h"}`, "endpoint"},
		"other window":     {`{"input_file_id":"` + input.ID + `","endpoint":"/v1/responses","completion_window":"1h"}`, "completion_window"},
		"no object":        {`{"input_file_id":"` + input.ID + `","endpoint":"/v1/responses","completion_window":"24h","metadata":"x"}`, "metadata"},
		"unknown member":   {`{"input_file_id":"` + input.ID + `","endpoint":"/v1/responses","completion_window":"24h","model":"m"}`, "model"},
		"no such file":     {`{"input_file_id":"file-x","endpoint":"/v1/responses","completion_window":"24h"}`, "input_file_id"},
		"other purpose":    {`{"input_file_id":"` + text.ID + `","endpoint":"/v1/responses","completion_window":"24h"}`, "input_file_id"},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.do(t, http.MethodPost, "/batches", test.body)
			flat := strings.Join(strings.Fields(got.body), "")
			if got.status != http.StatusBadRequest || !strings.Contains(flat, `"param":"`+test.param+`"`) {
				t.Errorf("got %d %s, want 400 for %s", got.status, got.body, test.param)
			}
		})
	}
	if got := c.get(t, "/batches/batch_x"); got.status != http.StatusNotFound {
		t.Errorf("got %d for an unknown batch, want 404", got.status)
	}
}
