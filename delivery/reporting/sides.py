"""A model as it is deployed, and as it is asked for: the two sides of each change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from delivery.json_values import mapping
from delivery.state import from_state
from facts import recorded_settings
from stacks.settings.load import Settings
from stacks.settings.models import MODEL_CLASSES, AnySettings

__all__ = ["Side", "asked_for", "deployed_models"]

_STACK: Final = "pulumi:pulumi:Stack"
_NOT_RECORDED: Final = "the last update did not record the settings; the next one does"
_OTHER_WORDS: Final = "the deployed settings were recorded in words that are not known here"


@dataclass(frozen=True, slots=True)
class Side:
    """`status` is what its component tells of itself, as `serving status` shows it."""

    name: str
    status: Mapping[str, Any] = field(default_factory=dict[str, Any])
    settings: AnySettings | None = None
    why_unknown: str = ""
    """Why there are no settings."""
    url: str = ""

    def fact(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """A fact of the status, else the setting of that name; None where neither is known."""
        if key in self.status:
            return self.status[key]
        return getattr(self.settings, key, None)

    @property
    def target(self) -> str | None:
        """Where it runs."""
        said = self.fact("target")
        return None if said is None else str(said)

    @property
    def owner(self) -> str | None:
        """Who answers for it."""
        said = self.fact("owner")
        return None if said is None else str(said)

    @property
    def version(self) -> str | None:
        """Of the stable model; None for what has none of its own, as graphs."""
        if "version" in self.status:
            said = self.status["version"]
        else:
            said = getattr(getattr(self.settings, "model", None), "version", None)
        return None if said is None else str(said)

    @property
    def candidate(self) -> str | None:
        """The candidate's version."""
        if "candidate_version" in self.status:
            said = self.status["candidate_version"]
        else:
            said = getattr(getattr(self.settings, "candidate", None), "version", None)
        return None if said is None else str(said)

    @property
    def share(self) -> int:
        """Percent of the requests that the candidate gets."""
        said = self.fact("canary_percent")
        return int(said) if isinstance(said, int | float) and self.candidate else 0

    @property
    def walked(self) -> bool:
        """Whether a rollout owns the share, and the settings have the first one alone."""
        rollout = getattr(self.settings, "rollout", None)
        return "rollout" in {self.status.get("share_owner"), getattr(rollout, "owner", None)}

    @property
    def replicas(self) -> str | None:
        """`2-6`."""
        low, high = self.fact("min_replicas"), self.fact("max_replicas")
        if low is None and high is None:
            return None
        shown = [f"{n:g}" if isinstance(n, int | float) else "?" for n in (low, high)]
        return shown[0] if shown[0] == shown[1] else "-".join(shown)

    @property
    def traffic(self) -> str | None:
        """`1.4.0 80 %, 1.5.0 20 %`."""
        if self.version is None:
            return None
        if self.candidate is None:
            return f"{self.version} 100 %"
        if self.walked:
            return f"{self.version} and {self.candidate}, by a rollout"
        return f"{self.version} {100 - self.share} %, {self.candidate} {self.share} %"

    @property
    def slo(self) -> str | None:
        """`p95 ≤ 100 ms, errors ≤ 1 %`."""
        if said := self.status.get("slo"):
            return str(said)
        slo = getattr(self.settings, "slo", None)
        if slo is None:
            return None
        return f"p95 ≤ {slo.latency_p95_ms:g} ms, errors ≤ {slo.error_rate_percent:g} %"


def deployed_models(resources: Sequence[Mapping[str, Any]]) -> dict[str, Side]:
    """The models in a stack's state, by name."""
    lines = _recorded(
        mapping(each.get("outputs")) for each in resources if each.get("type") == _STACK
    )
    found: dict[str, Side] = {}
    for each in from_state([dict(one) for one in resources]):
        settings, why = _typed(lines.get(each.model))
        found[each.model] = Side(each.model, each.status, settings, why, each.url)
    return found


def asked_for(settings: Settings, events: Iterable[Mapping[str, Any]]) -> dict[str, Side]:
    """The models of the settings, with what the program told of them in a preview."""
    statuses: dict[str, tuple[Mapping[str, Any], str]] = {}
    lines: Mapping[str, Any] = {}
    begun: set[str] = set()
    for event in events:
        told = mapping(mapping(event.get("resOutputsEvent")).get("metadata"))
        outputs = mapping(mapping(told.get("new")).get("outputs"))
        urn = str(told.get("urn"))
        if urn not in begun:
            # A component is told twice: first as it was deployed, then as the program made it.
            begun.add(urn)
            continue
        if told.get("type") == _STACK:
            lines = _recorded([outputs]) or lines
        # A component's alone: what serves it has a status of another kind.
        elif str(told.get("type", "")).startswith("model-serving:index:"):
            url, status = outputs.get("url"), mapping(outputs.get("status"))
            name = urn.rpartition("::")[2]
            statuses |= {name: (status, url if isinstance(url, str) else "")} if status else {}
    made: dict[str, Side] = {}
    for name, model in settings.models.items():
        status, url = statuses.get(name, ({}, ""))
        # As the program resolved it, where it got so far.
        resolved, _ = _typed(lines.get(name))
        made[name] = Side(name, status, resolved or model, "", url)
    return made


def _recorded(outputs: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    nothing: Mapping[str, Any] = {}
    return next((mapping(each.get(recorded_settings.OUTPUT)) for each in outputs), nothing)


def _typed(line: object) -> tuple[AnySettings | None, str]:
    if line is None:
        return None, _NOT_RECORDED
    read = recorded_settings.read(line)
    if read is None or read.get("target") not in MODEL_CLASSES:
        return None, _OTHER_WORDS
    try:
        return MODEL_CLASSES[read["target"]].model_validate(read), ""
    except ValidationError:
        return None, _OTHER_WORDS
