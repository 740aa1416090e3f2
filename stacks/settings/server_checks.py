"""Rules over several settings of a plain model server at once."""

from collections.abc import Iterator
from typing import Final

from facts.edge import usual
from facts.model_servers import MODEL_SERVERS, reads_a_folder
from facts.pods import (
    CONFIG_FOLDER,
    MODEL_FOLDER,
    OUR_VARIABLES,
    TMP,
    VARIABLE_NAME,
    clashing_folders,
    clashing_ports,
    is_fetched,
    share_of,
    startup_budget_seconds,
    startup_failures,
)
from facts.strategies import STRATEGIES
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.model_server import ModelServerModel
from stacks.settings.pairs import asks_for_gpus
from stacks.settings.pinning import pinned_image
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

# As ModelServer has them, where the settings say nothing.
_GPU_SHM_MIB: Final = 1024
_LOAD_SECONDS: Final = 60
_READY_SECONDS: Final = 900
_STARTUP_PERIOD_SECONDS: Final = 10
_FOLDERS: Final = (TMP, MODEL_FOLDER, CONFIG_FOLDER)
_QUERY: Final = ("prometheus_url", "prometheus_query", "prometheus_target")


def _model(asked: Asked) -> ModelServerModel | None:
    return asked.settings if isinstance(asked.settings, ModelServerModel) else None


def _time_to_start(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.probes.by == "none":
        return
    probe, load = model.probes.startup, model.load_seconds or _LOAD_SECONDS
    delay, period = probe.delay_seconds or 0, probe.period_seconds or _STARTUP_PERIOD_SECONDS
    if probe.failures is None:
        return
    budget = startup_budget_seconds(delay, period, probe.failures)
    if budget < load:
        enough = startup_failures(load, delay, period)
        yield Problem(
            asked.where(("probes", "startup", "failures")),
            "MS0213",
            "probes.startup.failures",
            f"got {probe.failures}, a budget of {budget} seconds, and loading takes up to {load} "
            "(load_seconds): the pod is started anew before that",
            allowed=f"at least {enough}",
            fix=f"raise it to {enough} or more, or leave it out",
        )


def _time_to_be_ready(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    load, budget = model.load_seconds or _LOAD_SECONDS, model.ready_timeout_seconds
    if budget is not None and budget < load:
        yield Problem(
            asked.where(("ready_timeout_seconds",)),
            "MS0213",
            "ready_timeout_seconds",
            f"got {budget}, and loading takes up to {load} (load_seconds): the update fails before "
            "that",
            allowed=f"at least {load}",
            fix=f"raise it to {load} or more, or leave it out",
        )


def _ports(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    kind = MODEL_SERVERS[model.server]
    ports = {
        "port": model.port or kind.port,
        "grpc_port": model.grpc_port or kind.grpc_port,
        "metrics_port": model.metrics_port or kind.metrics_port,
    }
    if model.metrics_port == ports["port"]:
        ports["metrics_port"] = None
    if clash := clashing_ports(ports):
        key = next(key for key in ("grpc_port", "port", "metrics_port") if getattr(model, key))
        yield Problem(
            asked.where((key,)),
            "MS0215",
            key,
            f"got {getattr(model, key)}: {clash}",
            fix="give each its own; those of the server kind hold where nothing is said",
        )


def _probe_by_grpc(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.probes.by != "grpc":
        return
    if model.grpc_port is None and MODEL_SERVERS[model.server].grpc_port is None:
        yield Problem(
            asked.where(("probes", "by")),
            "MS0215",
            "probes.by",
            "got grpc, and there is no port for gRPC",
            fix="add `grpc_port: …`, or set probes.by to http",
        )


def _folders(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and (clash := clashing_folders((*_FOLDERS, *model.writable_folders))):
        yield Problem(
            asked.where(("writable_folders",)),
            "MS0216",
            "writable_folders",
            f"got {shown(model.writable_folders)}: {clash}",
            allowed=f"folders apart from each other and from {', '.join(_FOLDERS)}",
            fix="name a folder that the server alone has, such as /var/cache/model",
        )


def _variables(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for key, names in (("env", model.env), ("secret_env", model.secret_env)):
        for name in names:
            what = ""
            if not VARIABLE_NAME.fullmatch(name):
                what = "no name of a variable: letters, digits and _"
            elif name in OUR_VARIABLES:
                what = "set for every model server"
            elif key == "secret_env" and name in model.env:
                what = "in env too"
            if what:
                path: KeyPath = (key, name)
                yield Problem(
                    asked.where(path, key=True),
                    "MS0217",
                    dotted(path),
                    what,
                    fix="give it another name, or leave it out",
                )


def _budget(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.min_available is not None and model.max_unavailable is not None:
        yield Problem(
            asked.where(("min_available",)),
            "MS0218",
            "min_available",
            f"got {model.min_available}, and max_unavailable is there too",
            fix="leave one of them out: a disruption budget has one bound",
        )


def _update(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    surge, missing = model.update_max_surge, model.update_max_unavailable
    usual = ("0", "1") if model.profile == "edge" else ("25%", "0")
    if share_of(surge or usual[0], 100) == share_of(missing or usual[1], 100) == 0:
        key = "update_max_surge" if surge else "update_max_unavailable"
        yield Problem(
            asked.where((key,)),
            "MS0218",
            key,
            "neither a replica more nor one less: a rolling update could not move",
            fix="raise update_max_surge or update_max_unavailable",
        )


def _limits(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    share = usual(model.profile)
    pairs: tuple[tuple[str, float | None, str, float], ...] = (
        ("cpu_limit", model.cpu_limit, "resources.cpu", model.resources.cpu or share.cpu),
        (
            "memory_limit_mib",
            model.memory_limit_mib,
            "resources.memory_mib",
            model.resources.memory_mib or share.memory_mib,
        ),
    )
    for key, limit, other, request in pairs:
        if limit is not None and limit < request:
            yield Problem(
                asked.where((key,)),
                "MS0219",
                key,
                f"got {limit:g}, below {other} {request:g}",
                fix=f"raise it to {request:g} or more, or leave it out",
            )
    memory = model.memory_limit_mib or model.resources.memory_mib or share.memory_mib
    usual_shm = _GPU_SHM_MIB if asks_for_gpus(model.resources) else 0
    shm = usual_shm if model.shm_mib is None else model.shm_mib
    if shm >= memory:
        said = "got" if model.shm_mib is not None else "is, with GPUs and nothing said,"
        yield Problem(
            asked.where(("shm_mib",)),
            "MS0219",
            "shm_mib",
            f"{said} {shm}, and a replica has {memory} MiB of memory, which it is part of",
            fix=f"lower it below {memory}, or raise the memory",
        )


def _autoscaler(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    range_ = model.max_replicas > model.min_replicas and model.profile != "edge"
    kind = model.autoscaler or ("hpa" if range_ else "none")
    takers = {
        **dict.fromkeys((*_QUERY, "cooldown_seconds", "polling_seconds"), ("keda",)),
        **dict.fromkeys(
            ("memory_target_percent", "requests_per_second_target", "pods_metric_name"), ("hpa",)
        ),
        "cpu_target_percent": ("hpa", "keda"),
    }
    for key, fits in takers.items():
        if getattr(model, key) is not None and kind not in fits:
            yield _scaling(asked, key, f"nothing reads it: the autoscaler is {kind}", fits)
    aimed = model.requests_per_second_target is not None or model.slo.capacity is not None
    if model.pods_metric_name is not None and not aimed:
        yield _scaling(asked, "pods_metric_name", "no requests_per_second_target for it", ("hpa",))
    missing = [key for key in _QUERY if getattr(model, key) is None]
    if kind == "keda" and missing:
        yield Problem(
            asked.where(("autoscaler",)),
            "MS0220",
            "autoscaler",
            f"got keda, and {', '.join(missing)} is missing: nothing says what KEDA scales by",
            fix=f"add {', '.join(missing)}",
        )


def _scaling(asked: Asked, key: str, what: str, fits: tuple[str, ...]) -> Problem:
    return Problem(
        asked.where((key,)),
        "MS0220",
        key,
        what,
        fix=f"set autoscaler to {' or '.join(fits)}, or leave {key} out",
    )


def _exposure(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for key in ("tls_secret_name", "certificate_issuer", "ingress_class"):
        if getattr(model, key) is not None and model.host is None:
            yield _exposed(asked, key, "there is no host", "add `host: …`, or leave it out")
    if model.host is None:
        return
    yield from _gateway(asked, model)
    if not (model.predict_paths or MODEL_SERVERS[model.server].predict_paths):
        yield _exposed(
            asked,
            "host",
            f"the paths that callers use are not known: those of {model.server} are the image's",
            "add predict_paths",
        )


def _gateway(asked: Asked, model: ModelServerModel) -> Iterator[Problem]:
    """Where a Gateway leads to the model, TLS ends there."""
    routed = STRATEGIES[model.strategy].needs_router
    for key in ("tls_secret_name", "certificate_issuer", "ingress_class"):
        if getattr(model, key) is not None and (routed or model.exposure == "gateway"):
            yield _exposed(asked, key, "the Gateway's listener has the certificate", "leave it out")
    named = model.gateway_name is not None and model.gateway_namespace is not None
    if model.exposure == "gateway" and not named and not routed:
        yield _exposed(asked, "exposure", "no gateway", "add gateway_name and gateway_namespace")


def _load_balancer(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    cluster = asked.site.targets.kubernetes if asked.site else None
    if model and model.internal_load_balancer and cluster and cluster.mesh != "none":
        yield _exposed(
            asked,
            "internal_load_balancer",
            "the mesh lets in only callers that it knows",
            "take host and the mesh's gateway",
        )
    if model and model.internal_load_balancer and not model.load_balancer_cidrs:
        yield _exposed(
            asked,
            "internal_load_balancer",
            "nothing says from where it may be reached",
            "add load_balancer_cidrs",
        )


def _exposed(asked: Asked, key: str, what: str, fix: str) -> Problem:
    return Problem(asked.where((key,)), "MS0221", key, what, fix=fix)


def _download_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.download_image is None or pinned_image(model.download_image):
        return
    yield Problem(
        asked.where(("download_image",)),
        "MS0202",
        "download_image",
        f"got {shown(model.download_image)}, a tag that can move",
        allowed="registry/name@sha256: and 64 hexadecimal digits",
        fix="pin the image by its digest",
    )


def _folder(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.download_image is not None:
        return
    uris = {"model": model.model.uri}
    if model.candidate is not None:
        uris["candidate"] = model.candidate.uri
    for key, uri in uris.items():
        if not reads_a_folder(MODEL_SERVERS[model.server]) or not is_fetched(uri):
            continue
        yield Problem(
            asked.where((key, "uri")),
            "MS0222",
            f"{key}.uri",
            f"got {shown(uri)}, and nothing brings it: {model.server} reads a folder",
            fix="add download_image here or under targets.kubernetes, or take image:/path, pvc:// "
            "or oci://",
        )


def _model_volume(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    if model.model_volume_mib is not None and model.download_image is None:
        yield Problem(
            asked.where(("model_volume_mib",)),
            "MS0222",
            "model_volume_mib",
            f"got {model.model_volume_mib}, and no download_image fills the volume",
            fix="add download_image, or leave it out",
        )
    if model.model_volume_mib is not None and model.max_replicas > 1:
        yield Problem(
            asked.where(("model_volume_mib",)),
            "MS0222",
            "model_volume_mib",
            f"got {model.model_volume_mib}, and up to {model.max_replicas} replicas: the volume is "
            "one node's",
            fix="set max_replicas: 1, or leave it out: each pod downloads",
        )
    if model.storage_class_name is not None and model.model_volume_mib is None:
        yield Problem(
            asked.where(("storage_class_name",)),
            "MS0222",
            "storage_class_name",
            "there is no volume to make",
            fix="add model_volume_mib, or leave it out",
        )


RULES: Final[tuple[Rule, ...]] = (
    _time_to_start,
    _time_to_be_ready,
    _ports,
    _probe_by_grpc,
    _folders,
    _variables,
    _budget,
    _update,
    _limits,
    _autoscaler,
    _exposure,
    _load_balancer,
    _download_image,
    _folder,
    _model_volume,
)
