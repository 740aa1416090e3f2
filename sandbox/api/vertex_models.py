"""Vertex AI's Model Registry: models with versions.

A model is one row; its versions, which the API sees as resources, are in the row's `live`.
"""

import re
from typing import Any

from sandbox import eventual
from sandbox.api.vertex_call import (
    Call,
    GoogleError,
    Operation,
    by_number,
    conditions,
    masked,
    moment,
    page,
    require,
)
from sandbox.api.vertex_facts import ENDPOINT, MODEL, named_alike, number
from sandbox.api.vertex_operations import begun
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["OPERATIONS", "UPLOAD_SECONDS", "shown", "uploaded", "version_of"]

# About as long as Vertex AI takes.
UPLOAD_SECONDS = Transition(60)
DELETE_SECONDS = Transition(20)
_ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")
_PAGE = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models"
_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_OF_MODEL = frozenset({"displayName", "description", "labels"})
_OF_VERSION = frozenset({"versionDescription", "labels"})
_OURS = frozenset({"name", "versionId", "versionAliases", "createTime", "updateTime", "etag"})


def version_of(call: Call, model: str, wanted: str, said: str) -> tuple[Row, dict[str, Any]]:
    """A model, and its version by number or alias; `said` is how the caller named it.

    Raises:
        GoogleError: One of them is not there.
    """
    row = require(call.store.get("gcp", MODEL, model), said, "Model")
    version = _version(row, wanted)
    if version is None:
        raise GoogleError("NOT_FOUND", f"The Model version {said} does not exist.")
    return row, version


def _version(row: Row, wanted: str) -> dict[str, Any] | None:
    """The version by number or alias; without one the default version."""
    for version in map(mapped, listed(row.live.get("versions"))):
        if wanted == version.get("versionId") or (wanted or "default") in listed(
            version.get("versionAliases")
        ):
            return version
    return None


def shown(call: Call, row: Row, version: dict[str, Any]) -> dict[str, Any]:
    """A version as the API has it."""
    deployed = [
        {"endpoint": by_number(call, endpoint), "deployedModelId": deployed_id}
        for endpoint, deployed_id in _deployments(call, row, str(version.get("versionId")))
    ]
    return {
        **version,
        "name": by_number(call, row.id),
        "deployedModels": deployed,
        "supportedDeploymentResourcesTypes": ["DEDICATED_RESOURCES", "SHARED_RESOURCES"],
        "supportedInputStorageFormats": ["jsonl", "bigquery", "csv"],
        "supportedOutputStorageFormats": ["jsonl", "bigquery"],
        "modelSourceInfo": {"sourceType": "CUSTOM"},
    }


def uploaded(call: Call, row: Row) -> dict[str, Any]:
    """The response of an upload that is done."""
    latest = mapped(listed(row.live.get("versions"))[-1])
    return {
        "@type": "type.googleapis.com/google.cloud.aiplatform.v1.UploadModelResponse",
        "model": by_number(call, row.id),
        "modelVersionId": latest.get("versionId"),
    }


def _upload(call: Call) -> dict[str, Any]:
    model = mapped(call.body.get("model"))
    _check(model)
    parent = str(call.body.get("parentModel") or "")
    with call.store.transaction():
        if parent:
            name = f"{call.parent}/models/{parent.rpartition('/')[2]}"
            row = _idle(require(call.store.get("gcp", MODEL, name), parent, "Model"))
        else:
            model_id = str(call.body.get("modelId") or number())
            if call.body.get("modelId") and not _ID.fullmatch(model_id):
                raise GoogleError("INVALID_ARGUMENT", f'modelId: got "{model_id}" ({_PAGE}/upload)')
            name = f"{call.parent}/models/{model_id}"
            if call.store.get("gcp", MODEL, name) is not None:
                raise GoogleError("ALREADY_EXISTS", f"Model with id {model_id} already exists.")
            row = Row("gcp", MODEL, name, account=call.project, name=model_id)
        versions = [mapped(version) for version in listed(row.live.get("versions"))]
        aliases = _aliases(model, first=not versions)
        numbers = [int(str(each.get("versionId"))) for each in versions]
        version = {
            **{key: value for key, value in model.items() if key not in _OURS},
            "versionId": str(max(numbers, default=0) + 1),
            "versionAliases": aliases,
            "versionCreateTime": moment(),
            "versionUpdateTime": moment(),
            "createTime": mapped(versions[0]).get("createTime") if versions else moment(),
            "updateTime": moment(),
            "etag": number(10),
        }
        if call.failing is None:
            there = [_without(each, set(aliases)) for each in versions]
            made = row.replace(
                live={"versions": [*there, version]},
                outputs={"displayName": model.get("displayName"), "labels": model.get("labels")},
            )
            # The version is not there before the operation has ended.
            meanwhile = Transition(UPLOAD_SECONDS.seconds, live={"versions": versions})
            call.store.put(eventual.begun(made, meanwhile), operation="upload")
        return begun(call, name, "UploadModel", UPLOAD_SECONDS)


def _check(model: dict[str, Any]) -> None:
    if not model.get("displayName"):
        raise GoogleError("INVALID_ARGUMENT", "model.display_name: must be given")
    image = mapped(model.get("containerSpec")).get("imageUri")
    if not image:
        reason = f"model.container_spec.image_uri: must be given ({_PAGE}#ModelContainerSpec)"
        raise GoogleError("INVALID_ARGUMENT", reason)
    artifact = model.get("artifactUri")
    if artifact and not str(artifact).startswith("gs://"):
        raise GoogleError("INVALID_ARGUMENT", f'model.artifact_uri: got "{artifact}"; use gs://…')
    for alias in listed(model.get("versionAliases")):
        if not _ALIAS.fullmatch(str(alias)):
            reason = (
                f'model.version_aliases: got "{alias}"; use a lower-case letter first ({_PAGE})'
            )
            raise GoogleError("INVALID_ARGUMENT", reason)


def _aliases(model: dict[str, Any], *, first: bool) -> list[str]:
    given = [str(alias) for alias in listed(model.get("versionAliases"))]
    # The first version is the default one, later ones if they ask for it.
    return given if "default" in given or not first else ["default", *given]


def _without(version: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """An alias is of one version at a time."""
    aliases = [alias for alias in listed(version.get("versionAliases")) if alias not in taken]
    return {**version, "versionAliases": aliases}


def _model(call: Call) -> tuple[Row, dict[str, Any]]:
    name, _, wanted = call.name.partition("@")
    return version_of(call, name, wanted, call.name)


def _get(call: Call) -> dict[str, Any]:
    row, version = _model(call)
    return shown(call, row, version)


def _list(call: Call) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    wanted = conditions(call)
    for row in call.store.starting("gcp", MODEL, f"{call.parent}/models/"):
        version = _version(row, "")
        if version is not None and _fits(version, row, wanted):
            found.append(shown(call, row, version))
    found.sort(key=lambda model: str(model.get("createTime")), reverse=True)
    return page(call, "models", found)


def _fits(version: dict[str, Any], row: Row, wanted: list[tuple[str, str]]) -> bool:
    """Whether a version is what is asked for by display_name, labels.<key> or model."""
    for key, value in wanted:
        labels = mapped(version.get("labels"))
        values: dict[str, Any] = {
            "display_name": version.get("displayName"),
            "displayName": version.get("displayName"),
            "model": row.name,
        }
        known = labels.get(key.removeprefix("labels.")) if "labels." in key else values.get(key)
        if known != value:
            return False
    return True


def _list_versions(call: Call) -> dict[str, Any]:
    row = require(call.store.get("gcp", MODEL, call.name), call.name, "Model")
    versions = [mapped(version) for version in listed(row.live.get("versions"))]
    if not versions:
        raise GoogleError("NOT_FOUND", f"The Model {call.name} does not exist or was not found.")
    return page(call, "models", [shown(call, row, version) for version in versions])


def _patch(call: Call) -> dict[str, Any]:
    """A name with @ is for one version; without one it is for the model, so for all of them."""
    row, version = _model(call)
    of_version = "@" in call.name and not call.name.endswith("@-")
    names = masked(call, _OF_VERSION if of_version else _OF_MODEL, f"{_PAGE}/patch")
    changed = {name: call.body.get(name) for name in names}
    versions = [
        {**each, **changed, "updateTime": moment()}
        if not of_version or each.get("versionId") == version.get("versionId")
        else each
        for each in map(mapped, listed(row.live.get("versions")))
    ]
    call.store.put(_idle(row).replace(live={"versions": versions}), operation="update")
    return _get(call)


def _idle(row: Row) -> Row:
    """The row, if no upload of a version runs."""
    if eventual.is_passing(row):
        reason = f"There are other operations running on the Model {row.id}; wait for them."
        raise GoogleError("FAILED_PRECONDITION", reason)
    return row


def _merge_aliases(call: Call) -> dict[str, Any]:
    row, version = _model(call)
    given = [str(alias) for alias in listed(call.body.get("versionAliases"))]
    removed = {alias[1:] for alias in given if alias.startswith("-")}
    added = [alias for alias in given if not alias.startswith("-")]
    if "default" in removed:
        raise GoogleError("INVALID_ARGUMENT", "version_aliases: default cannot be removed")
    own = [each for each in listed(version.get("versionAliases")) if each not in removed]
    versions = [
        {**each, "versionAliases": [*own, *(name for name in added if name not in own)]}
        if each.get("versionId") == version.get("versionId")
        else _without(each, set(added))
        for each in map(mapped, listed(row.live.get("versions")))
    ]
    call.store.put(row.replace(live={"versions": versions}), operation="update")
    name = f"{row.id}@{version['versionId']}"
    return _get(Call(call.store, name, call.query, call.body))


def _delete(call: Call) -> dict[str, Any]:
    row = _idle(require(call.store.get("gcp", MODEL, call.name), call.name, "Model"))
    if users := _deployments(call, row, ""):
        raise GoogleError(
            "FAILED_PRECONDITION",
            f"The Model {call.name} is deployed to {_named(users)}; undeploy it first.",
        )
    call.store.remove(row)
    return begun(call, call.name, "Delete", DELETE_SECONDS)


def _delete_version(call: Call) -> dict[str, Any]:
    row, version = _model(call)
    kept = [each for each in listed(row.live.get("versions")) if each != version]
    if not kept:
        raise GoogleError("FAILED_PRECONDITION", "The only version: delete the Model instead.")
    if "default" in listed(version.get("versionAliases")):
        reason = "The default version: give another version the alias default first."
        raise GoogleError("FAILED_PRECONDITION", reason)
    if users := _deployments(call, row, str(version.get("versionId"))):
        reason = f"The Model version is deployed to {_named(users)}; undeploy it first."
        raise GoogleError("FAILED_PRECONDITION", reason)
    call.store.put(row.replace(live={"versions": kept}), operation="update")
    return begun(call, row.id, "Delete", DELETE_SECONDS)


def _named(deployments: list[tuple[str, str]]) -> str:
    return ", ".join(endpoint for endpoint, _ in deployments)


def _deployments(call: Call, row: Row, version: str) -> list[tuple[str, str]]:
    """The endpoints that a model, or one version of it, is deployed to, and under which ids."""
    return [
        (endpoint.id, str(deployed.get("id")))
        for endpoint in call.store.list("gcp", ENDPOINT)
        for deployed in map(mapped, listed(endpoint.live.get("deployedModels")))
        if named_alike(str(deployed.get("model")), row.id)
        and version in {"", deployed.get("modelVersionId")}
    ]


# By HTTP method, collection with or without a name behind it, and custom method.
OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", "models", "upload"): Operation("UploadModel", MODEL, _upload),
    ("GET", "models", ""): Operation("ListModels", MODEL, _list),
    ("GET", "models/*", ""): Operation("GetModel", MODEL, _get),
    ("GET", "models/*", "listVersions"): Operation("ListModelVersions", MODEL, _list_versions),
    ("PATCH", "models/*", ""): Operation("UpdateModel", MODEL, _patch),
    ("POST", "models/*", "mergeVersionAliases"): Operation(
        "MergeVersionAliases", MODEL, _merge_aliases
    ),
    ("DELETE", "models/*", ""): Operation("DeleteModel", MODEL, _delete),
    ("DELETE", "models/*", "deleteVersion"): Operation(
        "DeleteModelVersion", MODEL, _delete_version
    ),
}
