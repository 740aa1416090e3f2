package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

func program(t *testing.T, root string, options map[string]any) *pulumirpc.ProgramInfo {
	t.Helper()
	fields, err := structpb.NewStruct(options)
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.ProgramInfo{
		RootDirectory: root, ProgramDirectory: filepath.Join(root, "stacks"), EntryPoint: ".", Options: fields}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestEnvironmentIsFoundByTheOfficialRules(t *testing.T) {
	t.Setenv("UV_PROJECT_ENVIRONMENT", "")
	for name, c := range map[string]struct {
		options  map[string]any
		files    []string
		isPlugin bool
		want     string // below the root; empty for the interpreter on PATH
	}{
		"option relative to the project file":  {map[string]any{"virtualenv": "mine"}, nil, false, "mine"},
		"option wins over uv.lock":             {map[string]any{"virtualenv": "mine"}, []string{"uv.lock"}, false, "mine"},
		"uv.lock above the program":            {nil, []string{"uv.lock"}, false, ".venv"},
		"uv.lock beside the program":           {nil, []string{"stacks/uv.lock"}, false, "stacks/.venv"},
		"uv without a lock":                    {map[string]any{"toolchain": "uv"}, []string{"pyproject.toml"}, false, ".venv"},
		"uv without anything":                  {map[string]any{"toolchain": "uv"}, nil, false, "stacks/.venv"},
		"a plugin never uses the one on PATH":  {nil, nil, true, "venv"},
		"nothing said: the one on PATH":        {nil, nil, false, ""},
		"pip in spite of uv.lock: one on PATH": {map[string]any{"toolchain": "pip"}, []string{"uv.lock"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for _, file := range c.files {
				write(t, filepath.Join(root, file), "")
			}
			found, err := resolvePython(program(t, root, c.options), c.isPlugin)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if c.want != "" {
				want = filepath.Join(root, c.want)
			}
			if found.environment != want {
				t.Errorf("got %q, want %q", found.environment, want)
			}
		})
	}
}

func TestUnknownToolchainIsRefused(t *testing.T) {
	_, err := resolvePython(program(t, t.TempDir(), map[string]any{"toolchain": "conda"}), false)
	if err == nil || !strings.Contains(err.Error(), "conda") {
		t.Errorf("got %v", err)
	}
}

func TestActiveEnvironmentReplacesTheCallers(t *testing.T) {
	t.Setenv("VIRTUAL_ENV", "/elsewhere")
	t.Setenv("PYTHONHOME", "/elsewhere")
	t.Setenv("PATH", "/usr/bin")
	environment := (&python{executable: "/e/bin/python", environment: "/e"}).command().Env
	joined := "\n" + strings.Join(environment, "\n") + "\n"
	if !strings.Contains(joined, "\nVIRTUAL_ENV=/e\n") || !strings.Contains(joined, "\nPATH=/e/bin:/usr/bin\n") ||
		strings.Contains(joined, "/elsewhere") {
		t.Error(joined)
	}
}

func TestAStandInIsStartedInsteadOfAnEnvironmentsInterpreter(t *testing.T) {
	t.Setenv("MODEL_SERVING_SANDBOX_PYTHON", "/warm/python")
	inEnvironment := &python{executable: "/e/bin/python", environment: "/e"}
	if got := inEnvironment.command("-u").Path; got != "/warm/python" {
		t.Errorf("got %q", got)
	}
	ambient := &python{executable: "/usr/bin/python3"}
	if got := ambient.command("-u").Path; got != "/usr/bin/python3" {
		t.Errorf("nothing tells whose it stands for: got %q", got)
	}
}

func TestRequiredPackagesAreReadFromInstalledSDKs(t *testing.T) {
	root := t.TempDir()
	packages := filepath.Join(root, "mine/lib/python3.12/site-packages")
	write(t, filepath.Join(root, "mine/bin/python"), "")
	write(t, filepath.Join(packages, "pulumi/pulumi-plugin.json"), `{"resource": false}`)
	write(t, filepath.Join(packages, "pulumi_azure_native/pulumi-plugin.json"), `{"resource": true, "version": "3.29.0"}`)
	write(t, filepath.Join(packages, "other/pulumi-plugin.json"),
		`{"resource": true, "name": "mine", "version": "v1.2.3", "server": "https://example.com"}`)
	h := &host{}
	info := program(t, root, map[string]any{"virtualenv": "mine"})
	response, err := h.GetRequiredPackages(context.Background(), &pulumirpc.GetRequiredPackagesRequest{Info: info})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, each := range response.Packages {
		got[each.Name] = each.Version + " " + each.Server
	}
	if len(got) != 2 || got["azure-native"] != "v3.29.0 " || got["mine"] != "v1.2.3 https://example.com" {
		t.Errorf("got %v", got)
	}
	write(t, filepath.Join(packages, "other/pulumi-plugin.json"), `{`)
	if _, err := h.GetRequiredPackages(context.Background(), &pulumirpc.GetRequiredPackagesRequest{Info: info}); err == nil ||
		!strings.Contains(err.Error(), "reinstall") {
		t.Errorf("a broken file: got %v", err)
	}
}

func TestMissingEnvironmentSaysWhatToDo(t *testing.T) {
	info := program(t, t.TempDir(), map[string]any{"virtualenv": "nowhere"})
	_, err := (&host{}).Run(context.Background(), &pulumirpc.RunRequest{Info: info})
	if err == nil || !strings.Contains(err.Error(), "pulumi install") {
		t.Errorf("got %v", err)
	}
}

func TestExitCodesOfThePrograms(t *testing.T) {
	for script, want := range map[string]struct {
		bail  bool
		error string
	}{
		"exit 0":     {},
		"exit 32":    {bail: true},
		"exit 3":     {error: "program exited with non-zero exit code: 3"},
		"kill -9 $$": {error: "program exited unexpectedly: signal: killed"},
	} {
		got := programResult(newChildren().run(context.Background(), exec.Command("sh", "-c", script)))
		if got.Bail != want.bail || got.Error != want.error {
			t.Errorf("%s: got %v", script, got)
		}
	}
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestChildrenEndWithTheirOwnChildren(t *testing.T) {
	for name, trap := range map[string]string{"at once": "", "even when they ignore SIGTERM": "trap '' TERM; "} {
		t.Run(name, func(t *testing.T) {
			c := newChildren()
			file := filepath.Join(t.TempDir(), "pid")
			command := exec.Command("sh", "-c", trap+"sleep 60 & echo $! > "+file+".new; mv "+file+".new "+file+"; wait; sleep 60")
			done := make(chan error, 1)
			go func() { done <- c.run(context.Background(), command) }()
			var pid int
			for deadline := time.Now().Add(10 * time.Second); pid == 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
				if content, err := os.ReadFile(file); err == nil {
					for _, digit := range strings.TrimSpace(string(content)) {
						pid = pid*10 + int(digit-'0')
					}
				}
			}
			start := time.Now()
			c.endAll()
			if err := <-done; err == nil {
				t.Error("ended without an error")
			}
			if took := time.Since(start); took > gracePeriod+2*time.Second {
				t.Errorf("took %v", took)
			}
			for deadline := time.Now().Add(2 * time.Second); alive(pid) && time.Now().Before(deadline); {
				time.Sleep(5 * time.Millisecond)
			}
			if pid == 0 || alive(pid) {
				t.Errorf("grandchild %d lives on", pid)
			}
			if err := c.run(context.Background(), exec.Command("true")); !errors.Is(err, errEnding) {
				t.Errorf("started after the end: %v", err)
			}
		})
	}
}

func TestWhatIsLeftOutSaysSo(t *testing.T) {
	handle := func(context.Context, any) (any, error) { return nil, status.Error(codes.Unimplemented, "bare") }
	_, err := explain(context.Background(), nil, &grpc.UnaryServerInfo{FullMethod: "/pulumirpc.LanguageRuntime/Pack"}, handle)
	if status.Code(err) != codes.Unimplemented || !strings.Contains(err.Error(), "does not have Pack; install Pulumi") {
		t.Errorf("got %v", err)
	}
}

func TestPluginsWithAndWithoutMain(t *testing.T) {
	folder := t.TempDir()
	request := &pulumirpc.RunPluginRequest{Args: []string{"addr"}, Info: &pulumirpc.ProgramInfo{ProgramDirectory: folder}}
	if _, err := pluginArguments(request, false); err == nil {
		t.Error("an empty folder was accepted")
	}
	for _, c := range []struct {
		file, content, want string
		isPack              bool
	}{
		{"pyproject.toml", "[project]\nname = 'thing'\n", "-u -m pulumi.run.plugin thing addr", false},
		{"__main__.py", "", "-u " + folder + " addr", false},
		{"__main__.py", "", "-u -m pulumi.policy addr " + folder, true},
	} {
		write(t, filepath.Join(folder, c.file), c.content)
		got, err := pluginArguments(request, c.isPack)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("got %v %v, want %s", got, err, c.want)
		}
	}
}

func TestTheVersionIsWhatTheEnvironmentSays(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "bin/python"), "#!/bin/sh\necho started\n")
	for content, wanted := range map[string]string{
		"home = /usr/bin\nversion = 3.11.7\n":        "3.11.7",
		"uv = 0.9.0\nversion_info = 3.12.1\nx = y\n": "3.12.1",
		"version_info = 3.13.0.final.0\n":            "3.13.0",
		"home = /usr/bin\n":                          "started",
	} {
		write(t, filepath.Join(root, "pyvenv.cfg"), content)
		found := &python{executable: filepath.Join(root, "bin/python"), environment: root}
		if got, err := found.version(); err != nil || got != wanted {
			t.Errorf("got %q, %v; wanted %q", got, err, wanted)
		}
	}
}
