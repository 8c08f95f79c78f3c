package provider_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// The matrix: every operation of the service meets every fault. After each cell one apply without faults brings everything in
// line, and the service holds what the state says: no orphan, nothing missing, nothing twice, and the declared bytes.
//
// FAULT_MATRIX=all runs each fault in all patterns; otherwise each meets its operation in one of two, by turns.

// faultRow is a fault, and what is to be expected of it wherever it happens.
type faultRow struct {
	name  string
	fault openaitest.Fault

	holds  bool                                                     // the request is held until the run has ended: timeouts end it
	dated  bool                                                     // Retry-After is a date
	front  func(*testing.T, *openaitest.Server, *faultCell) *faulty // breaks connections; nil: the fault is injected
	always bool                                                     // makes sense only as a fault that stays
	atOnce bool                                                     // makes sense only from the first request on

	// passes says that one such fault is overcome without an error.
	passes bool
	// committed says that the service has done the operation, though the answer does not tell its result.
	committed bool
}

var faultRows = []faultRow{
	{name: "connection refused", front: refusing, always: true},
	{name: "certificate not trusted", front: untrusted, always: true, atOnce: true},
	{name: "reset before the body", fault: openaitest.Fault{CutRequestAfter: -1}, passes: true},
	{name: "reset during the body", fault: openaitest.Fault{CutRequestAfter: 20}, passes: true},
	{name: "reset after the body", fault: openaitest.Fault{CutRequestAfter: 1 << 30}, passes: true},
	{name: "stall before the body", fault: openaitest.Fault{StallBody: true}, holds: true},
	{name: "stall before the answer", holds: true},
	{name: "stall after the work", fault: openaitest.Fault{AfterBody: true}, holds: true, committed: true},
	{name: "400", fault: refusal(400)},
	{name: "401", fault: refusal(401)},
	{name: "403", fault: refusal(403)},
	{name: "404", fault: refusal(404)},
	{name: "408", fault: soon(refusal(408)), passes: true},
	{name: "409", fault: soon(refusal(409)), passes: true},
	{name: "413", fault: refusal(413)},
	{name: "429 for a second", fault: after("Retry-After", "1"), passes: true},
	{name: "429 until a date", fault: refusal(429), dated: true, passes: true},
	{name: "429 for milliseconds", fault: after("Retry-After-Ms", "7"), passes: true},
	{name: "429 for a year", fault: after("Retry-After", "31536000")},
	{name: "429 for an absurd time", fault: after("Retry-After", "1e300")},
	{name: "500", fault: soon(refusal(500)), passes: true},
	{name: "502 with HTML", fault: soon(page(502)), passes: true},
	{name: "503", fault: soon(openaitest.Fault{Status: 503, Body: "overloaded"}), passes: true},
	{name: "504", fault: soon(page(504)), passes: true},
	{name: "504 after the work", fault: soon(openaitest.Fault{LoseAnswer: true, Status: 504, Body: "<html></html>"}), passes: true, committed: true},
	{name: "200 with HTML", fault: openaitest.Fault{AfterBody: true, Body: "<html><title>Log in</title></html>"}, passes: true},
	{name: "200 with half of JSON", fault: openaitest.Fault{AfterBody: true, Body: `{"id":"file-abc","obj`}, passes: true},
	{name: "200 and nothing", fault: openaitest.Fault{AfterBody: true, Status: 200}, passes: true},
	{name: "200 with HTML after the work", fault: openaitest.Fault{LoseAnswer: true, Status: 200, Body: "<html></html>"}, passes: true, committed: true},
	{name: "half of the answer", fault: openaitest.Fault{TruncateAnswer: 15}, passes: true, committed: true},
	{name: "answer without id", fault: openaitest.Fault{Mutate: withoutID}, committed: true},
	{name: "answer with other bytes", fault: openaitest.Fault{Mutate: otherBytes}},
	{name: "answer lost", fault: openaitest.Fault{LoseAnswer: true}, passes: true, committed: true},
	{name: "answer drips", fault: openaitest.Fault{DripAnswer: 500 * time.Microsecond}, passes: true},
}

func refusal(status int) openaitest.Fault {
	return openaitest.Fault{
		Status: status, AfterBody: status == 408 || status >= 500,
		Body: `{"error":{"message":"Refused by the test.","type":"invalid_request_error","param":null,"code":null}}`,
	}
}

func page(status int) openaitest.Fault {
	return openaitest.Fault{Status: status, AfterBody: true, Body: "<html><head><title>Bad gateway</title></head><body>no</body></html>"}
}

// after is a 429 that says how long to wait.
func after(header, value string) openaitest.Fault {
	fault := refusal(429)
	fault.Header = http.Header{header: {value}}
	return fault
}

// soon asks the client not to wait long, to save time.
func soon(fault openaitest.Fault) openaitest.Fault {
	fault.Header = http.Header{"Retry-After-Ms": {"5"}}
	return fault
}

// eachFile calls change with every File object of an answer.
func eachFile(answer map[string]any, change func(map[string]any)) map[string]any {
	change(answer)
	if file, ok := answer["file"].(map[string]any); ok {
		change(file)
	}
	list, _ := answer["data"].([]any)
	for _, file := range list {
		if file, ok := file.(map[string]any); ok {
			change(file)
		}
	}
	return answer
}

func withoutID(answer map[string]any) map[string]any {
	return eachFile(answer, func(file map[string]any) { delete(file, "id") })
}

func otherBytes(answer map[string]any) map[string]any {
	return eachFile(answer, func(file map[string]any) {
		if bytes, ok := file["bytes"].(float64); ok {
			file["bytes"] = bytes + 1
		}
	})
}

// unknowable says why a cell may leave something behind that nobody can know of.
type unknowable struct {
	reason string
	says   string // what the user is told; empty: nothing, because nothing is known at all
}

// faultOperation is an operation of the service on its way to a result, and where the fault hits it.
type faultOperation struct {
	name         string
	method, path string
	match        func(*http.Request) bool
	files        int // how many are declared; 0 means 3

	options   []openaitest.Option
	timeouts  []string                          // what bounds it
	parts     bool                              // uploads go in parts
	purpose   string                            // empty means user_data
	imports   bool                              // files that exist already are imported
	destroys  bool                              // the run with faults is a destroy
	prepare   func(*testing.T, *faultCell)      // before the run with faults
	also      []openaitest.Fault                // what leads to the operation
	otherwise func(faultRow) (bool, unknowable) // what this fault may leave behind here; nil: nothing
	uploads   func(faultRow) bool               // whether an Upload may stay pending; nil: never
	not       []string                          // faults that mean nothing here, or are lies that nobody could see through
	fails     bool                              // the run fails in any case
}

var faultOperations = []faultOperation{
	{name: "create", method: "POST", path: "/files", timeouts: []string{"create"}},
	{name: "replace", method: "POST", path: "/files", timeouts: []string{"create", "update"}, prepare: edited},
	{
		name: "retrieve", method: "GET", path: "/files/*", timeouts: []string{"read"}, prepare: edited,
		otherwise: func(row faultRow) (bool, unknowable) {
			return row.name == "404", unknowable{"the service says that a file is gone which is not", `The service does not know`}
		},
		not: []string{"answer without id"},
	},
	{
		name: "search", method: "GET", path: "/files", timeouts: []string{"create"}, match: laterPage,
		options: []openaitest.Option{openaitest.WithPageSize(1)}, prepare: crowded,
		also: []openaitest.Fault{{Method: "POST", Path: "/files", LoseAnswer: true, Times: -1}},
		otherwise: func(faultRow) (bool, unknowable) {
			return true, unknowable{"the list is the only way to learn of a file whose answer was lost", mayExist}
		},
		not: []string{"answer with other bytes", "answer drips"}, // a list that lies; pages that are too long for the time there is
	},
	{
		name: "lookup", method: "GET", path: "/files", timeouts: []string{"read"}, match: laterPage, files: 8,
		options: []openaitest.Option{openaitest.WithPageSize(3)}, prepare: edited,
		not: []string{"answer drips"}, // pages that are too long
	},
	{name: "download", method: "GET", path: "/files/*/content", imports: true, purpose: "vision", not: []string{"answer without id", "answer with other bytes"}},
	{
		name: "delete", method: "DELETE", path: "/files/*", timeouts: []string{"delete", "update"}, prepare: edited, otherwise: deniedFile,
		not: []string{"200 and nothing", "answer with other bytes"},
	},
	{
		name: "destroy", method: "DELETE", path: "/files/*", timeouts: []string{"delete"}, prepare: applied, destroys: true, otherwise: deniedFile,
		not: []string{"200 and nothing", "answer with other bytes"},
	},
	{
		name: "upload create", method: "POST", path: "/uploads", timeouts: []string{"create"}, parts: true,
		uploads: func(row faultRow) bool { return row.committed }, // its id is not known, and there is no list of Uploads
	},
	{name: "upload part", method: "POST", path: "/uploads/*/parts", timeouts: []string{"create"}, parts: true, not: []string{"answer with other bytes"}},
	{name: "upload complete", method: "POST", path: "/uploads/*/complete", timeouts: []string{"create"}, parts: true},
	{
		name: "upload cancel", method: "POST", path: "/uploads/*/cancel", timeouts: []string{"create"}, parts: true, fails: true,
		uploads: func(faultRow) bool { return true },
		also:    []openaitest.Fault{{Method: "POST", Path: "/uploads/*/parts", Status: 400, Times: -1, Body: "no"}},
		not:     []string{"answer with other bytes"},
	},
}

// mayExist is what the user is told of an upload whose fate is not known.
const mayExist = `the file may exist all the same|look for it with the data source openai_files`

func laterPage(r *http.Request) bool { return r.URL.Query().Has("after") }

// deniedFile is a file that the service denies to have.
func deniedFile(row faultRow) (bool, unknowable) {
	return row.name == "404", unknowable{reason: "the service says that the file is deleted already"}
}

func applied(t *testing.T, c *faultCell) {
	t.Helper()
	c.tf.mustApply(t)
}

// edited applies, and then edits all files.
func edited(t *testing.T, c *faultCell) {
	t.Helper()
	applied(t, c)
	for i := range c.tf.paths {
		c.tf.edit(t, i, fmt.Sprintf("version 2 of file %d\n", i))
	}
}

// crowded puts files of others into the list, as new as what is to be uploaded.
func crowded(_ *testing.T, c *faultCell) {
	c.past.Store(false)
	for i := range 3 {
		c.foreign = append(c.foreign, c.tf.fake.AddFile(fmt.Sprintf("foreign%d.txt", i), "user_data", []byte("foreign")).ID)
	}
}

// faultPattern says which requests a fault hits.
type faultPattern struct {
	name        string
	skip, times int
	usual       int // in every run of the tests half of the cells have 1, the others 2; 0: only when all are asked for
}

var faultPatterns = []faultPattern{
	{"once", 0, 1, 0},
	{"always", 0, -1, 1},
	{"after two once", 2, 1, 2},
	{"after two always", 2, -1, 0},
}

type faultKind struct {
	name string
	set  bool
	cbd  bool     // create_before_destroy
	only []string // operations; empty: all
}

// faultKinds are the resources and how they are replaced.
var faultKinds = []faultKind{
	{name: "openai_file"},
	{name: "openai_file_set", set: true},
	{name: "openai_file create_before_destroy", cbd: true, only: []string{"replace", "delete"}},
}

func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	if live() {
		t.Skip("needs the fake")
	}
	every := os.Getenv("FAULT_MATRIX") == "all"
	var quick, timed []*faultCell
	for i, operation := range faultOperations {
		for j, row := range faultRows {
			for k, kind := range faultKinds {
				if slices.Contains(operation.not, row.name) || (len(kind.only) > 0 && !slices.Contains(kind.only, operation.name)) || operation.imports && kind.set {
					continue
				}
				for _, pattern := range faultPatterns {
					cell := &faultCell{operation: operation, row: row, pattern: pattern, kind: kind}
					switch {
					case row.always && pattern.times > 0, row.atOnce && pattern.skip > 0:
					case !every && pattern.usual != 1+(i+j+k)%2 && !row.always:
					case row.holds:
						timed = append(timed, cell)
					default:
						quick = append(quick, cell)
					}
				}
			}
		}
	}
	t.Logf("%d cells", len(quick)+len(timed))
	// Most of a cell is waiting. Those with timeouts want to find the machine less busy.
	runCells(t, quick, 40)
	runCells(t, timed, 16)
}

func runCells(t *testing.T, cells []*faultCell, most int) {
	t.Helper()
	slots := make(chan struct{}, most)
	var group sync.WaitGroup
	for _, cell := range cells {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			t.Run(strings.Join([]string{cell.operation.name, cell.row.name, cell.pattern.name, cell.kind.name}, "/"), cell.run)
		})
	}
	group.Wait()
}

// faultCell is one operation that meets one fault.
type faultCell struct {
	operation faultOperation
	row       faultRow
	pattern   faultPattern
	kind      faultKind

	tf      *core
	foreign []string // ids of files that are not declared and have to stay
	past    atomic.Bool
}

// now is the time of the service. What was prepared was made an hour ago.
func (c *faultCell) now() time.Time {
	if c.past.Load() {
		return time.Now().Add(-time.Hour)
	}
	return time.Now()
}

func (c *faultCell) run(t *testing.T) {
	fake := newFake(t, slices.Concat(c.operation.options, []openaitest.Option{openaitest.WithClock(c.now)})...)
	c.tf = newCore(t, fake, c.kind.set)
	c.tf.cbd, c.tf.purpose = c.kind.cbd, cmp.Or(c.operation.purpose, "user_data")
	var limits []string // what ends the operation with the fault
	if c.row.holds || c.row.name == "409" && c.operation.method == http.MethodDelete {
		limits = c.operation.timeouts
	}
	// Those of read and delete count as they are in the state; the others must not end what comes before.
	c.tf.timeouts = slices.DeleteFunc(slices.Clone(limits), func(name string) bool { return name != "read" && name != "delete" })
	if c.operation.parts {
		c.tf.threshold = 1
	}
	for i := range cmp.Or(c.operation.files, 3) {
		c.tf.declare(t, fmt.Sprintf("%d.txt", i), fmt.Sprintf("version 1 of file %d\n", i))
	}
	if c.operation.prepare != nil {
		c.past.Store(true)
		c.operation.prepare(t, c)
		c.past.Store(false)
	}
	c.tf.timeouts = limits

	out := c.tf.faulted(t, c)
	report := func() { t.Logf("the run with faults said:\n%s", out) }
	defer func() {
		if t.Failed() {
			report()
		}
	}()
	once := c.pattern.times == 1
	if c.row.passes && once && !c.operation.fails && out.failed() {
		t.Error("one such fault has to be overcome")
	}
	unknown := c.unknown(t, out)
	if !out.failed() && !c.operation.destroys && !c.operation.imports {
		c.tf.expectAgreement(t, unknown)
	}
	if c.row.front == nil && (c.operation.uploads == nil || !c.operation.uploads(c.row)) {
		if open := fake.OpenUploads(); len(open) > 0 {
			t.Errorf("Uploads are left pending: %s", open)
		}
	}

	if c.operation.imports && len(c.tf.current) < len(c.tf.paths) {
		c.tf.importAll(t.Context(), fake.URL).mustSucceed(t, "import")
	}
	if !c.operation.destroys {
		c.tf.timeouts = nil
		c.tf.mustApply(t)
		c.tf.expectAgreement(t, unknown)
		c.tf.expectNoChanges(t)
	}
	c.tf.mustDestroy(t)
	c.tf.expectOnly(t, unknown)
}

// unknown returns the files that the service has and the state does not, after a run with faults. It fails the test unless it
// is clear why, and the user was told.
func (c *faultCell) unknown(t *testing.T, out *outcome) []string {
	t.Helper()
	unknown := slices.Clone(c.foreign)
	claimed := c.tf.claims()
	for _, file := range c.tf.fake.Files() {
		if _, ok := claimed[file.ID]; ok || slices.Contains(c.foreign, file.ID) || slices.Contains(c.tf.imported, file.ID) {
			continue
		}
		var may bool
		var why unknowable
		if c.row.holds && c.row.committed {
			may, why = true, unknowable{"the time was over before the list was read", mayExist}
		}
		if c.operation.otherwise != nil && !may {
			may, why = c.operation.otherwise(c.row)
		}
		switch {
		case !may:
			t.Errorf("%s (%s) is at the service and not in the state", file.ID, file.Filename)
		case why.says != "" && !regexp.MustCompile(why.says).MatchString(out.String()):
			t.Errorf("%s is not in the state, because %s, and the user is not told", file.ID, why.reason)
		}
		unknown = append(unknown, file.ID)
	}
	return unknown
}

// faulted does the operation with the fault.
func (tf *core) faulted(t *testing.T, c *faultCell) *outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if c.operation.imports {
		for i, path := range tf.paths {
			tf.imported = append(tf.imported, tf.fake.AddFile(tf.names[i], tf.purpose, []byte(read(t, path))).ID)
		}
		if c.row.holds { // an import has no timeout of its own: the user interrupts it
			var interrupt context.CancelFunc
			ctx, interrupt = context.WithTimeout(ctx, 3*time.Second)
			defer interrupt()
		}
	}

	base, release := tf.fake.URL, make(chan struct{})
	fault := c.row.fault
	fault.Method, fault.Path, fault.Match = c.operation.method, c.operation.path, c.operation.match
	fault.Skip, fault.Times = c.pattern.skip, c.pattern.times
	if c.row.holds {
		fault.Hold = release
	}
	if c.row.dated {
		fault.Header = http.Header{"Retry-After": {time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat)}}
	}
	if c.row.front != nil {
		front := c.row.front(t, tf.fake.Server, c)
		defer front.Close()
		base = front.URL + "/v1"
	} else {
		tf.fake.Inject(fault)
	}
	for _, also := range c.operation.also {
		tf.fake.Inject(also)
	}
	defer tf.fake.ClearFaults()
	defer close(release)

	var out *outcome
	switch {
	case c.operation.imports:
		out = tf.importAll(ctx, base)
	case c.operation.destroys:
		out = tf.destroy(ctx, base)
	default:
		out = tf.apply(ctx, base)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && !c.operation.imports {
		t.Error("it did not end by itself")
	}
	return out
}

// faulty is a server in front of the fake whose connections break.
type faulty struct{ *httptest.Server }

// refusing passes requests on until the fault is due. Then the connection breaks, and no other is accepted.
func refusing(_ *testing.T, fake *openaitest.Server, c *faultCell) *faulty {
	var mu sync.Mutex
	var down bool
	hits := 0
	front := httptest.NewUnstartedServer(nil)
	front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		matched := r.Method == c.operation.method && (c.operation.match == nil || c.operation.match(r))
		if ok, _ := filepath.Match("/v1"+c.operation.path, r.URL.Path); !ok {
			matched = false
		}
		mu.Lock()
		if matched {
			hits++
		}
		if matched && hits > c.pattern.skip && !down {
			down = true
			_ = front.Listener.Close()
		}
		broken := down
		mu.Unlock()
		if !broken {
			fake.ServeHTTP(w, r)
			return
		}
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
		}
	})
	front.Start()
	return &faulty{front}
}

// untrusted has a certificate that nobody has signed.
func untrusted(_ *testing.T, fake *openaitest.Server, _ *faultCell) *faulty {
	front := httptest.NewUnstartedServer(fake)
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	return &faulty{front}
}

// A file that was made a moment ago by an earlier apply has the same name and size. It must not be taken for the new one, whose
// answer was lost: the state would have the hash of the new content and the id of the old one.
func TestFault_lostAnswerIsNotTheFileOfAMomentAgo(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprint("set ", set), func(t *testing.T) {
			t.Parallel()
			tf := newCore(t, newFake(t), set)
			tf.cbd = true
			tf.declare(t, "a.txt", "version 1\n")
			tf.mustApply(t)
			tf.edit(t, 0, "version 2\n")
			tf.fake.Inject(openaitest.Fault{Method: "POST", CutRequestAfter: 1 << 30}) // nothing was made
			out := tf.apply(t.Context(), tf.fake.URL)
			if !out.failed() {
				tf.expectAgreement(t, nil)
			}
			tf.mustApply(t)
			tf.expectAgreement(t, nil)
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// The clock of the service is not that of the machine. A lost answer is found all the same, also when it is the first one: a
// provider process that applies has not asked for anything before.
func TestFault_lostAnswerIsFoundByAnotherClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-time.Hour, -10 * time.Second, 10 * time.Second, time.Hour} {
		for _, set := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, set %t", ahead, set), func(t *testing.T) {
				t.Parallel()
				clock := func() time.Time { return time.Now().Add(ahead) }
				fake := newFake(t, openaitest.WithClock(clock))
				front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Date", clock().UTC().Format(http.TimeFormat))
					fake.ServeHTTP(w, r)
				}))
				t.Cleanup(front.Close)
				tf := newCore(t, fake, set)
				tf.declare(t, "a.txt", one)
				fake.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
				tf.apply(t.Context(), front.URL+"/v1").mustSucceed(t, "apply")
				tf.expectAgreement(t, nil)
			})
		}
	}
}

// TestFaultSequences edits, adds and removes files at random, with random faults, and brings all in line in between. FAULT_SEED
// repeats a run, as far as the order of concurrent requests lets it; FAULT_STEPS makes it longer.
func TestFaultSequences(t *testing.T) {
	t.Parallel()
	if live() {
		t.Skip("needs the fake")
	}
	seed, steps := number(t, "FAULT_SEED", 20260102), number(t, "FAULT_STEPS", 150)
	const sequences = 10
	t.Logf("FAULT_SEED=%d FAULT_STEPS=%d", seed, steps)
	var group sync.WaitGroup
	for i := range sequences {
		group.Go(func() {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				s := newSequence(t, rand.New(rand.NewPCG(uint64(seed), uint64(i))), i%2 == 0) //nolint:gosec // repeatable on purpose
				for range (steps + sequences - 1) / sequences {
					s.step(t)
				}
				s.end(t)
			})
		})
	}
	group.Wait()
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %s", variable, err)
	}
	return n
}

// sequence is a random walk of one configuration.
type sequence struct {
	random *rand.Rand
	tf     *core
	twins  bool            // files have the same names, and so can be taken for one another
	made   int             // files so far
	steps  int             // so far
	known  map[string]bool // ids that are at the service and not in the state, as the user was told
	log    []string
}

func newSequence(t *testing.T, random *rand.Rand, set bool) *sequence {
	t.Helper()
	s := &sequence{random: random, known: map[string]bool{}, twins: random.IntN(2) == 0}
	s.tf = newCore(t, newFake(t, openaitest.WithPageSize(4)), set)
	s.tf.cbd = random.IntN(2) == 0
	if random.IntN(3) == 0 {
		s.tf.threshold = 1
	}
	for range 4 {
		s.add(t)
	}
	return s
}

// add declares one more file.
func (s *sequence) add(t *testing.T) {
	t.Helper()
	s.made++
	name := s.made
	if s.twins {
		name %= 3
	}
	s.tf.declare(t, filepath.Join(fmt.Sprint(s.made), fmt.Sprintf("%d.txt", name)), s.content())
}

// content is new, and as long as all others of the same step: no other step makes files that could be taken for these.
func (s *sequence) content() string {
	return fmt.Sprintf("content %08d\n", s.random.IntN(1e8)) + strings.Repeat(".", s.steps)
}

func (s *sequence) note(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

// step changes files, applies with faults, and then without, unless the next step takes over what has failed.
func (s *sequence) step(t *testing.T) {
	t.Helper()
	s.steps++
	for range 1 + s.random.IntN(3) {
		switch i := s.random.IntN(max(len(s.tf.paths), 1)); {
		case len(s.tf.paths) < 2 || s.random.IntN(4) == 0 && len(s.tf.paths) < 9:
			s.add(t)
			s.note("add %s", s.tf.names[len(s.tf.names)-1])
		case s.random.IntN(3) == 0:
			s.note("remove %s", s.tf.names[i])
			s.tf.remove(i)
		default:
			s.note("edit %s", s.tf.names[i])
			s.tf.edit(t, i, s.content())
		}
	}
	for range s.random.IntN(3) {
		s.inject()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out := s.tf.apply(ctx, s.tf.fake.URL)
	s.tf.fake.ClearFaults()
	s.note("apply:\n%s", out)
	s.expectToldOf(t, out)
	if !out.failed() || s.twins || s.random.IntN(2) == 0 {
		s.settle(t)
	}
	if t.Failed() {
		t.Fatalf("after these steps:\n%s", strings.Join(s.log, "\n"))
	}
}

// inject adds a random fault of those that end by themselves.
func (s *sequence) inject() {
	row := faultRows[s.random.IntN(len(faultRows))]
	if row.holds || row.front != nil || row.name == "409" {
		return
	}
	operation := faultOperations[s.random.IntN(len(faultOperations))]
	lies := operation.method != http.MethodPost && (row.name == "404" || row.name == "answer with other bytes" || row.name == "200 and nothing")
	if lies || slices.Contains(operation.not, row.name) {
		return
	}
	fault := row.fault
	fault.Method, fault.Path = operation.method, operation.path
	fault.Skip, fault.Times = s.random.IntN(4), 1+s.random.IntN(3)
	if s.random.IntN(6) == 0 {
		fault.Times = -1
	}
	if row.dated {
		fault.Header = http.Header{"Retry-After": {time.Now().Add(time.Second).UTC().Format(http.TimeFormat)}}
	}
	s.tf.fake.Inject(fault)
	s.note("fault %s of %s, skip %d, times %d", row.name, operation.name, fault.Skip, fault.Times)
}

// expectToldOf expects that the user knows of every file which is not in the state: by its id, or by the advice to look for it.
func (s *sequence) expectToldOf(t *testing.T, out *outcome) {
	t.Helper()
	said := out.String()
	claimed := s.tf.claims()
	for _, file := range s.tf.fake.Files() {
		_, ok := claimed[file.ID]
		switch {
		case ok, s.known[file.ID]:
		case strings.Contains(said, file.ID), regexp.MustCompile(mayExist).MatchString(said):
			s.known[file.ID] = true
		default:
			t.Errorf("%s (%s) is not in the state, and the user is not told", file.ID, file.Filename)
		}
	}
}

func (s *sequence) settle(t *testing.T) {
	t.Helper()
	s.tf.mustApply(t)
	s.tf.expectAgreement(t, slices.Collect(maps.Keys(s.known)))
	s.tf.expectNoChanges(t)
	s.note("settled")
}

func (s *sequence) end(t *testing.T) {
	t.Helper()
	s.settle(t)
	s.tf.mustDestroy(t)
	s.tf.expectOnly(t, slices.Collect(maps.Keys(s.known)))
	if t.Failed() {
		t.Fatalf("after these steps:\n%s", strings.Join(s.log, "\n"))
	}
}

// core does over the plugin protocol what the CLI does with one configuration and its state: it refreshes, plans, replaces,
// and keeps what is tainted or deposed. It runs in the process of the test, in a hundredth of the time.
type core struct {
	fake      service
	set       bool // one openai_file_set holds all files; otherwise each is an openai_file
	cbd       bool // create_before_destroy
	purpose   string
	timeouts  []string // what ends after four seconds; the others have their defaults
	threshold int      // multipart_threshold; 0: the default

	dir          string
	paths, names []string         // of the declared files
	arguments    []map[string]any // further ones by file; of the first file for a set
	imported     []string         // ids of the declared files, to be imported

	mu      sync.Mutex
	current map[string]*instance
	deposed map[string][]*instance
}

// instance is a resource in the state.
type instance struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

func newCore(t *testing.T, fake service, set bool) *core {
	t.Helper()
	return &core{
		fake: fake, set: set, purpose: "user_data", dir: t.TempDir(),
		current: map[string]*instance{}, deposed: map[string][]*instance{},
	}
}

// declare writes a file and adds it to the configuration.
func (tf *core) declare(t *testing.T, name, content string) {
	t.Helper()
	tf.paths = append(tf.paths, writeFile(t, filepath.Join(tf.dir, name), content))
	tf.names = append(tf.names, name)
}

// declarePath adds a path to the configuration, whatever is there.
func (tf *core) declarePath(path string) {
	tf.paths = append(tf.paths, path)
	tf.names = append(tf.names, filepath.Base(path))
}

func (tf *core) edit(t *testing.T, i int, content string) {
	t.Helper()
	writeFile(t, tf.paths[i], content)
}

func (tf *core) remove(i int) {
	tf.paths, tf.names = slices.Delete(tf.paths, i, i+1), slices.Delete(tf.names, i, i+1)
}

func (tf *core) typeName() string {
	if tf.set {
		return "openai_file_set"
	}
	return "openai_file"
}

// configuration returns the arguments of each resource by its address.
func (tf *core) configuration() map[string]map[string]any {
	common := map[string]any{"purpose": tf.purpose}
	if len(tf.timeouts) > 0 {
		limits := map[string]any{}
		for _, name := range tf.timeouts {
			limits[name] = "4s"
		}
		common["timeouts"] = limits
	}
	config := map[string]map[string]any{}
	files := map[string]any{}
	for i, path := range tf.paths {
		files[tf.names[i]] = path
		one := maps.Clone(common)
		one["source"] = path
		if i < len(tf.arguments) {
			maps.Copy(one, tf.arguments[i])
		}
		config[tf.names[i]] = one
	}
	if tf.set {
		common["files"] = files
		return map[string]map[string]any{"set": common}
	}
	return config
}

// protocolSchema is the same for every provider process.
var protocolSchema = sync.OnceValue(func() *tfprotov6.GetProviderSchemaResponse {
	return must(newProviderServer().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{}))
})

func newProviderServer() tfprotov6.ProviderServer {
	return must(providerserver.NewProtocol6WithError(provider.New("test")())())
}

// must panics on an error that only a mistake in this file can cause.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// outcome is what a run says to the user.
type outcome struct {
	mu          sync.Mutex
	diagnostics []*tfprotov6.Diagnostic
}

func (o *outcome) add(diagnostics ...*tfprotov6.Diagnostic) (failed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.diagnostics = append(o.diagnostics, diagnostics...)
	return slices.ContainsFunc(diagnostics, isError)
}

func isError(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }

// complain reports what Terraform itself would: a bug of the provider.
func (o *outcome) complain(format string, args ...any) {
	o.add(&tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Bug of the provider", Detail: fmt.Sprintf(format, args...)})
}

func (o *outcome) failed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.diagnostics, isError)
}

func (o *outcome) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var text strings.Builder
	for _, d := range o.diagnostics {
		fmt.Fprintf(&text, "%s: %s: %s\n", d.Severity, d.Summary, d.Detail)
	}
	return text.String()
}

func (o *outcome) mustSucceed(t *testing.T, what string) {
	t.Helper()
	if o.failed() {
		t.Fatalf("%s without faults failed:\n%s", what, o)
	}
}

// providerProcess is a provider as one phase of a run has it.
type providerProcess struct {
	tfprotov6.ProviderServer
	typeName string
	schema   *tfprotov6.Schema
	typ      tftypes.Type
	null     tftypes.Value
	out      *outcome
}

func (tf *core) start(ctx context.Context, base string, out *outcome) *providerProcess {
	schema := protocolSchema()
	arguments := map[string]any{"base_url": base, "api_key": openaitest.Key, "max_retries": 2}
	if tf.threshold > 0 {
		arguments["multipart_threshold"] = tf.threshold
	}
	server := newProviderServer()
	typ := schema.Provider.ValueType()
	configured := must(server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: dynamic(typ, encode(typ, arguments))}))
	out.add(configured.Diagnostics...)
	resource := schema.ResourceSchemas[tf.typeName()]
	return &providerProcess{
		ProviderServer: server, typeName: tf.typeName(), schema: resource, typ: resource.ValueType(),
		null: tftypes.NewValue(resource.ValueType(), nil), out: out,
	}
}

// encode makes a value of a type; what is not set is null.
func encode(typ tftypes.Type, value any) tftypes.Value {
	set, ok := value.(map[string]any)
	if !ok {
		return tftypes.NewValue(typ, value)
	}
	values := map[string]tftypes.Value{}
	switch typ := typ.(type) {
	case tftypes.Object:
		for name, attributeType := range typ.AttributeTypes {
			values[name] = encode(attributeType, set[name])
		}
	case tftypes.Map:
		for key, element := range set {
			values[key] = encode(typ.ElementType, element)
		}
	}
	return tftypes.NewValue(typ, values)
}

func dynamic(typ tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	return new(must(tfprotov6.NewDynamicValue(typ, value)))
}

// elements returns the attributes of an object, or the elements of a map; nil for null and unknown ones.
func elements(value tftypes.Value) map[string]tftypes.Value {
	var all map[string]tftypes.Value
	if value.IsKnown() && !value.IsNull() {
		must(0, value.As(&all))
	}
	return all
}

func str(value tftypes.Value) string {
	var text string
	if value.IsKnown() && !value.IsNull() {
		must(0, value.As(&text))
	}
	return text
}

// change is what is planned for a resource.
type change struct {
	address string
	prior   *instance // nil: there is none
	config  tftypes.Value
	delete  bool // prior goes
	write   bool // the planned value is made
	planned tftypes.Value
	private []byte
	id      *tfprotov6.ResourceIdentityData
	deposed bool // prior is one that an earlier replacement left
}

func (c change) none() bool { return !c.delete && !c.write }

// apply refreshes, plans and applies.
func (tf *core) apply(ctx context.Context, base string) *outcome {
	return tf.run(ctx, base, tf.configuration())
}

func (tf *core) destroy(ctx context.Context, base string) *outcome {
	return tf.run(ctx, base, nil)
}

func (tf *core) run(ctx context.Context, base string, configuration map[string]map[string]any) *outcome {
	out := &outcome{}
	changes := tf.plan(ctx, base, configuration, out)
	if out.failed() || !slices.ContainsFunc(changes, func(c change) bool { return !c.none() }) {
		return out
	}
	// Terraform starts the provider anew for the apply.
	process := tf.start(ctx, base, out)
	var group sync.WaitGroup
	for _, c := range changes {
		group.Go(func() { tf.carryOut(ctx, process, c) })
	}
	group.Wait()
	return out
}

// plan refreshes the state and returns what is to be done.
func (tf *core) plan(ctx context.Context, base string, configuration map[string]map[string]any, out *outcome) []change {
	process := tf.start(ctx, base, out)
	if out.failed() {
		return nil
	}
	type refreshed struct {
		address string
		from    *instance
		to      *instance
		deposed bool
	}
	var all []*refreshed
	addresses := map[string]bool{}
	for address := range configuration {
		addresses[address] = true
	}
	for address, prior := range tf.current {
		addresses[address] = true
		all = append(all, &refreshed{address: address, from: prior})
	}
	for address, deposed := range tf.deposed {
		for _, prior := range deposed {
			all = append(all, &refreshed{address: address, from: prior, deposed: true})
		}
	}
	var group sync.WaitGroup
	for _, r := range all {
		group.Go(func() { r.to = process.read(ctx, r.from) })
	}
	group.Wait()
	if out.failed() {
		return nil // an apply whose refresh failed changes nothing, the state included
	}
	clear(tf.current)
	clear(tf.deposed)
	var changes []change
	for _, r := range all {
		switch {
		case r.to == nil:
		case r.deposed:
			tf.deposed[r.address] = append(tf.deposed[r.address], r.to)
			changes = append(changes, change{address: r.address, prior: r.to, delete: true, deposed: true})
		default:
			tf.current[r.address] = r.to
		}
	}

	var mu sync.Mutex
	for address := range addresses {
		config, declared := configuration[address]
		group.Go(func() {
			value := process.null
			if declared {
				value = encode(process.typ, config)
			}
			c := process.plan(ctx, address, tf.current[address], value)
			mu.Lock()
			defer mu.Unlock()
			changes = append(changes, c)
		})
	}
	group.Wait()
	return changes
}

func (p *providerProcess) read(ctx context.Context, prior *instance) *instance {
	resp := must(p.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: p.typeName, CurrentState: dynamic(p.typ, prior.value), Private: prior.private, CurrentIdentity: prior.identity,
	}))
	if p.out.add(resp.Diagnostics...) {
		return prior
	}
	value := must(resp.NewState.Unmarshal(p.typ))
	if value.IsNull() {
		return nil
	}
	return &instance{value: value, private: resp.Private, identity: resp.NewIdentity, tainted: prior.tainted}
}

func (p *providerProcess) plan(ctx context.Context, address string, prior *instance, config tftypes.Value) change {
	c := change{address: address, prior: prior, config: config, planned: p.null}
	if config.IsNull() {
		c.delete = prior != nil
		return c
	}
	ask := func(from tftypes.Value, private []byte, identity *tfprotov6.ResourceIdentityData) *tfprotov6.PlanResourceChangeResponse {
		resp := must(p.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
			TypeName: p.typeName, PriorState: dynamic(p.typ, from), ProposedNewState: dynamic(p.typ, p.proposed(from, config)),
			Config: dynamic(p.typ, config), PriorPrivate: private, PriorIdentity: identity,
		}))
		p.out.add(resp.Diagnostics...)
		c.private, c.id = resp.PlannedPrivate, resp.PlannedIdentity
		c.planned = must(resp.PlannedState.Unmarshal(p.typ))
		return resp
	}
	if prior == nil || prior.tainted {
		ask(p.null, nil, nil)
		c.write, c.delete = true, prior != nil
		return c
	}
	resp := ask(prior.value, prior.private, prior.identity)
	for _, path := range resp.RequiresReplace {
		before, _, _ := tftypes.WalkAttributePath(prior.value, path)
		after, _, _ := tftypes.WalkAttributePath(c.planned, path)
		b, _ := before.(tftypes.Value)
		a, _ := after.(tftypes.Value)
		if !a.Equal(b) && !p.out.failed() {
			ask(p.null, nil, nil)
			c.write, c.delete = true, true
			return c
		}
	}
	c.write = !c.planned.Equal(prior.value)
	return c
}

// proposed merges the configuration with what was there: a computed attribute that is not configured stays.
func (p *providerProcess) proposed(prior, config tftypes.Value) tftypes.Value {
	before, configured, values := elements(prior), elements(config), map[string]tftypes.Value{}
	for _, attribute := range p.schema.Block.Attributes {
		values[attribute.Name] = configured[attribute.Name]
		switch old, ok := before[attribute.Name]; {
		case attribute.WriteOnly:
			values[attribute.Name] = tftypes.NewValue(attribute.ValueType(), nil)
		case ok && attribute.Computed && configured[attribute.Name].IsNull():
			values[attribute.Name] = old
		}
	}
	return tftypes.NewValue(p.typ, values)
}

// carryOut applies one change and keeps whatever the provider returns.
func (tf *core) carryOut(ctx context.Context, p *providerProcess, c change) {
	keep := func(to *instance) {
		tf.mu.Lock()
		defer tf.mu.Unlock()
		if to == nil {
			delete(tf.current, c.address)
		} else {
			tf.current[c.address] = to
		}
	}
	dropDeposed := func() {
		tf.mu.Lock()
		defer tf.mu.Unlock()
		tf.deposed[c.address] = slices.DeleteFunc(tf.deposed[c.address], func(i *instance) bool { return i == c.prior })
	}
	switch {
	case c.none():
	case c.deposed:
		if left, _ := p.apply(ctx, c.prior, change{planned: p.null, config: p.null}); left == nil {
			dropDeposed()
		}
	case !c.write:
		left, _ := p.apply(ctx, c.prior, c)
		keep(left)
	case !c.delete: // create or update
		made, _ := p.apply(ctx, c.prior, c)
		keep(made)
	case !tf.cbd:
		if left, failed := p.apply(ctx, c.prior, change{planned: p.null, config: p.null}); failed || left != nil {
			keep(left)
			return
		}
		keep(nil)
		made, _ := p.apply(ctx, nil, c)
		keep(made)
	default:
		made, failed := p.apply(ctx, nil, c)
		if made == nil {
			return // the old one is the current one again
		}
		keep(made)
		tf.mu.Lock()
		tf.deposed[c.address] = append(tf.deposed[c.address], c.prior)
		tf.mu.Unlock()
		if failed {
			return
		}
		if left, _ := p.apply(ctx, c.prior, change{planned: p.null, config: p.null}); left == nil {
			dropDeposed()
		}
	}
}

// apply makes, changes or deletes one instance and returns what is left of it.
func (p *providerProcess) apply(ctx context.Context, prior *instance, c change) (left *instance, failed bool) {
	from := p.null
	if prior != nil {
		from = prior.value
	}
	resp := must(p.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: dynamic(p.typ, from), PlannedState: dynamic(p.typ, c.planned), Config: dynamic(p.typ, c.config),
		PlannedPrivate: c.private, PlannedIdentity: c.id,
	}))
	failed = p.out.add(resp.Diagnostics...)
	value := p.null
	if resp.NewState != nil {
		value = must(resp.NewState.Unmarshal(p.typ))
	}
	switch {
	case failed && value.IsNull():
		return prior, true // Terraform keeps what there was
	case value.IsNull():
		if !c.planned.IsNull() {
			p.out.complain("nothing was made, and there is no error")
		}
		return nil, failed
	case !failed && c.planned.IsNull():
		p.out.complain("it was deleted without an error, and there is something left")
	case !failed:
		p.expectConsistent("", c.planned, value)
	}
	if !value.IsFullyKnown() {
		p.out.complain("the state is not known after the apply: %s", value)
	}
	return &instance{value: value, private: resp.Private, identity: resp.NewIdentity, tainted: failed && (prior == nil || prior.tainted)}, failed
}

// expectConsistent expects that everything which was known at plan is what was made.
func (p *providerProcess) expectConsistent(at string, planned, made tftypes.Value) {
	switch {
	case !planned.IsKnown():
	case planned.IsFullyKnown():
		if !planned.Equal(made) {
			p.out.complain("inconsistent result after apply: %s was planned as %s and is %s", at, planned, made)
		}
	default:
		before, after := elements(planned), elements(made)
		for name := range before {
			p.expectConsistent(at+"."+name, before[name], after[name])
		}
		for name := range after {
			if _, ok := before[name]; !ok {
				p.out.complain("inconsistent result after apply: %s.%s was not planned", at, name)
			}
		}
	}
}

// importAll imports the declared files that are not in the state.
func (tf *core) importAll(ctx context.Context, base string) *outcome {
	out := &outcome{}
	process := tf.start(ctx, base, out)
	var group sync.WaitGroup
	for i, id := range tf.imported {
		tf.mu.Lock()
		there := tf.current[tf.names[i]] != nil
		tf.mu.Unlock()
		if there {
			continue
		}
		group.Go(func() {
			resp := must(process.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: process.typeName, ID: id}))
			if out.add(resp.Diagnostics...) {
				return
			}
			one := resp.ImportedResources[0]
			reading := *process
			reading.out = &outcome{}
			found := reading.read(ctx, &instance{value: must(one.State.Unmarshal(process.typ)), private: one.Private, identity: one.Identity})
			if found == nil {
				reading.out.complain("Cannot import non-existent remote object")
			}
			if out.add(reading.out.diagnostics...) {
				return
			}
			tf.mu.Lock()
			defer tf.mu.Unlock()
			tf.current[tf.names[i]] = found
		})
	}
	group.Wait()
	return out
}

// claim is a file as the state has it.
type claim struct{ where, sha256 string }

// claims returns the files that the state knows, by id; an id that is there twice has both places in where.
func (tf *core) claims() map[string]claim {
	all := map[string]claim{}
	add := func(where, id, sum string) {
		if before, ok := all[id]; ok {
			where += " and " + before.where
		}
		all[id] = claim{where, sum}
	}
	note := func(where string, i *instance) {
		values := elements(i.value)
		if !tf.set {
			add(where, str(values["id"]), str(values["content_sha256"]))
			return
		}
		sums := elements(values["content_sha256"])
		for key, id := range elements(values["file_ids"]) {
			add(key, str(id), str(sums[key]))
		}
	}
	for address, i := range tf.current {
		note(address, i)
	}
	for address, deposed := range tf.deposed {
		for _, i := range deposed {
			note(address+" (deposed)", i)
		}
	}
	return all
}

// expectAgreement expects the service to hold exactly the declared files, each once, as the state says. Files of the ids besides
// are nobody's.
func (tf *core) expectAgreement(t *testing.T, besides []string) {
	t.Helper()
	claimed := tf.claims()
	places := map[string]claim{}
	for id, claim := range claimed {
		places[claim.where] = claim
		content, ok := tf.fake.Content(id)
		if !ok {
			t.Errorf("%s is %s in the state, and the service does not have it", claim.where, id)
			continue
		}
		if sum := sha256.Sum256(content); claim.sha256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the state says %s, and the service has %q", claim.where, claim.sha256, content[:min(len(content), 100)])
		}
	}
	for i, name := range tf.names {
		content, err := os.ReadFile(tf.paths[i])
		if err != nil {
			t.Error(err)
		}
		sum := sha256.Sum256(content)
		if got, want := places[name].sha256, hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s: the state has the SHA-256 %q, want that of the file on disk: %s", name, got, want)
		}
	}
	if len(places) != len(tf.names) {
		t.Errorf("the state has %v, want %s", slices.Sorted(maps.Keys(places)), tf.names)
	}
	tf.expectOnly(t, append(slices.Collect(maps.Keys(claimed)), besides...))
}

// expectOnly expects that the service has no other files than these.
func (tf *core) expectOnly(t *testing.T, ids []string) {
	t.Helper()
	for _, file := range tf.fake.Files() {
		if !slices.Contains(ids, file.ID) {
			t.Errorf("the service has %s (%s), of which nobody knows", file.ID, file.Filename)
		}
	}
}

func (tf *core) mustApply(t *testing.T) {
	t.Helper()
	tf.apply(t.Context(), tf.fake.URL).mustSucceed(t, "apply")
}

func (tf *core) mustDestroy(t *testing.T) {
	t.Helper()
	tf.destroy(t.Context(), tf.fake.URL).mustSucceed(t, "destroy")
	if claims := tf.claims(); len(claims) > 0 {
		t.Errorf("after the destroy the state has %v", claims)
	}
}

func (tf *core) expectNoChanges(t *testing.T) {
	t.Helper()
	out := &outcome{}
	for _, c := range tf.plan(t.Context(), tf.fake.URL, tf.configuration(), out) {
		if !c.none() {
			t.Errorf("the plan is not empty: %s: %s", c.address, c.planned)
		}
	}
	out.mustSucceed(t, "plan")
}
