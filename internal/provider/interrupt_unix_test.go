//go:build unix

package provider_test

import (
	"os/exec"
	"syscall"
)

// inOwnGroup makes a command start in a process group of its own, as a shell does.
func inOwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// interruptGroup does what Ctrl-C does.
func interruptGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
