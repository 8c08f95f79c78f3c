package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// delete sends a DELETE for the object with an ID, and believes only an answer that says so: {"deleted":true} for this ID. Some
// compatible servers return nothing, and an address that is not that of the API may answer 200 or 204 to everything. delete then
// requests the object, and its 404 is the proof.
func (c *Client) delete(ctx context.Context, r request, id string) error {
	var answer struct {
		ID      identifier `json:"id"`
		Deleted *bool      `json:"deleted"`
	}
	err := c.do(ctx, r, func(resp *http.Response) error {
		err := c.decode(resp, &answer)
		named := string(answer.ID)
		switch {
		case errors.Is(err, errEmptyAnswer):
			return nil
		case err != nil:
			return err
		case answer.Deleted != nil && !*answer.Deleted:
			return &permanentError{fmt.Errorf("%w: it says that nothing was deleted", ErrAnswer)}
		case answer.Deleted != nil && named != "" && named != id:
			return &permanentError{fmt.Errorf("%w: it says that %s was deleted instead", ErrAnswer, oneLine(named))}
		}
		return nil
	})
	refusal, isRefusal := errors.AsType[*Error](err)
	switch {
	case isRefusal && errors.Is(err, ErrNotFound) && !refusal.about(id):
		return c.expectGone(ctx, r, err)
	case err != nil:
		return err
	case answer.Deleted != nil:
		return nil
	}
	err = c.get(ctx, r, errNotDeleted)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case errors.Is(err, ErrAnswer):
		return err
	}
	return fmt.Errorf("it is not known whether the deletion took place: %w", err)
}

// errNotDeleted says that an object is there after its deletion.
var errNotDeleted = fmt.Errorf("%w: the DELETE was answered without a confirmation, and the object is still there", ErrAnswer)

// expectGone returns a 404 that does not name the object, unless a request for the object is answered: something in front of the service
// may not pass on every DELETE.
func (c *Client) expectGone(ctx context.Context, r request, notFound error) error {
	if err := c.get(ctx, r, nil); err != nil {
		return notFound
	}
	return &stillThereError{notFound}
}

// get requests the object of another request. If it is there, it returns found.
func (c *Client) get(ctx context.Context, r request, found error) error {
	return c.do(ctx, request{method: http.MethodGet, path: r.path, header: r.header}, func(*http.Response) error {
		if found == nil {
			return nil
		}
		return &permanentError{found}
	})
}

// ErrStillThere says that the answer to a DELETE is a 404, although the object exists.
var ErrStillThere = errors.New("the object is still there")

type stillThereError struct{ notFound error }

func (e *stillThereError) Error() string {
	return fmt.Sprintf("%s; this %d cannot be trusted, because a GET request still returns the object", e.notFound, statusOf(e.notFound))
}

// Is reports whether target is [ErrStillThere]. The error is no [ErrNotFound].
func (e *stillThereError) Is(target error) bool { return target == ErrStillThere }

// expectID refuses an answer that is not about the object that was asked for.
func expectID(got, want string) error {
	switch got {
	case want:
		return nil
	case "":
		return &permanentError{fmt.Errorf("%w: it has no id, so it is not %s", ErrAnswer, oneLine(want))}
	}
	return &permanentError{fmt.Errorf("%w: it is about %s instead of %s", ErrAnswer, oneLine(got), oneLine(want))}
}
