"""Security: what serving keeps beside the models lies under a key of your own."""

from dataclasses import dataclass
from typing import Final

from policies.artifacts import artifacts
from policies.configuration import setting
from policies.properties import Property
from policies.resource_types import AWS_SECRET, BUCKET, ECR_REPOSITORY, LOG_GROUP, MODEL, TOPIC
from policies.rule import Faults, Level, Severity, Unknown, resource_rule, stack_rule
from policies.view import Stack, View

VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
_KEYS: Final = {LOG_GROUP: "kmsKeyId", TOPIC: "kmsMasterKeyId", AWS_SECRET: "kmsKeyId"}


@dataclass(frozen=True)
class OwnKeys:
    """Settings."""

    require_on_logs: bool = setting(
        False,
        "Also ask it of log groups, which CloudWatch encrypts by its own key otherwise.",
    )


@resource_rule(
    "security/own-key-missing",
    severity=Severity.LOW,
    types=(LOG_GROUP, TOPIC, AWS_SECRET, ECR_REPOSITORY),
    fix="Name a key of your own: kmsKeyId, kmsMasterKeyId; of a repository encryptionType KMS.",
    unknown=Unknown.LATER,
    settings=OwnKeys,
    checkov=("CKV_AWS_26", "CKV_AWS_136", "CKV_AWS_149"),
    level=Level.ADVISORY,
)
def own_key_missing(view: View, settings: OwnKeys) -> Faults:
    """Alarms, secrets or images are not encrypted by a key of your own.

    AWS encrypts them by its own; with yours, reading them takes a right that you can see and take
    away. https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    """
    if view.token == ECR_REPOSITORY:
        several = view.get("encryptionConfigurations")
        kinds = [one.get("encryptionType") for one in several.items()]
        if not several.unknown and not any(_is_kms(kind) for kind in kinds):
            place = kinds[0] if kinds else several
            yield place.fault("encryptionType KMS")
    elif view.token != LOG_GROUP or settings.require_on_logs:
        key = view.get(_KEYS[view.token])
        if key.absent:
            yield key.fault("a key of your own")


def _is_kms(kind: Property) -> bool:
    named = kind.text() or ""
    return kind.unknown or named.startswith("KMS")


@dataclass(frozen=True)
class ArtifactBucket:
    """Settings."""

    require_own_key: bool = setting(True, "Ask for a key of your own; S3 encrypts by its own.")


@stack_rule(
    "security/artifact-bucket",
    severity=Severity.MEDIUM,
    types=(BUCKET, VERSIONING, ENCRYPTION, MODEL),
    fix="Add a BucketVersioning with status Enabled, and a server-side encryption by aws:kms.",
    unknown=Unknown.COUNTS,
    settings=ArtifactBucket,
    checkov=("CKV_AWS_21", "CKV_AWS_145"),
    level=Level.ADVISORY,
)
def artifact_bucket(stack: Stack, settings: ArtifactBucket) -> Faults:
    """A bucket that models are read from forgets what was overwritten, or has no key of your own.

    A model that somebody replaced cannot be brought back then. Judged are buckets that a model of
    the stack names. https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    models = stack.of(MODEL)
    for bucket in stack.of(BUCKET):
        if not any(_reads(model, bucket) for model in models):
            continue
        older = bucket.get("versioning")
        kept = [older.get("enabled").raw is True] + [
            _enabled(view.get("versioningConfiguration", "status"))
            for view in stack.of(VERSIONING)
            if _of(view, bucket)
        ]
        if not any(kept):
            yield Stack.fault(bucket, older, "a BucketVersioning with status Enabled")
        own = bucket.get("serverSideEncryptionConfiguration")
        rules = own.get("rule").items() if not own.absent else []
        for view in stack.of(ENCRYPTION):
            if _of(view, bucket):
                rules = [*rules, *view.get("rules").items()]
        if settings.require_own_key and not any(map(_by_kms, rules)):
            yield Stack.fault(bucket, own, "sseAlgorithm aws:kms")


def _enabled(status: Property) -> bool:
    return status.unknown or status.text() == "Enabled"


def _by_kms(rule: Property) -> bool:
    place = rule.get("applyServerSideEncryptionByDefault", "sseAlgorithm")
    return place.unknown or (place.text() or "").startswith("aws:kms")


def _reads(model: View, bucket: View) -> bool:
    """Whether the model's artifact is computed from the bucket, or lies in it by its name."""
    if bucket.urn in model.resource.dependencies:
        return True
    name = bucket.get("bucket").raw
    return isinstance(name, str) and any(
        isinstance(place.raw, str) and place.raw.startswith(f"s3://{name}/")
        for place in artifacts(model)
    )


def _of(view: View, bucket: View) -> bool:
    if bucket.urn in view.resource.dependencies:
        return True
    name = bucket.get("bucket").raw
    return isinstance(name, str) and view.get("bucket").raw == name


RULES = (own_key_missing, artifact_bucket)
