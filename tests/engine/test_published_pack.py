"""The pack as others get it: a folder, an environment with `pulumi` alone, a program of theirs."""

import venv
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from policies.publish import PublishError, main, publish

from .conftest import Sandbox

pytestmark = pytest.mark.engine

# No SDK of a cloud: resources by their tokens, as another language would register them.
FOREIGN = """
import sys
import pulumi

assert not any("policies" in path for path in sys.path), sys.path

class Theirs(pulumi.CustomResource):
    pass

provider = Theirs.__new__(pulumi.ProviderResource)
pulumi.ProviderResource.__init__(provider, "aws", "aws", {"region": "eu-west-1"})
Theirs(
    "aws:cloudwatch/logGroup:LogGroup", "logs", {}, pulumi.ResourceOptions(provider=provider))
"""


def environment_of_pulumi_alone(folder: Path) -> None:
    """What `pulumi install` makes, from the packages that are here already."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    todo, seen = ["pulumi"], set[str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        found = distribution(name)
        for path in {Path(str(file)).parts[0] for file in found.files or ()} - {".."}:
            link = packages / path
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(path))))
        todo += [
            one.name
            for one in map(Requirement, found.requires or ())
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ]


def test_published_pack_judges_a_program_of_others(sandbox: Sandbox) -> None:
    pack = sandbox.folder / "guardrails"
    publish(pack)
    environment_of_pulumi_alone(pack / "venv")
    options = {"toolchain": "pip", "virtualenv": str(pack / "venv")}
    project = sandbox.project(FOREIGN, name="theirs", runtime_options=options)
    answer = sandbox.pulumi(
        *("preview", "--stack", "dev", "--non-interactive", "--policy-pack", str(pack)),
        cwd=project,
        check=False,
    )
    printed = answer.stdout + answer.stderr
    assert answer.returncode != 0, printed
    assert "model-serving-guardrails@v" in printed
    assert "[mandatory] [severity: low]  cost/log-retention" in printed
    assert "Traceback" not in printed


def test_only_its_own_folder_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "pack"
    assert main([str(pack)]) == 0
    (pack / "policies" / "left_over.py").touch()
    (pack / "venv").mkdir()
    publish(pack)
    assert not (pack / "policies" / "left_over.py").exists()
    assert (pack / "venv").is_dir()
    assert (pack / "requirements.txt").read_text().startswith("pulumi==")
    other = tmp_path / "other"
    other.mkdir()
    (other / "thing").touch()
    with pytest.raises(PublishError):
        publish(other)
    assert main([str(other)]) == 1
    assert "fix: name a new folder" in capsys.readouterr().err
