"""Whole examples as Pulumi programs: the real engine, the real SDK, preview and up on the sandbox.

Many examples make one program, so that the engine and the SDK start once; each resource has its
example's number before its name. An example's files are there, empty; what else it takes from its
surroundings (a role or a project by name) is not, and a refusal for that is counted apart.
"""

import json
import os
import random
import re
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clouds import cloud
from sandbox.values import mapped
from sandbox.wire import asset_kind
from tests.judges import manifests
from tests.judges.corpora import sdk
from tests.judges.corpora.docs import texts
from tests.judges.corpora.model import Corpus, Example
from tests.judges.panel import PANEL, PROGRAMS
from tests.judges.walk import places

__all__ = ["Outcome", "judged"]

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 600
PREVIEWS = 6
BATCH = 40
SEED = 1
PROGRAM = """
import json, pathlib, traceback
import pulumi

examples = json.loads(pathlib.Path("examples.json").read_text())
number = ""
begin = pulumi.Resource.__init__


def begin_numbered(self, t, name, *args, **kwargs):
    begin(self, t, name if t == "pulumi:pulumi:Stack" else f"{number}-{name}", *args, **kwargs)


pulumi.Resource.__init__ = begin_numbered
failed = {}
pathlib.Path("failed.json").write_text("{}")
for name, text in examples.items():
    number = f"e{list(examples).index(name)}"
    try:
        exec(compile(text, name, "exec"), {"__name__": name})
    except BaseException as error:
        failed[name] = "".join(traceback.format_exception_only(error))
        pathlib.Path("failing.json").write_text(json.dumps(failed))
        pathlib.Path("failing.json").replace("failed.json")
"""
# What comes of the engine's end, after another example's error.
ENDING = "connection is closing"
# What follows from another failure: the engine leaves out what that one would have given.
FOLLOWING = re.compile(r"value output<\w+>\{\} has a problem: [^:]+: missing required property")
# What the sandbox says of something that an example takes for granted.
ABSENT = re.compile(
    r"does not exist|not found|no matching|no matches for kind|returned an error: no \w+ with"
)


@dataclass
class Outcome:
    """What became of one example: the messages of preview and up, by resource."""

    example: str
    preview: list[str] = field(default_factory=list[str])
    up: list[str] = field(default_factory=list[str])

    @property
    def refused(self) -> list[str]:
        """Messages that the surroundings do not explain."""
        up = [text for text in self.up if not FOLLOWING.search(text)]
        return [text for text in (*self.preview, *up) if not ABSENT.search(text)]

    @property
    def verdict(self) -> str:
        """`made`, `lacks its surroundings`, or `refused`."""
        if self.refused:
            return "refused"
        return "lacks its surroundings" if self.preview or self.up else "made"


def judged(provider: str, corpus: Corpus, folder: Path) -> list[Outcome]:
    """What becomes of a sample of the examples that need nothing from elsewhere."""
    examples, names = corpus.examples, dict[str, str]()
    if provider == "kubernetes":
        examples, programs = manifests.programs(corpus)
    else:
        library = cloud(provider)
        tokens = {resource.token for example in examples for resource in example.resources}
        naming = {token: library.naming(token) for token in tokens}
        names = {token: found.property for token, found in naming.items() if found}
        programs = texts(provider, sdk.modules(provider))
    return [
        outcome
        for number, batch in enumerate(batches(examples, names, PROGRAMS, BATCH, SEED))
        for outcome in outcomes(
            folder / f"{provider}-{number}", batch, programs, PANEL[provider].config
        )
    ]


def batches(
    examples: Sequence[Example], names: Mapping[str, str], count: int, size: int, seed: int
) -> Iterator[list[Example]]:
    """A sample of the whole programs, in batches where no two give a resource the same name.

    Args:
        examples: of a corpus.
        names: by type, the property that names its resources.
        count: of examples in all.
        size: of a batch.
        seed: of the sample.
    """
    whole = sorted((each for each in examples if not each.needs), key=lambda each: each.name)
    chosen = random.Random(seed).sample(whole, min(count, len(whole)))  # noqa: S311 - no secret
    while chosen:
        taken: set[tuple[str, str]] = set()
        batch: list[Example] = []
        for example in chosen:
            own = _own_names(example, names)
            if len(batch) < size and not own & taken:
                batch.append(example)
                taken |= own
        chosen = [example for example in chosen if example not in batch]
        yield batch


def _own_names(example: Example, names: Mapping[str, str]) -> set[tuple[str, str]]:
    """Types with what names or identifies a resource of them, as `workloadIdentityPoolId`."""
    return {
        (resource.token, value)
        for resource in example.resources
        for name, value in {**resource.inputs, **mapped(resource.inputs.get("metadata"))}.items()
        if isinstance(value, str)
        and (name == names.get(resource.token, "name") or name.endswith("Id"))
    }


def outcomes(
    folder: Path, batch: list[Example], texts: Mapping[str, str], config: Mapping[str, str]
) -> list[Outcome]:
    """Preview and up of one batch in a sandbox of its own under `folder`."""
    project = folder / "project"
    project.mkdir(parents=True)
    for example in batch:
        for path in _files(example):
            _make_file(project / path)
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": f"{ROOT}/.venv"}}
    (project / "Pulumi.yaml").write_text(f"name: judged\nruntime: {json.dumps(runtime)}\n")
    (project / "Pulumi.dev.yaml").write_text(f"config: {json.dumps(config)}\n")
    (project / "__main__.py").write_text(PROGRAM)
    found = {example.name: Outcome(example.name) for example in batch}
    # A preview ends with its first error; the next one is without that example.
    for _ in range(PREVIEWS):
        if not _run(folder, project, "preview", found, texts):
            break
    _run(folder, project, "up", found, texts)
    return list(found.values())


def _run(
    folder: Path,
    project: Path,
    phase: str,
    found: Mapping[str, Outcome],
    texts: Mapping[str, str],
) -> int:
    """Run the examples that no preview has refused, add what is said of them; answers how much."""
    running = [name for name, outcome in found.items() if not outcome.preview]
    (project / "examples.json").write_text(json.dumps({name: texts[name] for name in running}))
    said = [(running[index], text) for index, text in _errors(folder, project, phase)]
    failed = json.loads((project / "failed.json").read_text(encoding="utf-8"))
    said += [
        (name, f"the program fails: {text}") for name, text in failed.items() if ENDING not in text
    ]
    for name, text in said:
        getattr(found[name], phase).append(text)
    return len(said)


def _errors(folder: Path, project: Path, phase: str) -> Iterator[tuple[int, str]]:
    """The engine's errors, by the number of the example."""
    events = folder / f"{phase}.json"
    events.unlink(missing_ok=True)
    options = ["--yes", "--skip-preview", "--continue-on-error"] if phase == "up" else []
    done = subprocess.run(
        [
            *(ROOT / "sandbox" / "pulumi", phase, "--stack", "dev", "--non-interactive"),
            *("--event-log", events, *options),
        ],
        cwd=project,
        env=os.environ
        | {
            "MODEL_SERVING_SANDBOX_HOME": str(folder / "home"),
            "PULUMI_DEBUG_COMMANDS": "true",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if not events.exists():
        raise RuntimeError(f"{phase} ended with {done.returncode}: {done.stdout}{done.stderr}")
    for line in filter(None, events.read_text(encoding="utf-8").splitlines()):
        said: dict[str, Any] = json.loads(line).get("diagnosticEvent", {})
        if ENDING in said.get("message", ""):
            continue
        number = re.search(r"::e(\d+)-", said.get("urn", ""))
        if said.get("severity") == "error" and number:
            yield int(number[1]), f"{said['urn'].split('::', 2)[2]}: {said['message'].strip()}"


def _files(example: Example) -> Iterator[str]:
    for resource in example.resources:
        for place in places(resource.inputs):
            if asset_kind(place.value) and isinstance(place.value.get("path"), str):
                yield place.value["path"]


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("index.py", "")
    else:
        path.mkdir(exist_ok=True)
