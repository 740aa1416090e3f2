"""How a model file names a model that a registry keeps, and what of it moves.

Each kind has an exact form, which is passed on as it is, and forms that a registry is asked about:
an alias, a label, a branch, a tag, or a version of which only the registry knows where it lies.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

__all__ = [
    "ASKED_AT_PREVIEW",
    "FORMS",
    "STORES",
    "VERIFIED",
    "MalformedReferenceError",
    "Reference",
    "label_of_digest",
    "label_of_object",
    "parse",
]

ASKED_AT_PREVIEW: Final = "asked-at-preview"
"""Stands for the version of a reference until its registry was asked."""

# Source: MLflow's `_parse_model_uri` (mlflow/store/artifact/utils/models.py) for `models:/`;
# Hugging Face's, OCI's and the clouds' own grammars for the rest.
FORMS: Final[dict[str, tuple[str, ...]]] = {
    # Each with the path of a file in the model's folder behind it, or not.
    "mlflow": ("models:/<name>@<alias>", "models:/<name>/<version>"),
    "hf": ("hf://<owner>/<repository>@<commit, tag or branch>",),
    "oci": ("oci://<registry>/<repository>:<tag>", "oci://<registry>/<repository>@sha256:<digest>"),
    "s3": ("s3://<bucket>/<key>", "s3://<bucket>/<key>?versionId=<version>"),
    "gs": ("gs://<bucket>/<object>", "gs://<bucket>/<object>#<generation>"),
    "sagemaker": (
        "arn:aws:sagemaker:<region>:<account>:model-package/<group>/<version>",
        "arn:aws:sagemaker:<region>:<account>:model-package-group/<group>",
    ),
    "vertex": ("vertex://projects/<project>/locations/<region>/models/<model>@<version or alias>",),
    "azureml": (
        "azureml://registries/<registry>/models/<model>/versions/<version>",
        "azureml://registries/<registry>/models/<model>/labels/<label>",
    ),
    "dvc": ("dvc:<path of a .dvc file in this repository>",),
}

VERIFIED: Final = ("hf", "oci", "vertex")
"""Kinds of which an exact reference can be looked up too: that it is there, and what it leads to.

SageMaker's versions are always looked up, by its components.
"""

STORES: Final = ("s3", "gs")
"""Kinds that are objects of a cloud's store, with versions or generations."""

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_DIGITS_OF_LABEL: Final = 16


class MalformedReferenceError(ValueError):
    """The scheme is a registry's, and the rest is not what its references look like."""

    def __init__(self, kind: str, why: str = "") -> None:
        super().__init__(why or "which is no reference of that registry")
        self.kind = kind
        self.allowed = " or ".join(FORMS[kind])


@dataclass(frozen=True, slots=True)
class Reference:
    """What a URI says by its form alone.

    `asked`: the registry has to be asked. `moves`: it may answer something else tomorrow.
    `version`: the version where the form says it; empty for what moves.
    """

    kind: str
    uri: str
    asked: bool
    moves: bool
    version: str = ""
    parts: dict[str, str] = field(default_factory=dict[str, str], hash=False)


def parse(uri: str) -> Reference | None:
    """What the URI of a model refers to; None for one of no registry, as `file:` or `https:`.

    What of a store's or cloud's scheme has another form is None too: it may be one of its own, as
    `s3://bucket` or `azureml:name:version`, and what takes it knows.

    Raises:
        MalformedReferenceError: for `models:` and `dvc:` with something else behind it.
    """
    for begins, read in _OURS.items():
        if uri.startswith(begins):
            return read(uri)
    for kind, form in _OTHERS.items():
        if found := form.pattern.fullmatch(uri):
            parts = form.usual | _said(found)
            version = form.version(parts)
            # With a version nobody has to be asked, and without one it moves.
            return Reference(kind, uri, not version, not version, version, parts)
    return None


def label_of_digest(digest: str) -> str:
    """A digest as a version that fits into labels and names: `sha256-` and sixteen digits."""
    kind, _, value = digest.partition(":")
    return f"{kind}-{value[:_DIGITS_OF_LABEL]}"


def label_of_object(version: str) -> str:
    """A version of an object in S3, which can have any signs, as one that fits into labels."""
    return f"s3-{hashlib.sha256(version.encode()).hexdigest()[:_DIGITS_OF_LABEL]}"


def _said(found: re.Match[str]) -> dict[str, str]:
    return {key: value for key, value in found.groupdict().items() if value is not None}


def _mlflow(uri: str) -> Reference:
    found = re.fullmatch(
        r"models:/(?P<name>[^/:@\s?#%]+)(@(?P<alias>[A-Za-z0-9_.-]+)|/(?P<version>[^/@\s?#]+))"
        r"(/(?P<path>[^/\s?#][^\s?#]*))?",
        uri,
    )
    if found is None:
        raise MalformedReferenceError("mlflow")
    parts = _said(found)
    if ".." in parts.get("path", "").split("/"):
        raise MalformedReferenceError("mlflow", "which leads out of the model's folder")
    version = parts.get("version")
    if version is not None and not version.isdecimal():
        raise MalformedReferenceError(
            "mlflow", "whose version is no number: stages and `latest` are nobody's decision"
        )
    # Asked although a version stays: only the registry knows where it lies.
    return Reference(
        "mlflow", uri, asked=True, moves=version is None, version=version or "", parts=parts
    )


def _dvc(uri: str) -> Reference:
    found = re.fullmatch(r"dvc:(?P<path>[^\s/][^\s]*\.dvc)", uri)
    if found is None:
        raise MalformedReferenceError("dvc")
    parts = _said(found)
    if ".." in parts["path"].split("/"):
        raise MalformedReferenceError("dvc", "which leads out of the repository")
    # What the pointer says is in the repository, beside the settings: nothing moves.
    return Reference("dvc", uri, asked=True, moves=False, parts=parts)


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind is written, which version its parts say, and what parts mean that are not said."""

    pattern: re.Pattern[str]
    version: Callable[[dict[str, str]], str] = lambda parts: parts.get("version", "")
    usual: dict[str, str] = field(default_factory=dict[str, str])


def _commit(parts: dict[str, str]) -> str:
    revision = parts["revision"]
    return revision if _COMMIT.fullmatch(revision) else ""


def _digest(parts: dict[str, str]) -> str:
    return label_of_digest(parts["digest"]) if "digest" in parts else ""


def _of_object(parts: dict[str, str]) -> str:
    version = unquote(parts.get("version", ""))
    return label_of_object(version) if version else ""


def _number(parts: dict[str, str]) -> str:
    return parts["version"] if parts["version"].isdecimal() else ""


# Schemes that nothing else takes.
_OURS: Final[dict[str, Callable[[str], Reference]]] = {"models:": _mlflow, "dvc:": _dvc}
_OTHERS: Final[dict[str, _Form]] = {
    # Between name and revision KServe writes `:`, the hub's own tools `@`.
    "hf": _Form(
        re.compile(
            r"hf://(?P<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)"
            r"([@:](?P<revision>[A-Za-z0-9][\w./-]*))?"
        ),
        _commit,
        {"revision": "main"},
    ),
    "oci": _Form(
        re.compile(
            r"oci://(?P<registry>[A-Za-z0-9.-]+(:\d+)?)"
            r"/(?P<repository>[a-z0-9]+([._/-]+[a-z0-9]+)*)"
            r"(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
        ),
        _digest,
        {"tag": "latest"},
    ),
    "s3": _Form(
        re.compile(
            r"s3://(?P<bucket>[A-Za-z0-9.-]+)(/(?P<key>[^?\s]*))?"
            r"(\?versionId=(?P<version>[^\s&#?]{1,1024}))?"
        ),
        _of_object,
    ),
    "gs": _Form(
        re.compile(r"gs://(?P<bucket>[A-Za-z0-9._-]+)(/(?P<key>[^#\s]*))?(#(?P<generation>\d+))?"),
        lambda parts: parts.get("generation", ""),
    ),
    "sagemaker": _Form(
        re.compile(
            r"arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
            r"(model-package/(?P<of>[A-Za-z0-9-]+)/(?P<version>[0-9]+)"
            r"|model-package-group/(?P<group>[A-Za-z0-9-]+))"
        )
    ),
    "vertex": _Form(
        re.compile(
            r"vertex://(?P<name>projects/[a-z0-9:.-]+/locations/(?P<region>[a-z0-9-]+)"
            r"/models/[\w-]+)@(?P<version>[1-9][0-9]*|[a-z][a-zA-Z0-9-]{0,126}[a-z0-9])"
        ),
        _number,
    ),
    # `azureml:name:version` is a model of a workspace and no reference that is asked about.
    "azureml": _Form(
        re.compile(
            r"azureml://registries/(?P<registry>[A-Za-z0-9][\w-]{1,32})"
            r"/models/(?P<model>[A-Za-z0-9][\w.-]{0,254})"
            r"/(versions/(?P<version>[A-Za-z0-9][\w.-]{0,29})|labels/(?P<label>[\w.-]+))"
        )
    ),
}
