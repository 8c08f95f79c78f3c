package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// measureUpload compares an apply to curl: both send the same file to the same fake. Within one machine the file takes less than a
// second, so an apply is slower mostly because Terraform starts the provider four times. An apply of one byte shows that part. The
// fake parses and hashes what it receives. A second pair sends to a server that only reads, which shows the cost of the fake.
func measureUpload(ctx context.Context, b *bench) ([]result, error) {
	size := pick[int64](b, 512<<20, 64<<20)
	fake, err := b.startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	sink := startSink(size)
	defer sink.Close()
	large, err := b.oneFile(fake.url, size, "")
	if err != nil {
		return nil, err
	}
	small, err := b.oneFile(fake.url, 1, "")
	if err != nil {
		return nil, err
	}
	toSink, err := b.oneFile(sink.URL+"/v1", size, "")
	if err != nil {
		return nil, err
	}
	file := large.path("file.bin")
	if err := warm(ctx, large, toSink); err != nil {
		return nil, err
	}
	got, err := b.inTurns(ctx,
		ours("apply, "+binary(size), large.applyAnew),
		other("curl -F, "+binary(size), curl(file, fake.url)),
		other("apply, 1 byte", small.applyAnew),
		ours("apply to a sink", toSink.applyAnew),
		other("curl -F to a sink", curl(file, sink.URL+"/v1")),
		other("SHA-256 alone", hash(file)),
	)
	if err != nil {
		return nil, err
	}
	apply, viaCurl, floor, applyToSink, curlToSink, sum := got[0], got[1], got[2], got[3], got[4], got[5]
	return []result{{
		title:  "File of " + binary(size),
		series: []series{apply, viaCurl, floor},
		scores: []score{
			{ratio("apply ÷ curl", apply, viaCurl), target{atMost: 1.15}},
			{ratio("(apply − apply of 1 byte) ÷ curl", difference("", apply, floor), viaCurl), target{}},
		},
	}, {
		title:  "The same to a sink, and what the fake costs",
		series: []series{applyToSink, curlToSink, sum},
		scores: []score{
			{ratio("apply ÷ curl", applyToSink, curlToSink), target{}},
			{ratio("curl to the fake ÷ curl to the sink", viaCurl, curlToSink), target{}},
		},
	}}, nil
}

// measureLine compares an apply to curl as measureUpload does, over 1 Gbit/s, which is fast for a connection to a service.
func measureLine(ctx context.Context, b *bench) ([]result, error) {
	const bandwidth = 1e9 / 8 // bytes per second
	size := pick[int64](b, 512<<20, 64<<20)
	fake, err := b.startFake(ctx, "-bandwidth", strconv.Itoa(bandwidth))
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	w, err := b.oneFile(fake.url, size, "")
	if err != nil {
		return nil, err
	}
	if err := warm(ctx, w); err != nil {
		return nil, err
	}
	got, err := b.inTurns(ctx,
		ours("apply, "+binary(size), w.applyAnew),
		other("curl -F, "+binary(size), curl(w.path("file.bin"), fake.url)),
	)
	if err != nil {
		return nil, err
	}
	return []result{{
		title:  "File of " + binary(size) + " over 1 Gbit/s",
		series: got,
		scores: []score{{ratio("apply ÷ curl", got[0], got[1]), target{atMost: 1.10}}},
	}}, nil
}

// warm reads the files of workspaces into the cache, so that no measurement waits for the disk.
func warm(ctx context.Context, all ...*workspace) error {
	for _, w := range all {
		if _, err := hash(w.path("file.bin"))(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startSink starts a server that discards what it reads, and then reports a file of that size.
func startSink(size int64) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		onlyWriter := struct{ io.Writer }{io.Discard} // io.Discard itself reads in small pieces
		_, _ = io.CopyBuffer(onlyWriter, r.Body, make([]byte, 256<<10))
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet && r.URL.Path == "/v1/files" {
			_, _ = io.WriteString(w, `{"object":"list","data":[],"has_more":false}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"id":"file-sink","object":"file","bytes":%d,"created_at":1700000000,"filename":"file.bin","purpose":"user_data","status":"processed"}`, size)
	}))
}

func curl(file, url string) func(context.Context) (float64, error) {
	return timed(func(ctx context.Context) error {
		out, err := exec.CommandContext(ctx, "curl", "-q", "--fail-with-body", "-sS", "--noproxy", "*", "-H", "Authorization: Bearer "+openaitest.Key,
			"-F", "purpose=user_data", "-F", "file=@"+file, url+"/files").CombinedOutput()
		if err != nil {
			return fmt.Errorf("curl: %w\n%s", err, out)
		}
		return nil
	})
}

// hash measures SHA-256 of a file alone, in pieces of 1 MiB.
func hash(path string) func(context.Context) (float64, error) {
	return timed(func(context.Context) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		sum := sha256.New()
		onlyReader := struct{ io.Reader }{file}
		_, err = io.CopyBuffer(sum, onlyReader, make([]byte, 1<<20))
		return errors.Join(err, file.Close())
	})
}

// measureMemory uploads files of very different sizes, the largest in parts, and plans them again.
func measureMemory(ctx context.Context, b *bench) ([]result, error) {
	fake, err := b.startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	var all []measurement
	for _, size := range pick(b, []int64{1 << 20, 512 << 20, 4 << 30}, []int64{1 << 20, 64 << 20, 768 << 20}) {
		w, err := b.oneFile(fake.url, size, "")
		if err != nil {
			return nil, err
		}
		all = append(all, measurement{binary(size), mebibytes, func(ctx context.Context) (float64, error) {
			return w.peak(ctx, func(w *workspace) error {
				if _, err := w.applyAnew(ctx); err != nil {
					return err
				}
				_, err := w.planNothing(ctx)
				return err
			})
		}, true})
	}
	got, err := b.inTurns(ctx, all...)
	if err != nil {
		return nil, err
	}
	highest := got[0]
	for _, s := range got {
		highest = combine("the highest", mebibytes, highest, s, func(a, b float64) float64 { return max(a, b) })
	}
	return []result{{title: "Provider's peak memory, by size of the file", series: got, scores: []score{{highest, target{atMost: 64}}}}}, nil
}

// measurePlan compares the plan of an unchanged file to hashing it. A file of one byte shows the fixed cost of a plan.
func measurePlan(ctx context.Context, b *bench) ([]result, error) {
	size := pick[int64](b, 512<<20, 64<<20)
	fake, err := b.startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	large, err := b.oneFile(fake.url, size, "")
	if err != nil {
		return nil, err
	}
	small, err := b.oneFile(fake.url, 1, "")
	if err != nil {
		return nil, err
	}
	if err := warm(ctx, large); err != nil {
		return nil, err
	}
	for _, w := range []*workspace{large, small} {
		if _, err := w.apply(ctx); err != nil {
			return nil, err
		}
	}
	got, err := b.inTurns(ctx,
		ours("plan, "+binary(size), large.planNothing),
		other("plan, 1 byte", small.planNothing),
		other("SHA-256 alone", hash(large.path("file.bin"))),
	)
	if err != nil {
		return nil, err
	}
	plan, base, sum := got[0], got[1], got[2]
	own := difference("plan − plan of 1 byte − SHA-256", difference("", plan, base), sum)
	return []result{{title: "Plan of an unchanged file of " + binary(size), series: got, scores: []score{{own, target{atMost: 0.3}}}}}, nil
}

// measureParts sends a file over connections that are slow, like those to a distant service.
func measureParts(ctx context.Context, b *bench) ([]result, error) {
	const latency, bandwidth = 100 * time.Millisecond, 40 << 20
	size := pick[int64](b, 2<<30, 320<<20)
	server := openaitest.NewServer(openaitest.WithDiscard(), openaitest.WithLatency(latency), openaitest.WithBandwidth(bandwidth),
		openaitest.WithMaxFileSize(size)) // the service takes less in one request
	defer server.Close()
	whole, err := b.oneFile(server.URL, size, fmt.Sprintf("multipart_threshold = %d", size))
	if err != nil {
		return nil, err
	}
	parts, err := b.oneFile(server.URL, size, "multipart_threshold = 1048576")
	if err != nil {
		return nil, err
	}
	got, err := b.inTurns(ctx,
		other("apply, one stream", whole.applyAnew),
		ours("apply, parts", parts.applyAnew),
	)
	if err != nil {
		return nil, err
	}
	if inParts(server) != b.n {
		return nil, errors.New("the number of uploads in parts is not the number of repetitions")
	}
	return []result{{
		title:  fmt.Sprintf("%s with %s latency, %d MiB/s per connection", binary(size), latency, bandwidth>>20),
		series: got,
		scores: []score{{ratio("one stream ÷ parts", got[0], got[1]), target{atLeast: 4}}},
	}}, nil
}

func inParts(server *openaitest.Server) int {
	n := 0
	for _, request := range server.Requests() {
		if strings.HasSuffix(request.Path, "/complete") {
			n++
		}
	}
	return n
}
