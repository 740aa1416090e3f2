"""Security: images come from registries that somebody has chosen."""

from dataclasses import dataclass

from facts.images import HUB, registry_of
from policies.artifacts import images
from policies.configuration import setting
from policies.pods import POD_TYPES
from policies.resource_types import (
    AZURE_APP,
    AZURE_ML_ENVIRONMENT,
    AZURE_SLOT,
    CLOUD_RUN_SERVICE,
    FUNCTION,
    MODEL,
    MODEL_GARDEN,
)
from policies.rule import Faults, Severity, Unknown, resource_rule
from policies.view import View


@dataclass(frozen=True)
class Registries:
    """Settings."""

    allowed: tuple[str, ...] = setting(
        (),
        "Registries, or paths in them, that images may come from, such as "
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/models. None named: any.",
    )


@resource_rule(
    "security/image-registry",
    severity=Severity.HIGH,
    types=(
        *(*POD_TYPES, MODEL, FUNCTION, CLOUD_RUN_SERVICE),
        *(MODEL_GARDEN, AZURE_ML_ENVIRONMENT, AZURE_APP, AZURE_SLOT),
    ),
    fix="Copy the image into an allowed registry and name it there; or allow its registry.",
    unknown=Unknown.LATER,
    settings=Registries,
)
def image_registry(view: View, settings: Registries) -> Faults:
    """An image comes from a registry that is not on the list.

    What is pulled from elsewhere was scanned by nobody, and is gone when its owner removes it. The
    name is read as container runtimes read it: without a registry it is of docker.io, and one that
    only begins like an allowed one (registry.example.com.evil.io) is another.
    """
    for place in images(view):
        image = place.text()
        if image and settings.allowed and not _is_within(image, settings.allowed):
            yield place.fault(f"an image of {', '.join(settings.allowed)}")


def _is_within(image: str, allowed: tuple[str, ...]) -> bool:
    return any(f"{_read(image)}/".startswith(f"{one.strip('/')}/") for one in allowed)


def _read(image: str) -> str:
    """Registry and path of an image, without tag and digest."""
    name = image.partition("@")[0]
    registry = registry_of(name)
    head, slash, last = name.removeprefix(f"{registry}/").rpartition("/")
    path = head + slash + last.partition(":")[0]
    official = registry == HUB and not slash
    return f"{registry.lower()}/{'library/' if official else ''}{path}"


RULES = (image_registry,)
