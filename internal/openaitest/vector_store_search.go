package openaitest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Limits of a search.
const (
	defaultResults = 10
	maxResults     = 50
)

// searchQuery is what a client looks for.
type searchQuery struct {
	queries   []string
	limit     int
	threshold float64 // of the score, 0 to 1
	filter    filter
}

// searchResult is a file that matches, in its JSON form.
type searchResult struct {
	FileID     string         `json:"file_id"`
	Filename   string         `json:"filename"`
	Score      float64        `json:"score"`
	Attributes map[string]any `json:"attributes"`
	Content    []textObject   `json:"content"`
}

// searchVectorStore answers POST /vector_stores/{vector_store_id}/search. It compares words: the score of a file is the fraction of the
// query's words that occur in its best passage. The service compares meanings.
func (s *Server) searchVectorStore(c *call) (any, error) {
	p, err := c.readParams()
	if err != nil {
		return nil, err
	}
	q, err := parseSearch(p)
	if err != nil {
		return nil, err
	}
	return c.withStore(func(vectors *vectorStores, v *vectorStore, now time.Time) (any, error) {
		if err := v.usable(now); err != nil {
			return nil, err
		}
		page := struct {
			Object      string         `json:"object"`
			SearchQuery []string       `json:"search_query"`
			Data        []searchResult `json:"data"`
			HasMore     bool           `json:"has_more"`
			NextPage    *string        `json:"next_page"`
		}{Object: "vector_store.search_results.page", SearchQuery: q.queries, Data: vectors.search(v, q, now)}
		return page, nil
	})
}

// search returns the best files, the best one first.
func (s *vectorStores) search(v *vectorStore, q searchQuery, now time.Time) []searchResult {
	wanted := words(strings.Join(q.queries, " "))
	results := []searchResult{}
	for _, a := range s.sorted(v, now) {
		if s.status(a, now) != completed || q.filter != nil && !q.filter(a.attributes) {
			continue
		}
		passage, score := best(s.text(a), wanted)
		if score == 0 || score < q.threshold {
			continue
		}
		attributes := a.attributes
		if attributes == nil {
			attributes = map[string]any{}
		}
		results = append(results, searchResult{a.file.ID, a.file.Filename, score, attributes, []textObject{{"text", passage}}})
	}
	slices.SortStableFunc(results, func(a, b searchResult) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Filename, b.Filename))
	})
	return results[:min(len(results), q.limit)]
}

// best returns the passage of a text that contains the most query words, and the fraction of them that it contains. Blank lines separate
// passages.
func best(text string, wanted map[string]bool) (passage string, score float64) {
	for candidate := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		found := 0
		for word := range words(candidate) {
			if wanted[word] {
				found++
			}
		}
		if share := float64(found) / float64(max(len(wanted), 1)); share > score {
			passage, score = strings.TrimSpace(candidate), share
		}
	}
	return passage, score
}

// words returns the words of a text in lower case.
func words(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		set[word] = true
	}
	return set
}

func parseSearch(p params) (searchQuery, error) {
	q := searchQuery{limit: defaultResults}
	if err := p.allow("query", "rewrite_query", "max_num_results", "filters", "ranking_options"); err != nil {
		return q, err
	}
	if err := p.require("query"); err != nil {
		return q, err
	}
	var one string
	if p.into("query", "", &one) == nil {
		q.queries = []string{one}
	} else if err := p.into("query", "a string or an array of strings", &q.queries); err != nil {
		return q, err
	}
	if err := p.into("max_num_results", "an integer", &q.limit); err != nil {
		return q, err
	}
	if err := inRange("max_num_results", q.limit, 1, maxResults); err != nil {
		return q, err
	}
	ranking, _, err := p.object("ranking_options")
	if err != nil {
		return q, err
	}
	if err := ranking.allow("ranker", "score_threshold"); err != nil {
		return q, err
	}
	if err := ranking.into("score_threshold", "a number", &q.threshold); err != nil {
		return q, err
	}
	if q.threshold < 0 || q.threshold > 1 {
		name := ranking.name("score_threshold")
		return q, refused("invalid_value", name, "Invalid '%s': expected a number from 0 to 1, but got %v instead.", name, q.threshold)
	}
	if p.has("filters") {
		q.filter, err = parseFilter("filters", p.members["filters"])
	}
	return q, err
}

// filter reports whether the attributes of a file pass.
type filter func(attributes map[string]any) bool

// parseFilter reads a comparison, or several with and or or.
func parseFilter(path string, text json.RawMessage) (filter, error) {
	var node struct {
		Type    string            `json:"type"`
		Key     *string           `json:"key"`
		Value   any               `json:"value"`
		Filters []json.RawMessage `json:"filters"`
	}
	if err := json.Unmarshal(text, &node); err != nil {
		return nil, wrongType(path, "a filter")
	}
	if node.Type == "and" || node.Type == "or" {
		return parseCompound(path, node.Type, node.Filters)
	}
	if node.Key == nil || node.Value == nil {
		return nil, refused("missing_required_parameter", path, "Missing required parameter: '%s.key' or '%[1]s.value'.", path)
	}
	test, ok := comparisons[node.Type]
	if !ok {
		return nil, notSupported(path+".type", node.Type, "'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'and', and 'or'")
	}
	return func(attributes map[string]any) bool { return test(attributes[*node.Key], node.Value) }, nil
}

func parseCompound(path, kind string, texts []json.RawMessage) (filter, error) {
	parts := make([]filter, len(texts))
	for i, text := range texts {
		var err error
		if parts[i], err = parseFilter(path+".filters", text); err != nil {
			return nil, err
		}
	}
	all := kind == "and"
	return func(attributes map[string]any) bool {
		for _, part := range parts {
			if part(attributes) != all {
				return !all
			}
		}
		return all
	}, nil
}

// comparisons are by the names of their types. A file that lacks the attribute has nil.
var comparisons = map[string]func(has, want any) bool{
	"eq":  func(has, want any) bool { return has == want },
	"ne":  func(has, want any) bool { return has != want },
	"gt":  func(has, want any) bool { n, ok := compare(has, want); return ok && n > 0 },
	"gte": func(has, want any) bool { n, ok := compare(has, want); return ok && n >= 0 },
	"lt":  func(has, want any) bool { n, ok := compare(has, want); return ok && n < 0 },
	"lte": func(has, want any) bool { n, ok := compare(has, want); return ok && n <= 0 },
	"in":  isIn,
	"nin": func(has, want any) bool { return !isIn(has, want) },
}

func isIn(has, want any) bool {
	list, _ := want.([]any)
	return slices.Contains(list, has)
}

// compare compares two numbers or two texts.
func compare(a, b any) (n int, ok bool) {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return cmp.Compare(a, b), ok
	case string:
		b, ok := b.(string)
		return cmp.Compare(a, b), ok
	}
	return 0, false
}
