"""The arguments that only KServe has, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.gpus import Gpus, read_gpus
from components.kubernetes.kserve.kserve_companions import (
    Companion,
    read_companion,
    read_variables,
)
from components.kubernetes.kserve.kserve_modes import MODES, mode_spelling
from components.kubernetes.kserve.kserve_scaling import Scaling, read_scaling
from components.kubernetes.kserve.served_language_model import (
    ServedLanguageModel,
    read_served_language_model,
)
from components.kubernetes.kserve.server_extras import ServerExtras
from components.kubernetes.kserve.serving_runtimes import (
    ModelServerChoice,
    read_server,
    second_port,
)
from components.kubernetes.kserve.split_route import SplitRoute, read_split_route
from components.kubernetes.labels import check_namespace, check_tag_keys
from components.kubernetes.network import Access, read_access
from components.managed import Capturing, read_capture
from components.serving import Core
from facts.addresses import SERVER_URL
from facts.captured_requests import CAPTURED_PLACE, CAPTURED_SHAPE, is_stored
from facts.kserve import KSERVE_VERSIONS, OLDEST, STORAGE, KServeVersion, kserve_version, release_of
from facts.resource_bounds import BOUNDS

__all__ = ["KServeSettings", "read_settings"]

_STORAGE_URI: Final = "|".join(each.pattern for each in STORAGE)
_SPELLINGS: Final = "; ".join(each.spelling for each in STORAGE)
_LOAD_SECONDS: Final = 60
_ALL: Final = 100
_LEAST_STARTUP_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class KServeSettings:
    """What an InferenceService is made from."""

    version: KServeVersion
    mode: str
    server: ModelServerChoice
    scaling: Scaling
    transformer: Companion | None
    explainer: Companion | None
    candidate_replicas: int
    share_owner: str
    cpu: float
    memory_mib: int
    gpus: Gpus
    arguments: list[str]
    env: dict[str, str]
    startup_timeout_seconds: int
    ready_timeout_seconds: int
    access: Access
    pod_labels: dict[str, str]
    route: SplitRoute | None
    language: ServedLanguageModel = field(default_factory=ServedLanguageModel)
    capture: Capturing | None = None

    @property
    def extras(self) -> ServerExtras:
        """What the kind of model adds to its server."""
        return self.language.extras

    @property
    def is_knative(self) -> bool:
        """Whether Knative runs it, by revisions."""
        return self.mode == "knative"

    @property
    def second_port(self) -> int | None:
        """The gRPC port of the predictor's Service, beside the one that speaks HTTP."""
        two = self.version.two_protocols
        return second_port(self.server, knative=self.is_knative, two_protocols=two)

    @property
    def mode_spelling(self) -> str:
        """The mode as the release's annotation spells it."""
        return mode_spelling(self.mode, self.version.version)


def read_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> KServeSettings:
    """What the arguments say beside those that all targets share; problems go to `checks`."""
    check_namespace(checks)
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, _STORAGE_URI, f"a URI that KServe reads: {_SPELLINGS}")
    check_tag_keys(checks)
    mode = checks.choice("deployment_mode", "knative", MODES)
    version = _version(checks, args)
    memory_mib = checks.whole("memory_mib", 2048, *BOUNDS["kserve"].memory_mib)
    least_min = 0 if mode == "knative" else 1
    startup_timeout, ready_timeout = _timeouts(checks)
    gpus = read_gpus(checks, BOUNDS["kserve"].accelerators)
    scaling = read_scaling(
        checks,
        args,
        mode=mode,
        min_replicas=core.min_replicas,
        memory_mib=memory_mib,
        has_candidate=core.candidate_version is not None,
    )
    settings = KServeSettings(
        version=version,
        mode=mode,
        server=read_server(checks, core.name, args, version),
        scaling=scaling,
        transformer=read_companion(checks, args, "transformer", least_min, version.blocked_env),
        explainer=read_companion(checks, args, "explainer", least_min, version.blocked_env),
        candidate_replicas=_candidate_replicas(checks, core, mode, scaling.autoscaler),
        share_owner=checks.choice("share_owner", "file", ("file", "rollout")),
        cpu=checks.number("cpu", 1.0, *BOUNDS["kserve"].cpu),
        memory_mib=memory_mib,
        gpus=gpus,
        arguments=checks.texts("arguments", []),
        env=read_variables(checks, "env", {"STORAGE_URI", "PROTOCOL", *version.blocked_env}),
        startup_timeout_seconds=startup_timeout,
        ready_timeout_seconds=ready_timeout,
        access=_access(checks, args, mode),
        pod_labels=checks.mapping("pod_labels"),
        route=read_split_route(checks, args, mode),
        language=read_served_language_model(
            checks,
            core,
            args,
            version.release,
            mode,
            gpus,
            memory_mib,
            ready_timeout,
        ),
        capture=_capture(checks, args, version),
    )
    if settings.capture is not None and settings.server.is_grpc:
        use = "0: KServe's logger reads HTTP, and this server speaks gRPC"
        checks.problem("capture_percent", args.get("capture_percent"), use)
    if mode == "standard" and core.candidate_version is not None:
        _check_canary(checks, core, settings)
    return settings


def _version(checks: Checks, args: Mapping[str, Any]) -> KServeVersion:
    checks.text("kserve_version", r"v?\d+\.\d+(\.\d+)?.*", "a version such as 0.20.0")
    version = args.get("kserve_version")
    known = kserve_version(version)
    if (0, 0) < release_of(version) < known.release:
        checks.problem("kserve_version", version, f"{OLDEST} or newer, on the cluster too")
    return known


def _access(checks: Checks, args: Mapping[str, Any], mode: str) -> Access:
    usual = str(args.get("gateway_namespace") or "istio-system")
    access = read_access(checks, usual_ingress_namespace=usual)
    if access.callers and mode == "knative":
        use = "deployment_mode standard: Knative's gateway and activator call in everybody's name"
        checks.problem("callers", args.get("callers"), use)
    return access


def _capture(checks: Checks, args: Mapping[str, Any], version: KServeVersion) -> Capturing | None:
    use = f"an HTTP address, such as http://collector.logging, or {CAPTURED_SHAPE}"
    found = read_capture(checks, args, pattern=f"{SERVER_URL}|{CAPTURED_PLACE}", use=use)
    if found is not None and is_stored(found.uri) and not version.stores_captured:
        first = next(each for each in KSERVE_VERSIONS if each.stores_captured)
        use = f"an HTTP address, or KServe {first.version} or newer: older ones store nothing"
        checks.problem("capture_uri", found.uri, use)
    if found is not None and found.percent != _ALL:
        checks.problem("capture_percent", found.percent, "0 or 100: KServe's logger has no share")
    return found


def _timeouts(checks: Checks) -> tuple[int, int]:
    """The startup probe's budget and the update's patience: no shorter than loading takes."""
    load = checks.whole("load_seconds", _LOAD_SECONDS, 1, 7200)
    usual = max(_LEAST_STARTUP_SECONDS, 2 * load)
    budget = checks.whole("startup_timeout_seconds", usual, 1, 14_400)
    if budget < load:
        use = f"at least load_seconds ({load}), or the pod is started anew before it has loaded"
        checks.problem("startup_timeout_seconds", budget, use)
    patience = checks.whole("ready_timeout_seconds", max(900, 2 * load), 30, 14_400)
    if patience < load:
        checks.problem("ready_timeout_seconds", patience, f"at least load_seconds ({load})")
    return budget, patience


def _candidate_replicas(checks: Checks, core: Core, mode: str, autoscaler: str | None) -> int:
    """Pods of a candidate in standard mode; KServe's own rule, but never none.

    With autoscaler external KServe leaves the number of a Deployment alone, the canary's too.
    """
    is_fixed = autoscaler == "external"
    if not checks.given("candidate_replicas"):
        share = -(-core.min_replicas * core.canary_percent // 100)
        return 1 if is_fixed else max(1, share)
    replicas = checks.whole("candidate_replicas", 1, 1, 1000)
    if mode == "knative":
        use = "deployment_mode standard, or leave it out: Knative scales each revision"
        checks.problem("candidate_replicas", replicas, use)
    elif core.candidate_version is None:
        checks.problem("candidate_replicas", replicas, "candidate_version and _uri beside it")
    elif is_fixed and replicas > 1:
        use = "1, or autoscaler hpa: KServe makes one pod of a canary that it does not scale"
        checks.problem("candidate_replicas", replicas, use)
    elif replicas > core.min_replicas:
        use = f"at most min_replicas ({core.min_replicas}), which KServe asks for"
        checks.problem("candidate_replicas", replicas, use)
    return replicas


def _check_canary(checks: Checks, core: Core, settings: KServeSettings) -> None:
    """What `spec.canary` of the release cannot do."""
    version = settings.version
    first = next(each for each in KSERVE_VERSIONS if each.canaries)
    if not version.canaries:
        use = f"deployment_mode knative, or KServe {first.version} or newer: older ones ignore it"
        checks.problem("candidate_version", core.candidate_version, use)
        return
    if not core.canary_percent:
        return
    if settings.route is not None and settings.share_owner == "rollout":
        use = "file: the shares of host are set by this component"
        checks.problem("share_owner", "rollout", use)
    if settings.route is None and not version.weighted_routes:
        use = (
            f"0, or deployment_mode knative: the routes of KServe {version.version} give a canary "
            "no requests, whatever its trafficPercent; or host with a gateway_name, a route of ours"
        )
        checks.problem("canary_percent", core.canary_percent, use)
    elif settings.route is None and not checks.flag("gateway_api", default=False):
        use = "0, or gateway_api true where KServe makes Gateway API's routes: others have no share"
        checks.problem("canary_percent", core.canary_percent, use)
    elif settings.transformer is not None or settings.explainer is not None:
        use = "0: the routes give requests for a transformer or explainer to the canary itself"
        checks.problem("canary_percent", core.canary_percent, use)
