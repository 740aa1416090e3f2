"""Security: images and artifacts that cannot change under the same name."""

from dataclasses import dataclass

from facts import tags
from policies.artifacts import COMMIT, DIGEST, VENDOR_IMAGE, artifacts, has_version, images
from policies.configuration import setting
from policies.pods import POD_TYPES
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    FUNCTION,
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
    MODEL,
    SELDON_MODEL,
    TRAINED_MODEL,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.view import View


@dataclass(frozen=True)
class PinnedImages:
    """Settings."""

    require_digest: bool = setting(
        True,
        "Require @sha256: where a tag could move. False: an exact tag is enough.",
    )
    moving_tags: tuple[str, ...] = setting(
        ("latest", "main", "master", "stable", "edge", "nightly", "dev"),
        "Tags that are never exact.",
    )


@resource_rule(
    "security/image-unpinned",
    severity=Severity.HIGH,
    types=(*POD_TYPES, MODEL, FUNCTION),
    fix="Name the image by its digest: <image>@sha256:<64 hex digits>.",
    unknown=Unknown.LATER,
    settings=PinnedImages,
    checkov=("CKV_K8S_14", "CKV_K8S_43"),
)
def image_unpinned(view: View, settings: PinnedImages) -> Faults:
    """An image can change under the same name.

    What was tested is then not what runs, and going back does not go back. AWS's own SageMaker
    containers are taken with their version tag.
    """
    for place in images(view):
        image = place.text()
        if image is None or DIGEST.fullmatch(image):
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        exact = bool(tag) and "@" not in tag and tag not in settings.moving_tags
        if view.token == MODEL and exact and VENDOR_IMAGE.fullmatch(image):
            continue
        if settings.require_digest or not exact:
            yield place.fault("a digest" if settings.require_digest else "an exact tag or a digest")


@resource_rule(
    "security/model-unpinned",
    severity=Severity.HIGH,
    types=(
        *(INFERENCE_SERVICE, LANGUAGE_MODEL, TRAINED_MODEL, SELDON_MODEL, MODEL),
        AZURE_ML_DEPLOYMENT,
    ),
    fix="Put the version, or a digest, into the URI; hf://<repository>@<40-hex commit>.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def model_unpinned(view: View, _settings: NoSettings) -> Faults:
    """A model's artifact can change under the same address, or comes unprotected.

    A URI is pinned when its path holds the resource's model-version tag, a version of its own, a
    40-hex commit or a sha256 digest; a Hugging Face repository only by its commit. A model of Azure
    ML is pinned by its version, and not by a label.
    """
    version = view.tags.get(tags.MODEL_VERSION, "")
    for place in artifacts(view):
        uri = place.text()
        if not uri:
            continue
        if uri.startswith(("http://", "ftp://")):
            yield place.fault(
                "s3://, gs://, https:// or oci://, which nobody can change on the way"
            )
        elif uri.startswith("hf://"):
            if not COMMIT.fullmatch(uri):
                yield place.fault("hf://<repository>@<40-hex commit>")
        elif not has_version(uri, version):
            yield place.fault("a URI that holds the version")


RULES = (
    image_unpinned,
    model_unpinned,
)
