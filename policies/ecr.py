"""Security: images in ECR stay what they were, and are looked through."""

from typing import Final

from policies.resource_types import ECR_REPOSITORY
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack

SCANNING: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


@stack_rule(
    "security/ecr-unhardened",
    severity=Severity.MEDIUM,
    types=(ECR_REPOSITORY, SCANNING),
    fix="Set imageTagMutability IMMUTABLE, and scanOnPush or a scanning of the whole registry.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_AWS_51", "CKV_AWS_163"),
    level=Level.ADVISORY,
)
def ecr_unhardened(stack: Stack, _settings: NoSettings) -> Faults:
    """An image's tag can be moved to another image, or nobody looks what is in it.

    Both are so where nothing is said. With exclusions some tags may still be moved, on purpose.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html,
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
    """
    scanned = any(
        not one.get("rules").absent or one.get("scanType").raw == "ENHANCED"
        for one in stack.of(SCANNING)
    )
    for repository in stack.of(ECR_REPOSITORY):
        scan = repository.get("imageScanningConfiguration", "scanOnPush")
        if not scanned and scan.off:
            yield Stack.fault(repository, scan, "true")
        mutable = repository.get("imageTagMutability")
        if not mutable.unknown and not (mutable.text() or "").startswith("IMMUTABLE"):
            yield Stack.fault(repository, mutable, "IMMUTABLE")


RULES = (ecr_unhardened,)
