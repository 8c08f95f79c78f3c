package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// placeKey is where the private state holds the place in which a resource was created, as JSON.
const placeKey = "place"

// rememberPlace keeps the present place in the private state of a resource that was found there.
func (s *service) rememberPlace(ctx context.Context, private privateWriter) diag.Diagnostics {
	encoded, err := json.Marshal(s.client.Place())
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Place of the resource cannot be recorded", sentence(err))}
	}
	return private.SetKey(ctx, placeKey, encoded)
}

// rememberedPlace returns the place in which a resource was created; zero when the state was written without one.
func rememberedPlace(ctx context.Context, private privateReader) (openai.Place, diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, placeKey)
	var place openai.Place
	if len(encoded) == 0 || json.Unmarshal(encoded, &place) != nil {
		return openai.Place{}, diags
	}
	return place, diags
}

// confirmMissing reports whether the file of a 404 does not exist; nil means that it does not. Another result says what happened
// to it, as summary says.
func (s *service) confirmMissing(ctx context.Context, summary, id string, notFound error, created openai.Place) *failure {
	return missingFailure(summary, "File", s.client.ConfirmMissing(ctx, openai.SectionFiles, id, notFound, created))
}

// notFound describes why a file that somebody named could not be read, a 404 or anything else.
func (s *service) notFound(ctx context.Context, summary, id string, err error) *failure {
	if !errors.Is(err, openai.ErrNotFound) {
		return apiFailure(summary, err)
	}
	if f := s.confirmMissing(ctx, summary, id, err, openai.Place{}); f != nil {
		return f
	}
	return &failure{
		summary: summary,
		reason:  fmt.Sprintf("There is no file with the ID %s: it was deleted, has expired, is misspelled, or belongs to another project.", shown(id)),
		advice:  sentence(err) + s.scopeNotice(),
	}
}

// adviseOnSuccessor adds what to do if a saved plan with create_before_destroy was applied in another place: the successor exists there,
// and the predecessor cannot be deleted.
func (f *failure) adviseOnSuccessor() {
	if f == nil {
		return
	}
	if _, ok := errors.AsType[*openai.OtherPlaceError](f.cause); ok {
		f.advice += " If the replacement already exists in the new place, run terraform apply -refresh=false once with the earlier arguments: it deletes only the old object."
	}
}

// withoutList returns what to do about a server that seems to have no list; empty for other failures of a list.
func withoutList(err error) string {
	if cannotList(err) {
		return "If the address is correct and this server has no list, the provider cannot tell a deleted object from one that it cannot reach. If you no longer need the object, remove the resource from the state with terraform state rm."
	}
	return ""
}

// passOn says what to do about a 404 that does not come from the service.
func passOn(kind string) string {
	return "A gateway or proxy answers in place of the service. Check the provider's base_url, and check that the gateway or proxy " +
		"forwards every request for a single " + kind + ", including DELETE."
}

// unknownPlaceFailure describes a 404 for a deletion if the state does not say where the object was created: Terraform deletes a tainted
// resource without its private state, and an earlier version has written none.
func unknownPlaceFailure(summary, kind string, notFound error) *failure {
	return &failure{
		summary: summary, cause: notFound, hopeless: true,
		reason: fmt.Sprintf("%s This does not show that the %s was deleted, because the state does not say where it was created.", sentence(notFound), kind),
		advice: fmt.Sprintf("Check that the provider's api_key, organization, project and base_url are those with which the %s was created, and plan again with a refresh, "+
			"which removes a missing %[1]s from the state. If you no longer need the %[1]s, remove the resource from the state with terraform state rm.", kind),
	}
}

// missingFailure describes a 404 that does not mean that an object of a kind, such as "File", is missing.
func missingFailure(summary, kind string, err error) *failure {
	other, isOther := errors.AsType[*openai.OtherPlaceError](err)
	unverified, isUnverified := errors.AsType[*openai.UnverifiedError](err)
	switch {
	case err == nil:
		return nil
	case isOther:
		restore := fmt.Sprintf("Restore the provider's api_key, organization, project and base_url as they were when %s was created.", other.ID)
		if other.Now.Same(other.Then) && other.Now.SilentOn(other.Then) {
			restore += " If they have not changed, let the response headers openai-project and openai-organization pass through the proxy or gateway."
		}
		return &failure{
			summary:  summary,
			reason:   fmt.Sprintf("%s %s was created in %s, but the provider now talks to %s.", kind, shown(other.ID), other.Then.Against(other.Now), other.Now.Against(other.Then)),
			cause:    err,
			hopeless: true,
			advice:   fmt.Sprintf("Nothing was removed from the state. %s If you no longer need %s, remove the resource from the state with terraform state rm.", restore, other.ID),
		}
	case isUnverified && unverified.List == nil:
		return &failure{
			summary:  summary,
			reason:   sentence(err),
			cause:    err,
			hopeless: true,
			advice:   "Nothing was removed from the state. " + passOn(strings.ToLower(kind)),
		}
	case isUnverified && openai.Temporary(unverified.List) && !errors.Is(unverified.List, context.Canceled):
		return &failure{
			summary:  summary,
			reason:   sentence(err),
			cause:    err,
			hopeless: true,
			advice:   "Nothing was removed from the state. Try again when the service answers.",
		}
	case isUnverified:
		return &failure{
			summary:  summary,
			reason:   sentence(err),
			cause:    err,
			hopeless: true,
			advice: "Nothing was removed from the state. Check the provider's base_url, or the environment variable OPENAI_BASE_URL: it must end with the version, as in " +
				openai.DefaultBaseURL + ". " + cmp.Or(withoutList(unverified.List), advice(unverified.List)),
		}
	}
	return apiFailure(summary, err)
}
