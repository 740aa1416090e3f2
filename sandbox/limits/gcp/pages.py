"""The pages of Google Cloud's REST references."""

from sandbox.limits.gcp.discovery import Models

__all__ = ["page"]

_ROOT = "https://cloud.google.com"
# Where the reference of a service's resources is; others are found by the document's own link.
_REFERENCES = {
    "aiplatform.v1": "vertex-ai/docs/reference/rest/v1",
    "artifactregistry.v1": "artifact-registry/docs/reference/rest/v1",
    "cloudfunctions.v2": "functions/docs/reference/rest/v2",
    "cloudkms.v1": "kms/docs/reference/rest/v1",
    "compute.v1": "compute/docs/reference/rest/v1",
    "container.v1": "kubernetes-engine/docs/reference/rest/v1",
    "iam.v1": "iam/docs/reference/rest/v1",
    "logging.v2": "logging/docs/reference/v2/rest/v2",
    "monitoring.v1": "monitoring/api/ref_v3/rest/v1",
    "monitoring.v3": "monitoring/api/ref_v3/rest/v3",
    "pubsub.v1": "pubsub/docs/reference/rest/v1",
    "run.v2": "run/docs/reference/rest/v2",
    "secretmanager.v1": "secret-manager/docs/reference/rest/v1",
    "storage.v1": "storage/docs/json_api/v1",
}


def page(models: Models, document: str, method: str) -> str:
    """The vendor's page of what a method makes: `…/rest/v1/projects.locations.endpoints`."""
    reference = _REFERENCES.get(document)
    if reference is None:
        return str(models.document(document).get("documentationLink") or _ROOT)
    resource = method.partition(".")[2].rpartition(".")[0]
    return f"{_ROOT}/{reference}/{resource}".rstrip("/")
