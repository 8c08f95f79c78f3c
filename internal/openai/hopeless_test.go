package openai_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

func TestHopeless(t *testing.T) {
	t.Parallel()
	const object, section = false, true
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errors.New("connection refused"))}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"none":                               {nil, false},
		"400":                                {openai.NewRefusal(400, "", section), false},
		"401":                                {openai.NewRefusal(401, "", object), true},
		"402":                                {openai.NewRefusal(402, "", object), true},
		"403":                                {openai.NewRefusal(403, "", object), true},
		"404 for one file":                   {openai.NewRefusal(404, "", object), false},
		"404 for all files":                  {openai.NewRefusal(404, "", section), true},
		"405 for one file":                   {openai.NewRefusal(405, "", object), false},
		"405 for all files":                  {openai.NewRefusal(405, "", section), true},
		"407":                                {openai.NewRefusal(407, "", object), true},
		"413":                                {openai.NewRefusal(413, "", section), false},
		"429":                                {openai.NewRefusal(429, "rate_limit_exceeded", section), false},
		"429, no credit":                     {openai.NewRefusal(429, "insufficient_quota", section), true},
		"500":                                {openai.NewRefusal(500, "", section), false},
		"501 for all files":                  {openai.NewRefusal(501, "", section), true},
		"503":                                {openai.NewRefusal(503, "", section), false},
		"redirect":                           {openai.NewRefusal(302, "", object), true},
		"not modified":                       {openai.NewRefusal(304, "", object), false},
		"wrapped":                            {fmt.Errorf("uploading a.txt: %w", openai.NewRefusal(401, "", section)), true},
		"no uploads in parts":                {fmt.Errorf("%w: %w", openai.ErrNoUploads, openai.NewRefusal(404, "", section)), false},
		"lost answer":                        {&openai.LostAnswerError{Err: io.ErrUnexpectedEOF}, false},
		"lost answer, and the list is 403":   {fmt.Errorf("%w; %w", &openai.LostAnswerError{Err: io.ErrUnexpectedEOF}, openai.NewRefusal(403, "", section)), false},
		"lost answer, which was a web page":  {&openai.LostAnswerError{Err: openai.ErrWebPage}, true},
		"web page":                           {fmt.Errorf("reading: %w", openai.ErrWebPage), true},
		"another unusable answer":            {openai.ErrAnswer, false},
		"unreadable content":                 {&openai.ContentError{Err: io.ErrUnexpectedEOF}, false},
		"reset":                              {&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, false},
		"stalled":                            {openai.ErrStalled, false},
		"nobody listens":                     {refused, true},
		"unknown host":                       {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, true},
		"proxy that does not listen":         {&net.OpError{Op: "proxyconnect", Err: refused}, true},
		"proxy that wants a password":        {openai.NewProxyError(407), true},
		"https to a server without TLS":      {http.ErrSchemeMismatch, true},
		"TLS alert":                          {&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, true},
		"certificate":                        {&tls.CertificateVerificationError{Err: errors.New("x509: expired")}, true},
		"HTTP/2 only":                        {openai.ErrHTTP2Only, true},
		"the run was interrupted":            {context.Canceled, true},
		"timeout":                            {context.DeadlineExceeded, true},
		"created elsewhere":                  {&openai.OtherPlaceError{ID: "file-1"}, true},
		"404, and the list is not answered":  {&openai.UnverifiedError{NotFound: io.EOF, List: io.EOF}, true},
		"several files could be the one":     {&openai.DuplicateError{Filename: "a.txt"}, false},
		"content longer than the caller has": {&openai.TooLongError{Limit: 1, Size: 2}, false},
	} {
		if got := openai.Hopeless(test.err); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}
