package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// install creates the environment and installs the dependencies declared in the folder, by the project's toolchain.
func (h *host) install(ctx context.Context, p *python, folder string, output io.Writer) error {
	steps, err := installSteps(p, folder)
	if err != nil {
		return err
	}
	for _, step := range steps {
		command := exec.Command(step[0], step[1:]...)
		command.Dir = folder
		command.Env = withoutKeys(os.Environ(), "VIRTUAL_ENV", "PYTHONHOME")
		if p.environment != "" {
			command.Env = append(command.Env, "UV_PROJECT_ENVIRONMENT="+p.environment)
		}
		command.Stdout, command.Stderr = output, output // One writer: os/exec then never writes from two goroutines.
		if err := h.run(ctx, command); err != nil {
			return fmt.Errorf("installing the dependencies of %s: `%s`: %w", folder, strings.Join(step, " "), err)
		}
	}
	return nil
}

func installSteps(p *python, folder string) ([][]string, error) {
	requirements := filepath.Join(folder, "requirements.txt")
	_, noRequirements := os.Stat(requirements)
	switch p.toolchain {
	case "poetry":
		return [][]string{{"poetry", "install", "--no-interaction"}}, nil
	case "uv":
		if searchUp(folder, "pyproject.toml") != "" {
			return [][]string{{"uv", "sync"}}, nil
		}
		steps := [][]string{{"uv", "venv", "--allow-existing", p.environment}}
		if noRequirements == nil {
			steps = append(steps, []string{"uv", "pip", "install", "--python", p.executable, "-r", requirements})
		}
		return steps, nil
	}
	var steps [][]string
	if p.environment != "" && p.check() != nil {
		creator, err := resolvePython(nil, false)
		if err != nil {
			return nil, err
		}
		steps = append(steps, []string{creator.executable, "-m", "venv", p.environment})
	}
	if noRequirements == nil {
		steps = append(steps, []string{p.executable, "-m", "pip", "install", "-r", requirements})
	} else if _, err := os.Stat(filepath.Join(folder, "pyproject.toml")); err == nil {
		steps = append(steps, []string{p.executable, "-m", "pip", "install", folder})
	}
	return steps, nil
}
