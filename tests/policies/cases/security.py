"""Cases of rules about keys, secrets and the metadata service."""

from typing import Any

from tests.policies.cases.access import policy
from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.resources import (
    ENDPOINT,
    KSERVE,
    TEMPLATE,
    predictor,
)
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case, secret

MODEL = "aws:sagemaker/model:Model"
KEY = "aws:kms/key:Key"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
KMS = "security/endpoint-kms"
IMDS = "security/imds-v1"
ROTATION = "security/kms-rotation"
PLAIN = "security/plaintext-secret"

KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234"


def key_policy(principal: object, **more: object) -> dict[str, Any]:
    return policy("kms:*", "*", Principal=principal, **more) | {"enableKeyRotation": True}


def variant(instance_type: str, **more: object) -> dict[str, Any]:
    return {"productionVariants": [{"instanceType": instance_type}], **more}


def env(name: str, value: object) -> dict[str, Any]:
    return {"environment": {"variables": {name: value}}}


CASES = (
    Case(KMS, "own key", ENDPOINT, variant("ml.m5.large", kmsKeyArn=KEY_ARN)),
    Case(KMS, "no key", ENDPOINT, variant("ml.m5.large"), ("kmsKeyArn",)),
    Case(KMS, "key to come", ENDPOINT, variant("ml.m5.large", kmsKeyArn=UNKNOWN)),
    Case(KMS, "local NVMe takes no key", ENDPOINT, variant("ml.g5.xlarge")),
    Case(KMS, "local disk takes no key", ENDPOINT, variant("ml.m5d.large")),
    Case(KMS, "GPU on EBS", ENDPOINT, variant("ml.p3.2xlarge"), ("kmsKeyArn",)),
    Case(
        KMS,
        "one local disk forbids the key",
        ENDPOINT,
        {"productionVariants": [{"instanceType": "ml.m5.large"}, {"instanceType": "ml.g5.xlarge"}]},
    ),
    Case(KMS, "serverless", ENDPOINT, {"productionVariants": [{"serverlessConfig": {}}]}),
    Case(KMS, "unknown type", ENDPOINT, variant(UNKNOWN)),
    Case(
        KMS,
        "one of two",
        ENDPOINT,
        {"productionVariants": [{"instanceType": UNKNOWN}, {"instanceType": "ml.c6i.xlarge"}]},
        ("kmsKeyArn",),
    ),
    Case(IMDS, "second version", TEMPLATE, {"metadataOptions": {"httpTokens": "required"}}),
    Case(
        IMDS,
        "first version",
        TEMPLATE,
        {"metadataOptions": {"httpTokens": "optional"}},
        ("metadataOptions.httpTokens",),
    ),
    Case(IMDS, "absent", TEMPLATE, {}, ("metadataOptions.httpTokens",)),
    Case(
        IMDS,
        "two hops",
        TEMPLATE,
        {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2}},
    ),
    Case(
        IMDS,
        "three hops",
        TEMPLATE,
        {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 3}},
        ("metadataOptions.httpPutResponseHopLimit",),
    ),
    Case(IMDS, "switched off", TEMPLATE, {"metadataOptions": {"httpEndpoint": "disabled"}}),
    Case(IMDS, "unknown", TEMPLATE, {"metadataOptions": UNKNOWN_OBJECT}),
    Case(ROTATION, "rotated", KEY, {"enableKeyRotation": True}),
    Case(ROTATION, "not rotated", KEY, {"enableKeyRotation": False}, ("enableKeyRotation",)),
    Case(ROTATION, "absent", KEY, {}, ("enableKeyRotation",)),
    Case(ROTATION, "asymmetric", KEY, {"customerMasterKeySpec": "RSA_2048"}),
    Case(ROTATION, "unknown", KEY, {"enableKeyRotation": UNKNOWN}),
    Case(ROTATION, "Google's, rotated", CRYPTO_KEY, {"rotationPeriod": "7776000s"}),
    Case(ROTATION, "Google's, absent", CRYPTO_KEY, {}, ("rotationPeriod",)),
    Case(ROTATION, "Google's, unknown", CRYPTO_KEY, {"rotationPeriod": UNKNOWN}),
    Case(ROTATION, "Google's, for signing", CRYPTO_KEY, {"purpose": "ASYMMETRIC_SIGN"}),
    Case(ROTATION, "for everybody", KEY, key_policy("*"), ("policy",)),
    Case(ROTATION, "for everybody of AWS", KEY, key_policy({"AWS": ["*"]}), ("policy",)),
    Case(ROTATION, "root", KEY, key_policy({"AWS": "arn:aws:iam::123456789012:root"})),
    Case(
        ROTATION,
        "for everybody of one account",
        KEY,
        key_policy("*", Condition={"StringEquals": {"kms:CallerAccount": "123456789012"}}),
    ),
    Case(PLAIN, "nothing secret", FUNCTION, env("LOG_LEVEL", "INFO")),
    Case(
        PLAIN,
        "by name",
        FUNCTION,
        env("DB_PASSWORD", "correct horse battery"),
        ("environment.variables.DB_PASSWORD",),
        says="found a secret in DB_PASSWORD",
    ),
    Case(PLAIN, "by value", FUNCTION, env("X", "AKIA" + "A" * 16), ("environment.variables.X",)),
    Case(
        PLAIN,
        "a secret of Pulumi's",
        FUNCTION,
        env("API_KEY", secret("correct horse battery")),
        ("environment.variables.API_KEY",),
    ),
    Case(PLAIN, "a reference", FUNCTION, env("API_KEY", "arn:aws:secretsmanager:eu-west-1:1:x")),
    Case(PLAIN, "a tokenizer's token", FUNCTION, env("PAD_TOKEN", "<|endoftext|>")),
    Case(
        PLAIN,
        "a ConfigMap",
        "kubernetes:core/v1:ConfigMap",
        {"data": {"LOG_LEVEL": "INFO", "STORE_PASSWORD": "correct horse battery"}},
        ("data.STORE_PASSWORD",),
    ),
    Case(
        PLAIN,
        "a file about credentials",
        "kubernetes:core/v1:ConfigMap",
        {"data": {"credentials": '{"s3": {"s3AccessKeyIDName": "awsAccessKeyID"}}'}},
    ),
    Case(
        PLAIN,
        "a key in a file of a ConfigMap",
        "kubernetes:core/v1:ConfigMap",
        {"data": {"server.yaml": "token: hf_" + "a" * 34}},
        ("data.server.yaml",),
    ),
    Case(PLAIN, "absent", FUNCTION, {}),
    Case(PLAIN, "unknown", FUNCTION, env("API_KEY", UNKNOWN)),
    Case(
        PLAIN,
        "SageMaker",
        MODEL,
        {"primaryContainer": {"environment": {"HF_TOKEN": "hf_" + "a" * 34}}},
        ("primaryContainer.environment.HF_TOKEN",),
    ),
    Case(
        PLAIN,
        "model server",
        KSERVE,
        predictor(model={"env": [{"name": "HF_TOKEN", "value": "hf_" + "a" * 34}]}),
        ("spec.predictor.model.env[0].value",),
    ),
    Case(
        PLAIN,
        "from a Secret",
        KSERVE,
        predictor(
            model={"env": [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf"}}}]}
        ),
    ),
)
