package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/BurntSushi/toml"
	pulumisdk "github.com/pulumi/pulumi/sdk/v3"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// RunPlugin runs a policy pack or a provider written in Python and streams what it prints until it ends, or until
// the engine closes the stream.
func (h *host) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
) error {
	if request.GetAttachDebugger() {
		return leftOut("a debugger to attach")
	}
	isPack := request.GetKind() == "analyzer"
	python, err := resolvePython(request.GetInfo(), !isPack)
	if err != nil {
		return err
	}
	if err := python.check(); err != nil {
		return err
	}
	arguments, err := pluginArguments(request, isPack)
	if err != nil {
		return err
	}
	command := python.command(arguments...)
	// The request's environment is the engine's, which is ours too: only what it adds matters.
	command.Env = append(command.Env, withoutKeys(request.GetEnv(), "PATH", "VIRTUAL_ENV", "PYTHONHOME")...)
	command.Dir = request.GetPwd()
	var sending sync.Mutex // A stream takes one sender at a time; stdout and stderr are two.
	send := func(response *pulumirpc.RunPluginResponse) error {
		sending.Lock()
		defer sending.Unlock()
		return stream.Send(response)
	}
	stdout := writer(func(chunk []byte) error {
		return send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: chunk}})
	})
	command.Stdout = stdout
	command.Stderr = writer(func(chunk []byte) error {
		return send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: chunk}})
	})
	if isPack {
		err = h.runPack(stream, request, command, stdout)
	} else {
		err = h.children.run(stream.Context(), command)
	}
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return err
	}
	return send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)}})
}

// runPack starts the pack only when the engine has said which stack it judges: Python packs read the stack from
// their environment. Until then Pulumi's own proxy answers in the pack's place.
func (h *host) runPack(
	stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
	request *pulumirpc.RunPluginRequest, command *exec.Cmd, stdout io.Writer,
) error {
	ctx := stream.Context()
	proxy, packStdout, err := pulumisdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	stack, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return fmt.Errorf("the policy pack was given no stack: %w", err)
	}
	if stack != nil { // nil by `pulumi policy publish`
		command.Env = append(command.Env,
			"PULUMI_ORGANIZATION="+stack.GetOrganization(),
			"PULUMI_PROJECT="+stack.GetProject(),
			"PULUMI_STACK="+stack.GetStack(),
			"PULUMI_DRY_RUN="+strconv.FormatBool(stack.GetDryRun()),
			"PULUMI_CONFIG="+asJSON(stack.GetConfig(), "{}"))
	}
	command.Stdout = packStdout
	command.Dir = request.GetInfo().GetProgramDirectory() // Where Python packs have always run.
	if err := h.children.start(command); err != nil {
		return err
	}
	defer h.children.forget(command)
	return proxy.Attach(ctx, command) // Waits for the pack's end, or the stream's.
}

func pluginArguments(request *pulumirpc.RunPluginRequest, isPack bool) ([]string, error) {
	folder := request.GetInfo().GetProgramDirectory()
	if isPack {
		return append(append([]string{"-u", "-m", "pulumi.policy"}, request.GetArgs()...), folder), nil
	}
	if _, err := os.Stat(filepath.Join(folder, "__main__.py")); err == nil {
		return append([]string{"-u", folder}, request.GetArgs()...), nil
	}
	var declared struct{ Project struct{ Name string } }
	_, err := toml.DecodeFile(filepath.Join(folder, "pyproject.toml"), &declared)
	if err != nil || declared.Project.Name == "" {
		return nil, fmt.Errorf("%s is no plugin: it has neither __main__.py nor a pyproject.toml with a name", folder)
	}
	return append([]string{"-u", "-m", "pulumi.run.plugin", declared.Project.Name}, request.GetArgs()...), nil
}

type writer func([]byte) error

func (w writer) Write(chunk []byte) (int, error) {
	// The caller reuses its buffer; a message on its way to the engine must not change.
	if err := w(append([]byte(nil), chunk...)); err != nil {
		return 0, err
	}
	return len(chunk), nil
}
