package provider_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/openaifiles/terraform-provider-openai/internal/openaitest"
	"github.com/openaifiles/terraform-provider-openai/internal/provider"
)

// core does over the plugin protocol what the CLI does with one configuration and its state: it validates, refreshes, plans,
// replaces, and keeps what is tainted or deposed. It runs in the process of the test, in a hundredth of the time.
type core struct {
	fake      service
	kind      string                    // resource type of all that is declared
	resources map[string]map[string]any // arguments by address, instead of files
	set       bool                      // one openai_file_set holds all files; otherwise each is an openai_file
	cbd       bool                      // create_before_destroy
	purpose   string
	timeouts  []string       // what ends after four seconds; the others have their defaults
	threshold int            // multipart_threshold; 0: the default
	uploads   int            // max_concurrent_uploads; 0: the default
	provider  map[string]any // all arguments of the provider block; nil: base URL, key and the above

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

// inBubble runs a test in a bubble of testing/synctest, where waits of minutes pass at once. The test makes its services with
// [newBubbleFake].
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	protocolSchema() // is shared by all bubbles, so it must not belong to one
	synctest.Test(t, test)
}

// newBubbleFake starts a fake in a network of memory.
func newBubbleFake(t *testing.T, options ...openaitest.Option) service {
	t.Helper()
	network := &openaitest.Network{}
	server := openaitest.New(options...)
	server.URL = "http://127.0.0.1/v1"
	network.Serve("127.0.0.1", server)
	t.Cleanup(network.Close)
	t.Cleanup(server.Close)
	return service{Server: server, network: network}
}

func newCore(t *testing.T, fake service, set bool) *core {
	t.Helper()
	kind := "openai_file"
	if set {
		kind = "openai_file_set"
	}
	return &core{
		fake: fake, kind: kind, set: set, purpose: "user_data", dir: t.TempDir(),
		current: map[string]*instance{}, deposed: map[string][]*instance{},
	}
}

// newCoreOf returns a core with one resource of a type, whose arguments come with [core.arrange].
func newCoreOf(t *testing.T, fake service, kind string) *core {
	t.Helper()
	tf := newCore(t, fake, false)
	tf.kind = kind
	return tf
}

// arrange declares the resource with these arguments instead of those that it had.
func (tf *core) arrange(arguments map[string]any) {
	tf.resources = map[string]map[string]any{theResource: arguments}
}

// theResource is the address of what [core.arrange] declares.
const theResource = "test"

// state returns an attribute of the resource that [core.arrange] declares.
func (tf *core) state(name string) tftypes.Value {
	i := tf.current[theResource]
	if i == nil {
		return tftypes.Value{}
	}
	return elements(i.value)[name]
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

// configuration returns the arguments of each resource by its address.
func (tf *core) configuration() map[string]map[string]any {
	if tf.resources != nil {
		return tf.resources
	}
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
		if len(tf.arguments) > 0 {
			maps.Copy(common, tf.arguments[0])
		}
		return map[string]map[string]any{"set": common}
	}
	return config
}

// protocolSchema is the same for every provider process.
var protocolSchema = sync.OnceValue(func() *tfprotov6.GetProviderSchemaResponse {
	return must(newProviderServer(nil).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{}))
})

// newProviderServer returns a provider in the network of the machine, or in one of memory.
func newProviderServer(network *openaitest.Network) tfprotov6.ProviderServer {
	if network == nil {
		return must(providerserver.NewProtocol6WithError(provider.New("test")())())
	}
	return must(providerserver.NewProtocol6WithError(provider.NewIn(network)())())
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
	arguments := map[string]any{"base_url": base, "api_key": openaitest.Key, "max_retries": 2}
	if tf.threshold > 0 {
		arguments["multipart_threshold"] = tf.threshold
	}
	if tf.uploads > 0 {
		arguments["max_concurrent_uploads"] = tf.uploads
	}
	if tf.provider != nil {
		arguments = tf.provider
	}
	resource := protocolSchema().ResourceSchemas[tf.kind]
	return &providerProcess{
		ProviderServer: configuredProvider(ctx, tf.fake.network, arguments, out), typeName: tf.kind, schema: resource, typ: resource.ValueType(),
		null: tftypes.NewValue(resource.ValueType(), nil), out: out,
	}
}

// configuredProvider starts a provider and configures it, unless its arguments are not valid.
func configuredProvider(ctx context.Context, network *openaitest.Network, arguments map[string]any, out *outcome) tfprotov6.ProviderServer {
	server := newProviderServer(network)
	typ := protocolSchema().Provider.ValueType()
	config := dynamic(typ, encode(typ, arguments))
	if !out.add(must(server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})).Diagnostics...) {
		out.add(must(server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: config})).Diagnostics...)
	}
	return server
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
	because string // attributes that replace prior; empty: it is not replaced, or it is tainted
	deposed bool   // prior is one that an earlier replacement left
	bare    bool   // prior is tainted and replaced: Terraform deletes it without its private state
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
	var group sync.WaitGroup
	for _, config := range configuration {
		group.Go(func() { process.validate(ctx, encode(process.typ, config)) })
	}
	group.Wait()
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
			process.planDestroy(ctx, r.to)
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

func (p *providerProcess) validate(ctx context.Context, config tftypes.Value) {
	p.out.add(must(p.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: p.typeName, Config: dynamic(p.typ, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})).Diagnostics...)
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
		if c.delete = prior != nil; c.delete {
			p.planDestroy(ctx, prior)
		}
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
	if because := replacedBy(resp.RequiresReplace, prior.value, c.planned); len(because) > 0 && !p.out.failed() {
		ask(p.null, nil, nil)
		c.write, c.delete, c.because = true, true, strings.Join(because, " ")
		return c
	}
	c.write = !c.planned.Equal(prior.value)
	return c
}

// planDestroy lets the provider say what it has to say of a deletion.
func (p *providerProcess) planDestroy(ctx context.Context, prior *instance) {
	resp := must(p.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.typeName, PriorState: dynamic(p.typ, prior.value), ProposedNewState: dynamic(p.typ, p.null), Config: dynamic(p.typ, p.null),
		PriorPrivate: prior.private, PriorIdentity: prior.identity,
	}))
	p.out.add(resp.Diagnostics...)
	if planned := must(resp.PlannedState.Unmarshal(p.typ)); !p.out.failed() && !planned.IsNull() {
		p.out.complain("a deletion was planned as %s", planned)
	}
}

// replacedBy returns the attributes whose change replaces what there was.
func replacedBy(paths []*tftypes.AttributePath, before, after tftypes.Value) (because []string) {
	for _, path := range paths {
		old, _, _ := tftypes.WalkAttributePath(before, path)
		now, _, _ := tftypes.WalkAttributePath(after, path)
		b, _ := old.(tftypes.Value)
		a, _ := now.(tftypes.Value)
		if !a.Equal(b) {
			name, _ := path.Steps()[0].(tftypes.AttributeName)
			because = append(because, string(name))
		}
	}
	return because
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
		if left, failed := p.apply(ctx, c.prior, change{planned: p.null, config: p.null, bare: c.prior.tainted}); failed || left != nil {
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
	private := c.private
	if prior != nil && c.planned.IsNull() && !c.bare {
		private = prior.private
	}
	resp := must(p.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: dynamic(p.typ, from), PlannedState: dynamic(p.typ, c.planned), Config: dynamic(p.typ, c.config),
		PlannedPrivate: private, PlannedIdentity: c.id,
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
		for _, left := range leftovers(i) {
			add(left.Key+" (left over)", left.ID, "")
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

// leftover is a file of a set that is under no key any more and has to be deleted.
type leftover struct {
	Key, ID string
	Pending bool // until the next change
}

// leftovers returns those that the state of a set holds, by their IDs.
func leftovers(i *instance) []leftover {
	var keys map[string][]byte
	if len(i.private) > 0 {
		must(0, json.Unmarshal(i.private, &keys))
	}
	var failed []string
	if encoded, ok := keys["failed_deletions"]; ok {
		must(0, json.Unmarshal(encoded, &failed))
	}
	pending := elements(elements(i.value)["pending_deletion"])
	var all []leftover
	for _, id := range slices.Sorted(maps.Keys(pending)) {
		all = append(all, leftover{Key: str(pending[id]), ID: id, Pending: !slices.Contains(failed, id)})
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
	out := tf.apply(t.Context(), tf.fake.URL)
	out.mustSucceed(t, "apply")
	if text := out.String(); text != "" { // a warning may be why a later check fails
		t.Logf("the apply said:\n%s", text)
	}
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
