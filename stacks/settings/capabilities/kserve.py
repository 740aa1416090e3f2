"""Asks that KServe cannot honour: in one of its modes, in a release, or beside each other."""

import re
from collections.abc import Iterator
from typing import Final

from facts.kserve import (
    AZURE_SCHEMES,
    STORAGE,
    KServeVersion,
    choose_runtime,
    kserve_version,
    protocol_of,
    release_of,
)
from facts.kserve_runtimes import RUNTIMES
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.common import Artifact, Candidate
from stacks.settings.kserve import KServeModel
from stacks.settings.language_models import LoadScalingKeys
from stacks.settings.problems import Problem, nearest
from stacks.settings.yaml_source import KeyPath

_REQUESTS: Final = ("concurrency_target", "requests_per_second_target")
_RESOURCES: Final = ("cpu_target_percent", "memory_target_percent")
_QUERY: Final = ("prometheus_url", "prometheus_query", "prometheus_target")


def _model(asked: Asked, mode: str = "") -> KServeModel | None:
    """The settings, if they are KServe's and of that mode."""
    settings = asked.settings
    if settings.target != "kserve":
        return None
    return settings if not mode or settings.deployment_mode == mode else None


def _version(asked: Asked) -> KServeVersion:
    cluster = asked.site.targets.kubernetes if asked.site else None
    return kserve_version(cluster.kserve_version if cluster else "0.20.0")


def _first(model: KServeModel, keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if getattr(model, key) is not None), None)


def _release(asked: Asked) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes if asked.site else None
    if _model(asked) is None or cluster is None:
        return
    if release_of(cluster.kserve_version) < kserve_version("0").release:
        yield refuse("kserve/version", ("target",), f"KServe {cluster.kserve_version}", asked)


def _candidate(asked: Asked) -> Iterator[Problem]:
    model = _model(asked, "standard")
    if model is None or model.candidate is None:
        return
    version, share = _version(asked), model.canary_percent
    if not version.canaries:
        path: KeyPath = ("canary_percent",) if share else ("candidate", "version")
        got = share or model.candidate.version
        yield refuse("kserve/candidate-in-standard-mode", path, got, asked)
    elif share and model.host is None and not version.weighted_routes:
        yield refuse("kserve/share-in-standard-mode", ("canary_percent",), share, asked)
    elif share and model.host is None and not _has_gateway_api(asked):
        yield refuse("kserve/share-without-gateway-api", ("canary_percent",), share, asked)
    elif share and (model.transformer or model.explainer):
        yield refuse("kserve/share-beside-companion", ("canary_percent",), share, asked)


def _has_gateway_api(asked: Asked) -> bool:
    cluster = asked.site.targets.kubernetes if asked.site else None
    return cluster is None or cluster.gateway_api


def _zero(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.min_replicas != 0:
        return
    path: KeyPath = ("min_replicas",)
    if model.deployment_mode == "knative":
        if _first(model, _RESOURCES) and not _first(model, _REQUESTS):
            yield refuse("kserve/zero-on-cpu", path, 0, asked)
    elif model.autoscaler != "keda" or not (model.prometheus_query or _by_load(model)):
        yield refuse("kserve/zero-in-standard-mode", path, 0, asked)


def _companions_zero(asked: Asked) -> Iterator[Problem]:
    model = _model(asked, "standard")
    for role in ("transformer", "explainer") if model else ():
        companion = getattr(model, role)
        if companion is not None and companion.min_replicas == 0:
            path: KeyPath = (role, "min_replicas")
            yield refuse("kserve/zero-in-standard-mode", path, 0, asked)


def _runtime(asked: Asked) -> Iterator[Problem]:
    """NoSupportingRuntime, before KServe says so."""
    model = _model(asked)
    if model is None or model.model.image is not None or not model.model.framework:
        return
    version, framework, protocol = _version(asked), model.model.framework, model.protocol
    if model.runtime is not None:
        yield from _named(asked, model, version)
    elif framework not in version.frameworks:
        known = version.frameworks
        yield refuse(
            "kserve/no-runtime",
            ("model", "framework"),
            framework,
            asked,
            allowed=", ".join(known),
            close=nearest(framework, known),
        )
    elif choose_runtime(version, framework, protocol) is None:
        speaks = sorted(
            {
                spoken
                for each in version.runtimes
                if each.installed and each.serves(framework, version.release, by_name=False)
                for spoken in each.protocols
            }
        )
        usual = choose_runtime(version, framework, None)
        yield refuse(
            "kserve/no-runtime",
            ("protocol",),
            f"{protocol} for {framework}",
            asked,
            allowed=", ".join(speaks),
            close=protocol_of(usual) if usual else "",
        )


def _named(asked: Asked, model: KServeModel, version: KServeVersion) -> Iterator[Problem]:
    runtime = next((each for each in RUNTIMES if each.name == model.runtime), None)
    if runtime is None:
        return  # One of the cluster's own: taken on trust.
    framework, release = model.model.framework or "", version.release
    if not runtime.serves(framework, release, by_name=True):
        formats = sorted({each.name for each in runtime.formats if each.in_release(release)})
        since = ".".join(map(str, runtime.since))
        allowed = ", ".join(formats) if runtime.since <= release else f"KServe {since} or newer"
        yield refuse("kserve/runtime", ("runtime",), runtime.name, asked, allowed=allowed)
    elif model.protocol is not None and model.protocol not in runtime.protocols:
        allowed = ", ".join(runtime.protocols)
        yield refuse("kserve/runtime", ("protocol",), model.protocol, asked, allowed=allowed)


def _scaling_in_knative_mode(asked: Asked) -> Iterator[Problem]:
    model = _model(asked, "knative")
    if model is None:
        return
    given = [k for k in (*_REQUESTS, *_RESOURCES) if getattr(model, k) is not None]
    key = _first(model, ("autoscaler", *_QUERY)) or (given[1] if len(given) > 1 else None)
    if key is not None:
        path: KeyPath = (key,)
        yield refuse("kserve/autoscaler-in-knative-mode", path, getattr(model, key), asked)


def _scaling_in_standard_mode(asked: Asked) -> Iterator[Problem]:
    model = _model(asked, "standard")
    if model is None:
        return
    key = _first(model, (*_REQUESTS, "scale_to_zero_retention_seconds"))
    if key is not None:
        yield refuse("kserve/requests-in-standard-mode", (key,), getattr(model, key), asked)
    query = [each for each in _QUERY if getattr(model, each) is not None]
    targets = _first(model, _RESOURCES)
    path: KeyPath = ("autoscaler",)
    if model.autoscaler == "keda":
        if _by_load(model):
            return
        if (not targets and not query) or 0 < len(query) < len(_QUERY):
            yield refuse("kserve/query-without-keda", path, "keda", asked)
        elif model.candidate is not None:
            yield refuse("kserve/keda-with-candidate", path, "keda", asked)
    elif query or (model.autoscaler == "external" and targets):
        asks = query[0] if query else targets or ""
        yield refuse("kserve/query-without-keda", (asks,), getattr(model, asks), asked)


def _by_load(model: KServeModel) -> bool:
    """Whether the measure is one of a language model's, whose rules are of their own."""
    return any(getattr(model, key) is not None for key in LoadScalingKeys.model_fields)


def _stable_artifact(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None:
        yield from _artifact(asked, "model", model.model)


def _candidate_artifact(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.candidate is not None:
        yield from _artifact(asked, "candidate", model.candidate)


def _artifact(asked: Asked, key: str, artifact: Artifact | Candidate) -> Iterator[Problem]:
    scheme = artifact.uri.partition(":")[0]
    read_as = "https" if scheme in AZURE_SCHEMES else scheme
    storage = next((each for each in STORAGE if each.scheme == read_as), None)
    if storage is None:
        return  # `any/artifact` says so.
    path: KeyPath = (key, "uri")
    native = scheme == "oci+native" and not _version(asked).native_oci
    if native or not re.fullmatch(storage.pattern, artifact.uri):
        allowed = f"{storage.spelling}; to read it: {storage.credentials}"
        allowed = "oci:// in this release" if native else allowed
        yield refuse("kserve/artifact", path, artifact.uri, asked, allowed=allowed)


RULES: Final[tuple[Rule, ...]] = (
    _release,
    _candidate,
    _zero,
    _companions_zero,
    _runtime,
    _scaling_in_knative_mode,
    _scaling_in_standard_mode,
    _stable_artifact,
    _candidate_artifact,
)
