"""Cases of rules about keys of one's own, and about buckets of artifacts."""

from typing import Any

from policies import Resource
from tests.policies.cases.security import KEY_ARN
from tests.policies.cases.table import UNKNOWN, Case, resource

LOGS = "aws:cloudwatch/logGroup:LogGroup"
TOPIC = "aws:sns/topic:Topic"
SECRET = "aws:secretsmanager/secret:Secret"
REPOSITORY = "aws:ecr/repository:Repository"
BUCKET = "aws:s3/bucket:Bucket"
MODEL = "aws:sagemaker/model:Model"
KEY = "security/own-key-missing"
STORE = "security/artifact-bucket"

MODELS = {"bucket": "models"}
BOTH = ("versioning", "serverSideEncryptionConfiguration")


def encrypted(kind: object) -> dict[str, Any]:
    return {"encryptionConfigurations": [{"encryptionType": kind}]}


def model(address: object, **of: tuple[str, ...]) -> Resource:
    return resource("model", MODEL, {"primaryContainer": {"modelDataUrl": address}}, of=of)


def versioning(status: object, bucket: object = "models", suffix: str = "") -> Resource:
    type_ = f"aws:s3/bucketVersioning{suffix}:BucketVersioning{suffix}"
    properties = {"bucket": bucket, "versioningConfiguration": {"status": status}}
    return resource("versioning", type_, properties)


def encryption(
    algorithm: object, bucket: object = "models", *, of: tuple[str, ...] = ()
) -> Resource:
    kind = "ucketServerSideEncryptionConfiguration"
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return resource(
        "encryption",
        f"aws:s3/b{kind}:B{kind}",
        {"bucket": bucket, "rules": rules},
        of={"bucket": of},
    )


FRAUD = model("s3://models/fraud/1.4.0/model.tar.gz")

CASES = (
    Case(KEY, "a topic", TOPIC, {"kmsMasterKeyId": KEY_ARN}),
    Case(KEY, "a topic, absent", TOPIC, {}, ("kmsMasterKeyId",)),
    Case(KEY, "a secret", SECRET, {"kmsKeyId": KEY_ARN}),
    Case(KEY, "a secret, absent", SECRET, {}, ("kmsKeyId",)),
    Case(KEY, "a repository", REPOSITORY, encrypted("KMS")),
    Case(KEY, "a repository, twice", REPOSITORY, encrypted("KMS_DSSE")),
    Case(
        KEY,
        "a repository, by S3's key",
        REPOSITORY,
        encrypted("AES256"),
        ("encryptionConfigurations[0].encryptionType",),
    ),
    Case(KEY, "a repository, absent", REPOSITORY, {}, ("encryptionConfigurations",)),
    Case(KEY, "logs are not asked for", LOGS, {}),
    Case(
        KEY,
        "logs, and it is asked for",
        LOGS,
        {},
        ("kmsKeyId",),
        settings={"require_on_logs": True},
    ),
    Case(KEY, "unknown", TOPIC, {"kmsMasterKeyId": UNKNOWN}),
    Case(KEY, "a repository, unknown", REPOSITORY, encrypted(UNKNOWN)),
    Case(
        STORE,
        "kept and encrypted",
        BUCKET,
        MODELS,
        others=(FRAUD, versioning("Enabled"), encryption("aws:kms")),
    ),
    Case(STORE, "absent", BUCKET, MODELS, BOTH, others=(FRAUD,)),
    Case(STORE, "no model's", BUCKET, MODELS),
    Case(
        STORE,
        "another bucket's model",
        BUCKET,
        MODELS,
        others=(model("s3://models-of-others/fraud/1.4.0/"),),
    ),
    Case(
        STORE,
        "a model's by what it is computed from",
        BUCKET,
        MODELS,
        BOTH,
        others=(model(UNKNOWN, primaryContainer=("subject",)),),
    ),
    Case(
        STORE,
        "kept no longer",
        BUCKET,
        MODELS,
        ("versioning",),
        others=(FRAUD, versioning("Suspended"), encryption("aws:kms")),
    ),
    Case(
        STORE,
        "another bucket's versions",
        BUCKET,
        MODELS,
        ("versioning",),
        others=(FRAUD, versioning("Enabled", "others"), encryption("aws:kms")),
    ),
    Case(
        STORE,
        "by S3's key",
        BUCKET,
        MODELS,
        ("serverSideEncryptionConfiguration",),
        others=(FRAUD, versioning("Enabled"), encryption("AES256")),
    ),
    Case(
        STORE,
        "by S3's key, which is enough",
        BUCKET,
        MODELS,
        settings={"require_own_key": False},
        others=(FRAUD, versioning("Enabled")),
    ),
    Case(
        STORE,
        "of the former kind",
        BUCKET,
        MODELS,
        others=(FRAUD, versioning("Enabled", suffix="V2"), encryption("aws:kms:dsse")),
    ),
    Case(
        STORE,
        "in one resource",
        BUCKET,
        MODELS
        | {
            "versioning": {"enabled": True},
            "serverSideEncryptionConfiguration": {
                "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
            },
        },
        others=(FRAUD,),
    ),
    Case(
        STORE,
        "computed from it",
        BUCKET,
        MODELS,
        ("versioning",),
        others=(FRAUD, encryption("aws:kms", UNKNOWN, of=("subject",))),
    ),
    Case(
        STORE, "unknown", BUCKET, MODELS, others=(FRAUD, versioning(UNKNOWN), encryption(UNKNOWN))
    ),
)
