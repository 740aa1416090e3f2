"""Rules over several settings of a KServe model at once."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from facts.kserve import kserve_version
from facts.pods import VARIABLE_NAME
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.common import Artifact, Candidate, ShareOwner
from stacks.settings.kserve import KServeModel
from stacks.settings.language_models import LoadScalingKeys
from stacks.settings.pinning import has_commit, pinned_image, pinned_uri
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

# As InferenceService has them, where the settings say nothing.
_LOAD_SECONDS: Final = 60
_READY_SECONDS: Final = 900
_ROLES: Final = ("transformer", "explainer")


def _model(asked: Asked) -> KServeModel | None:
    settings = asked.settings
    return settings if settings.target == "kserve" else None


def _time_to_start(asked: Asked) -> Iterator[Problem]:
    yield from _time(asked, "startup_timeout_seconds", "the pod is started anew")


def _time_to_be_ready(asked: Asked) -> Iterator[Problem]:
    yield from _time(asked, "ready_timeout_seconds", "the update fails")


def _time(asked: Asked, key: str, what: str) -> Iterator[Problem]:
    model = _model(asked)
    budget: int | None = getattr(model, key, None)
    load = (model.load_seconds if model else None) or _LOAD_SECONDS
    if budget is not None and budget < load:
        yield Problem(
            asked.where((key,)),
            "MS0213",
            key,
            f"got {budget}, and loading takes up to {load} (load_seconds): {what} before that",
            allowed=f"at least {load}",
            fix=f"raise it to {load} or more, or leave it out",
        )


def _companions_replicas(asked: Asked) -> Iterator[Problem]:
    for role in _ROLES:
        companion = getattr(_model(asked), role, None)
        if companion is not None and companion.min_replicas > companion.max_replicas:
            path: KeyPath = (role, "min_replicas")
            yield Problem(
                asked.where(path),
                "MS0201",
                dotted(path),
                f"got {companion.min_replicas}, above max_replicas {companion.max_replicas}",
                fix=f"lower it to {companion.max_replicas}, or raise {role}.max_replicas",
            )


def _companions_images(asked: Asked) -> Iterator[Problem]:
    for role in _ROLES:
        companion = getattr(_model(asked), role, None)
        if companion is not None and not pinned_image(companion.image):
            path: KeyPath = (role, "image")
            yield Problem(
                asked.where(path),
                "MS0202",
                dotted(path),
                f"got {shown(companion.image)}, a tag that can move",
                allowed="registry/name@sha256: and 64 hexadecimal digits",
                fix="pin the image by its digest",
            )


def _stable_commit(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None:
        yield from _commit(asked, "model", model.model)


def _candidate_commit(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.candidate is not None:
        yield from _commit(asked, "candidate", model.candidate)


def _commit(asked: Asked, key: str, artifact: Artifact | Candidate) -> Iterator[Problem]:
    """A tag of the hub can be moved, so a version in the URI is not enough."""
    uri, path = artifact.uri, (key, "uri")
    # What holds no version either is said already.
    if not uri.startswith("hf://") or not pinned_uri(uri, artifact.version, artifact.digest):
        return
    if not has_commit(uri):
        yield Problem(
            asked.where(path),
            "MS0202",
            dotted(path),
            f"got {shown(uri)}, a tag or branch that can move",
            allowed="hf://owner/model@ and the 40 hexadecimal digits of a commit",
            fix="pin the model by its commit",
        )


def _candidate_replicas(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    replicas = model.candidate_replicas if model else None
    if model is None or replicas is None:
        return
    if model.deployment_mode == "knative":
        got, fix = "and Knative scales each revision by itself", "remove it"
    elif model.candidate is None:
        got, fix = (
            "and there is no candidate",
            "remove it, or add `candidate: {uri: …, version: …}`",
        )
    elif replicas > 1 and _scaled_by_others(model):
        got = "and KServe makes one pod of a canary that it does not scale"
        fix = "write 1, or autoscaler: hpa while there is a candidate"
    elif replicas > model.min_replicas:
        got = f"above min_replicas {model.min_replicas}, which KServe refuses"
        fix = f"lower it to {model.min_replicas}, or raise min_replicas"
    else:
        return
    path: KeyPath = ("candidate_replicas",)
    yield Problem(asked.where(path), "MS0214", dotted(path), f"got {replicas}, {got}", fix=fix)


def _scaled_by_others(model: KServeModel) -> bool:
    """By somebody else, or by the ScaledObject of a language model's load."""
    by_load = any(getattr(model, key) is not None for key in LoadScalingKeys.model_fields)
    return model.autoscaler == "external" or (model.autoscaler == "keda" and by_load)


def _gateway_of_a_host(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.host is None:
        return
    cluster = asked.site.targets.kubernetes if asked.site else None
    gateway = cluster and cluster.gateway_name and cluster.gateway_namespace
    if model.deployment_mode == "knative":
        got, fix = "and Knative names hosts by its own domain", "remove it, or use standard mode"
    elif cluster is not None and (cluster.router == "istio" or not gateway):
        got = "and the environment names no Gateway of Gateway API by which it is reached"
        fix = (
            "add router: gateway, gateway_name and gateway_namespace under "
            "`model-serving:targets.kubernetes`"
        )
    else:
        return
    path: KeyPath = ("host",)
    yield Problem(asked.where(path), "MS0214", dotted(path), f"got {model.host}, {got}", fix=fix)


def _share_owner_of_a_host(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.host is None or model.candidate is None:
        return
    if model.canary_percent and model.rollout.owner is ShareOwner.ROLLOUT:
        path: KeyPath = ("rollout", "owner")
        got = "got rollout, and the shares of `host` are those of this file"
        yield Problem(asked.where(path), "MS0214", dotted(path), got, fix="write owner: file")


def _port_of_an_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.port is not None and model.model.image is None:
        fix = "remove it, or add model.image instead of model.framework"
        yield _idle(asked, "port", model.port, "and a runtime has its own port", fix)


def _runtime_of_an_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.runtime is not None and model.model.image is not None:
        fix = "remove it, or write model.framework instead of model.image"
        yield _idle(asked, "runtime", model.runtime, "and model.image is a server already", fix)


def _paths_of_a_grpc_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.model.image is None or not (model.protocol or "").startswith("grpc"):
        return
    for key in ("ready_path", "live_path"):
        if (path := getattr(model, key)) is not None:
            got = "and a port that speaks gRPC answers no paths"
            yield _idle(asked, key, path, got, "remove it; the port is asked")


def _idle(asked: Asked, key: str, value: object, got: str, fix: str) -> Problem:
    return Problem(asked.where((key,)), "MS0214", key, f"got {value}, {got}", fix=fix)


def _variables(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    cluster = asked.site.targets.kubernetes if asked.site else None
    blocked = kserve_version(cluster.kserve_version).blocked_env if cluster else ()
    yield from _names(asked, ("env",), model.env, {"STORAGE_URI", "PROTOCOL", *blocked})
    for role in _ROLES:
        companion = getattr(model, role)
        if companion is not None:
            yield from _names(asked, (role, "env"), companion.env, blocked)


def _names(
    asked: Asked, path: KeyPath, variables: Mapping[str, str], blocked: Collection[str]
) -> Iterator[Problem]:
    for name in variables:
        if name in blocked:
            got, fix = f"got {name}, which is KServe's or refused by it", "remove it"
        elif not VARIABLE_NAME.fullmatch(name):
            got, fix = f"got {shown(name)}, which is no name of a variable", "rename it"
        else:
            continue
        at = (*path, name)
        allowed = "letters, digits and _, a letter first"
        yield Problem(
            asked.where(at, key=True), "MS0106", dotted(at), got, allowed=allowed, fix=fix
        )


def _one_server(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.model.framework and model.model.image:
        path: KeyPath = ("model", "image")
        got = f"got {model.model.image}, and framework {model.model.framework} is another server"
        fix = "remove it, and KServe's runtime serves; or remove model.framework"
        yield Problem(asked.where(path), "MS0214", dotted(path), got, fix=fix)


def _name_in_a_path(asked: Asked) -> Iterator[Problem]:
    """KServe's server is asked under the model's name whether it is loaded."""
    model, path = _model(asked), ("served_model_name",)
    if model is None or model.model.framework != "huggingface" or model.ready_path is not None:
        return
    if "/" in (name := model.served_model_name or ""):
        yield Problem(
            asked.where(path),
            "MS0106",
            dotted(path),
            f"got {shown(name)}, under which this server does not say whether it is loaded",
            allowed="a name without /",
            fix=f"write {name.rpartition('/')[2]}, or framework: vLLM, whose names may have one",
        )


def _retention_of_zero(asked: Asked) -> Iterator[Problem]:
    model, key = _model(asked), "scale_to_zero_retention_seconds"
    if model is None or model.deployment_mode != "knative" or not model.min_replicas:
        return
    if (seconds := model.scale_to_zero_retention_seconds) is not None:
        got = f"and min_replicas {model.min_replicas} keeps pods anyway"
        yield _idle(asked, key, seconds, got, "remove it, or write min_replicas: 0")


RULES: Final[tuple[Rule, ...]] = (
    _time_to_start,
    _time_to_be_ready,
    _companions_replicas,
    _companions_images,
    _stable_commit,
    _candidate_commit,
    _candidate_replicas,
    _gateway_of_a_host,
    _share_owner_of_a_host,
    _port_of_an_image,
    _runtime_of_an_image,
    _paths_of_a_grpc_image,
    _variables,
    _one_server,
    _name_in_a_path,
    _retention_of_zero,
)
