package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Place is where the service keeps an object. It is part of the state, so that a 404 under another key or address is not taken
// for a deletion. The zero value means that the place is not known.
type Place struct {
	BaseURL string `json:"base_url"` // scheme, host and path

	// Organization and Project are those that the service names in the headers openai-organization and openai-project of its
	// answers or, where it names none, those of [Config]; may be empty.
	Organization string `json:"organization,omitempty"`
	Project      string `json:"project,omitempty"`
}

// Same reports whether two places are the same. Organizations and projects that both sides name decide alone, because a gateway in
// front of a project is another address of the same place. Otherwise the address decides. An unknown place is the same as any.
func (p Place) Same(other Place) bool {
	if p == (Place{}) || other == (Place{}) {
		return true
	}
	organizations := p.Organization != "" && other.Organization != ""
	projects := p.Project != "" && other.Project != ""
	if organizations || projects {
		return (!organizations || p.Organization == other.Organization) && (!projects || p.Project == other.Project)
	}
	return p.BaseURL == other.BaseURL
}

// Certainly reports whether both places name the same organization or project, so that no request is needed.
func (p Place) Certainly(other Place) bool {
	named := p.Project != "" && p.Project == other.Project || p.Project == "" && p.Organization != "" && p.Organization == other.Organization
	return named && p.Same(other)
}

// SilentOn reports whether nothing names an organization or a project here although something does in the other place, as behind a
// proxy that removes the headers. Then it is unknown whether the places are the same.
func (p Place) SilentOn(other Place) bool {
	return other.Project != "" && p.Project == "" || other.Organization != "" && p.Organization == ""
}

// Against describes a place as far as it differs from another one, such as "project proj_1".
func (p Place) Against(other Place) string {
	if p.Same(other) && p.SilentOn(other) {
		unnamed := "organization"
		if other.Project != "" && p.Project == "" {
			unnamed = "project"
		}
		return fmt.Sprintf("%s, whose responses do not name the %s", p.BaseURL, unnamed)
	}
	var parts []string
	if p.Project != "" && p.Project != other.Project {
		parts = append(parts, "project "+p.Project)
	}
	if p.Organization != "" && p.Organization != other.Organization {
		parts = append(parts, "organization "+p.Organization)
	}
	if len(parts) == 0 || other.Project == "" && other.Organization == "" && p.BaseURL != other.BaseURL {
		parts = append(parts, p.BaseURL)
	}
	return strings.Join(parts, ", ")
}

// placeTracker learns from answers where a client is.
type placeTracker struct {
	configured Place

	mu    sync.Mutex
	named Place           // by the service
	lists map[string]bool // API sections whose list has been answered

	reading   chan struct{} // holds the right to read or replace snapshots
	snapshots map[string]snapshot
}

// snapshot is the list of a section at one point in time.
type snapshot struct {
	began time.Time
	ids   map[string]bool
}

func newPlaceTracker(cfg Config, base *url.URL) *placeTracker {
	return &placeTracker{
		configured: Place{
			BaseURL:      base.Scheme + "://" + strings.ToLower(base.Host) + base.EscapedPath(),
			Organization: cmp.Or(cfg.Header.Get("Openai-Organization"), cfg.Organization),
			Project:      cmp.Or(cfg.Header.Get("Openai-Project"), cfg.Project),
		},
		lists:     map[string]bool{},
		reading:   make(chan struct{}, 1),
		snapshots: map[string]snapshot{},
	}
}

// observe takes what an answer names. Not every one names both.
func (t *placeTracker) observe(header http.Header) {
	organization, project := header.Get("Openai-Organization"), header.Get("Openai-Project")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.named.Organization = cmp.Or(oneLine(organization), t.named.Organization)
	t.named.Project = cmp.Or(oneLine(project), t.named.Project)
}

func (t *placeTracker) listed(section string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lists[section] = true
}

func (t *placeTracker) hasListed(section string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lists[section]
}

// Place returns where this client is, as far as the answers so far say.
func (c *Client) Place() Place {
	c.place.mu.Lock()
	defer c.place.mu.Unlock()
	return Place{
		BaseURL:      c.place.configured.BaseURL,
		Organization: cmp.Or(c.place.named.Organization, c.place.configured.Organization),
		Project:      cmp.Or(c.place.named.Project, c.place.configured.Project),
	}
}

// Sections of the API, as [Client.ConfirmMissing] needs them.
const (
	SectionFiles        = "files"
	SectionVectorStores = "vector_stores"
)

// OtherPlaceError says that an object was not found, and that this client is not where the object was created.
type OtherPlaceError struct {
	ID        string
	Then, Now Place
}

func (e *OtherPlaceError) Error() string {
	return fmt.Sprintf("%s was created in %s, but the provider now talks to %s", oneLine(e.ID), e.Then.Against(e.Now), e.Now.Against(e.Then))
}

// UnverifiedError says that an address answered 404 for an object, and that there is a reason not to believe it.
type UnverifiedError struct {
	What     string // is in the list, such as "files"
	NotFound error  // the 404
	List     error  // why the list could not be read; nil: it was read, and the object is in it
}

func (e *UnverifiedError) Error() string {
	if e.List == nil {
		return fmt.Sprintf("%s; this %d cannot be trusted, because the list of %s still has it", e.NotFound, statusOf(e.NotFound), e.What)
	}
	return fmt.Sprintf("%s; this %d cannot be trusted, because the list of %s could not be read either: %s", e.NotFound, statusOf(e.NotFound), e.What, e.List)
}

// statusOf returns the HTTP status of a refusal that says that something does not exist: 404 or 410.
func statusOf(notFound error) int {
	if refusal, ok := errors.AsType[*Error](notFound); ok {
		return refusal.StatusCode
	}
	return http.StatusNotFound
}

// ConfirmMissing reports whether a 404 means that an object does not exist: nil means that it does not. A 404 proves nothing until
// the service has answered the list of the section in this process, or is a server without a list whose 404 names the object.
// A 404 that does not name the object may be that of a gateway, so the object must not be in the list either. Other results are an
// [*UnverifiedError], an [*OtherPlaceError], or the end of ctx.
//
//	notFound                     list                    result
//	404 of another place         a list                  OtherPlaceError
//	404, JSON, names the id      a list                  nil
//	404, anything else           a list without it       nil
//	404, anything else           a list that has it      UnverifiedError
//	404, JSON, names the id      404, 405 or 501         nil
//	404, anything else           404, 405 or 501         UnverifiedError
//	404                          any other failure       UnverifiedError
//
// A 404 that would be believed is an OtherPlaceError if only one of the places names an organization or a project, see [Place.SilentOn].
func (c *Client) ConfirmMissing(ctx context.Context, section, id string, notFound error, created Place) error {
	facts := missingFacts{what: strings.ReplaceAll(section, "_", " "), id: id, notFound: notFound, then: created}
	refusal, isRefusal := errors.AsType[*Error](notFound)
	switch {
	case !isRefusal || !refusal.about(id):
		facts.listed, facts.list = c.lists(ctx, list{what: section, section: section, path: []string{section}, maxPages: snapshotPages}, id)
	case !c.place.hasListed(section):
		facts.list = c.tryList(ctx, section)
	}
	facts.now = c.Place()
	return confirmMissing(facts)
}

// ConfirmDetached reports whether a 404 to the removal of a file from a vector store means that it is not there; nil means that it is
// not. A 404 that does not name the file may be that of a gateway, so the list of the vector store must lack the file. Other results are
// an [*UnverifiedError] or the end of ctx.
func (c *Client) ConfirmDetached(ctx context.Context, storeID, fileID string, notFound error) error {
	if refusal, ok := errors.AsType[*Error](notFound); ok && refusal.about(fileID) {
		return nil
	}
	l := vectorStoreFileList(storeID, ListVectorStoreFilesParams{})
	facts := missingFacts{what: l.what, id: fileID, notFound: notFound}
	facts.listed, facts.list = c.lists(ctx, l, fileID)
	return confirmMissing(facts)
}

// Bounds of a list that is read because of a 404.
const (
	snapshotAge   = 30 * time.Second
	snapshotPages = 100
)

// lists reports whether a list has an object. Many objects that are missing at once are looked for in the same list; it is read again
// before anything is said to be in it.
func (c *Client) lists(ctx context.Context, l list, id string) (bool, error) {
	select {
	case c.place.reading <- struct{}{}:
		defer func() { <-c.place.reading }()
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	key := strings.Join(l.path, "/")
	known, ok := c.place.snapshots[key]
	if ok && time.Since(known.began) < snapshotAge && !known.ids[id] {
		return false, nil
	}
	type object struct {
		ID identifier `json:"id"`
	}
	fresh := snapshot{began: time.Now(), ids: map[string]bool{}}
	for found, err := range all(ctx, c, l, func(o *object) string { return string(o.ID) }, nil) {
		if err != nil && !errors.Is(err, ErrListCut) {
			return false, errors.Unwrap(err) // without the name of the list, which the caller has
		}
		fresh.ids[string(found.ID)] = true
	}
	c.place.snapshots[key] = fresh
	return fresh.ids[id], nil
}

func (c *Client) tryList(ctx context.Context, section string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var page struct {
		Object string           `json:"object"`
		Data   []map[string]any `json:"data"`
	}
	err := c.do(ctx, request{method: http.MethodGet, path: []string{section}, query: url.Values{"limit": {"1"}}}, func(resp *http.Response) error {
		if err := c.decode(resp, &page); err != nil {
			return &permanentError{err}
		}
		if page.Data == nil && page.Object != "list" {
			return &permanentError{fmt.Errorf("%w: it is not a list", ErrAnswer)}
		}
		return nil
	})
	if err == nil {
		c.place.listed(section)
	}
	return err
}

// missingFacts are what is known when an object was not found.
type missingFacts struct {
	what, id  string
	notFound  error // the 404
	list      error // why the list could not be read; nil: it was read
	listed    bool  // the object is in the list; not known of a 404 that names it
	then, now Place
}

func confirmMissing(f missingFacts) error {
	if !f.then.Same(f.now) {
		return &OtherPlaceError{ID: f.id, Then: f.then, Now: f.now}
	}
	noList := errors.Is(f.list, ErrNotFound) || errors.Is(f.list, ErrMethodNotAllowed) || errors.Is(f.list, ErrNotImplemented)
	refusal, isRefusal := errors.AsType[*Error](f.notFound)
	believed := f.list == nil && !f.listed || noList && isRefusal && refusal.about(f.id)
	switch {
	case !believed:
		return &UnverifiedError{What: f.what, NotFound: f.notFound, List: f.list}
	case f.then != (Place{}) && (f.now.SilentOn(f.then) || f.then.SilentOn(f.now)):
		return &OtherPlaceError{ID: f.id, Then: f.then, Now: f.now}
	}
	return nil
}

// about reports whether a refusal in JSON names an id: as its parameter, or as a word of its message. A path or a URL in a message
// repeats what was asked for and says nothing about it.
func (e *Error) about(id string) bool {
	if !e.isJSON || id == "" {
		return false
	}
	if e.Param == id {
		return true
	}
	for word := range strings.FieldsSeq(e.Message) {
		before, after, ok := strings.Cut(word, id)
		if !ok || strings.ContainsAny(before+after, "/?&") {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		first, _ := utf8.DecodeRuneInString(after)
		if (before == "" || !partOfID(last)) && (after == "" || !partOfID(first)) {
			return true
		}
	}
	return false
}

func partOfID(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_'
}
