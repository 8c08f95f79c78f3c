package openai

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// SearchParams describes a search in a vector store.
type SearchParams struct {
	Query          string
	MaxResults     int64           // 1 to 50; 0: the service decides
	Filters        json.RawMessage // as the API documents them; nil: none
	ScoreThreshold float64         // 0 to 1; 0: none
}

// SearchResult is a piece of a file that matches a search.
//
// Reference: https://platform.openai.com/docs/api-reference/vector-stores/search
type SearchResult struct {
	FileID     string
	Filename   string
	Score      float64
	Attributes map[string]any
	Text       string // all pieces of text, separated by a line break
}

// UnmarshalJSON reads a search result.
func (r *SearchResult) UnmarshalJSON(b []byte) error {
	var wire struct {
		FileID     identifier `json:"file_id"`
		Filename   any        `json:"filename"`
		Score      any        `json:"score"`
		Attributes any        `json:"attributes"`
		Content    any        `json:"content"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	score, _ := wire.Score.(float64)
	*r = SearchResult{FileID: string(wire.FileID), Filename: text(wire.Filename), Score: score, Attributes: object(wire.Attributes)}
	var texts []string
	pieces, _ := wire.Content.([]any)
	for _, piece := range pieces {
		texts = append(texts, text(object(piece)["text"]))
	}
	r.Text = strings.Join(texts, "\n")
	return nil
}

// SearchVectorStore searches a vector store: POST /vector_stores/{vector_store_id}/search. The best match comes first.
func (c *Client) SearchVectorStore(ctx context.Context, id string, params SearchParams) ([]SearchResult, error) {
	type rankingOptions struct {
		ScoreThreshold float64 `json:"score_threshold"`
	}
	body := struct {
		Query          string          `json:"query"`
		MaxNumResults  int64           `json:"max_num_results,omitempty"`
		Filters        json.RawMessage `json:"filters,omitempty"`
		RankingOptions *rankingOptions `json:"ranking_options,omitempty"`
	}{Query: params.Query, MaxNumResults: params.MaxResults, Filters: params.Filters}
	if params.ScoreThreshold > 0 {
		body.RankingOptions = &rankingOptions{params.ScoreThreshold}
	}
	r, err := vectorStoreRequest(http.MethodPost, body, SectionVectorStores, id, "search")
	if err != nil {
		return nil, err
	}
	var found page[SearchResult]
	err = c.do(ctx, r, func(resp *http.Response) error {
		found = page[SearchResult]{}
		return c.decode(resp, &found)
	})
	return found.Data, wrap("searching vector store "+oneLine(id), err)
}
