package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// Provider is a provider in a process that outlives the runs of the CLI.
type Provider struct {
	cmd      *exec.Cmd
	Reattach string // variable of the environment that makes the CLI use it
}

var reattach = regexp.MustCompile(`(TF_REATTACH_PROVIDERS=)'([^']+)'`)

// StartProvider starts the provider at a path in a working directory, to which relative paths of configurations belong.
func StartProvider(ctx context.Context, path, dir string, env []string) (*Provider, error) {
	p := &Provider{cmd: exec.CommandContext(ctx, path, "-debug")}
	p.cmd.Dir, p.cmd.Env = dir, env
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := reattach.FindStringSubmatch(lines.Text()); found != nil {
			inBoth, err := inBothRegistries(found[2])
			if err != nil {
				p.Stop()
				return nil, err
			}
			p.Reattach = found[1] + inBoth
			return p, nil
		}
	}
	p.Stop()
	return nil, errors.New("the provider did not start")
}

// inBothRegistries makes OpenTofu, too, use a provider that names itself by its address in the Terraform Registry. Otherwise OpenTofu
// would silently start another one.
func inBothRegistries(providers string) (string, error) {
	var byAddress map[string]json.RawMessage
	if err := json.Unmarshal([]byte(providers), &byAddress); err != nil {
		return "", fmt.Errorf("how to reach the provider: %w", err)
	}
	for address, how := range maps.Clone(byAddress) {
		byAddress[strings.Replace(address, "registry.terraform.io/", "registry.opentofu.org/", 1)] = how
	}
	encoded, err := json.Marshal(byAddress)
	return string(encoded), err
}

// Stop ends the process.
func (p *Provider) Stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// PeakMemory returns the peak memory of the process so far, in bytes. It is available on Linux only.
func (p *Provider) PeakMemory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	found := peak.FindSubmatch(status)
	if found == nil {
		return 0, errors.New("no peak memory in /proc")
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	return kilobytes << 10, err
}
