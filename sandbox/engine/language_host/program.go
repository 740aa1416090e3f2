package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// exitShown is the executor's exit code when the user has already seen what went wrong.
const exitShown = 32

// Run runs the program once and answers when it has ended.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if request.GetAttachDebugger() {
		return nil, leftOut("a debugger to attach")
	}
	python, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	if err := python.check(); err != nil {
		return nil, err
	}
	if checker := request.GetInfo().GetOptions().GetFields()["typechecker"].GetStringValue(); checker != "" {
		fmt.Fprintf(os.Stderr, "%s is not run: the sandbox's Python language host has no type checkers\n", checker)
	}
	command := python.command(append([]string{"-u", h.executor}, programArguments(request, h.engine)...)...)
	command.Dir = request.GetPwd()
	command.Env = append(command.Env,
		"PULUMI_CONFIG="+asJSON(request.GetConfig(), "{}"),
		"PULUMI_CONFIG_SECRET_KEYS="+asJSON(request.GetConfigSecretKeys(), "[]"))
	// The engine shows what the host prints; a pipe of our own in between would only delay it.
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return programResult(h.children.run(ctx, command)), nil
}

func programResult(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case !errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program could not be started: %v", err)}
	case exit.ExitCode() == exitShown:
		return &pulumirpc.RunResponse{Bail: true}
	case exit.ExitCode() > 0:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with non-zero exit code: %d", exit.ExitCode())}
	default: // By a signal.
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited unexpectedly: %v", exit)}
	}
}

func programArguments(request *pulumirpc.RunRequest, engine string) []string {
	var arguments []string
	for _, pair := range [][2]string{
		{"--monitor", request.GetMonitorAddress()},
		{"--engine", engine},
		{"--project", request.GetProject()},
		{"--root_directory", request.GetInfo().GetRootDirectory()},
		{"--stack", request.GetStack()},
		{"--pwd", request.GetPwd()},
		{"--dry_run", strconv.FormatBool(request.GetDryRun())},
		{"--parallel", strconv.Itoa(int(request.GetParallel()))},
		{"--organization", request.GetOrganization()},
	} {
		if pair[1] != "" {
			arguments = append(arguments, pair[0], pair[1])
		}
	}
	arguments = append(arguments, request.GetInfo().GetEntryPoint())
	return append(arguments, request.GetArgs()...)
}

// asJSON serialises a map or list of strings, which cannot fail.
func asJSON[T map[string]string | []string](value T, empty string) string {
	if len(value) == 0 {
		return empty
	}
	text, _ := json.Marshal(value)
	return string(text)
}
