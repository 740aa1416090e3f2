"""What each target can do, found out by asking the check: docs/targets.md is made of the answers.

For each target the least model file is taken, one ask is added, and the settings are read as they
are for a preview. What is refused stands in the table with the code and the reason of the refusal,
so that the page cannot say anything else than the check does.
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from delivery.target_examples import EXAMPLES, SHARED, SITE, with_candidate, with_image
from facts.capabilities import REFUSALS, TARGETS
from stacks.settings.codes import CODES
from stacks.settings.load import load
from stacks.settings.problems import Problem, SettingsError
from stacks.settings.validate import UNKNOWN_KEY

__all__ = ["ASKS", "page"]

_ENVIRONMENT: Final = "table"
_Asked = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A row: what is asked for, in the words of a model file; other words where a target has them.

    `without` are targets of which it makes no sense to ask.
    """

    title: str
    settings: _Asked
    candidate: bool = False
    words: Mapping[str, _Asked] = field(default_factory=dict[str, _Asked])
    without: frozenset[str] = frozenset()
    image: bool = False

    def of(self, target: str) -> dict[str, Any]:
        """The target's least file with what is asked for."""
        made = EXAMPLES[target]
        if self.candidate:
            made = with_candidate(made)
        if self.image:
            made = with_image(made)
        return {**made, **self.words.get(target, self.settings)}


_NO_MODEL: Final = frozenset(name for name, least in EXAMPLES.items() if "model" not in least)
_PROMETHEUS: Final = "http://prometheus.monitoring.svc.cluster.local:9090"
_ZERO: Final = {"min_replicas": 0, "max_replicas": 4}
_ROUTED: Final = {"strategy": "canary"}
_L4: Final = {"resources": {"accelerator": "nvidia-l4"}}
_T4: Final = {
    "resources": {"accelerator": "nvidia-t4"},
    "instance_type": "Standard_NC4as_T4_v3",
}

_ON_VERTEX: Final = ("vertex", "vertex_batch")


def _with_framework(target: str, framework: str) -> dict[str, Any]:
    """The model of the target's example, made with another framework."""
    return {**EXAMPLES[target]["model"], "framework": framework}


ASKS: Final = (
    Ask(
        "a candidate with a steady share, `canary_percent: 10`",
        {"canary_percent": 10},
        candidate=True,
        words={"kubernetes": {**_ROUTED, "canary_percent": 10}},
    ),
    Ask(
        "a candidate that answers only who asks for it, `strategy: ab`",
        {"strategy": "ab"},
        candidate=True,
        words={"kubernetes": {"strategy": "ab", "ab_header": "x-candidate", "ab_values": ["yes"]}},
    ),
    Ask(
        "a candidate that gets copies of requests, `strategy: shadow`",
        {"strategy": "shadow", "canary_percent": 10},
        candidate=True,
    ),
    *(
        Ask(f"`rollout.shift: {shift}`", {"rollout": {"shift": shift, **steps}})
        for shift, steps in {
            "all_at_once": {},
            "canary": {"size_percent": 10, "wait_seconds": 300},
            "linear": {"size_percent": 10, "wait_seconds": 60},
            "rolling": {"size_percent": 10},
        }.items()
    ),
    Ask(
        "several replicas by load, `max_replicas: 4`",
        {"min_replicas": 1, "max_replicas": 4},
        words={"kserve_llm": {"max_replicas": 4, "prometheus_url": _PROMETHEUS}},
    ),
    Ask(
        "no replicas without load, `min_replicas: 0`",
        _ZERO,
        words={
            "kserve_llm": {**_ZERO, "prometheus_url": _PROMETHEUS, "activation_query": "vector(1)"},
            "kubernetes": {
                **_ZERO,
                "autoscaler": "keda",
                "prometheus_url": _PROMETHEUS,
                "prometheus_query": "vector(1)",
                "prometheus_target": 1,
            },
        },
    ),
    Ask(
        "replicas by the clock, `scaling.schedules`",
        {
            "min_replicas": 1,
            "max_replicas": 4,
            "scaling": {
                "schedules": [{"schedule": "0 8 * * *", "min_replicas": 2, "max_replicas": 4}]
            },
        },
    ),
    Ask(
        "a GPU, `resources.accelerator`",
        _L4,
        words={
            "sagemaker": {**_L4, "instance_type": "ml.g6.xlarge"},
            **{t: {**_L4, "model": _with_framework(t, "pytorch")} for t in _ON_VERTEX},
            "azure_ml": _T4,
            "azure_ml_batch": _T4,
            "sagemaker_component": {
                "resources": {**_L4["resources"], "memory_mib": 2048},
                "instance_type": "ml.g6.xlarge",
            },
        },
    ),
    Ask("a bound on an instance's first answer, `cold_start`", {"cold_start": {"budget_ms": 5000}}),
    Ask("CPU and memory of one's own, `resources`", {"resources": {"cpu": 1, "memory_mib": 2048}}),
    Ask("an image of one's own, `model.image`", {}, image=True, without=_NO_MODEL),
    Ask(
        "keeping requests and answers, `capture`",
        {"capture": {"percent": 10, "uri": "s3://example-captured/prices/"}},
        words={
            "azure_ml": {
                "capture": {
                    "percent": 10,
                    "uri": "https://examplemodels.blob.core.windows.net/captured/prices",
                }
            },
            "vertex": {"capture": {"percent": 10}},
        },
    ),
    Ask(
        "a run by the clock, `schedule`",
        {"schedule": "0 4 * * *"},
        words={"azure_ml_batch": {"schedule": "0 4 * * *", "on_demand": False}},
    ),
)


def page() -> str:
    """The text of docs/targets.md."""
    found = _answers()
    on_cluster = [t for t in EXAMPLES if t.startswith(("kserve", "kubernetes", "seldon"))]
    clouds = [t for t in EXAMPLES if t not in on_cluster]
    lines = [
        "# What each target can do",
        "",
        "Generated by `serving schema`, which asks the check itself; do not edit.",
        "The same refusals come in a preview, at the line of the file that asks.",
        "",
        "`yes`: taken. A code: refused, with the reason below. `–`: the target has no such key.",
        "",
    ]
    for title, targets in (("On Kubernetes", on_cluster), ("Services of clouds", clouds)):
        lines += [f"## {title}", "", *_table(targets, found), ""]
    return "\n".join([*lines, *_artifacts(), *_reasons(found)])


def _answers() -> dict[tuple[str, str], list[Problem]]:
    """For each row and target the problems of asking; of a target that cannot be asked, none."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "stacks" / "models").mkdir(parents=True)
        site = {f"model-serving:{key}": value for key, value in SITE.items()}
        (root / f"Pulumi.{_ENVIRONMENT}.yaml").write_text(yaml.safe_dump({"config": site}))
        files: dict[str, tuple[str, str]] = {}
        for name, content in SHARED.items():
            _write(root, name, content)
        for row, ask in enumerate(ASKS):
            for column, target in enumerate(EXAMPLES):
                if target not in ask.without:
                    name = f"asked-{row}-{column}"
                    files[_write(root, name, ask.of(target))] = ask.title, target
        answers: dict[tuple[str, str], list[Problem]] = {key: [] for key in files.values()}
        for problem in _problems(root):
            # Of anything else it would be the example that is wrong, and not the ask.
            answers[files[problem.place.file]].append(problem)
        return answers


def _problems(root: Path) -> Iterable[Problem]:
    try:
        load(root, _ENVIRONMENT)
    except SettingsError as error:
        return error.problems
    return ()


def _write(root: Path, name: str, content: _Asked) -> str:
    path = f"stacks/models/{name}.yaml"
    (root / path).write_text(yaml.safe_dump(dict(content)))
    return path


def _table(targets: list[str], found: Mapping[tuple[str, str], list[Problem]]) -> list[str]:
    head = ["", *(f"`{target}`" for target in targets)]
    rows = [[ask.title, *(_cell(found.get((ask.title, t))) for t in targets)] for ask in ASKS]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _cell(problems: list[Problem] | None) -> str:
    if problems is None or _has_no_key(problems):
        return "–"
    if not problems:
        return "yes"
    code = problems[0].code
    return f"[{code}](#{code.lower()})"


def _has_no_key(problems: list[Problem]) -> bool:
    return any(problem.code == UNKNOWN_KEY for problem in problems)


def _artifacts() -> list[str]:
    """What `facts/capabilities` says of each target by itself."""
    lines = [
        "## Artifacts and frameworks",
        "",
        "| | artifacts from | frameworks without `model.image` |",
        "| --- | --- | --- |",
    ]
    for name in EXAMPLES:
        target = TARGETS[name]
        schemes = ", ".join(f"`{scheme}:`" for scheme in target.uri_schemes) or "–"
        frameworks = ", ".join(target.frameworks) or "by its servers"
        lines.append(f"| `{name}` | {schemes} | {frameworks} |")
    return [*lines, ""]


def _reasons(found: Mapping[tuple[str, str], list[Problem]]) -> list[str]:
    told = {
        problems[0].code for problems in found.values() if problems and not _has_no_key(problems)
    }
    refusals = {refusal.code: refusal for refusal in REFUSALS.values()}
    lines = ["## Why not, and what works", ""]
    for code in sorted(told):
        title = CODES[code][0]
        lines += [f"### {code}", ""]
        if refusal := refusals.get(code):
            looked_up = f", looked up {refusal.checked}" if refusal.checked else ""
            source = f" ([source]({refusal.source}){looked_up})" if refusal.source else ""
            lines += [f"{_sentence(refusal.reason)}{source} Instead: {refusal.nearest}.", ""]
        else:
            lines += [f"{title}: {CODES[code][1]}", ""]
    return lines


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
