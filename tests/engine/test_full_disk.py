"""`serving` on a full or a read-only disk: told, nothing half written, and it goes on after it."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.store import Fault
from tests.engine.conftest import ROOT, Sandbox
from tests.engine.running import running_up, serving_up, wait_until
from tests.engine.small_disk import SmallDisk, small_disk
from tests.engine.whole_project import copy_of_project

pytestmark = pytest.mark.engine

LOGS = "aws:cloudwatch/logGroup:LogGroup"
COUNT = 8
# The tags of each need more room in the state than the engine frees while it writes it.
PROGRAM = f"""
import pulumi, pulumi_aws as aws
tags = {{str(number): "x" * 200 for number in range(40)}}
before = []
for number in range({COUNT}):
    opts = pulumi.ResourceOptions(depends_on=before)
    logs = aws.cloudwatch.LogGroup(f"{{number}}", name=f"/iris/{{number}}", tags=tags, opts=opts)
    before = [logs]
"""


def test_a_disk_that_fills_up_in_an_update_loses_nothing(sandbox: Sandbox) -> None:
    with small_disk(sandbox.folder / "disk", 1) as disk:
        sandbox.home.mkdir(parents=True)
        (disk.folder / "state").mkdir()
        (sandbox.home / "state").symlink_to(disk.folder / "state")
        folder = sandbox.project(PROGRAM, {"aws:region": "eu-west-1"})
        sandbox.new_stack(folder)
        with sandbox.store() as store:
            store.add_fault(Fault(LOGS, "create", "slow", seconds=1, count=COUNT))
        command = serving_up(folder)
        with running_up(sandbox, folder, command) as run:
            wait_until(
                lambda: len(_there(sandbox)) > 1 or run.process.poll() is not None,
                *(60, "some are made"),
            )
            disk.fill()
            said = run.fails()
        assert "no space left on device" in said
        assert "This goes on from there: serving up --env dev" in said
        assert len(_there(sandbox)) < COUNT
        refused = sandbox.run(*command, cwd=folder, check=False)
        assert refused.returncode == 1
        assert "the state cannot be written: " in refused.stderr
        assert "nothing was begun" in refused.stderr
        disk.empty()
        sandbox.run(*command, cwd=folder)
        assert len(_there(sandbox)) == COUNT
        assert {each["id"] for each in sandbox.resources(folder)} == _there(sandbox)
        assert not sandbox.state(folder).get("pending_operations")


def _there(sandbox: Sandbox) -> set[str]:
    with sandbox.store() as store:
        return {row.id for row in store.list("aws", LOGS)}


# Of the commands that write files those that need no engine, and what each is given.
WRITERS: tuple[tuple[str, ...], ...] = (
    ("check", "--no-guardrails", "--format", "junit", "--output", "new/report.xml"),
    ("env", "new", "staging", "--yes"),
    (
        *("release", "fraud", "dev", "--version", "1.6.0"),
        *("--uri", "s3://example-models/fraud/1.6.0/model.tar.gz", "--yes"),
    ),
    ("schema",),
)
STATES: dict[str, tuple[Callable[[SmallDisk], None], str]] = {
    "full": (SmallDisk.fill, "No space left on device"),
    "read only": (SmallDisk.make_read_only, "Read-only file system"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_command_that_cannot_write_says_so_and_leaves_all_as_it_was(
    sandbox: Sandbox, state: str
) -> None:
    sets, reason = STATES[state]
    with small_disk(sandbox.folder / "disk", 16) as disk:
        root = copy_of_project(disk.folder / "project")
        written_before = root / "docs" / "schema" / "model.json"
        written_before.parent.mkdir(parents=True)
        written_before.write_text("{}\n")
        # Not by a link, which leads away from the disk.
        (root / "policies").unlink()
        shutil.copytree(ROOT / "policies" / "config", root / "policies" / "config")
        sets(disk)
        before = _content(root)
        for arguments in WRITERS:
            serving = (ROOT / ".venv" / "bin" / "serving", *arguments)
            done = subprocess.run(
                disk.beside(disk.place / "project", *serving),
                env=sandbox.cold,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 1, done
            assert re.search(rf"^error: .* cannot be written: {reason}\n  fix: ", done.stderr), done
            assert _content(root) == before, done


def _content(root: Path) -> dict[str, str]:
    """Digests of the files that are the project's own, and its folders; a link leads out of it."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder) / name
            is_file = path.is_file() and not path.is_symlink()
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else ""
    return found
