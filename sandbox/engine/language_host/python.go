package main

import (
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
	toolchain   string // pip or uv
}

// resolvePython finds the interpreter by the official host's rules: the option `virtualenv`, relative to the folder of
// the project file; without it `.venv` beside the nearest uv.lock when the toolchain is uv (or is not named and there
// is a uv.lock), `venv` for a plugin, else the interpreter on PATH.
func resolvePython(info *pulumirpc.ProgramInfo, isPlugin bool) (*python, error) {
	options := info.GetOptions().AsMap()
	p := &python{toolchain: "pip"}
	project := searchUp(info.GetProgramDirectory(), "uv.lock")
	if chosen, _ := options["toolchain"].(string); chosen != "" {
		p.toolchain = chosen
	} else if project != "" {
		p.toolchain = "uv"
	}
	if p.toolchain != "pip" && p.toolchain != "uv" {
		return nil, leftOut("the toolchain " + p.toolchain + " (it has pip and uv)")
	}
	if chosen, _ := options["virtualenv"].(string); chosen != "" {
		p.environment = under(info.GetRootDirectory(), chosen)
	} else if p.toolchain == "uv" {
		if project == "" {
			project = searchUp(info.GetProgramDirectory(), "pyproject.toml")
		}
		if project == "" {
			project = info.GetProgramDirectory()
		}
		p.environment = filepath.Join(project, ".venv")
		if chosen := os.Getenv("UV_PROJECT_ENVIRONMENT"); chosen != "" {
			p.environment = under(project, chosen)
		}
	} else if isPlugin {
		p.environment = filepath.Join(info.GetRootDirectory(), "venv")
	} else {
		return p, p.useAmbient()
	}
	p.executable = filepath.Join(p.environment, "bin", "python")
	return p, nil
}

func (p *python) useAmbient() (err error) {
	names := []string{"python3", "python"}
	if chosen := os.Getenv("PULUMI_PYTHON_CMD"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if p.executable, err = exec.LookPath(name); err == nil {
			return nil
		}
	}
	return fmt.Errorf("there is no Python on PATH (looked for %s): install it, or name an environment by the option "+
		"virtualenv in Pulumi.yaml", strings.Join(names, ", "))
}

// check tells whether the environment is there.
func (p *python) check() error {
	if _, err := os.Stat(p.executable); err != nil {
		return fmt.Errorf("there is no Python in %s: create the environment by `pulumi install`, or correct the option "+
			"virtualenv", p.environment)
	}
	return nil
}

// version reads what an environment says of its interpreter, which the engine asks for in each run; only where it says
// nothing, the interpreter is started.
func (p *python) version() (string, error) {
	if p.environment != "" {
		settings, _ := os.ReadFile(filepath.Join(p.environment, "pyvenv.cfg"))
		for line := range strings.Lines(string(settings)) {
			key, value, _ := strings.Cut(line, "=")
			// The standard library's venv writes the first, uv the second, virtualenv that with `.final.0`.
			if key = strings.TrimSpace(key); key == "version" || key == "version_info" {
				parts := strings.Split(strings.TrimSpace(value), ".")
				return strings.Join(parts[:min(3, len(parts))], "."), nil
			}
		}
	}
	output, err := p.command("-c", "import platform; print(platform.python_version())").Output()
	if err != nil {
		return "", fmt.Errorf("%s does not run: %w", p.executable, err)
	}
	return strings.TrimSpace(string(output)), nil
}

// standIn names what is started instead of an environment's interpreter, and finds by VIRTUAL_ENV whose it stands for.
const standIn = "MODEL_SERVING_SANDBOX_PYTHON"

// command runs Python with the environment active, as `source bin/activate` would.
func (p *python) command(arguments ...string) *exec.Cmd {
	executable := p.executable
	if chosen := os.Getenv(standIn); chosen != "" && p.environment != "" {
		executable = chosen
	}
	command := exec.Command(executable, arguments...)
	command.Env = os.Environ()
	if p.environment != "" {
		command.Env = append(withoutKeys(command.Env, "PATH", "VIRTUAL_ENV", "PYTHONHOME"),
			"VIRTUAL_ENV="+p.environment,
			"PATH="+filepath.Join(p.environment, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	return command
}

// under resolves a path of the settings against a folder.
func under(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
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
