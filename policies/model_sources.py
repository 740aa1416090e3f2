"""Security: models come from places that somebody has chosen."""

from dataclasses import dataclass

from policies.artifacts import artifacts
from policies.configuration import setting
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
    MODEL,
    SELDON_MODEL,
    TRAINED_MODEL,
)
from policies.rule import Faults, Severity, Unknown, resource_rule
from policies.view import View


@dataclass(frozen=True)
class Sources:
    """Settings."""

    allowed: tuple[str, ...] = setting(
        (),
        "Buckets, registries, or paths in them, that models may come from, such as "
        "s3://example-models/approved or azureml://registries/example. None named: any.",
    )


@resource_rule(
    "security/model-source",
    severity=Severity.MEDIUM,
    types=(
        *(INFERENCE_SERVICE, LANGUAGE_MODEL, TRAINED_MODEL, SELDON_MODEL, MODEL),
        AZURE_ML_DEPLOYMENT,
    ),
    fix="Copy the model to an allowed place and name it there; or allow its place.",
    unknown=Unknown.LATER,
    settings=Sources,
)
def model_source(view: View, settings: Sources) -> Faults:
    """A model comes from a place that is not on the list.

    Who may write there decides what is served. Places are compared part by part, so that
    s3://example-models-of-others is none within s3://example-models. Azure's own policy for its
    registries asks the same of deployments:
    https://learn.microsoft.com/azure/machine-learning/how-to-regulate-registry-deployments
    """
    for place in artifacts(view):
        uri = place.text()
        if uri and settings.allowed and not _is_within(uri, settings.allowed):
            yield place.fault(f"a model of {', '.join(settings.allowed)}")


def _is_within(uri: str, allowed: tuple[str, ...]) -> bool:
    return any(f"{uri}/".startswith(f"{one.rstrip('/')}/") for one in allowed)


RULES = (model_source,)
