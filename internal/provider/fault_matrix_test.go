package provider_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
)

// The matrix: every operation of the service meets every fault. After each cell one apply without faults brings everything in
// line, and the service holds what the state says: no orphan, nothing missing, nothing twice, and the declared bytes.
//
// FAULT_MATRIX=all runs each fault in all patterns; otherwise each meets its operation in one of two, by turns.

// faultRow is a fault, and what is to be expected of it wherever it happens.
type faultRow struct {
	name  string
	fault openaitest.Fault

	holds  bool                                       // the request is held until the run has ended: timeouts end it
	dated  bool                                       // Retry-After is a date
	front  func(service, *faultCell) *httptest.Server // breaks connections; nil: the fault is injected
	always bool                                       // makes sense only as a fault that stays
	atOnce bool                                       // makes sense only from the first request on

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
	{name: "200 with HTML", fault: openaitest.Fault{AfterBody: true, Body: "<html><title>Log in</title></html>"}},
	{name: "200 with half of JSON", fault: openaitest.Fault{AfterBody: true, Body: `{"id":"file-abc","obj`}, passes: true},
	{name: "200 and nothing", fault: openaitest.Fault{AfterBody: true, Status: 200}, passes: true},
	{name: "200 with HTML after the work", fault: openaitest.Fault{LoseAnswer: true, Status: 200, Body: "<html></html>"}, committed: true},
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
const mayExist = `the file may exist anyway|look for it with the data source openai_files`

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
	var cells []*faultCell
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
					default:
						cells = append(cells, cell)
					}
				}
			}
		}
	}
	t.Logf("%d cells", len(cells))
	for _, cell := range cells {
		t.Run(strings.Join([]string{cell.operation.name, cell.row.name, cell.pattern.name, cell.kind.name}, "/"), func(t *testing.T) {
			t.Parallel()
			inBubble(t, cell.run)
		})
	}
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
	t.Helper()
	fake := newBubbleFake(t, slices.Concat(c.operation.options, []openaitest.Option{openaitest.WithClock(c.now)})...)
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

func allDone(requests []openaitest.Request) bool {
	return !slices.ContainsFunc(requests, func(r openaitest.Request) bool { return !r.Done })
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
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
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
		front := c.row.front(tf.fake, c)
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
	if c.row.holds && !fault.StallBody { // the service knows that the client is gone before it goes on
		patience, end := context.WithTimeout(t.Context(), time.Minute)
		defer end()
		if err := tf.fake.WaitForRequests(patience, allDone); err != nil {
			t.Errorf("the service does not notice that the client is gone: %s", err)
		}
	}
	return out
}

// inFront returns a server in front of a fake, which is not started.
func inFront(fake service) *httptest.Server {
	front := httptest.NewUnstartedServer(fake)
	_ = front.Listener.Close()
	front.Listener = fake.network.Listen("127.0.0.2")
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	return front
}

// refusing passes requests on until the fault is due. Then the connection breaks, and no other is accepted.
func refusing(fake service, c *faultCell) *httptest.Server {
	var mu sync.Mutex
	var down bool
	hits := 0
	front := inFront(fake)
	front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		matched := r.Method == c.operation.method && (c.operation.match == nil || c.operation.match(r))
		if ok, _ := path.Match("/v1"+c.operation.path, r.URL.Path); !ok {
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
			_ = conn.Close()
		}
	})
	front.Start()
	return front
}

// untrusted has a certificate that nobody has signed.
func untrusted(fake service, _ *faultCell) *httptest.Server {
	front := inFront(fake)
	front.StartTLS()
	return front
}

// A file that was made a moment ago by an earlier apply has the same name and size. It must not be taken for the new one, whose
// answer was lost: the state would have the hash of the new content and the id of the old one.
func TestFault_lostAnswerIsNotTheFileOfAMomentAgo(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		for _, refused := range []int{0, 1} { // how often the list is refused first
			t.Run(fmt.Sprintf("set %t, refused %d", set, refused), func(t *testing.T) {
				t.Parallel()
				inBubble(t, func(t *testing.T) {
					t.Helper()
					tf := newCore(t, newBubbleFake(t), set)
					tf.cbd = true
					tf.declare(t, "a.txt", "version 1\n")
					tf.mustApply(t)
					tf.edit(t, 0, "version 2\n")
					if refused > 0 {
						tf.fake.Inject(openaitest.Fault{Method: "GET", Path: "/files", Status: 403, Body: "no", Times: refused})
					}
					tf.fake.Inject(openaitest.Fault{Method: "POST", CutRequestAfter: 1 << 30}) // nothing was made
					out := tf.apply(t.Context(), tf.fake.URL)
					if !out.failed() {
						tf.expectAgreement(t, nil)
					}
					if refused > 0 && !set && !strings.Contains(out.String(), "it is not known whether this upload created it") {
						t.Errorf("it says %s", out)
					}
					tf.mustApply(t)
					tf.expectAgreement(t, nil)
					if t.Failed() {
						t.Log(out)
					}
				})
			})
		}
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
				inBubble(t, func(t *testing.T) {
					t.Helper()
					clock := func() time.Time { return time.Now().Add(ahead) }
					fake := newBubbleFake(t, openaitest.WithClock(clock))
					fake.network.Serve("127.0.0.2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Date", clock().UTC().Format(http.TimeFormat))
						fake.ServeHTTP(w, r)
					}))
					tf := newCore(t, fake, set)
					tf.declare(t, "a.txt", one)
					fake.Inject(openaitest.Fault{Method: "POST", LoseAnswer: true})
					tf.apply(t.Context(), "http://127.0.0.2/v1").mustSucceed(t, "apply")
					tf.expectAgreement(t, nil)
				})
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
	for i := range sequences {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				t.Helper()
				s := newSequence(t, rand.New(rand.NewPCG(uint64(seed), uint64(i))), i%2 == 0) //nolint:gosec // repeatable on purpose
				for range (steps + sequences - 1) / sequences {
					s.step(t)
				}
				s.end(t)
			})
		})
	}
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
	s.tf = newCore(t, newBubbleFake(t, openaitest.WithPageSize(4)), set)
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
	s.tf.declare(t, fmt.Sprintf("%d/%d.txt", s.made, name), s.content()) // keys are separated by /
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
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
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
