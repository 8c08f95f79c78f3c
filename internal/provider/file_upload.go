package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

// declaredFile is a file as a configuration declares it, about to be uploaded.
type declaredFile struct {
	source         fileSource
	purpose        string
	filename       string
	lifetime       int64        // seconds; 0: the service decides
	expectedSHA256 types.String // SHA-256 that the content must have; null: any
	alone          bool         // no other upload of the same name and size meanwhile
	usable         bool         // a file that the service has not processed in the end is deleted
}

// uploadResult is the result of an upload.
type uploadResult struct {
	kept     bool     // the service holds the file that was declared, and it is in the state
	leftover string   // ID of a file that is not what was declared and could not be deleted; empty: there is none
	notices  []notice // what the user has to know although nothing failed
	failure  *failure // nil: the upload succeeded
}

// upload uploads exactly the declared bytes. made is called as soon as there is a file, before anything else may fail, and again
// when the service has processed it. A file that is not what was declared is deleted.
func (s *service) upload(ctx context.Context, file declaredFile, made func(openai.Uploaded)) uploadResult {
	if file.source.secret() {
		ctx = openai.WithSecretContent(ctx)
	}
	content, err := file.source.open()
	if err != nil {
		return uploadResult{failure: file.source.unreadable(err)}
	}
	defer content.Close() //nolint:errcheck // it was only read
	if failure := expectContent(ctx, file.source, content, file.expectedSHA256); failure != nil {
		return uploadResult{failure: failure}
	}

	s.client.ClaimNewest(ctx)
	uploaded, err := s.client.UploadFile(ctx, openai.CreateFileParams{
		Purpose:      file.purpose,
		Filename:     file.filename,
		ExpiresAfter: file.lifetime,
		Content:      content,
		Size:         content.size,
		Alone:        file.alone,
	})
	if err != nil {
		return uploadResult{failure: uploadFailure(file.source, err)}
	}
	if uploaded.Bytes == nil || *uploaded.Bytes == 0 {
		uploaded.Bytes = &content.size // a server that does not say
	}
	if f := s.expectOwnID(file.source, uploaded); f != nil {
		return uploadResult{failure: f}
	}
	made(uploaded)
	result := uploadResult{notices: uploadNotices(file, uploaded, content.size)}
	if err := verify(uploaded, content, file.expectedSHA256); err != nil {
		result.leftover, result.failure = s.discard(ctx, file.source, uploaded.ID, err, "Apply again.")
		return result
	}

	uploaded.File, err = s.client.WaitForProcessing(ctx, uploaded.File)
	made(uploaded)
	switch {
	case err != nil && file.usable:
		result.leftover, result.failure = s.discard(ctx, file.source, uploaded.ID, err, afterProcessing(err))
		return result
	case err != nil:
		result.failure = apiFailure("File was uploaded, but cannot be used", err)
		result.failure.advice = cmp.Or(result.failure.advice, afterProcessing(err))
	}
	result.kept = true
	return result
}

// afterProcessing says what to do about a file that the service could not process, or not in time.
func afterProcessing(err error) string {
	if errors.Is(err, openai.ErrProcessing) {
		return "Fix the content, and apply again."
	}
	return "Apply again."
}

// expectOwnID refuses an ID that this run has got for other bytes before. Deleting either file would delete the other one.
func (s *service) expectOwnID(source fileSource, uploaded openai.Uploaded) *failure {
	before, known := s.uploaded.LoadOrStore(uploaded.ID, uploaded.SHA256)
	if !known || before == uploaded.SHA256 {
		return nil
	}
	return &failure{
		attribute: source.attribute, summary: "File was not uploaded", hopeless: true,
		reason: fmt.Sprintf("The server answered with the ID %s, which it had already given to a file with different content.", shown(uploaded.ID)),
		advice: "This server does not give each file its own ID, so the provider cannot manage files on it. Check the provider's base_url.",
	}
}

// notice is a warning. Terraform shows one of several warnings with the same summary, so summary and subject together are its summary.
type notice struct {
	summary string
	subject string // ID of the file
	detail  string
}

// uploadNotices describes what was found out about an upload whose response was lost, and what the server has ignored.
func uploadNotices(file declaredFile, uploaded openai.Uploaded, size int64) []notice {
	var notices []notice
	id := shown(uploaded.ID)
	if uploaded.Found != nil {
		compared := "Its content was not compared, because the service did not return it. Make sure that no other run and no other provider configuration uploaded a file of this name and size at the same time."
		if uploaded.Compared {
			compared = "Its content matches what was sent."
		}
		notices = append(notices, notice{
			"Response was lost, but the file was found", id,
			fmt.Sprintf("%s\n\nExactly one file named %s with %s was created after that: %s. The provider adopted it. %s",
				sentence(uploaded.Found), shown(file.filename), count(size, "byte"), id, compared),
		})
	}
	if file.lifetime > 0 && uploaded.ExpiresAt == nil {
		notices = append(notices, notice{
			"Server did not store expires_after", id,
			fmt.Sprintf("The response to the upload of %s (%s) has no expiry, so this server may not support expires_after. The file does not expire. Remove the argument, or ignore this warning.", shown(file.filename), id),
		})
	}
	const uploadedTwice = "File may have been uploaded twice"
	retried := fmt.Sprintf("The response to an upload of %s was lost and no file was found, so the upload was retried: %s.", shown(file.filename), id)
	if uploaded.Found != nil {
		retried = fmt.Sprintf("Responses to uploads of %s were lost, and %s was found.", shown(file.filename), id)
	}
	switch twins := shown(strings.Join(uploaded.Twins, ", ")); {
	case twins != "":
		notices = append(notices, notice{
			uploadedTwice, twins,
			retried + " " + twinsAdvice(uploaded.Twins, "name and size") + moreTwins(uploaded.Unchecked),
		})
	case uploaded.Unchecked != nil:
		notices = append(notices, notice{
			uploadedTwice, id,
			fmt.Sprintf("%s It is not known whether the lost upload has created a file as well: %s\n\n"+
				"If OpenAI has other files with this name and %s, created at about the same time as %s, delete the ones that no resource manages and nobody else uses.",
				retried, whyUnchecked(uploaded.Unchecked), count(size, "byte"), id),
		})
	}
	return notices
}

// twinsAdvice says what to do about objects that look like a new one; same is what they have in common.
func twinsAdvice(ids []string, same string) string {
	if len(ids) == 1 {
		return fmt.Sprintf("%s now also exists, with the same %s. Delete it, unless another resource manages it or somebody else uses it.", shown(ids[0]), same)
	}
	return fmt.Sprintf("These now also exist, with the same %s: %s. Delete the ones that no other resource manages and nobody else uses.", same, shown(strings.Join(ids, ", ")))
}

// moreTwins says why there may be further ones; empty: there are not.
func moreTwins(unchecked error) string {
	if unchecked == nil {
		return ""
	}
	return " There may be others: " + whyUnchecked(unchecked)
}

// whyUnchecked says why a list was not read, or not until the end of the time in which something may appear in it.
func whyUnchecked(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "The apply was interrupted."
	case errors.Is(err, context.DeadlineExceeded):
		return "The timeout expired."
	}
	return sentence(err)
}

// verify reports why the service does not have what was declared, after everything was sent.
func verify(uploaded openai.Uploaded, content *openFile, expectedSHA256 types.String) error {
	switch {
	case uploaded.SHA256 == "":
		return errors.New("the service answered before it had the whole content")
	case uploaded.Bytes != nil && *uploaded.Bytes != content.size:
		return fmt.Errorf("the service reports %d bytes, but %d were sent", *uploaded.Bytes, content.size)
	case !expectedSHA256.IsNull() && uploaded.SHA256 != expectedSHA256.ValueString():
		return fmt.Errorf("the bytes sent have the SHA-256 %s, but content_sha256 expects %s", uploaded.SHA256, expectedSHA256.ValueString())
	}
	return content.unchanged()
}

// discard deletes a file that is not what was declared. It returns the ID if that failed. next is what the user does after that.
func (s *service) discard(ctx context.Context, source fileSource, id string, reason error, next string) (leftover string, _ *failure) {
	f := &failure{attribute: source.attribute, summary: "File was not uploaded as declared"}
	if err := s.client.DiscardFile(ctx, id); err != nil {
		f.reason = fmt.Sprintf("%s The provider could not delete file %s: %s", sentence(reason), shown(id), sentence(err))
		f.advice = "It stays in the state, and the next apply deletes it."
		return id, f
	}
	f.reason = fmt.Sprintf("%s The provider has deleted file %s at OpenAI.", sentence(reason), shown(id))
	f.advice = next
	return "", f
}

// uploadFailure describes an upload that created no file. A problem of the content belongs to its attribute.
func uploadFailure(source fileSource, err error) *failure {
	const summary = "File was not uploaded"
	if content, ok := errors.AsType[*openai.ContentError](err); ok {
		reason, advice := source.why(content)
		return &failure{attribute: source.attribute, summary: summary, reason: reason, advice: strings.TrimSpace(advice + "\n\nNothing remains at OpenAI. Apply again.")}
	}
	return apiFailure(summary, err)
}

// remove deletes a file that was created in a place. A file that is missing there counts as deleted. An ID that an upload of this run
// has returned stays: a server that stores equal contents once returns the same ID again.
func (s *service) remove(ctx context.Context, id string, created openai.Place) *failure {
	if s.returned(id) {
		return nil
	}
	return s.notDeleted(ctx, id, s.client.DeleteFile(ctx, id), created)
}

// returned reports whether an upload of this run has returned an ID.
func (s *service) returned(id string) bool {
	_, ok := s.uploaded.Load(id)
	return ok
}

// notDeleted describes why a file was not deleted; nil if it was, or is missing in the place where it was created.
func (s *service) notDeleted(ctx context.Context, id string, err error, created openai.Place) *failure {
	const summary = "File was not deleted"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, openai.ErrNotFound) && created == (openai.Place{}):
		return unknownPlaceFailure(summary, "file", err)
	case errors.Is(err, openai.ErrNotFound):
		f := s.confirmMissing(ctx, summary, id, err, created)
		f.adviseOnSuccessor()
		return f
	case errors.Is(err, openai.ErrMethodNotAllowed), errors.Is(err, openai.ErrNotImplemented):
		return &failure{
			summary: summary, reason: sentence(err), hopeless: true,
			advice: "This server cannot delete files. Set deletion_policy to \"keep\" and apply, then destroy again.",
		}
	case errors.Is(err, openai.ErrConflict):
		return &failure{
			summary: summary, reason: sentence(err),
			advice: "The service refuses to delete the file for now. Run the same command again later.",
		}
	}
	return apiFailure(summary, err)
}

// expectContent refuses a content other than the expected one before anything is sent.
func expectContent(ctx context.Context, source fileSource, content *openFile, expected types.String) *failure {
	if expected.IsNull() {
		return nil
	}
	hash, err := content.sha256(ctx)
	if err != nil {
		return source.unreadable(err)
	}
	if hash != expected.ValueString() {
		return &failure{attribute: path.Root("content_sha256"), summary: notTheExpected, reason: source.differs(expected, hash), advice: "Nothing was sent. Restore the expected content, or set content_sha256 to the SHA-256 of the new one."}
	}
	return nil
}
