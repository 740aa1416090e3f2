package main

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// gracePeriod is how long a child may take to end on SIGTERM.
const gracePeriod = time.Second

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

// start starts the command. The caller waits for it, then calls forget.
func (c *children) start(command *exec.Cmd) error {
	command.SysProcAttr = dieWithParent(&syscall.SysProcAttr{Setpgid: true})
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

// forget is called when the command was waited for. What it left running in its group ends too.
func (c *children) forget(command *exec.Cmd) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	delete(c.groups, command.Process.Pid)
}

// end ends one child: SIGTERM, which Python obeys at once even in a blocking call, then SIGKILL.
func (c *children) end(command *exec.Cmd) {
	c.endGroups([]int{command.Process.Pid})
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
	c.endGroups(groups)
}

func (c *children) endGroups(groups []int) {
	c.signal(groups, syscall.SIGTERM)
	for deadline := time.Now().Add(gracePeriod); c.anyOf(groups) && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	c.signal(groups, syscall.SIGKILL)
}

// signal skips groups that are forgotten: their ids may belong to somebody else by now.
func (c *children) signal(groups []int, signal syscall.Signal) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, group := range groups {
		if _, alive := c.groups[group]; alive {
			_ = syscall.Kill(-group, signal)
		}
	}
}

func (c *children) anyOf(groups []int) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, group := range groups {
		if _, alive := c.groups[group]; alive {
			return true
		}
	}
	return false
}
