// Package cli runs the real terraform or tofu with the provider of this module, for tests, measurements and the demo.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// module has the provider as its main package.
const module = "github.com/openaifiles/terraform-provider-openai"

const neither = `neither terraform nor tofu is on PATH: install one of them, version 1.11 or newer:

  OpenTofu   https://opentofu.org/docs/intro/install/
  Terraform  https://developer.hashicorp.com/terraform/install

or build OpenTofu from its Go module, which takes some minutes, and try again:

  make bin/tofu && export PATH="$PWD/bin:$PATH"`

// Find returns the absolute path of the wanted CLI, which may be a name on PATH. If wanted is empty, Find looks for terraform, and then
// tofu.
func Find(wanted string) (string, error) {
	if wanted != "" {
		path, err := exec.LookPath(wanted)
		if err != nil {
			return "", err
		}
		return filepath.Abs(path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New(neither)
}

// BuildProvider builds the provider as for a release and returns the path of the executable, with the extension .exe on Windows.
func BuildProvider(ctx context.Context, dir, name string) (string, error) {
	return build(ctx, module, dir, name)
}

// BuildFake builds the program that serves the fake service; see [BuildProvider].
func BuildFake(ctx context.Context, dir, name string) (string, error) {
	return build(ctx, module+"/internal/openaitest/serve", dir, name)
}

func build(ctx context.Context, pkg, dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", path, pkg) // as go run and go test build, to compile once
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return path, nil
}

// Overrides is the text of a CLI configuration that takes the provider from a directory, without init.
func Overrides(dir string) string {
	return fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/openaifiles/openai" = %[1]q
    "registry.opentofu.org/openaifiles/openai" = %[1]q
  }
  direct {}
}
`, dir)
}

// Mirror copies a built provider into a filesystem mirror of both registries as version 0.1.0, and returns a CLI configuration that
// installs it from there.
func Mirror(dir, provider string) (string, error) {
	built, err := os.ReadFile(provider)
	if err != nil {
		return "", err
	}
	name := "terraform-provider-openai_v0.1.0"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		release := filepath.Join(dir, registry, "openaifiles", "openai", "0.1.0", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(release, 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(release, name), built, 0o755); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", dir), nil
}

// Environment returns the environment of a CLI with a configuration file and of a provider that talks to a service. It omits
// variables that configure them otherwise. If baseURL is empty, it retains the variables of the provider.
func Environment(config, baseURL, key string) []string {
	var env []string
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_") || baseURL != "" && strings.HasPrefix(variable, "OPENAI_") {
			continue
		}
		env = append(env, variable)
	}
	env = append(env, "TF_CLI_CONFIG_FILE="+config, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	if baseURL != "" {
		env = append(env, "OPENAI_BASE_URL="+baseURL, "OPENAI_API_KEY="+key)
	}
	return env
}
