//go:build unix && !linux

package main

import "syscall"

// processAttributes: a group of its own. Only a host killed by force leaves a child here, which then fails at its next
// call to the engine.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
