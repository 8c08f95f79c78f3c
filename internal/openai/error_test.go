package openai_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
	"unicode/utf8"

	"github.com/openaifiles/terraform-provider-openai/internal/openai"
)

func TestError_message(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"object":              {`{"error":{"message":"No such File object: file-1","type":"invalid_request_error","param":"id","code":null}}`, "No such File object: file-1"},
		"text":                {`{"error":"model not loaded"}`, "model not loaded"},
		"no message in error": {`{"error":{"code":"x"}}`, `{"code":"x"}`},
		"null error":          {`{"error":null,"message":"gone"}`, "gone"},
		"message":             {`{"object":"error","message":"Invalid purpose.","type":"BadRequestError","code":400}`, "Invalid purpose."},
		"detail text":         {`{"detail":"Not Found"}`, "Not Found"},
		"detail object":       {`{"detail":{"message":"Key expired","code":7}}`, "Key expired"},
		// FastAPI's HTTPValidationError
		"detail list":   {`{"detail":[{"loc":["body","file"],"msg":"Field required","type":"missing"}]}`, `[{"loc":["body","file"],"msg":"Field required","type":"missing"}]`},
		"empty object":  {`{}`, "Bad Request"},
		"null":          {`null`, "Bad Request"},
		"array":         {`["no"]`, `["no"]`},
		"plain text":    {"upstream connect error or disconnect/reset before headers\n", "upstream connect error or disconnect/reset before headers"},
		"empty":         {"", "Bad Request"},
		"only spaces":   {" \r\n ", "Bad Request"},
		"titled HTML":   {"\n<!DOCTYPE html><html><head><TITLE lang=en>502 Bad\nGateway &amp; more</TITLE></head><body>x</body></html>", "a web page titled “502 Bad Gateway & more” instead of JSON"},
		"untitled HTML": {"<html><body><h1>Access denied</h1><p>Ask&nbsp;IT</p></body></html>", "a web page instead of JSON: Access denied Ask IT"},
		"cut JSON":      {`{"error":{"mess`, `{"error":{"mess`},
		"invalid UTF-8": {"caf\xe9 is closed", "caf\uFFFD is closed"},
		"control":       {"a\x1b[31mred\x00b\u0085c\u2028d\u200be\tf\r\ng", "a [31mred b c d e f g"},
		"line breaks":   {`{"error":{"message":"one\ntwo\r\n\r\n  three"}}`, "one two three"},
		"long":          {strings.Repeat("ü", 600), strings.Repeat("ü", 500) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(http.StatusBadRequest, nil, test.body))
				_, err := client.RetrieveFile(t.Context(), "file-1")
				if got := refusal(t, err).Message; got != test.want {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
			})
		})
	}
}

func TestError_fields(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body, kind, code, param string
	}{
		"texts":      {`{"error":{"message":"m","type":"invalid_request_error","param":"purpose","code":"bad_purpose"}}`, "invalid_request_error", "bad_purpose", "purpose"},
		"nulls":      {`{"error":{"message":"m","type":null,"param":null,"code":null}}`, "", "", ""},
		"number":     {`{"error":{"message":"m","code":40401}}`, "", "40401", ""},
		"next to it": {`{"message":"m","type":"BadRequestError","param":null,"code":400}`, "BadRequestError", "400", ""},
		"list":       {`{"error":{"message":"m","param":["body","file"]}}`, "", "", `["body","file"]`},
		"not JSON":   {`nope`, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(http.StatusBadRequest, nil, test.body))
				_, err := client.RetrieveFile(t.Context(), "file-1")
				got := refusal(t, err)
				if got.Type != test.kind || got.Code != test.code || got.Param != test.param {
					t.Errorf("type %q, code %q, param %q", got.Type, got.Code, got.Param)
				}
			})
		})
	}
}

func TestError_is(t *testing.T) {
	t.Parallel()
	all := map[int]error{
		401: openai.ErrUnauthorized,
		403: openai.ErrForbidden,
		404: openai.ErrNotFound,
		405: openai.ErrMethodNotAllowed,
		409: openai.ErrConflict,
		413: openai.ErrTooLarge,
		429: openai.ErrRateLimited,
		501: openai.ErrNotImplemented,
	}
	for status, want := range all {
		t.Run(want.Error(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(status, nil, "no"))
				_, err := client.RetrieveFile(t.Context(), "file-1")
				for other, target := range all {
					if errors.Is(err, target) != (other == status) {
						t.Errorf("HTTP %d: errors.Is %v: %t", status, target, other != status)
					}
				}
				if got := refusal(t, err).StatusCode; got != status {
					t.Errorf("status %d", got)
				}
			})
		})
	}
}

func TestError_text(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		header map[string]string
		want   string
	}{
		"no id":          {400, nil, "reading file file-1: no (HTTP 400 from GET http://api.test/v1/files/file-1)"},
		"id":             {400, map[string]string{"X-Request-Id": "req_7f"}, "reading file file-1: no (HTTP 400 from GET http://api.test/v1/files/file-1, request req_7f)"},
		"id of Azure":    {400, map[string]string{"Apim-Request-Id": "5b1c"}, "reading file file-1: no (HTTP 400 from GET http://api.test/v1/files/file-1, request 5b1c)"},
		"two ids":        {400, map[string]string{"X-Request-Id": "req_7f", "Apim-Request-Id": "5b1c"}, "reading file file-1: no (HTTP 400 from GET http://api.test/v1/files/file-1, request req_7f)"},
		"unknown status": {499, nil, "reading file file-1: no (HTTP 499 from GET http://api.test/v1/files/file-1)"},
		"long wait":      {429, map[string]string{"Retry-After": "7200"}, "reading file file-1: no (HTTP 429 from GET http://api.test/v1/files/file-1); the server asks to try again after 2h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{}, answers(test.status, test.header, "no"))
				if _, err := client.RetrieveFile(t.Context(), "file-1"); err == nil || err.Error() != test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
			})
		})
	}
}

func TestError_endlessBodyIsCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wrote := make(chan int64)
		client := connect(t, openai.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			n, _ := io.Copy(w, io.LimitReader(endless{}, 10<<20))
			wrote <- n
		}))
		_, err := client.RetrieveFile(t.Context(), "file-1")
		if message := refusal(t, err).Message; utf8.RuneCountInString(message) != 501 {
			t.Errorf("a message of %d characters", utf8.RuneCountInString(message))
		}
		if n := <-wrote; n > 1<<20 {
			t.Errorf("%d bytes of a refusal were taken", n)
		}
	})
}

// echo answers with all that a request tells about itself, as debugging proxies do.
func echo(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusBadRequest)
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	_, _ = fmt.Fprintf(w, "%s %v", query, r.Header)
}

func TestError_secretsAreRedacted(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-secret"
	for name, test := range map[string]struct {
		cfg openai.Config
		// what the answer may not hold, and what it still holds
		hidden, shown string
	}{
		"key":           {openai.Config{APIKey: secret}, secret, "Bearer [redacted]"},
		"header":        {openai.Config{Header: http.Header{"Api-Key": {secret}}}, secret, "Api-Key:[[redacted]]"},
		"token":         {openai.Config{Header: http.Header{"authorization": {"Token " + secret}}}, secret, "Authorization:[[redacted]]"},
		"user alone":    {openai.Config{BaseURL: "http://" + secret + "@api.test/v1", Header: http.Header{"Authorization": nil}}, secret, "Basic [redacted]"},
		"query":         {openai.Config{BaseURL: "http://api.test/v1?sig=hunter2%2Dsecret"}, secret, "sig=[redacted]"},
		"version":       {openai.Config{BaseURL: "http://api.test/v1?api-version=2024-10-21"}, secret, "api-version=2024-10-21"},
		"short":         {openai.Config{Header: http.Header{"X-Short": {"v2"}}}, secret, "X-Short:[v2]"},
		"another key":   {openai.Config{APIKey: "other-than-" + secret}, "other-than-", "Bearer [redacted]"},
		"organization":  {openai.Config{Organization: "org-123456"}, secret, "org-123456"},
		"echoed by 200": {openai.Config{APIKey: secret}, secret, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := connect(t, test.cfg, http.HandlerFunc(echo)).RetrieveFile(t.Context(), "file-1")
				if err == nil || strings.Contains(err.Error(), test.hidden) || !strings.Contains(err.Error(), test.shown) {
					t.Error(err)
				}
			})
		})
	}
}

// A server repeats the key in the reason why it could not process a file.
func TestRetrieveFile_secretsInStatusDetailsAreRedacted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const key = "sk-planted-4711"
		client := connect(t, openai.Config{APIKey: key}, answers(http.StatusOK, nil, `{"id":"file-1","status":"error","status_details":"Wrong key `+key+`"}`))
		file, err := client.RetrieveFile(t.Context(), "file-1")
		if want := "Wrong key [redacted]"; err != nil || file.StatusDetails != want {
			t.Errorf("got %q and %v, want %q", file.StatusDetails, err, want)
		}
	})
}

// A server may repeat a secret anywhere, and in another form.
func TestError_secretsInOtherPlacesAndForms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		client := connect(t, openai.Config{
			APIKey: "sk-4711-4711",
			Header: http.Header{"X-Token": {"hunter2/a+b"}},
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}, answers(http.StatusBadRequest, map[string]string{"X-Request-Id": "req-sk-4711-4711"}, "hunter2%2fa%2bb and hunter2/a+b and sk-4711-4711"))
		_, err := client.RetrieveFile(t.Context(), "file-1")
		for _, said := range []string{err.Error(), log.String()} {
			if strings.Contains(said, "hunter2") || strings.Contains(said, "4711") || !strings.Contains(said, "[redacted]") {
				t.Error(said)
			}
		}
	})
}

func TestError_passwordOfTheBaseURLIsRedacted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{BaseURL: "http://user:hunter2-secret@api.test/v1"},
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "no access for user:hunter2-secret", http.StatusForbidden)
			}))
		_, err := client.RetrieveFile(t.Context(), "file-1")
		if got := refusal(t, err).Message; got != "no access for user:[redacted]" {
			t.Errorf("got %q", got)
		}
	})
}

func TestError_secretInTypeCodeAndParamIsRedacted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{APIKey: "hunter2-secret"}, answers(http.StatusUnauthorized, nil,
			`{"error":{"message":"m","type":"hunter2-secret","code":"x hunter2-secret","param":"hunter2-secret"}}`))
		_, err := client.RetrieveFile(t.Context(), "file-1")
		if got := refusal(t, err); got.Type != "[redacted]" || got.Code != "x [redacted]" || got.Param != "[redacted]" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestError_secretInAnAcceptedAnswerIsRedacted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, openai.Config{APIKey: "hunter2-secret"}, answers(http.StatusOK, nil, "Bearer hunter2-secret"))
		_, err := client.RetrieveFile(t.Context(), "file-1")
		if !errors.Is(err, openai.ErrAnswer) || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "HTTP 200 with Bearer [redacted]") {
			t.Error(err)
		}
	})
}

// Messages are cut at 500 characters; half of a secret is still a secret.
func TestError_secretAtTheCutIsRedacted(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusOK} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, openai.Config{APIKey: "hunter2-secret"}, answers(status, nil, strings.Repeat("x", 490)+"hunter2-secret"))
				_, err := client.RetrieveFile(t.Context(), "file-1")
				if err == nil || strings.Contains(err.Error(), "hunter2") {
					t.Error(err)
				}
			})
		})
	}
}

// What travels is the encoded form, and that is what a server repeats.
func TestError_encodedSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cfg          openai.Config
		body, hidden string
	}{
		// printf 'user:hunter2-secret' | base64
		"Basic": {openai.Config{BaseURL: "http://user:hunter2-secret@api.test/v1", Header: http.Header{"Authorization": nil}}, "bad header Basic dXNlcjpodW50ZXIyLXNlY3JldA==", "dXNlcjpodW50ZXIyLXNlY3JldA=="},
		"query": {openai.Config{BaseURL: "http://api.test/v1?sig=hunter2%2Fsecret%3D"}, "no access to /v1/files?sig=hunter2%2Fsecret%3D", "hunter2"},
		// FastAPI repeats the input in its list of details.
		"JSON": {openai.Config{APIKey: "hunter2<&>secret"}, `{"detail":[{"input":"hunter2<&>secret"}]}`, "hunter2"},
		// One secret is the beginning of another.
		"prefix": {openai.Config{APIKey: "secret", Header: http.Header{"X-Key": {"secret-hunter2"}}}, "no access for secret-hunter2", "hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := connect(t, test.cfg, answers(http.StatusBadRequest, nil, test.body))
				_, err := client.RetrieveFile(t.Context(), "file-1")
				if err == nil || strings.Contains(err.Error(), test.hidden) {
					t.Error(err)
				}
			})
		})
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		"", "null", "[]", `{"error":{"message":"m","code":1e400}}`, `{"error":{"message":{"message":{"message":"m"}}}}`,
		`{"error":"` + "\x00" + `"}`, "<html><title>", "<title></title>", "<", "\xff\xfe", "hunter2-secret", `{"error":"hunter2-\u0073ecret"}`,
	} {
		f.Add(body)
	}
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, body)
	}))
	f.Cleanup(server.Close)
	client, err := openai.NewClient(openai.Config{BaseURL: server.URL, APIKey: "hunter2-secret"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.CloseIdleConnections)

	f.Fuzz(func(t *testing.T, text string) {
		body = text
		_, err := client.RetrieveFile(t.Context(), "file-1")
		message := refusal(t, err).Message
		switch {
		case message == "", message != strings.TrimSpace(message), utf8.RuneCountInString(message) > 600:
			t.Errorf("message %q", message)
		case !utf8.ValidString(message), strings.ContainsFunc(message, func(r rune) bool { return !unicode.IsPrint(r) }):
			t.Errorf("message %q is not one printable line", message)
		case strings.Contains(message, "hunter2-secret"):
			t.Errorf("message %q holds the key", message)
		}
	})
}
