"""MLflow's model registry: what its client reads of models, versions and aliases.

Source: mlflow/protos/model_registry.proto of mlflow 3.17; the texts of refusals are those of
mlflow/store/model_registry/sqlalchemy_store.py.
"""

from typing import Any

from sandbox.api.http import Response
from sandbox.api.registries.asked import Asked, Refusal, answered
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["TOKEN", "answer", "operation", "refused"]

TOKEN = "mlflow:RegisteredModel"  # noqa: S105 - a type's
_API = "/api/2.0/mlflow/"


def operation(asked: Asked) -> str:
    """The path of the API, as `registered-models/alias`."""
    return asked.path.removeprefix(_API)


def answer(asked: Asked) -> Response:
    """Answer what the client reads."""
    model = asked.row(TOKEN, asked.parameters.get("name", ""))
    match operation(asked):
        case "registered-models/alias":
            alias = asked.parameters.get("alias", "")
            version = mapped(_model(asked, model).live.get("aliases")).get(alias)
            if version is None:
                raise Refusal(
                    400, "INVALID_PARAMETER_VALUE", f"Registered model alias {alias} not found."
                )
            return answered({"model_version": _version(asked, model, str(version))})
        case "registered-models/get":
            return answered({"registered_model": _registered(_model(asked, model))})
        case "model-versions/get":
            wanted = asked.parameters.get("version", "")
            return answered({"model_version": _version(asked, model, wanted)})
        case "model-versions/get-download-uri":
            wanted = asked.parameters.get("version", "")
            return answered({"artifact_uri": _version(asked, model, wanted)["source"]})
        case other:
            raise Refusal(404, "ENDPOINT_NOT_FOUND", f"No such endpoint: {other}")


def refused(error: Refusal) -> dict[str, Any]:
    """As MLflow words a refusal."""
    return {"error_code": error.code, "message": str(error)}


def _model(asked: Asked, model: Row | None) -> Row:
    if model is None:
        name = asked.parameters.get("name", "")
        raise Refusal(
            404, "RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name} not found"
        )
    return model


def _version(asked: Asked, model: Row | None, version: str) -> dict[str, Any]:
    live = _model(asked, model).live
    found = mapped(mapped(live.get("versions")).get(version))
    if not found:
        name = asked.parameters.get("name", "")
        raise Refusal(
            404,
            "RESOURCE_DOES_NOT_EXIST",
            f"Model Version (name={name}, version={version}) not found",
        )
    aliases = [alias for alias, at in mapped(live.get("aliases")).items() if str(at) == version]
    return {
        "name": asked.parameters.get("name", ""),
        "version": version,
        "status": "READY",
        "creation_timestamp": 1767225600000,
        "last_updated_timestamp": 1767225600000,
        "aliases": aliases,
        **found,
    }


def _registered(model: Row) -> dict[str, Any]:
    aliases = [
        {"alias": alias, "version": str(at)} for alias, at in mapped(model.live["aliases"]).items()
    ]
    return {"name": model.id, "creation_timestamp": 1767225600000, "aliases": aliases}
