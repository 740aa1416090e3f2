package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// GetRequiredPackages names the provider of each SDK that is installed, so that the engine can fetch it. Each SDK says
// which in its pulumi-plugin.json; reading these files takes milliseconds, asking pip takes a second.
func (h *host) GetRequiredPackages(
	_ context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	python, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	files, err := python.installed("pulumi-plugin.json")
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, file := range files {
		found, err := plugin.LoadPulumiPluginJSON(file)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read, reinstall its package: %w", file, err)
		}
		if !found.Resource {
			continue // An SDK without a provider.
		}
		name := found.Name
		if name == "" {
			module := filepath.Base(filepath.Dir(file))
			name = strings.ReplaceAll(strings.TrimPrefix(module, "pulumi_"), "_", "-")
		}
		version := found.Version
		if version != "" { // Without one the engine takes the newest provider that it has.
			version = "v" + strings.TrimPrefix(version, "v")
		}
		response.Packages = append(response.Packages, &pulumirpc.PackageDependency{
			Name:             name,
			Kind:             "resource",
			Version:          version,
			Server:           found.Server,
			Parameterization: parameterization(found.Parameterization),
			Extension:        parameterization(found.ExtensionParameterization),
		})
	}
	return response, nil
}

func parameterization(from *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if from == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: from.Name, Version: from.Version, Value: from.Value}
}

// installed finds a file of each installed package: <site-packages>/<package>/<name>.
func (p *python) installed(name string) ([]string, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	pattern := filepath.Join(p.environment, "lib", "python3*", "site-packages")
	if p.environment == "" {
		output, err := p.command("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").Output()
		if err != nil {
			return nil, fmt.Errorf("%s does not run: %w", p.executable, err)
		}
		pattern = strings.TrimSpace(string(output))
	}
	return filepath.Glob(filepath.Join(pattern, "*", name))
}

// GetProgramDependencies lists the installed packages, all of them, for `pulumi about`.
func (h *host) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	python, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	files, err := python.installed("METADATA")
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, file := range files { // …/<name>-<version>.dist-info/METADATA
		name, version, _ := strings.Cut(strings.TrimSuffix(filepath.Base(filepath.Dir(file)), ".dist-info"), "-")
		response.Dependencies = append(response.Dependencies, &pulumirpc.DependencyInfo{Name: name, Version: version})
	}
	return response, nil
}

// About tells which Python the program runs with.
func (h *host) About(_ context.Context, request *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	python, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	version, err := python.version()
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: python.executable,
		Version:    version,
		Metadata:   map[string]string{"toolchain": python.toolchain},
	}, nil
}

// InstallDependencies creates the environment and installs what the project declares, for `pulumi install`.
func (h *host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest,
	stream grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	python, err := resolvePython(request.GetInfo(), request.GetIsPlugin())
	if err != nil {
		return err
	}
	folder := request.GetInfo().GetProgramDirectory()
	var output io.Writer = writer(func(chunk []byte) error {
		return stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: chunk})
	})
	steps, err := installSteps(python, folder)
	if err != nil {
		return err
	}
	for _, step := range steps {
		command := exec.Command(step[0], step[1:]...)
		command.Dir = folder
		command.Env = append(withoutKeys(os.Environ(), "VIRTUAL_ENV", "PYTHONHOME"),
			"UV_PROJECT_ENVIRONMENT="+python.environment)
		command.Stdout, command.Stderr = output, output // One writer: os/exec then writes from one goroutine.
		if err := h.children.run(stream.Context(), command); err != nil {
			return fmt.Errorf("installing the dependencies of %s: `%s`: %w", folder, strings.Join(step, " "), err)
		}
	}
	return nil
}

func installSteps(p *python, folder string) (steps [][]string, err error) {
	requirements := filepath.Join(folder, "requirements.txt")
	_, missing := os.Stat(requirements)
	if p.toolchain == "uv" {
		if searchUp(folder, "pyproject.toml") != "" {
			return [][]string{{"uv", "sync"}}, nil
		}
		steps = [][]string{{"uv", "venv", "--allow-existing", p.environment}}
		if missing == nil {
			steps = append(steps, []string{"uv", "pip", "install", "--python", p.executable, "-r", requirements})
		}
		return steps, nil
	}
	if p.check() != nil {
		creator := &python{}
		if err := creator.useAmbient(); err != nil {
			return nil, err
		}
		steps = [][]string{{creator.executable, "-m", "venv", p.environment}}
	}
	if missing == nil {
		steps = append(steps, []string{p.executable, "-m", "pip", "install", "-r", requirements})
	}
	return steps, nil
}
