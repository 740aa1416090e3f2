"""Asks that a plain model server on Kubernetes cannot honour."""

import dataclasses
from collections.abc import Iterator
from typing import Final

from facts.edge import EDGE_REASONS
from facts.ingress import NGINX, usual_class
from facts.pods import CLOUD_KEYS, blocked_eviction, is_fetched, looks_like_a_secret, wrong_artifact
from facts.strategies import STRATEGIES
from stacks.settings.asked import Asked
from stacks.settings.capabilities import takeover
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.model_server import ModelServerModel
from stacks.settings.problems import Problem
from stacks.settings.yaml_source import KeyPath


def _model(asked: Asked) -> ModelServerModel | None:
    return asked.settings if isinstance(asked.settings, ModelServerModel) else None


def _no_image(asked: Asked) -> Iterator[Problem]:
    model = asked.settings.model
    if asked.settings.target == "kubernetes" and model.image is None:
        yield refuse("kubernetes/no-image", ("model", "image"), model.framework, asked)


def _blocking_budget(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for key in ("min_available", "max_unavailable"):
        amount: str | None = getattr(model, key)
        kept = (amount, None) if key == "min_available" else (None, amount)
        if blocked_eviction(model.min_replicas, *kept):
            yield refuse("kubernetes/blocking-budget", (key,), amount, asked)


def _plain_http(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.host is None or model.exposure == "gateway":
        return
    routed = STRATEGIES[model.strategy].needs_router
    if not routed and model.tls_secret_name is None and model.certificate_issuer is None:
        yield refuse("kubernetes/plain-http", ("host",), model.host, asked)


def _zero(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.min_replicas == 0 and model.autoscaler != "keda":
        yield refuse("kubernetes/zero-without-keda", ("min_replicas",), 0, asked)


def _artifact(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    found: dict[str, str] = {"model": model.model.uri}
    if model.candidate is not None:
        found["candidate"] = model.candidate.uri
    for key, uri in found.items():
        if uri.startswith("oci:") and not model.image_volumes:
            yield refuse("kubernetes/image-volume", (key, "uri"), uri, asked)
        elif wrong_artifact(uri):
            yield refuse("kubernetes/artifact-spelling", (key, "uri"), uri, asked)


def _secrets(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for name, value in model.env.items():
        if name not in CLOUD_KEYS and looks_like_a_secret(name, value):
            # The value is not repeated: it may be one.
            yield refuse("kubernetes/secret-in-env", ("env", name), name, asked)
    for key, names in (("env", model.env), ("secret_env", model.secret_env)):
        for name in names:
            if name in CLOUD_KEYS:
                yield refuse("kubernetes/cloud-key", (key, name), name, asked)


def _edge(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.profile != "edge":
        return
    cluster = asked.site.targets.kubernetes if asked.site else None
    mesh = cluster.mesh if cluster else "none"
    fetched = not model.model_volume_mib and is_fetched(model.model.uri)
    found: dict[str, tuple[KeyPath, object, bool]] = {
        "min_replicas": (("min_replicas",), model.min_replicas, model.min_replicas != 1),
        "max_replicas": (("max_replicas",), model.max_replicas, model.max_replicas > 1),
        "candidate_version": (("candidate",), "a candidate", model.candidate is not None),
        "autoscaler": (("autoscaler",), model.autoscaler, model.autoscaler in {"hpa", "keda"}),
        "image_pull_policy": (
            ("image_pull_policy",),
            "Always",
            model.image_pull_policy == "Always",
        ),
        "mesh": (("profile",), f"edge in the mesh {mesh}", mesh != "none"),
        "model_uri": (("model", "uri"), model.model.uri, fetched),
    }
    for key in ("min_available", "max_unavailable", "internal_load_balancer"):
        value = getattr(model, key)
        found[key] = ((key,), value, value is not None)
    for key, (path, got, is_asked) in found.items():
        if is_asked:
            yield _not_at_the_edge(asked, key, path, got)


def _not_at_the_edge(asked: Asked, key: str, path: KeyPath, got: object) -> Problem:
    reason, nearest = EDGE_REASONS[key]
    said = refuse("kubernetes/edge", path, got, asked, allowed=nearest.rstrip(","))
    return dataclasses.replace(said, message=f"{said.message}; {reason}")


def _not_portable(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.host is None:
        return
    gateway = model.exposure == "gateway" or STRATEGIES[model.strategy].needs_router
    ingress_class = model.ingress_class or usual_class(edge=model.profile == "edge")
    if model.max_body_mib is not None and (gateway or ingress_class != NGINX):
        yield refuse("kubernetes/not-portable", ("max_body_mib",), model.max_body_mib, asked)
    timeout = model.request_timeout_seconds
    if timeout is not None and not gateway and ingress_class != NGINX:
        yield refuse("kubernetes/not-portable", ("request_timeout_seconds",), timeout, asked)


RULES: Final[tuple[Rule, ...]] = (
    _no_image,
    _blocking_budget,
    _plain_http,
    _zero,
    _artifact,
    _secrets,
    _edge,
    _not_portable,
    *takeover.RULES,
)
