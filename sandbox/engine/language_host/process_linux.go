package main

import "syscall"

// dieWithParent makes the kernel kill the child when the host dies, whatever the reason.
func dieWithParent(attributes *syscall.SysProcAttr) *syscall.SysProcAttr {
	attributes.Pdeathsig = syscall.SIGKILL
	return attributes
}
