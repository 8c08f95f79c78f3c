package jsonl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openaifiles/terraform-provider-openai/internal/jsonl"
)

// Other servers have other limits and endpoints. A warning that holds for OpenAI alone is not given there.
func TestCheck_servers(t *testing.T) {
	chats := strings.Repeat(goodChat+"\n", 10)
	azure := strings.Replace(goodRequest, "/v1/responses", "/chat/completions", 1)
	requests := func(n int) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, `{"custom_id":"%d","method":"POST","url":"/v1/responses","body":{"model":"m"}}`+"\n", i)
		}
		return all.String()
	}
	inputs := `{"custom_id":"1","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":["a"` + strings.Repeat(`,"a"`, 50_000) + `]}}`
	for _, test := range []struct{ name, purpose, filename, content, openAI, other string }{
		{
			"byte order mark in fine-tune", "fine-tune", "a.jsonl", "\ufeff" + chats,
			"error 1: starts with a byte order mark; save the file as UTF-8 without one\n",
			"warning 1: starts with a byte order mark, which Azure OpenAI requires and OpenAI rejects\n",
		},
		{
			"byte order mark in a batch", "batch", "a.jsonl", "\ufeff" + goodRequest,
			"warning 1: starts with a byte order mark, which the job may reject; save the file as UTF-8 without one\n",
			"warning 1: starts with a byte order mark, which the job may reject; save the file as UTF-8 without one\n",
		},
		{"endpoint of Azure", "batch", "a.jsonl", azure, "warning 1: url is \"/chat/completions\", which is not an endpoint that batches of OpenAI can call\n", ""},
		{"endpoint of Azure without a model", "batch", "a.jsonl", strings.Replace(azure, `"model":"gpt-5-mini"`, "", 1), "warning 1: url is \"/chat/completions\", which is not an endpoint that batches of OpenAI can call\nwarning 1: body.model is missing\n", "warning 1: body.model is missing\n"},
		{"50,001 requests", "batch", "a.jsonl", requests(50_001), "warning 0: 50001 requests, but a batch may have at most 50000\n", ""},
		{"100,000 requests", "batch", "a.jsonl", requests(100_000), "warning 0: 100000 requests, but a batch may have at most 50000\n", ""},
		{"100,001 requests", "batch", "a.jsonl", requests(100_001), "warning 0: 100001 requests, but a batch may have at most 50000\n", "warning 0: 100001 requests, but a batch may have at most 100000\n"},
		{"50,001 inputs", "batch", "a.jsonl", inputs, "warning 0: 50001 inputs to embed, but a batch may have at most 50000\n", "warning 0: 50001 inputs to embed, but a batch may have at most 50000\n"},
		{"batch in a text file", "batch", "a.txt", goodRequest, "warning 0: the filename \"a.txt\" does not end in .jsonl\n", "warning 0: the filename \"a.txt\" does not end in .jsonl\n"},
		{"50,001 of reinforcement", "fine-tune", "a.jsonl", strings.Repeat(goodReinforcement+"\n", 50_001), "", "warning 0: 50001 examples, but reinforcement on Azure OpenAI accepts at most 50000\n"},
		{"array", "fine-tune", "a.jsonl", chats + "[]", "error 11: an array, not an object\n", "error 11: an array, not an object\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for server, want := range map[jsonl.Server]string{jsonl.OpenAI: test.openAI, jsonl.OtherServer: test.other} {
				c := jsonl.NewChecker(test.purpose, test.filename, jsonl.For(server))
				write(t, c, test.content)
				got := ""
				for _, fault := range c.Report().Faults {
					got += describeFault(fault) + "\n"
				}
				if got != want {
					t.Errorf("server %d: got:\n%s\nwant:\n%s", server, got, want)
				}
			}
		})
	}
	big := jsonl.NewChecker("batch", "a.jsonl", jsonl.For(jsonl.OtherServer))
	for range 201 {
		write(t, big, strings.Repeat(" ", 1<<20))
	}
	if report := big.Report(); report.Errors > 0 || report.Faults[0].Message != "210763776 bytes, but a batch may have at most 200 MB" {
		t.Errorf("201 MiB: got:\n%s\nwant a warning", describe(report))
	}
}
