"""Stacks and their configuration on the sandbox, without a change to the project's files.

The engine keeps a stack's encryption settings in Pulumi.<stack>.yaml, beside its configuration: it
writes a new salt there when it finds none, and calls the cloud's key service when it finds one
named. Either would be wrong for the sandbox. So the engine gets a copy of the file with the
sandbox's own settings, by `--config-file`.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.progress import SetupError, say

PASSPHRASE = "sandbox"  # noqa: S105 - public on purpose: nothing on the sandbox is secret.
# What `pulumi stack init` once made for that passphrase; constant, so that all copies agree.
SALT = "v1:XhJa7nIQB74=:v1:hXmJSbDgofvDXzZ/:SG/wlSaQxMaQre7iGiHm3VQWQC4zFA=="
# Names what stack files have in the salt's place, as JSON: tests give a key service by it.
ENCRYPTION = "MODEL_SERVING_SANDBOX_ENCRYPTION"


@dataclass(frozen=True)
class Project:
    """A Pulumi project: its folder and name."""

    folder: Path
    name: str

    def environment(self) -> Path | None:
        """The virtual environment that its Pulumi.yaml names; None when it names none."""
        text = (self.folder / "Pulumi.yaml").read_text()
        found = re.search(r"""["']?virtualenv["']?:\s*["']?([^\s"',}]+)""", text)
        return self.folder / found[1] if found else None

    def stack_file(self, stack: str) -> Path:
        """The project's own configuration of the stack."""
        return self.folder / f"Pulumi.{stack}.yaml"


def encryption(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a stack's file says of its encryption on the sandbox."""
    told = variables.get(ENCRYPTION)
    return json.loads(told) if told else {"encryptionsalt": SALT}


def encryption_lines(variables: Mapping[str, str] = os.environ) -> str:
    """The same as the file's lines."""
    return "".join(f"{key}: {value}\n" for key, value in encryption(variables).items())


def init_arguments(variables: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """What `stack init` is told, which else takes another provider than the passphrase away."""
    provider = encryption(variables).get("secretsprovider")
    return ("--secrets-provider", provider) if provider else ()


def find_project(start: Path) -> Project | None:
    """The project that the engine would find: the nearest Pulumi.yaml, upwards."""
    for folder in (start, *start.parents):
        file = folder / "Pulumi.yaml"
        if file.is_file():
            # A regular expression: a YAML parser takes longer to import than all the rest.
            pattern = r"""^\s*\{?["']?name["']?:\s*["']?([\w.-]+)"""
            found = re.search(pattern, file.read_text(), re.MULTILINE)
            return Project(folder, found[1]) if found else None
    return None


def state_file(home: Path, project: Project, stack: str) -> Path:
    """Where the engine keeps the stack's state."""
    return home / "state" / ".pulumi" / "stacks" / project.name / f"{stack}.json"


def selection_file(home: Path, project: Project) -> Path:
    """Where the engine keeps which stack `pulumi stack select` chose."""
    path = str(project.folder / "Pulumi.yaml")
    digest = hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()
    return home / "pulumi" / "workspaces" / f"{project.name}-{digest}-workspace.json"


def selected(home: Path, project: Project) -> str:
    """The stack chosen by `pulumi stack select` on this sandbox; empty if none is."""
    try:
        stacks = json.loads(selection_file(home, project).read_text())["stacks"]
        return stacks[f"file://{home / 'state'}"].rpartition("/")[2]
    except (OSError, ValueError, KeyError, AttributeError):
        return ""


def check_state(home: Path, project: Project, stack: str) -> None:
    """Refuse a state that was cut off, and name the engine's copy of the one before.

    Raises:
        SetupError: the file does not end as JSON does; the rest is for the engine to judge.
    """
    file = state_file(home, project, stack)
    if not file.exists():
        return
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - 16))
        end = opened.read().strip()
    if end.endswith(b"}"):
        return
    copies = home / "state" / ".pulumi" / "backups" / project.name / stack
    newest = max(copies.glob("*.json"), default=None)
    repair = f"`cp {newest} {file}`" if newest else f"remove {file}"
    raise SetupError(
        f"the state of {stack} is damaged: {file} is cut off. To go on with the engine's newest "
        f"copy: {repair}, then `sandbox/pulumi refresh --stack {stack}`."
    )


def create_when_declared(
    home: Path, project: Project, stack: str, *, pulumi: Path, variables: Mapping[str, str]
) -> None:
    """Create the stack when the project has a file for it and the sandbox has no state of it."""
    if state_file(home, project, stack).exists():
        return
    if not project.stack_file(stack).exists():
        declared = sorted(file.name.split(".")[1] for file in project.folder.glob("Pulumi.*.yaml"))
        if declared:
            say(f"There is no Pulumi.{stack}.yaml; the project has: {', '.join(declared)}.")
        return  # The engine says the rest.
    # Beside a project file of its own, because `stack init` writes to the stack's file.
    folder = home / "projects" / project.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: {project.name}\nruntime: python\n")
    (folder / f"Pulumi.{stack}.yaml").write_text(encryption_lines())
    answer = subprocess.run(
        [
            *(pulumi, "stack", "init", stack, "--no-select", "--non-interactive", "-C", folder),
            *init_arguments(),
        ],
        env=dict(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        say(f"Created stack {stack} on the sandbox.")
    elif not state_file(home, project, stack).exists():  # Else another run was faster.
        raise SetupError(f"Stack {stack} cannot be created: {answer.stderr.strip()}")


def sandbox_copy(home: Path, project: Project, stack: str) -> Path | None:
    """Write the copy of the stack's file for the engine and return its path; None to use the file.

    A file with values encrypted by a passphrase keeps its settings: only they can decrypt them.
    """
    source = project.stack_file(stack)
    text = source.read_text() if source.exists() else ""
    if text.lstrip().startswith("{"):
        return None  # Flow style takes no further line.
    if re.search(r"^\s+secure:", text, re.MULTILINE):
        service = re.search(r"^secretsprovider:\s*(\w+://\S+)", text, re.MULTILINE)
        if service and service[1] != encryption().get("secretsprovider"):
            raise SetupError(
                f"{source.name} holds secrets encrypted by a key service, which the sandbox cannot "
                "reach. Use `--config-file` with a copy in which they have plain test values."
            )
        return None
    kept = re.sub(
        r"^(secretsprovider|encryptedkey|encryptionsalt):.*\n?", "", text, flags=re.MULTILINE
    )
    if kept and not kept.endswith("\n"):
        kept += "\n"
    # One per content, never changed: runs at once may read different ones.
    content = f"{kept}{encryption_lines()}"
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    copy = home / "projects" / project.name / digest / source.name
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        partial = copy.with_suffix(f".{os.getpid()}")
        partial.write_text(content)
        partial.replace(copy)
    return copy
