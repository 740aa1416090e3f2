"""What a reference to a model could stand for, where no registry is asked.

Rules are to judge what would be deployed, and that has an exact name. Which one only a registry
knows: these have its form, and zeros where it would say something.
"""

from typing import Final

from facts.model_references import Reference, label_of_digest, label_of_object, parse

__all__ = ["resolved"]

_DIGEST: Final = f"sha256:{'0' * 64}"
_COMMIT: Final = "0" * 40
_OBJECT: Final = "0" * 32
_NUMBER: Final = "1"


def resolved(uri: str, store: str) -> dict[str, str]:
    """An answer of `resolveModels`; `store` is the scheme of what an MLflow server would name."""
    reference = parse(uri)
    if reference is None:
        return {"uri": uri, "resolvedUri": uri, "version": _NUMBER}
    exact, version = _exact(reference, store)
    return {"uri": uri, "resolvedUri": exact, "version": reference.version or version}


def _exact(reference: Reference, store: str) -> tuple[str, str]:
    parts = reference.parts
    if reference.version and reference.kind != "mlflow":
        return reference.uri, reference.version
    made: dict[str, tuple[str, str]] = {
        "hf": (f"hf://{parts.get('repository')}@{_COMMIT}", _COMMIT),
        "oci": (
            f"oci://{parts.get('registry')}/{parts.get('repository')}@{_DIGEST}",
            label_of_digest(_DIGEST),
        ),
        "s3": (f"{reference.uri}?versionId={_OBJECT}", label_of_object(_OBJECT)),
        "gs": (f"{reference.uri}#{_NUMBER}", _NUMBER),
        "sagemaker": (
            reference.uri.replace(":model-package-group/", ":model-package/") + f"/{_NUMBER}",
            _NUMBER,
        ),
        "vertex": (f"vertex://{parts.get('name')}@{_NUMBER}", _NUMBER),
        "azureml": (
            f"azureml://registries/{parts.get('registry')}/models/{parts.get('model')}/versions/1",
            _NUMBER,
        ),
        "mlflow": (
            "/".join([f"{store}://not-asked", parts.get("name", ""), parts.get("path", "")]).rstrip(
                "/"
            ),
            _NUMBER,
        ),
    }
    return made.get(reference.kind, (reference.uri, _NUMBER))
