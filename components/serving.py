"""What every serving component has in common: its outputs, and the core of its arguments.

The keys stand in each component's TypedDict: the component host loses the text of an inherited one
(tests/contract/test_component_host.py). What is read of them is here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pulumi

from components.checks import Checks
from components.tags import read_environment
from facts import tags
from facts.request_logs import PAYLOAD_ARGUMENTS, PAYLOADS_VARIABLE
from facts.slo import (
    DEFAULT_ERROR_RATE_PERCENT,
    DEFAULT_LATENCY_P95_MS,
    DEFAULT_WINDOW_DAYS,
    ERROR_RATE_PERCENT,
    Slo,
)

DATA_CLASSIFICATIONS: Final = ("public", "internal", "confidential", "restricted")
# Online serving beyond a minute is no SLO: SageMaker answers within 60 s, API Gateway within 30 s.
LONGEST_LATENCY_MS: Final = 60_000
_DNS_LABEL: Final = r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"


class Serving(Protocol):
    """The outputs that every serving component has, whatever the target."""

    url: pulumi.Output[str]
    """Where requests go."""
    endpoint_name: pulumi.Output[str]
    """The name by which the vendor knows the endpoint."""
    invoke_policy: pulumi.Output[str]
    """JSON: who may call, and what to grant to a caller."""
    latency_metric: pulumi.Output[dict[str, str]]
    """Where the p95 latency is read: source, metric, statistic and unit."""
    status: pulumi.Output[dict[str, Any]]
    """Plain facts of what was asked for; read from the stack's state by `serving status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The arguments of everything that is deployed, checked: of batch runs too."""

    name: str
    environment: str
    owner: str
    data_classification: str
    extra_tags: dict[str, str] = field(default_factory=dict[str, str])
    keeps_payloads: bool = False
    """Whether requests and answers are kept: captured, or in the log."""

    @property
    def physical_name(self) -> str:
        """Explicit and stable, because URLs, rights and the names of others contain it."""
        return f"{self.name}-{self.environment}"

    def vocabulary(self, version: str | None = None) -> dict[str, str]:
        """The tag vocabulary of this deployment.

        `version` is given for what holds one version; what outlives versions does not name any,
        so that a new version changes no role, log or alarm.
        """
        return {
            **self.extra_tags,
            tags.OWNER: self.owner,
            tags.MODEL: self.name,
            tags.ENVIRONMENT: self.environment,
            tags.DATA_CLASSIFICATION: self.data_classification,
            **({tags.MODEL_VERSION: version} if version else {}),
        }

    def keeping(self, version: str | None = None) -> dict[str, str]:
        """The vocabulary of what keeps requests and answers, where anything does: it says so."""
        said = {tags.PAYLOADS: tags.KEPT} if self.keeps_payloads else {}
        return {**self.vocabulary(version), **said}

    def aws_tags(self, version: str | None = None) -> dict[str, str]:
        """The vocabulary as tags of AWS and Azure."""
        return tags.aws(self.vocabulary(version))

    def aws_tags_keeping(self, version: str | None = None) -> dict[str, str]:
        """The same of what keeps requests and answers."""
        return tags.aws(self.keeping(version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Base(Deployed):
    """The arguments of everything that answers requests, checked: of a graph of models too."""

    min_replicas: int
    max_replicas: int
    slo: Slo

    def physical_name_as(self, kind: str) -> str:
        """The same for a target whose service makes another one's endpoints too.

        When a model moves between the two, what comes is made before what was goes.
        """
        return f"{self.physical_name}-{kind}"

    def vocabulary(self, version: str | None = None) -> dict[str, str]:
        """The same, with the SLO."""
        return {
            # Not super(): a class with slots is made anew, and super() knows the first one.
            **Deployed.vocabulary(self, version),
            tags.LATENCY_P95_MS: f"{self.slo.latency_p95_ms:g}",
            tags.ERROR_RATE_PERCENT: f"{self.slo.error_rate_percent:g}",
        }

    def watching(self, slo: Slo) -> dict[str, str]:
        """The vocabulary of what watches over the window of `slo`."""
        return self.vocabulary() | window_word(slo)

    def facts(self, target: str) -> dict[str, Any]:
        """What `serving status` shows of everything that answers requests."""
        return {
            "target": target,
            "environment": self.environment,
            "owner": self.owner,
            "min_replicas": self.min_replicas,
            "max_replicas": self.max_replicas,
            "slo": str(self.slo),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Core(Base):
    """The arguments that all targets of models share, checked."""

    model_version: str
    candidate_version: str | None
    canary_percent: int

    @property
    def newest_version(self) -> str:
        """The candidate's version when there is one, else the stable one's."""
        return self.candidate_version or self.model_version

    def status(self, target: str, model_uri: pulumi.Input[str]) -> dict[str, Any]:
        """Plain facts for `serving status`; only the URI can be an Output."""
        return {
            **self.facts(target),
            "version": self.model_version,
            "candidate_version": self.candidate_version,
            "canary_percent": self.canary_percent,
            "model_uri": model_uri,
        }


def read_core(
    checks: Checks,
    name: str,
    args: Mapping[str, object],
    *,
    least_min: int,
    most_max: int,
    usual_min: int = 1,
    usual_max: int = 1,
    latency_ms: tuple[float, float] = (DEFAULT_LATENCY_P95_MS, LONGEST_LATENCY_MS),
) -> Core:
    """The shared arguments; replicas from `least_min` (0 where the target can scale to zero).

    `latency_ms` is the usual objective, and the longest that can be one.
    """
    checks.text("model_uri")
    has_candidate = checks.given("candidate_version") or checks.given("candidate_uri")
    if has_candidate:
        checks.text("candidate_uri", use="the artifact's URI, beside candidate_version")
        checks.plain("candidate_version")
    canary_percent = checks.whole("canary_percent", 0, 0, 100)
    if canary_percent and not has_candidate:
        checks.problem("canary_percent", canary_percent, "0, or give candidate_version and _uri")
    model_version = checks.plain("model_version")
    candidate_version = args.get("candidate_version")
    if has_candidate and candidate_version == model_version:
        checks.problem("candidate_version", candidate_version, "a version other than the model's")
    base = read_base(
        checks,
        name,
        least_min=least_min,
        most_max=most_max,
        usual_min=usual_min,
        usual_max=usual_max,
        latency_ms=latency_ms,
    )
    return Core(
        name=base.name,
        environment=base.environment,
        owner=base.owner,
        model_version=model_version,
        candidate_version=str(candidate_version) if has_candidate else None,
        canary_percent=canary_percent,
        min_replicas=base.min_replicas,
        max_replicas=base.max_replicas,
        slo=base.slo,
        data_classification=base.data_classification,
        extra_tags=base.extra_tags,
        keeps_payloads=base.keeps_payloads,
    )


def read_base(
    checks: Checks,
    name: str,
    *,
    least_min: int,
    most_max: int,
    usual_min: int = 1,
    usual_max: int = 1,
    latency_ms: tuple[float, float] = (DEFAULT_LATENCY_P95_MS, LONGEST_LATENCY_MS),
) -> Base:
    """What everything that answers requests takes; replicas as for `read_core`."""
    check_name(checks, name)
    min_replicas = checks.whole("min_replicas", usual_min, least_min, most_max)
    max_replicas = checks.whole("max_replicas", max(usual_max, min_replicas), 1, most_max)
    if max_replicas < min_replicas:
        checks.problem("max_replicas", max_replicas, f"at least min_replicas ({min_replicas})")
    usual_latency, longest_latency = latency_ms
    latency = checks.number("latency_p95_ms", usual_latency, 1, longest_latency)
    errors = checks.number(
        "error_rate_percent", DEFAULT_ERROR_RATE_PERCENT, 0.001, 100, use=ERROR_RATE_PERCENT
    )
    return Base(
        name=name,
        environment=read_environment(checks),
        owner=checks.plain("owner"),
        min_replicas=min_replicas,
        max_replicas=max_replicas,
        slo=Slo(latency_p95_ms=latency, error_rate_percent=errors),
        data_classification=checks.choice("data_classification", "internal", DATA_CLASSIFICATIONS),
        extra_tags=checks.mapping("tags"),
        keeps_payloads=_keeps_payloads(checks),
    )


def _keeps_payloads(checks: Checks) -> bool:
    """Whether anything is captured, or the runtime or a server is told to log payloads."""
    variables = checks.mapping("env") | checks.mapping("environment_variables")
    return (
        checks.whole("capture_percent", 0, 0, 100) > 0
        or variables.get(PAYLOADS_VARIABLE) == "true"
        or any(text.startswith(PAYLOAD_ARGUMENTS) for text in checks.texts("arguments", ()))
    )


def window_word(slo: Slo) -> dict[str, str]:
    """The window in the tag vocabulary, where it is not the usual one.

    What serves, and what guards a rollout, has no word of it: another one changes nothing there.
    """
    usual = slo.window_days == DEFAULT_WINDOW_DAYS
    return {} if usual else {tags.WINDOW_DAYS: f"{slo.window_days}"}


def refuse_cut_off(checks: Checks, slo: Slo, seconds: float | None, by: str) -> None:
    """Note a latency that `by` does not wait for: it would be told as errors, and never as late."""
    if seconds is not None and slo.latency_p95_ms >= seconds * 1000:
        use = (
            f"less than {seconds * 1000:g}: {by} gives a request up after {seconds:g} s, and what "
            "is slower than that fails"
        )
        checks.problem("latency_p95_ms", slo.latency_p95_ms, use)


def check_name(checks: Checks, name: str, longest: int = 40) -> None:
    """A component's name becomes part of others' and of host names: a DNS label, a letter first."""
    if len(name) > longest or not re.fullmatch(_DNS_LABEL, name):
        use = f"a DNS label: lower case, digits and '-', a letter first, at most {longest} signs"
        checks.problem("name", name, use)
