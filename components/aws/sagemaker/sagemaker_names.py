"""How long what SageMaker has can be named."""

from typing import Final

from components.checks import Checks
from components.serving import Base

__all__ = ["LONGEST_NAME", "check_endpoint_name", "check_names"]

LONGEST_NAME: Final = 63
# Pulumi names a model `<name>-candidate-model-1234567`, and SageMaker takes 63 characters.
_LONGEST_MODEL: Final = LONGEST_NAME - len("-candidate-model-1234567")


def check_endpoint_name(checks: Checks, endpoint_name: str) -> None:
    """Note a name of an endpoint that is too long."""
    if len(endpoint_name) > LONGEST_NAME:
        use = f"at most {LONGEST_NAME} signs with environment"
        checks.problem("name", endpoint_name, use)


def check_names(checks: Checks, base: Base, endpoint_name: str) -> None:
    """The same, and of the models that are named after `base`."""
    check_endpoint_name(checks, endpoint_name)
    if len(base.name) > _LONGEST_MODEL:
        checks.problem("name", base.name, f"at most {_LONGEST_MODEL} signs on SageMaker")
