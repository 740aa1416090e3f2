"""Security: secrets of AWS that can be changed, and are not gone by mistake."""

from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.properties import Fault
from policies.resource_types import AWS_SECRET
from policies.rule import Faults, Level, Severity, Unknown, stack_rule
from policies.view import Stack

ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"


@dataclass(frozen=True)
class SecretUpkeep:
    """Settings."""

    require_rotation: bool = setting(
        False,
        "Ask for a rotation of each secret; one that another vendor gave you cannot have it.",
    )
    max_rotation_days: int = setting(90, "Most days between two rotations.", minimum=1)


@stack_rule(
    "security/secret-upkeep",
    severity=Severity.LOW,
    types=(AWS_SECRET, ROTATION),
    fix="Leave recoveryWindowInDays at 7 or more, and rotate within the days that are allowed.",
    unknown=Unknown.REST,
    settings=SecretUpkeep,
    checkov=("CKV_AWS_304",),
    level=Level.ADVISORY,
)
def secret_upkeep(stack: Stack, settings: SecretUpkeep) -> Faults:
    """A secret is gone at once when it is deleted, or is rotated too seldom.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html,
    https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html
    """
    rotations = stack.of(ROTATION)
    for rotation in rotations:
        days = rotation.get("rotationRules", "automaticallyAfterDays")
        if (days.number() or 0) > settings.max_rotation_days:
            yield Stack.fault(rotation, days, f"at most {settings.max_rotation_days}")
    for secret in stack.of(AWS_SECRET):
        window = secret.get("recoveryWindowInDays")
        if window.number() == 0:
            yield Stack.fault(secret, window, "7 or more")
        if settings.require_rotation:
            rotated = any(
                secret.urn in one.resource.dependencies
                or one.get("secretId").raw in (secret.get("id").raw, secret.get("name").raw)
                for one in rotations
            )
            if not rotated:
                found = "a secret that nothing in the stack rotates"
                yield Fault("", found, "a SecretRotation", secret.urn)


RULES = (secret_upkeep,)
