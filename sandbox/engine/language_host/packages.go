package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// GetRequiredPackages names the provider of each SDK that is installed, so that the engine can fetch it. Each SDK says
// which in its pulumi-plugin.json; reading these files takes milliseconds, asking pip takes a second.
func (h *host) GetRequiredPackages(
	ctx context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	p, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	if p.environment != "" && p.check() != nil {
		// Like the official host: a fresh check-out gets its environment by its first preview.
		if err := h.install(ctx, p, request.GetInfo().GetProgramDirectory(), os.Stdout); err != nil {
			return nil, err
		}
	}
	folders, err := p.packageFolders()
	if err != nil {
		return nil, err
	}
	packages := []*pulumirpc.PackageDependency{}
	for _, folder := range folders {
		files, _ := filepath.Glob(filepath.Join(folder, "*", "pulumi-plugin.json"))
		for _, file := range files {
			dependency, err := requiredPackage(file)
			if err != nil {
				return nil, err
			}
			if dependency != nil {
				packages = append(packages, dependency)
			}
		}
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, nil
}

// requiredPackage reads one pulumi-plugin.json; nil for a package without a provider.
func requiredPackage(file string) (*pulumirpc.PackageDependency, error) {
	found, err := plugin.LoadPulumiPluginJSON(file)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read, reinstall the package: %w", file, err)
	}
	if !found.Resource {
		return nil, nil
	}
	module := filepath.Base(filepath.Dir(file))
	name, version := found.Name, found.Version
	if name == "" {
		name = strings.ReplaceAll(strings.TrimPrefix(module, "pulumi_"), "_", "-")
	}
	if version == "" {
		// Only a plain version of the Python package tells the provider's: 1.2.0a1 could be any alpha build.
		installed, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(file)), module+"-*.dist-info"))
		for _, folder := range installed {
			if match := regexp.MustCompile(`-(\d+\.\d+\.\d+)\.dist-info$`).FindStringSubmatch(folder); match != nil {
				version = match[1]
			}
		}
		if version == "" {
			return nil, nil
		}
	}
	return &pulumirpc.PackageDependency{
		Name:             name,
		Kind:             "resource",
		Version:          "v" + strings.TrimPrefix(version, "v"),
		Server:           found.Server,
		Parameterization: parameterization(found.Parameterization),
		Extension:        parameterization(found.ExtensionParameterization),
	}, nil
}

func parameterization(from *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if from == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: from.Name, Version: from.Version, Value: from.Value}
}

// packageFolders lists where the interpreter finds packages: site-packages and the folders that editable installs add.
func (p *python) packageFolders() ([]string, error) {
	var folders []string
	if p.environment != "" {
		folders, _ = filepath.Glob(filepath.Join(p.environment, "lib", "python3*", "site-packages"))
	}
	if len(folders) == 0 {
		output, err := p.command("-c", "import json, sys; print(json.dumps([p for p in sys.path if 'packages' in p]))").Output()
		if err != nil {
			return nil, fmt.Errorf("%s does not run: %w", p.executable, err)
		}
		if err := json.Unmarshal(output, &folders); err != nil {
			return nil, err
		}
	}
	for _, folder := range slices.Clone(folders) {
		files, _ := filepath.Glob(filepath.Join(folder, "*.pth"))
		for _, file := range files {
			content, _ := os.ReadFile(file)
			for line := range strings.Lines(string(content)) {
				if line = strings.TrimSpace(line); filepath.IsAbs(line) {
					folders = append(folders, line)
				}
			}
		}
	}
	return folders, nil
}

// GetProgramDependencies lists the installed packages, for `pulumi about`.
func (h *host) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	p, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	folders, err := p.packageFolders()
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	needed := map[string]bool{} // by another package
	for _, folder := range folders {
		files, _ := filepath.Glob(filepath.Join(folder, "*.dist-info", "METADATA"))
		for _, file := range files {
			dependency, needs := readMetadata(file)
			response.Dependencies = append(response.Dependencies, dependency)
			for _, name := range needs {
				needed[name] = true
			}
		}
	}
	if !request.GetTransitiveDependencies() {
		response.Dependencies = slices.DeleteFunc(response.Dependencies, func(d *pulumirpc.DependencyInfo) bool {
			return needed[normalise(d.GetName())]
		})
	}
	return response, nil
}

var requirement = regexp.MustCompile(`^Requires-Dist: ([A-Za-z0-9._-]+)`)

// readMetadata reads the header of a package's METADATA (RFC 822): its name and version, and whom it needs.
func readMetadata(file string) (*pulumirpc.DependencyInfo, []string) {
	dependency := &pulumirpc.DependencyInfo{}
	content, err := os.Open(file)
	if err != nil {
		return dependency, nil
	}
	defer content.Close()
	var needs []string
	for lines := bufio.NewScanner(content); lines.Scan() && lines.Text() != ""; {
		line := lines.Text()
		if name, found := strings.CutPrefix(line, "Name: "); found {
			dependency.Name = name
		} else if version, found := strings.CutPrefix(line, "Version: "); found {
			dependency.Version = version
		} else if match := requirement.FindStringSubmatch(line); match != nil && !strings.Contains(line, "extra ==") {
			needs = append(needs, normalise(match[1]))
		}
	}
	return dependency, needs
}

// normalise spells a package's name as PEP 503 does.
func normalise(name string) string {
	return strings.ToLower(regexp.MustCompile(`[-_.]+`).ReplaceAllString(name, "-"))
}

// About tells which Python the program runs with.
func (h *host) About(_ context.Context, request *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	p, err := resolvePython(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	output, err := p.command("-c", "import platform; print(platform.python_version())").Output()
	if err != nil {
		return nil, fmt.Errorf("%s does not run: %w", p.executable, err)
	}
	return &pulumirpc.AboutResponse{
		Executable: p.executable,
		Version:    strings.TrimSpace(string(output)),
		Metadata:   map[string]string{"toolchain": p.toolchain, "typechecker": p.typechecker},
	}, nil
}

// InstallDependencies creates the environment and installs what the project declares, for `pulumi install`.
func (h *host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest,
	stream grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	p, err := resolvePython(request.GetInfo(), request.GetIsPlugin())
	if err != nil {
		return err
	}
	return h.install(stream.Context(), p, request.GetInfo().GetProgramDirectory(), writer(func(chunk []byte) error {
		return stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: chunk})
	}))
}
