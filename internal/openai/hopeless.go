package openai

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
)

// Hopeless reports whether every other request would fail in the same way as the one that failed with err, so that no more of them
// should be sent: the service or a proxy refuses the key, there is no credit, the address is not that of the API, or nothing
// answers there. An upload whose response was lost says nothing about others, and neither does a file that cannot be read.
func Hopeless(err error) bool {
	if errors.Is(err, ErrWebPage) {
		return true
	}
	if _, lost := errors.AsType[*LostAnswerError](err); lost || errors.Is(err, ErrNoUploads) {
		return false
	}
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.hopeless()
	}
	_, unverified := errors.AsType[*UnverifiedError](err)
	_, otherPlace := errors.AsType[*OtherPlaceError](err)
	_, proxy := errors.AsType[*proxyError](err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case unverified, otherPlace, proxy, isCertificate,
		errors.Is(err, http.ErrSchemeMismatch), errors.Is(err, errHTTP2Only),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	// What comes back from the other side during a TLS handshake is an alert.
	return isNetwork && (network.Op == "dial" || network.Op == "proxyconnect" || network.Op == "remote error")
}

func (e *Error) hopeless() bool {
	switch e.StatusCode {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusProxyAuthRequired,
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return errors.Is(e, ErrNoAPI) || errors.Is(e, ErrQuotaExceeded)
}
