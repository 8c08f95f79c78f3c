package provider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// collectLater is the garbage collection target of the tests and of the CLIs and providers that they start, in percent. These programs
// are small and end soon, and with Go's default of 100 they would spend a third of their time on collecting.
const collectLater = 400

// TestMain keeps the CLI configuration of the machine out of the tests: it may redirect providers, or name a file that does
// not exist.
func TestMain(m *testing.M) {
	_ = os.Setenv("TF_CLI_CONFIG_FILE", os.DevNull)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectLater)
		_ = os.Setenv("GOGC", strconv.Itoa(collectLater))
	}
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// The three contents of most tests and their hashes.
const (
	one, oneSHA256     = "one\n", "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"   // printf 'one\n' | sha256sum
	two, twoSHA256     = "two\n", "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"   // printf 'two\n' | sha256sum
	three, threeSHA256 = "three\n", "f6936912184481f5edd4c304ce27c5a1a827804fc7f329f43d273b8621870776" // printf 'three\n' | sha256sum
)

// live tells whether the tests run against the real service, whose key is in the environment.
func live() bool { return os.Getenv("OPENAI_LIVE") == "1" }

// service is what a test runs against: a fake of its own, or the real one.
type service struct {
	*openaitest.Server // nil: the real one

	network *openaitest.Network // that the service is in; nil: that of the machine
}

// newService starts a fake for a test that also makes sense against the real service.
func newService(t *testing.T) service {
	t.Helper()
	if live() {
		return service{}
	}
	return newFake(t)
}

// newFake starts a fake for a test that needs it: to inject a fault, to know the requests, or to look behind the API.
func newFake(t *testing.T, options ...openaitest.Option) service {
	t.Helper()
	if live() {
		t.Skip("needs the fake")
	}
	server := openaitest.NewServer(options...)
	t.Cleanup(server.Close)
	return service{Server: server}
}

// config returns a configuration that uses the service.
func (s service) config(body string) string {
	if s.Server == nil {
		return body
	}
	return fmt.Sprintf("provider \"openai\" {\n  base_url = %q\n  api_key  = %q\n}\n", s.URL, openaitest.Key) + body
}

// run applies steps, in parallel with other tests.
func (s service) run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.ParallelTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		ProtoV6ProviderFactories: factories(),
		Steps:                    steps,
	})
}

func factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"openai": providerserver.NewProtocol6WithError(provider.New("test")()),
	}
}

// sent counts the requests of a method that the fake has had, faults included.
func (s service) sent(method string) int {
	n := 0
	for _, request := range s.Requests() {
		if request.Method == method {
			n++
		}
	}
	return n
}

// faulty counts the requests that have met a fault.
func (s service) faulty() int {
	n := 0
	for _, request := range s.Requests() {
		if request.Fault {
			n++
		}
	}
	return n
}

// expectSent checks, when it is called, how many requests of a method there have been.
func (s service) expectSent(t *testing.T, method string, want int) func() {
	t.Helper()
	return func() {
		t.Helper()
		if s.Server == nil {
			return
		}
		if got := s.sent(method); got != want {
			t.Errorf("%d requests %s, want %d", got, method, want)
		}
	}
}

// expectFiles checks that the fake keeps exactly these contents, in the order of their creation.
func (s service) expectFiles(t *testing.T, contents ...string) func() {
	t.Helper()
	return func() {
		t.Helper()
		if s.Server == nil {
			return
		}
		if got := s.contents(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", contents) {
			t.Errorf("the service keeps %q, want %q", got, contents)
		}
	}
}

// expectContents checks that the fake keeps exactly these contents, whichever was there first. They are sorted.
func (s service) expectContents(t *testing.T, contents ...string) func() {
	t.Helper()
	return func() {
		t.Helper()
		if got := slices.Sorted(slices.Values(s.contents())); !slices.Equal(got, contents) {
			t.Errorf("the service keeps %q, want %q", got, contents)
		}
	}
}

// contents returns what the fake keeps, in the order of its creation.
func (s service) contents() (all []string) {
	for _, file := range s.Files() {
		content, _ := s.Content(file.ID)
		all = append(all, string(content))
	}
	return all
}

// all runs several checks after another.
func all(checks ...func()) func() {
	return func() {
		for _, check := range checks {
			check()
		}
	}
}

// writeFile writes a file below a temporary directory and returns its path.
func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// between does something after the plan was saved and before it is applied.
type between func()

func (do between) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	do()
}

// says matches an error that has these texts in this order, wherever the CLI breaks the lines. They are regular expressions.
func says(texts ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)` + strings.ReplaceAll(strings.Join(texts, `.*`), " ", `\s+`))
}

// planned returns checks that run before a plan is applied.
func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// replaces expects the file to be replaced, because of the attribute alone.
func replaces(attribute string) plancheck.PlanCheck { return replacement(attribute) }

type replacement string

func (attribute replacement) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != fileAddress {
			continue
		}
		if !change.Change.Actions.Replace() {
			resp.Error = fmt.Errorf("%s is planned as %v, want a replacement", change.Address, change.Change.Actions)
			return
		}
		if got := fmt.Sprint(change.Change.ReplacePaths); got != fmt.Sprintf("[[%s]]", string(attribute)) {
			resp.Error = fmt.Errorf("replaced because of %s, want %s", got, attribute)
		}
		return
	}
	resp.Error = fmt.Errorf("the plan does not mention %s", fileAddress)
}

// fileAddress is the resource of most tests.
const fileAddress = "openai_file.test"

// action expects what is to happen to the file of the test.
func action(want plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(fileAddress, want)
}
