"""Who does what: the command of each contender over each set of models."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.peers import tools
from tests.judges.scanners import tools as scanners

__all__ = [
    "CONTENDERS",
    "ROOT",
    "Command",
    "Contender",
    "Place",
    "plain_project",
    "project_file",
    "variables",
]

ROOT: Final = Path(__file__).resolve().parents[2]
_SERVING: Final = ROOT / ".venv/bin/serving"
_PULUMI: Final = ROOT / "sandbox/pulumi"
_PLAIN: Final = ROOT / "benchmarks/peers/plain"
_MODEL: Final = "model-0000"
EVERYWHERE: Final = ("sagemaker", "kubernetes", "mixed")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work of one set and size is: our project, and what the peers read."""

    work: str
    models: int
    ours: Path
    peers: Path
    home: Path


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, where, and with which variables."""

    line: tuple[str | Path, ...]
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    expect: int = 0


@dataclass(frozen=True, slots=True)
class Contender:
    """One that does the work of some sets; `most` is how many models it is run with by default."""

    name: str
    sets: tuple[str, ...]
    command: Callable[[Place], Command]
    most: int = 100
    ours: bool = False


def _ours(*arguments: str) -> Callable[[Place], Command]:
    def command(place: Place) -> Command:
        return Command((_SERVING, *arguments, "--env", "dev"), place.ours, variables(place))

    return command


def variables(place: Place) -> dict[str, str]:
    """Of every command of ours at this place."""
    cache = os.environ.get("MODEL_SERVING_CACHE", str(ROOT / ".cache"))
    return {
        # A store and a state of its own, and the caches of this project.
        "MODEL_SERVING_SANDBOX_HOME": str(place.home),
        "MODEL_SERVING_CACHE": cache,
        "PYTHONPYCACHEPREFIX": f"{cache}/bytecode",
        "PYTHONDONTWRITEBYTECODE": "",
        "BENCH_WORK": str(place.peers),
    }


def _preview(place: Place) -> Command:
    line = (_PULUMI, "preview", "--stack", "dev")
    return Command(line, place.ours, variables(place))


def _report(place: Place) -> Command:
    line = (ROOT / "sandbox/run", _SERVING, "preview", "--env", "dev")
    return Command(line, place.ours, variables(place))


def _only(place: Place) -> Command:
    one = _report(place)
    return Command((*one.line, "--only", _MODEL), one.folder, one.variables)


def plain_project(place: Place) -> Path:
    """The hand-written program as a project of its own beside the names that it reads."""
    project = place.peers / "plain"
    if not project.exists():
        project.mkdir()
        (project / "Pulumi.yaml").write_text(project_file("plain"))
        (project / "Pulumi.dev.yaml").write_text("config: {}\n")
        (project / "__main__.py").write_bytes((_PLAIN / "__main__.py").read_bytes())
    return project


def project_file(name: str) -> str:
    """`Pulumi.yaml` of a project in this project's environment."""
    return (
        f"name: {name}\nruntime:\n  name: python\n"
        f"  options: {{toolchain: uv, virtualenv: {ROOT / '.venv'}}}\n"
    )


def _plain(place: Place) -> Command:
    given = variables(place) | {"MODEL_SERVING_SANDBOX_HOME": f"{place.home}-plain"}
    return Command((_PULUMI, "preview", "--stack", "dev"), plain_project(place), given)


def _synth(
    program: Callable[[], tuple[str | Path, ...]], **more: str
) -> Callable[[Place], Command]:
    def command(place: Place) -> Command:
        given = {
            "BENCH_WORK": str(place.peers),
            "BENCH_OUT": str(place.peers / "out"),
            "PYTHONPYCACHEPREFIX": "",
            **more,
        }
        return Command(program(), place.peers, given)

    return command


def _cdk() -> tuple[str | Path, ...]:
    return (tools.node(), tools.cdk() / "app.js")


def _cdk_python() -> tuple[str | Path, ...]:
    return (tools.python(), tools.HERE / "python/cdk_app.py")


def _cdk8s() -> tuple[str | Path, ...]:
    return (tools.python(), tools.HERE / "python/cdk8s_app.py")


def _helm(place: Place) -> Command:
    return Command((tools.helm(), "template", "models", place.peers / "chart"), place.peers)


def _kustomize(place: Place) -> Command:
    return Command((tools.kustomize(), "build", place.peers / "kustomize"), place.peers)


def _kube_score(place: Place) -> Command:
    # It ends with 1 where it finds something.
    line = (scanners.kube_score(), "score", "--exit-one-on-warning", place.peers / "objects.yaml")
    return Command(line, place.peers, {**scanners.OFFLINE}, expect=1)


def _checkov(place: Place) -> Command:
    line = (
        *(scanners.checkov(), "--file", place.peers / "objects.yaml", "--framework", "kubernetes"),
        *("--soft-fail", "--skip-download", "--compact", "--quiet"),
    )
    return Command(line, place.peers, {**scanners.OFFLINE})


_OFF: Final = {"CDK_VALIDATION": "false"}
CONTENDERS: Final = (
    Contender(
        "serving check --no-guardrails",
        ("mixed",),
        _ours("check", "--no-guardrails"),
        1000,
        ours=True,
    ),
    Contender("serving check", EVERYWHERE, _ours("check"), ours=True),
    Contender("preview, engine", ("sagemaker", "mixed"), _preview, ours=True),
    Contender("serving preview", ("mixed",), _report, ours=True),
    Contender("serving preview --only", ("mixed",), _only, 1000, ours=True),
    Contender("plain Pulumi, engine", ("sagemaker", "mixed"), _plain),
    Contender("CDK JavaScript", ("sagemaker",), _synth(_cdk)),
    Contender("CDK JavaScript, validation off", ("sagemaker",), _synth(_cdk, **_OFF), 1000),
    Contender("CDK Python", ("sagemaker",), _synth(_cdk_python)),
    Contender("CDK Python, validation off", ("sagemaker",), _synth(_cdk_python, **_OFF)),
    Contender("cdk8s Python", ("kubernetes",), _synth(_cdk8s)),
    Contender("helm template", ("kubernetes",), _helm, 1000),
    Contender("kustomize build", ("kubernetes",), _kustomize),
    Contender("checkov", ("kubernetes",), _checkov),
    Contender("kube-score", ("kubernetes",), _kube_score),
)
