//go:build !linux

package main

import "syscall"

// dieWithParent has no counterpart here: children end because the host sees the engine's pipe break. Only a host that
// is itself killed by force leaves a child, which then fails at its next call to the engine.
func dieWithParent(attributes *syscall.SysProcAttr) *syscall.SysProcAttr {
	return attributes
}
