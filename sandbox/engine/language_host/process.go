package main

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// gracePeriod is how long a child may take to end on SIGTERM, which Python obeys at once even in a blocking call.
const gracePeriod = time.Second

var errEnding = errors.New("cancelled: the language host is ending")

// children keeps track of the processes that the host started, so that none outlives it. Each gets a process group of
// its own: ending the group reaches what a program has started itself.
type children struct {
	mutex  sync.Mutex
	groups map[int]struct{} // pid of the leader = id of the group
	ended  bool             // nothing may start after endAll
	starts chan func()
}

func newChildren() *children {
	c := &children{groups: map[int]struct{}{}, starts: make(chan func())}
	go func() {
		// Linux ends a child with the *thread* that started it (prctl(2), PR_SET_PDEATHSIG). Go may end any other
		// thread, so all children are started by this one, which lives as long as the host.
		runtime.LockOSThread()
		for start := range c.starts {
			start()
		}
	}()
	return c
}

// run runs the command to its end, or ends it when the context is done.
func (c *children) run(ctx context.Context, command *exec.Cmd) error {
	if err := c.start(command); err != nil {
		return err
	}
	defer c.forget(command)
	defer context.AfterFunc(ctx, func() { c.end(command.Process.Pid) })()
	return command.Wait()
}

// start starts the command. The caller waits for it, then calls forget.
func (c *children) start(command *exec.Cmd) error {
	command.SysProcAttr = processAttributes()
	result := make(chan error, 1)
	c.starts <- func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if c.ended {
			result <- errEnding
			return
		}
		err := command.Start()
		if err == nil {
			c.groups[command.Process.Pid] = struct{}{}
		}
		result <- err
	}
	return <-result
}

// forget ends what a command left running in its group, once it was waited for.
func (c *children) forget(command *exec.Cmd) {
	c.signal(syscall.SIGKILL, command.Process.Pid)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.groups, command.Process.Pid)
}

// endAll ends every child and lets none start.
func (c *children) endAll() {
	c.mutex.Lock()
	c.ended = true
	groups := make([]int, 0, len(c.groups))
	for group := range c.groups {
		groups = append(groups, group)
	}
	c.mutex.Unlock()
	c.end(groups...)
}

func (c *children) end(groups ...int) {
	deadline := time.Now().Add(gracePeriod)
	for alive := c.signal(syscall.SIGTERM, groups...); alive && time.Now().Before(deadline); alive = c.signal(0, groups...) {
		time.Sleep(5 * time.Millisecond)
	}
	c.signal(syscall.SIGKILL, groups...)
}

// signal signals the groups that are not forgotten (their ids may belong to somebody else by now) and tells whether
// there are any.
func (c *children) signal(signal syscall.Signal, groups ...int) (any bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, group := range groups {
		if _, known := c.groups[group]; known {
			any = true
			_ = syscall.Kill(-group, signal)
		}
	}
	return any
}
