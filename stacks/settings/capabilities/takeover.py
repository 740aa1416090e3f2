"""Asks that the strategies of a plain model server cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.model_servers import MODEL_SERVERS
from facts.strategies import MOST_MATCHES, NO_HEADERS, STRATEGIES
from stacks.settings.asked import Asked
from stacks.settings.capabilities import parts
from stacks.settings.capabilities.names import one_name_for_two
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.common import ShareOwner
from stacks.settings.model_server import ModelServerModel
from stacks.settings.problems import Problem

_ALL: Final = 100


# Where the candidate may have an image that is not the stable model's.
_OWN_IMAGES: Final = ("kubernetes", "sagemaker", "vertex", "cloud_run", "azure_ml", "lambda")


def _model(asked: Asked) -> ModelServerModel | None:
    return asked.settings if isinstance(asked.settings, ModelServerModel) else None


def _candidate_in_place(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.candidate and not STRATEGIES[model.strategy].takes_candidate:
        # The strategy may be written nowhere.
        path = ("candidate", "version")
        yield refuse("kubernetes/candidate-in-place", path, model.candidate.version, asked)


def _share(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.candidate is None:
        return
    kind, percent = STRATEGIES[model.strategy], model.canary_percent
    path = ("canary_percent",)
    if kind.share == "ends" and percent not in {0, _ALL}:
        yield refuse("kubernetes/share-between", path, percent, asked)
    if kind.name == "ab" and percent:
        yield refuse("kubernetes/share-of-ab", path, percent, asked)


def _router(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and STRATEGIES[model.strategy].needs_router and model.router is None:
        yield refuse("kubernetes/no-router", ("strategy",), model.strategy, asked)


def _audience(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    if model.strategy != "ab":
        for key in ("ab_header", "ab_cookie", "ab_values"):
            if value := getattr(model, key):
                yield refuse("kubernetes/ab-audience", (key,), value, asked)
    elif (model.ab_header is None) == (model.ab_cookie is None):
        path = ("ab_header",) if model.ab_header else ("strategy",)
        yield refuse("kubernetes/ab-audience", path, model.ab_header or model.strategy, asked)
    elif (model.ab_header or "").lower() in NO_HEADERS:
        got = model.ab_header
        yield refuse("kubernetes/header-that-is-none", ("ab_header",), got, asked)
    elif not model.ab_values:
        path = ("ab_header",) if model.ab_header else ("ab_cookie",)
        got = model.ab_header or model.ab_cookie
        yield refuse("kubernetes/ab-audience", path, got, asked)


def _matches(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.strategy != "ab" or model.router != "gateway" or model.host is None:
        return
    paths = model.predict_paths or MODEL_SERVERS[model.server].predict_paths
    if len(paths) * len(model.ab_values) > MOST_MATCHES:
        got = f"{len(model.ab_values)} values for {len(paths)} paths"
        yield refuse("kubernetes/too-many-matches", ("ab_values",), got, asked)


def _parts_in_place(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.parts and not STRATEGIES[model.strategy].takes_candidate:
        names = ", ".join(sorted(model.parts))
        yield refuse("kubernetes/parts-in-place", ("parts",), names, asked)


def _half_a_gateway(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or (model.gateway_name is None) == (model.gateway_namespace is None):
        return
    keys = ("gateway_name", "gateway_namespace")
    here, missing = keys if model.gateway_name is not None else reversed(keys)
    yield Problem(
        asked.where((here,)),
        "MS0221",
        here,
        f"got {getattr(model, here)}, and no {missing}: nothing says which gateway it is",
        fix=f"add `{missing}: …` beside it",
    )


def _candidates_replicas(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.candidate is None or model.candidate_min_replicas is None:
        return
    if model.candidate_min_replicas > model.max_replicas:
        yield Problem(
            asked.where(("candidate_min_replicas",)),
            "MS0201",
            "candidate_min_replicas",
            f"got {model.candidate_min_replicas}, above max_replicas {model.max_replicas}",
            fix=f"lower it to {model.max_replicas}, or raise max_replicas",
        )


def _host(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.host is None or not STRATEGIES[model.strategy].needs_router:
        return
    if model.gateway_name is None or model.gateway_namespace is None:
        yield refuse("kubernetes/host-without-gateway", ("host",), model.host, asked)


def _owner(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.rollout.owner is ShareOwner.FILE:
        return
    if model.candidate is None or STRATEGIES[model.strategy].share == "none":
        path = ("rollout", "owner")
        yield refuse("kubernetes/no-share-to-own", path, str(model.rollout.owner), asked)


def _names(asked: Asked) -> Iterator[Problem]:
    yield from one_name_for_two(asked, _model(asked))


def _candidate_image(asked: Asked) -> Iterator[Problem]:
    candidate = asked.settings.candidate
    if asked.settings.target not in _OWN_IMAGES and candidate and candidate.image is not None:
        yield refuse("any/candidate-image", ("candidate", "image"), candidate.image, asked)


def _proxies(asked: Asked) -> Iterator[Problem]:
    """Istio's proxies part the requests; without a site nobody knows which there are."""
    model, cluster = _model(asked), asked.site.targets.kubernetes if asked.site else None
    if model is None or cluster is None or model.router != "istio":
        return
    if not STRATEGIES[model.strategy].needs_router:
        return
    if cluster.mesh == "istio_ambient":
        yield Problem(
            asked.where(("router",)),
            "MS0212",
            "router",
            "got istio, and the environment's mesh is istio_ambient, where VirtualService is Alpha",
            allowed="gateway",
            fix="write router: gateway; Gateway API's routes need a waypoint there",
            source="https://istio.io/latest/docs/ambient/migrate/migrate-policies/",
        )
    if cluster.mesh == "none" and model.host is None:
        yield Problem(
            asked.where(("router",)),
            "MS0212",
            "router",
            "got istio, and no caller has a proxy that would part its requests: the environment's "
            "mesh is none, and the model has no host",
            fix="add mesh: istio_sidecar under `model-serving:targets.kubernetes`, or host with "
            "gateway_name, or write router: gateway for another mesh",
            source="https://istio.io/latest/docs/concepts/traffic-management/",
        )


RULES: Final[tuple[Rule, ...]] = (
    _candidate_in_place,
    _parts_in_place,
    _share,
    _router,
    _audience,
    _matches,
    _half_a_gateway,
    _candidates_replicas,
    _host,
    _owner,
    _names,
    _candidate_image,
    _proxies,
    *parts.RULES,
)
