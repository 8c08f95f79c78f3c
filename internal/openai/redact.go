package openai

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// notShown replaces the text of a server about secret content.
const notShown = "what the server says is not shown, because it may repeat the content"

type secretContent struct{}

// WithSecretContent returns a context for requests whose content must not appear in messages: OpenAI quotes lines that it refuses.
func WithSecretContent(ctx context.Context) context.Context {
	return context.WithValue(ctx, secretContent{}, true)
}

func hasSecretContent(ctx context.Context) bool { return ctx.Value(secretContent{}) != nil }

// redactError hides the secrets of the configuration in the text of an error.
func (c *Client) redactError(err error) error {
	if message := err.Error(); c.secrets.Replace(message) != message {
		return &redactedError{err: err, message: c.secrets.Replace(message)}
	}
	return err
}

// redactedError is an error whose text held a secret.
type redactedError struct {
	err     error
	message string
}

func (e *redactedError) Error() string { return e.message }

func (e *redactedError) Unwrap() error { return e.err }

// redactFile hides in a file what a server may repeat of the configuration or of a secret content.
func (c *Client) redactFile(ctx context.Context, file *File) {
	file.StatusDetails = c.secrets.Replace(file.StatusDetails)
	if hasSecretContent(ctx) && file.StatusDetails != "" {
		file.StatusDetails = notShown
	}
}

// redactVectorStoreFile hides in an attached file what a server may repeat of the configuration.
func (c *Client) redactVectorStoreFile(file VectorStoreFile) VectorStoreFile {
	file.Error, file.ErrorCode, file.Word = c.secrets.Replace(file.Error), c.secrets.Replace(file.ErrorCode), c.secrets.Replace(file.Word)
	return file
}

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

// lowerEscapes writes %2B as %2b.
func lowerEscapes(s string) string { return percentEscape.ReplaceAllStringFunc(s, strings.ToLower) }

// redactor replaces all that is secret in a configuration, wherever a server repeats it, in every form that it may have.
func redactor(cfg Config, base *url.URL) *strings.Replacer {
	var secrets []string
	hide := func(secret string) {
		// Shorter values are no secrets, and would make messages unreadable.
		if len(secret) < 6 {
			return
		}
		inJSON, _ := json.Marshal(secret) // a text can be
		inQuery, inPath := url.QueryEscape(secret), url.PathEscape(secret)
		secrets = append(secrets, secret, strings.Trim(string(inJSON), `"`), strings.Trim(strconv.Quote(secret), `"`),
			inQuery, lowerEscapes(inQuery), inPath, lowerEscapes(inPath))
	}
	hide(cfg.APIKey)
	for _, values := range cfg.Header {
		for _, value := range values {
			hide(value)
			if _, credentials, ok := strings.Cut(value, " "); ok {
				hide(credentials)
			}
		}
	}
	if base.User != nil {
		password, ok := base.User.Password()
		if !ok {
			hide(base.User.Username()) // some services take a token there
		}
		hide(password)
		hide(base64.StdEncoding.EncodeToString([]byte(base.User.Username() + ":" + password)))
	}
	for name, values := range base.Query() {
		if name == "api-version" {
			continue
		}
		for _, value := range values {
			hide(value)
		}
	}
	// The longest first: one secret may be the beginning of another.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	pairs := make([]string, 0, 2*len(secrets))
	for _, secret := range slices.Compact(secrets) {
		pairs = append(pairs, secret, "[redacted]")
	}
	return strings.NewReplacer(pairs...)
}
