package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// python is the interpreter that a program, pack or plugin runs with.
type python struct {
	executable  string
	environment string // folder of the virtual environment; empty for the interpreter on PATH
	toolchain   string // pip, poetry or uv
	typechecker string // mypy, pyright or empty
}

// resolvePython finds the interpreter by the official host's rules: the option `virtualenv`, relative to the folder of
// the project file; without it `.venv` beside the nearest uv.lock when the toolchain is uv (or is not named and there
// is a uv.lock), `venv` for a plugin, else the interpreter on PATH. VIRTUAL_ENV plays no part except through PATH.
func resolvePython(info *pulumirpc.ProgramInfo, isPlugin bool) (*python, error) {
	options := info.GetOptions().AsMap()
	text := func(key string) string { value, _ := options[key].(string); return value }
	p := &python{toolchain: text("toolchain"), typechecker: text("typechecker")}
	lock := searchUp(info.GetProgramDirectory(), "uv.lock")
	if p.toolchain == "" {
		p.toolchain = "pip"
		if lock != "" {
			p.toolchain = "uv"
		} else if searchUp(info.GetProgramDirectory(), "poetry.lock") != "" {
			p.toolchain = "poetry"
		}
	}
	if !slices.Contains([]string{"pip", "poetry", "uv"}, p.toolchain) {
		return nil, fmt.Errorf("option toolchain: got %q; use pip, poetry or uv", p.toolchain)
	}
	virtualenv := text("virtualenv")
	switch {
	case virtualenv != "":
		if !filepath.IsAbs(virtualenv) {
			virtualenv = filepath.Join(info.GetRootDirectory(), virtualenv)
		}
	case p.toolchain == "uv":
		project := lock
		if project == "" {
			project = searchUp(info.GetProgramDirectory(), "pyproject.toml")
		}
		if project == "" {
			project = info.GetProgramDirectory()
		}
		virtualenv = filepath.Join(project, ".venv")
		if chosen := os.Getenv("UV_PROJECT_ENVIRONMENT"); chosen != "" {
			virtualenv = chosen
			if !filepath.IsAbs(chosen) {
				virtualenv = filepath.Join(project, chosen)
			}
		}
	case p.toolchain == "poetry":
		command := exec.Command("poetry", "env", "info", "--path")
		command.Dir = info.GetProgramDirectory()
		found, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("`poetry env info --path` failed in %s: %w", command.Dir, err)
		}
		virtualenv = strings.TrimSpace(string(found))
	case isPlugin:
		virtualenv = filepath.Join(info.GetRootDirectory(), "venv")
	}
	if virtualenv != "" {
		p.environment = virtualenv
		p.executable = filepath.Join(virtualenv, "bin", "python")
		return p, nil
	}
	names := []string{"python3", "python"}
	if chosen := os.Getenv("PULUMI_PYTHON_CMD"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			p.executable = found
			return p, nil
		}
	}
	return nil, fmt.Errorf("no Python on PATH (looked for %s); install Python 3.11 or newer, "+
		"or name an environment by the option virtualenv in Pulumi.yaml", strings.Join(names, ", "))
}

// check tells whether the environment is there.
func (p *python) check() error {
	if _, err := os.Stat(p.executable); err != nil {
		return fmt.Errorf("there is no Python in %s; create the environment by `pulumi install`, "+
			"or correct the option virtualenv", p.environment)
	}
	return nil
}

// command runs Python with the environment active, as `source bin/activate` would.
func (p *python) command(arguments ...string) *exec.Cmd {
	command := exec.Command(p.executable, arguments...)
	command.Env = os.Environ()
	if p.environment != "" {
		command.Env = append(withoutKeys(command.Env, "PATH", "VIRTUAL_ENV", "PYTHONHOME"),
			"VIRTUAL_ENV="+p.environment,
			"PATH="+filepath.Join(p.environment, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	return command
}

// typecheck runs the type checker that Pulumi.yaml asks for and returns its complaints.
func (p *python) typecheck(ctx context.Context, c *children, folder string) string {
	if err := p.check(); err != nil {
		return err.Error()
	}
	if p.typechecker == "" {
		return ""
	}
	command := p.command("-m", p.typechecker, folder)
	command.Dir = folder
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	if err := (&host{children: c}).run(ctx, command); err != nil {
		return fmt.Sprintf("%s failed: %v\n%s", p.typechecker, err, output.String())
	}
	return ""
}

// searchUp returns the nearest folder, from the given one upwards, that holds the file; empty if there is none.
func searchUp(folder, file string) string {
	for {
		if _, err := os.Stat(filepath.Join(folder, file)); !errors.Is(err, os.ErrNotExist) {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}

// withoutKeys drops variables from a list of key=value.
func withoutKeys(environment []string, keys ...string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(entry string) bool {
		key, _, _ := strings.Cut(entry, "=")
		return slices.Contains(keys, key)
	})
}
