package main

import "syscall"

// processAttributes: a group of its own, and death with the host, whatever that dies of.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
