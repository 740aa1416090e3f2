"""Lambda functions: sized on purpose, bounded, with their own key, network and signed code."""

from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.properties import Property
from policies.resource_types import FUNCTION
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

_FUNCTION: Final = fold(FUNCTION)
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_DEFAULTS: Final = (("memorySize", "128 MB"), ("timeout", "3 s"))


@resource_rule(
    "resources/function-unsized",
    severity=Severity.MEDIUM,
    types=(FUNCTION,),
    fix="Set memorySize and timeout to what a request was measured to take.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def function_unsized(view: View, _settings: NoSettings) -> Faults:
    """A function has Lambda's defaults of memory and time, which no model fits in.

    They are 128 MB, with a twelfth of a CPU, and 3 s with the import of the libraries in it:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """
    for key, default in _DEFAULTS:
        place = view.get(key)
        if place.absent:
            yield place.fault(f"more than the default, {default}, or that on purpose")


@dataclass(frozen=True)
class Concurrency:
    """Settings."""

    max_concurrency: int = setting(
        100,
        "Most requests that one function may answer at the same time.",
        minimum=1,
    )


def _bound_of_function(view: View) -> tuple[Property, float | None]:
    """Where a function says its bound, and the bound; -1 is none, as where nothing is said."""
    place = view.get("reservedConcurrentExecutions")
    bound = place.number()
    return place, None if bound is None or bound < 0 else bound


# How each kind of resource says how many requests it answers at most; another kind is a line here.
_BOUNDS: Final = {_FUNCTION: _bound_of_function}


@resource_rule(
    "resources/concurrency-unbounded",
    severity=Severity.MEDIUM,
    types=tuple(_BOUNDS),
    fix="Set reservedConcurrentExecutions to what the model may cost and its stores can bear.",
    unknown=Unknown.LATER,
    settings=Concurrency,
    checkov=("CKV_AWS_115",),
    level=Level.ADVISORY,
)
def concurrency_unbounded(view: View, settings: Concurrency) -> Faults:
    """A function may answer as many requests at once as the whole account, or more than allowed.

    A burst on one model then takes the concurrency of all others in the region:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    place, bound = _BOUNDS[view.token](view)
    if place.unknown:
        return
    if bound is None or bound > settings.max_concurrency:
        yield place.fault(f"at most {settings.max_concurrency}")


@resource_rule(
    "security/function-environment-kms",
    severity=Severity.LOW,
    types=(FUNCTION,),
    fix="Set kmsKeyArn to a key of your own.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_173",),
    level=Level.ADVISORY,
)
def function_environment_kms(view: View, _settings: NoSettings) -> Faults:
    """A function's variables are not encrypted by a key of your own.

    Lambda encrypts them by AWS's key otherwise, and whoever may describe the function reads them:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    variables, key = view.get("environment", "variables"), view.get("kmsKeyArn")
    if key.absent and any(True for _ in variables.entries()):
        yield key.fault("the ARN of a KMS key")


@dataclass(frozen=True)
class FunctionNetwork:
    """Settings."""

    require_vpc: bool = setting(False, "Ask for a VPC of each function.")


@resource_rule(
    "security/function-network",
    severity=Severity.MEDIUM,
    types=(FUNCTION,),
    fix="Give vpcConfig two subnets in two zones, and the security groups that bound the function.",
    unknown=Unknown.LATER,
    settings=FunctionNetwork,
    checkov=("CKV_AWS_117",),
    level=Level.ADVISORY,
)
def function_network(view: View, settings: FunctionNetwork) -> Faults:
    """A function's network has one subnet, or none where one is asked for.

    With one subnet it falls with its zone:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html. Without a VPC a function
    is reached by nobody but those that IAM lets in, so that none is asked for by itself.
    """
    subnets = view.get("vpcConfig", "subnetIds")
    several = subnets.items()
    if len(several) == 1:
        yield subnets.fault("two subnets, in two zones")
    elif not several and not subnets.unknown and settings.require_vpc:
        yield subnets.fault("subnets of your own")


@resource_rule(
    "security/function-unsigned",
    severity=Severity.LOW,
    types=(FUNCTION,),
    fix="Set codeSigningConfigArn to a configuration whose policy is Enforce.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_272",),
    level=Level.ADVISORY,
)
def function_unsigned(view: View, _settings: NoSettings) -> Faults:
    """A function runs a package that nobody has signed.

    Lambda checks the signatures of packages, not those of images:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
    """
    kind, signing = view.get("packageType"), view.get("codeSigningConfigArn")
    image = kind.text() == "Image" or kind.unknown or not view.get("imageUri").absent
    if signing.absent and not image:
        yield signing.fault("the ARN of a configuration of code signing")


RULES = (
    function_unsized,
    concurrency_unbounded,
    function_environment_kms,
    function_network,
    function_unsigned,
)
