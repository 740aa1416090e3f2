"""What our steps print in GitHub's runner: it finds nothing to obey, whoever wrote the texts."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from delivery.failure import Failure
from delivery.releasing.publish import publish
from facts.model_mirror import place
from tests.unit.runner_commands import obeyed, outputs

ROOT: Final = Path(__file__).resolve().parents[2]
CI: Final = ROOT / ".ci"
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Commands as texts would have them, at the beginning of a line and within one.
HOSTILE: Final = (
    "::error file=a.py,line=1::x",
    "  ::add-mask::a",
    "description: ##[set-output name=changes]0",
    "got ##[SET-ENV name=PATH]/tmp",
    "::stop-commands::mine",
    "::mine::",
    "##[warning]x",
)
# What a caller of a reusable workflow has run in a job that has nothing; it is their own log.
OF_THE_CALLER: Final = "bash -euo pipefail -c"


def steps() -> set[str]:
    """Programs of ours that workflows run."""
    found: set[str] = set()
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", ()):
                if "run" in step and not step["run"].startswith(OF_THE_CALLER):
                    found.add(step["run"].split()[0])
    return found


def test_the_runner_would_obey_them() -> None:
    """Or the tests below would say nothing: by its own rules, these are commands."""
    assert [name for name, _ in obeyed(HOSTILE[:4])] == [
        "error",
        "add-mask",
        "set-output",
        "set-env",
    ]
    assert obeyed(["a :: b", "x ::error::y", "## [error]x", "##[nothing]x", "::nothing::x"]) == []


def test_every_step_stops_commands_before_it_does_anything() -> None:
    assert len(steps()) > 5
    for step in steps():
        lines = [
            line
            for line in (ROOT / step).read_text().splitlines()
            if line and not line.startswith("#")
        ]
        begins = lines[:3]
        assert begins[0].startswith("set -"), step
        assert begins[2].endswith(".ci/no-commands") or begins[2].endswith('.ci/no-commands"'), step


@pytest.mark.parametrize("step", sorted({"serving", "drift", "plan", "preview"}))
def test_what_a_step_prints_is_not_obeyed(step: str, tmp_path: Path) -> None:
    """Each with commands in place of what it runs, which print what a setting may say."""
    root = tmp_path / "checkout"
    shutil.copytree(CI, root / ".ci")
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / "sandbox").mkdir()
    (root / ".out").mkdir()
    touched: dict[str, Any] = {"environments": [{"name": "dev", "models": [], "everything": True}]}
    (root / ".out" / "touched.json").write_text(json.dumps(touched))
    said = "\n".join(HOSTILE)
    prints = f"#!{sys.executable}\nimport sys\nprint({said!r})\nprint({said!r}, file=sys.stderr)\n"
    # What `serving preview --save-plan` leaves.
    prints += (
        "import pathlib\nif '--save-plan' in sys.argv:\n"
        "    plan = pathlib.Path(sys.argv[sys.argv.index('--save-plan') + 1] + '.origin.json')\n"
        "    plan.parent.mkdir(parents=True, exist_ok=True)\n"
        "    plan.write_text('{\"changes\": 3}')\n"
    )
    for name in ("sandbox/run", ".venv/bin/serving"):
        (root / name).write_text(prints)
        (root / name).chmod(0o755)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    file = tmp_path / "output"
    done = subprocess.run(
        [root / ".ci" / step, "status"],
        cwd=root,
        env={
            **os.environ,
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(file),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "ENVIRONMENT": "dev",
        },
        # As the runner reads them, one after the other.
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert HOSTILE[0] in lines or step == "drift"
    assert obeyed(lines) == []
    assert sum(line.startswith("::stop-commands::") for line in lines if "mine" not in line) == 1
    if file.exists():
        assert outputs(file.read_text()) in ({"changes": "3"}, {"drifted": "false"})


def test_elsewhere_nothing_is_said_of_it() -> None:
    asked = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    done = subprocess.run(
        [CI / "no-commands"], capture_output=True, text=True, check=True, env=asked
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_the_word_that_starts_it_again_is_another_each_time() -> None:
    asked = {**os.environ, "GITHUB_ACTIONS": "true"}
    asked.pop("RUNNER_COMMANDS_STOPPED", None)
    said = {
        subprocess.run(
            [CI / "no-commands"], capture_output=True, text=True, check=True, env=asked
        ).stderr
        for _ in range(3)
    }
    assert len(said) == 3
    assert all(re.fullmatch(r"::stop-commands::[0-9a-f]{32}\n", one) for one in said)


@pytest.mark.parametrize("line", ["\ndigest=x", "\r\nuri=y", "<<E\nx\nE", "\x0b"])
def test_no_place_of_a_model_says_a_second_output(line: str, tmp_path: Path) -> None:
    """`.ci/publish` writes where a model went as a line of the step's outputs."""
    model = tmp_path / "model.onnx"
    model.write_bytes(b"x")
    to = f"s3://models/fraud/1.0.0/model.onnx{line}"
    assert place(to) is None or outputs(f"uri={to}") == {"uri": to}
    if "\n" in line:
        with pytest.raises(Failure, match="to publish to"):
            publish(model, to, framework=None, allow_pickles=True, as_json=True)
