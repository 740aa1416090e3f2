"""How a new version takes over: rolling, blue/green, and by shares of Istio."""

from typing import Any, Final

from tests.contract.usual_manifests.row import (
    ABSENT,
    ARGS,
    BY_DIGEST,
    BY_PORT_NAME,
    DIGEST,
    NAME,
    OUR_LABELS,
    VERSION,
    Row,
    better,
    same,
)

__all__ = ["ROWS", "VARIANTS"]

_NEXT: Final = f"myregistry/model-server@sha256:{'3' * 64}"
_CANDIDATE: Final[dict[str, Any]] = {
    "candidate_version": "v1.3.0",
    "candidate_uri": "s3://models/fraud-detection/v1.3.0/model.onnx",
    "candidate_image": _NEXT,
}
_OUTSIDE: Final = {"host", "max_body_mib", "predict_paths", "tls_secret_name"}
_INSIDE: Final = {key: ARGS[key] for key in ARGS.keys() - _OUTSIDE}
# The arguments that the manifests of each part are equivalent to.
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "plain": ARGS,
    "rolling": ARGS | {"strategy": "rolling"},
    "blue/green": ARGS | _CANDIDATE | {"strategy": "blue_green"},
    "canary": _INSIDE
    | _CANDIDATE
    | {"strategy": "canary", "router": "istio", "mesh": "istio_sidecar", "canary_percent": 5},
}
_SLOT: Final = "model-serving/slot"
_BY_VERSION: Final = (
    "a slot is named after its version, not after its part: the candidate that is promoted is the"
    " same Deployment, and none of its pods moves"
)
_SUBSETS: Final = (
    "each version is a Service of its own: a subset that no pod matches would answer 503, and"
    " budget and autoscaler select the same pods"
)
_SERVED: Final = "Istio's v1 has the same fields, and is the version that stays"
_WHOLE: Final = "the whole name: a short one means the namespace of whoever reads it"
_STABLE: Final = "model-server-v1-2-0"
_NEW: Final = "model-server-v1-3-0"
_DOMAIN: Final = "ml-serving.svc.cluster.local"


def _slot(colour: str, version: str, image: str) -> list[Row]:
    """The Deployment of one version."""
    slug = version.replace(".", "-")
    name = f"model-server-{colour}"
    renamed = (
        ("metadata.name", name, f"model-server-{slug}", "metadata.name"),
        ("metadata.labels.version", colour, version, f"metadata.labels[{VERSION}]"),
        *(
            (f"{place}.version", colour, slug, f"{place}[{_SLOT}]")
            for place in ("spec.selector.matchLabels", "spec.template.metadata.labels")
        ),
    )
    return [
        *(
            better("Deployment", path, value, ours, _BY_VERSION, at=at, of="blue/green", named=name)
            for path, value, ours, at in renamed
        ),
        better(
            "Deployment",
            "spec.template.spec.containers[model-server].image",
            f"myregistry/model-server:{version}",
            image,
            BY_DIGEST,
            of="blue/green",
            named=name,
        ),
    ]


_LABELS: Final = ("metadata.labels", "spec.selector.matchLabels", "spec.template.metadata.labels")

ROWS: Final[list[Row]] = [
    *same(
        "Deployment",
        {
            "spec.strategy.type": "RollingUpdate",
            "spec.strategy.rollingUpdate.maxSurge": "25%",
            "spec.strategy.rollingUpdate.maxUnavailable": 0,
        },
        of="rolling",
    ),
    # ---- blue/green ----
    *same(
        "Deployment",
        {
            "apiVersion": "apps/v1",
            "spec.template.spec.containers[model-server].name": "model-server",
        },
        of="blue/green",
    ),
    Row(kind="Deployment", path="spec.replicas", value=3, of="blue/green"),
    *_slot("blue", "v1.2.0", DIGEST),
    *_slot("green", "v1.3.0", _NEXT),
    *(
        better(
            "Deployment",
            f"{place}.app",
            "model-server",
            "model-server",
            OUR_LABELS,
            at=f"{place}[{NAME}]",
            of="blue/green",
        )
        for place in (
            "metadata.labels",
            "spec.selector.matchLabels",
            "spec.template.metadata.labels",
        )
    ),
    *same(
        "Service",
        {"apiVersion": "v1", "metadata.name": "model-server", "spec.ports[0].port": 80},
        of="blue/green",
    ),
    better("Service", "spec.ports[0].targetPort", 8000, "http", BY_PORT_NAME, of="blue/green"),
    better(
        "Service",
        "spec.selector.app",
        "model-server",
        "model-server",
        OUR_LABELS,
        at=f"spec.selector[{NAME}]",
        of="blue/green",
    ),
    better(
        "Service",
        "spec.selector.version",
        "blue",
        "v1-2-0",
        _BY_VERSION,
        at=f"spec.selector[{_SLOT}]",
        of="blue/green",
    ),
    # ---- shares ----
    *same(
        "VirtualService",
        {
            "metadata.name": "model-server",
            "spec.http[0].match[0].headers[x-canary].exact": "true",
            "spec.http[1].route[0].weight": 95,
            "spec.http[1].route[1].weight": 5,
        },
        of="canary",
    ),
    *(
        better(
            kind,
            "apiVersion",
            "networking.istio.io/v1beta1",
            "networking.istio.io/v1",
            _SERVED,
            of="canary",
        )
        for kind in ("VirtualService", "DestinationRule")
    ),
    better(
        "VirtualService",
        "spec.hosts",
        ["model-server"],
        [f"model-server.{_DOMAIN}"],
        _WHOLE,
        of="canary",
    ),
    *(
        better(
            "VirtualService",
            f"spec.{place}.destination.host",
            "model-server",
            f"{ours}.{_DOMAIN}",
            _SUBSETS,
            of="canary",
        )
        for place, ours in (
            ("http[0].route[0]", _NEW),
            ("http[1].route[0]", _STABLE),
            ("http[1].route[1]", _NEW),
        )
    ),
    *(
        better(
            "VirtualService",
            f"spec.{place}.destination.subset",
            subset,
            ABSENT,
            _SUBSETS,
            of="canary",
        )
        for place, subset in (
            ("http[0].route[0]", "canary"),
            ("http[1].route[0]", "stable"),
            ("http[1].route[1]", "canary"),
        )
    ),
    better("DestinationRule", "metadata.name", "model-server", _STABLE, _SUBSETS, of="canary"),
    better(
        "DestinationRule",
        "spec.host",
        "model-server",
        f"{_STABLE}.{_DOMAIN}",
        _SUBSETS,
        of="canary",
    ),
    *(
        better(
            "Service",
            f"spec.subsets[{subset}].{field}",
            value,
            ours,
            _SUBSETS,
            at=at,
            of="canary",
            named="DestinationRule model-server",
        )
        for subset, version in (("stable", "v1.2.0"), ("canary", "v1.3.0"))
        for field, value, ours, at in (
            ("name", subset, f"model-server-{version.replace('.', '-')}", "metadata.name"),
            ("labels.version", version, version.replace(".", "-"), f"spec.selector[{_SLOT}]"),
        )
    ),
]
