"""A field of the manifests that people usually write, and what `ModelServer` says instead.

A row is true if the same value is there, or a better one at the place that is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = [
    "ABSENT",
    "ARGS",
    "BY_DIGEST",
    "BY_PORT_NAME",
    "DIGEST",
    "DOWNLOAD",
    "KEYLESS",
    "NAME",
    "ONE_NAME",
    "OUR_LABELS",
    "SETTINGS",
    "URI",
    "VERSION",
    "Row",
    "better",
    "same",
]

ABSENT: Final = "nothing"
DIGEST: Final = f"myregistry/model-server@sha256:{'1' * 64}"
DOWNLOAD: Final = f"myregistry/storage-initialiser@sha256:{'2' * 64}"
URI: Final = "s3://models/fraud-detection/v1.2.0/model.onnx"
SETTINGS: Final = "model: {name: fraud-detection}\nserver: {port: 8000}\n"
NAME: Final = "app.kubernetes.io/name"
VERSION: Final = "model-serving/model-version"
# Reasons that several rows have.
KEYLESS: Final = "no long-lived keys: the pod's identity is its service account's, in the cloud too"
OUR_LABELS: Final = "Kubernetes' recommended labels, and the vocabulary that cost and alarms read"
BY_DIGEST: Final = "an image by its digest is the image that was tested; a tag moves"
ONE_NAME: Final = "objects of one model have one name: kinds tell them apart"
BY_PORT_NAME: Final = "by the port's name, so that the number is written once"

ARGS: Final[dict[str, Any]] = {
    "environment": "prod",
    "owner": "team-risk",
    "namespace": "ml-serving",
    "model_version": "v1.2.0",
    "model_uri": URI,
    "image": DIGEST,
    "download_image": DOWNLOAD,
    "env": {"LOG_LEVEL": "INFO"},
    "config": {"serving.yaml": SETTINGS},
    "cpu": 1,
    "cpu_limit": 2,
    "memory_mib": 2048,
    "memory_limit_mib": 4096,
    "min_replicas": 3,
    "max_replicas": 20,
    "requests_per_second_target": 100,
    "load_seconds": 150,
    "host": "api.example.com",
    "tls_secret_name": "tls-secret",
    "predict_paths": ["/v1/predict"],
    "max_body_mib": 10,
    "request_timeout_seconds": 60,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of a manifest, and where it is here.

    Attributes:
        kind: of the object.
        path: of the field; an item of a list is named by its `name`, or by its position.
        value: what it says elsewhere.
        ours: what it says here, where that is something else; a pattern for what is like that.
        at: path here, where it is another.
        reason: why it is another, in words of a user.
        of: the variant, by its name in `strategies.VARIANTS`.
        named: name of the object, where the manifests have several of the kind.
    """

    kind: str
    path: str
    value: object
    ours: object = None
    at: str = ""
    reason: str = ""
    of: str = "plain"
    named: str = ""


def same(kind: str, values: Mapping[str, object], *, of: str = "plain") -> list[Row]:
    """Fields that are the same here."""
    return [Row(kind=kind, path=path, value=value, of=of) for path, value in values.items()]


def better(
    kind: str,
    path: str,
    value: object,
    ours: object,
    reason: str,
    *,
    at: str = "",
    of: str = "plain",
    named: str = "",
) -> Row:
    """A field that says something better here, or at another place of an object of the kind."""
    return Row(
        kind=kind, path=path, value=value, ours=ours, at=at, reason=reason, of=of, named=named
    )
