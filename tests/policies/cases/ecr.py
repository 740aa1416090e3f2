"""Cases of the rule about registries in ECR."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, Case, resource

REPOSITORY = "aws:ecr/repository:Repository"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
HARD = "security/ecr-unhardened"

SCAN = ("imageScanningConfiguration.scanOnPush",)
ALL = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*"}]}]


def repository(mutability: object, *, scan: object = True) -> dict[str, Any]:
    return {
        "imageTagMutability": mutability,
        "imageScanningConfiguration": {"scanOnPush": scan},
    }


def scanning(**properties: object) -> Any:  # noqa: ANN401
    return (resource("scanning", SCANNING, dict(properties)),)


CASES = (
    Case(HARD, "fixed and scanned", REPOSITORY, repository("IMMUTABLE")),
    Case(HARD, "fixed but for some", REPOSITORY, repository("IMMUTABLE_WITH_EXCLUSION")),
    Case(
        HARD,
        "moving",
        REPOSITORY,
        repository("MUTABLE", scan=False),
        (*SCAN, "imageTagMutability"),
    ),
    Case(
        HARD,
        "moving but for some",
        REPOSITORY,
        repository("MUTABLE_WITH_EXCLUSION"),
        ("imageTagMutability",),
    ),
    Case(HARD, "not scanned", REPOSITORY, repository("IMMUTABLE", scan=False), SCAN),
    Case(HARD, "absent", REPOSITORY, {}, (*SCAN, "imageTagMutability")),
    Case(
        HARD,
        "scanned by the registry",
        REPOSITORY,
        {"imageTagMutability": "IMMUTABLE"},
        others=scanning(scanType="BASIC", rules=ALL),
    ),
    Case(
        HARD,
        "scanned all the time",
        REPOSITORY,
        {"imageTagMutability": "IMMUTABLE"},
        others=scanning(scanType="ENHANCED"),
    ),
    Case(
        HARD,
        "scanned by a registry without rules",
        REPOSITORY,
        {"imageTagMutability": "IMMUTABLE"},
        SCAN,
        others=scanning(scanType="BASIC"),
    ),
    Case(HARD, "unknown", REPOSITORY, repository(UNKNOWN, scan=UNKNOWN)),
)
