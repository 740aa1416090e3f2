"""Cases of the family `security`."""

import json
from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.resources import (
    DEPLOYMENT,
    ENDPOINT,
    KSERVE,
    LANGUAGE,
    POD,
    SELDON,
    TEMPLATE,
    TRAINED,
    pod,
    predictor,
)
from tests.policies.cases.table import COMMIT, DIGEST, UNKNOWN, UNKNOWN_OBJECT, Case, secret

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
URL = "aws:lambda/functionUrl:FunctionUrl"
PERMISSION = "aws:lambda/permission:Permission"
ROUTE = "aws:apigatewayv2/route:Route"
METHOD = "aws:apigateway/method:Method"
MODEL = "aws:sagemaker/model:Model"
KEY = "aws:kms/key:Key"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
RUNTIME = "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime"
WILDCARD = "security/iam-wildcard"
BROAD = "security/iam-broad-managed-policy"
PUBLIC = "security/public-invoker"
KMS = "security/endpoint-kms"
IMDS = "security/imds-v1"
PRIVILEGED = "security/pod-privileged"
IMAGE = "security/image-unpinned"
UNPINNED = "security/model-unpinned"
OPEN = "security/route-open"
ROTATION = "security/kms-rotation"
PLAIN = "security/plaintext-secret"

KMEANS = "174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1"
AWS_IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234"
CONTEXT = "spec.containers[0].securityContext"
OBJECT = "arn:aws:s3:::example-models/fraud/*"


def policy(action: object, resource: object = OBJECT, **more: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def key_policy(principal: object, **more: object) -> dict[str, Any]:
    return policy("kms:*", "*", Principal=principal, **more) | {"enableKeyRotation": True}


def variant(instance_type: str, **more: object) -> dict[str, Any]:
    return {"productionVariants": [{"instanceType": instance_type}], **more}


def context(**settings: object) -> dict[str, Any]:
    return pod(securityContext=settings)


def artifact(uri: str, version: str = "") -> dict[str, Any]:
    tags = {"model-serving:model-version": version} if version else {}
    return {"primaryContainer": {"modelDataUrl": uri}, "tags": tags}


def env(name: str, value: object) -> dict[str, Any]:
    return {"environment": {"variables": {name: value}}}


CASES = (
    Case(WILDCARD, "one action, one prefix", POLICY, policy("s3:GetObject")),
    Case(WILDCARD, "everything", POLICY, policy("*", "*"), ("policy", "policy")),
    Case(WILDCARD, "all of a service", POLICY, policy(["s3:*"]), ("policy",), says="Action s3:*"),
    Case(
        WILDCARD,
        "on everything",
        POLICY,
        policy(["cloudwatch:PutMetricData", "s3:GetObject"], ["*"]),
        ("policy",),
        says="Resource * for s3:GetObject",
    ),
    Case(
        WILDCARD,
        "actions that know no resource",
        POLICY,
        policy(["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "ec2:DescribeVpcs"], "*"),
    ),
    Case(
        WILDCARD,
        "all but",
        POLICY,
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": OBJECT}}},
        ("policy",),
    ),
    Case(WILDCARD, "a group of them", POLICY, policy("ec2:Describe*", "*")),
    Case(
        WILDCARD,
        "an autoscaler's",
        POLICY,
        policy(
            ["autoscaling:DescribeTags", "iam:ListInstanceProfiles", "pricing:GetProducts"], "*"
        ),
    ),
    Case(WILDCARD, "an autoscaler's on all", POLICY, policy("autoscaling:Set*", "*"), ("policy",)),
    Case(
        WILDCARD,
        "all of a service in other words",
        POLICY,
        policy(["s3:**", "s3:?*"]),
        ("policy", "policy"),
    ),
    Case(
        WILDCARD,
        "all buckets",
        POLICY,
        policy("s3:GetObject", "arn:aws:s3:::*"),
        ("policy",),
        says="Resource arn:aws:s3:::* for s3:GetObject",
    ),
    Case(
        WILDCARD,
        "any region and account of one log group",
        POLICY,
        policy("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/fraud:*"),
    ),
    Case(WILDCARD, "denied", POLICY, policy("*", "*", Effect="Deny")),
    Case(WILDCARD, "role policy", "aws:iam/rolePolicy:RolePolicy", policy("*"), ("policy",)),
    Case(
        WILDCARD,
        "inline policy",
        ROLE,
        {"inlinePolicies": [policy("sagemaker:*")]},
        ("inlinePolicies[0].policy",),
    ),
    Case(WILDCARD, "absent", ROLE, {}),
    Case(WILDCARD, "unknown", POLICY, {"policy": UNKNOWN}),
    Case(WILDCARD, "not JSON", POLICY, {"policy": "{"}, ("policy",)),
    Case(
        BROAD,
        "SageMaker",
        ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"},
        ("policyArn",),
    ),
    Case(
        BROAD,
        "administrator",
        ROLE,
        {"managedPolicyArns": [UNKNOWN, "arn:aws:iam::aws:policy/AdministratorAccess"]},
        ("managedPolicyArns[1]",),
    ),
    Case(
        BROAD,
        "narrow",
        ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
    ),
    Case(
        BROAD,
        "what EKS nodes need",
        ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
    ),
    Case(BROAD, "unknown", ATTACHMENT, {"policyArn": UNKNOWN}),
    Case(BROAD, "absent", ROLE, {}),
    Case(PUBLIC, "URL by IAM", URL, {"authorizationType": "AWS_IAM"}),
    Case(PUBLIC, "URL for all", URL, {"authorizationType": "NONE"}, ("authorizationType",)),
    Case(PUBLIC, "URL unknown", URL, {"authorizationType": UNKNOWN}),
    Case(PUBLIC, "URL absent", URL, {}, ("authorizationType",)),
    Case(PUBLIC, "everybody", PERMISSION, {"principal": "*"}, ("principal",)),
    Case(
        PUBLIC,
        "everybody's account",
        PERMISSION,
        {"principal": "*", "functionUrlAuthType": "AWS_IAM"},
        ("principal",),
    ),
    Case(PUBLIC, "an organisation", PERMISSION, {"principal": "*", "principalOrgId": "o-1"}),
    Case(
        PUBLIC,
        "a service of any account",
        PERMISSION,
        {"principal": "apigateway.amazonaws.com"},
        ("sourceArn",),
    ),
    Case(
        PUBLIC,
        "an API",
        PERMISSION,
        {"principal": "apigateway.amazonaws.com", "sourceArn": UNKNOWN},
    ),
    Case(PUBLIC, "an account", PERMISSION, {"principal": "123456789012"}),
    Case(PUBLIC, "unknown", PERMISSION, {"principal": UNKNOWN}),
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
    Case(PRIVILEGED, "restricted", POD, context(runAsNonRoot=True, allowPrivilegeEscalation=False)),
    Case(PRIVILEGED, "nothing said", POD, pod()),
    Case(PRIVILEGED, "privileged", POD, context(privileged=True), (f"{CONTEXT}.privileged",)),
    Case(PRIVILEGED, "root", POD, context(runAsUser=0), (f"{CONTEXT}.runAsUser",)),
    Case(PRIVILEGED, "not root", POD, context(runAsUser=1)),
    Case(PRIVILEGED, "may be root", POD, context(runAsNonRoot=False), (f"{CONTEXT}.runAsNonRoot",)),
    Case(
        PRIVILEGED,
        "added capability",
        POD,
        context(capabilities={"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}),
        (f"{CONTEXT}.capabilities.add[1]",),
    ),
    Case(
        PRIVILEGED,
        "host network",
        DEPLOYMENT,
        {"spec": {"template": {"spec": {"hostNetwork": True}}}},
        ("spec.template.spec.hostNetwork",),
    ),
    Case(
        PRIVILEGED,
        "host path of a predictor",
        KSERVE,
        predictor(volumes=[{"name": "v", "hostPath": {"path": "/"}}]),
        ("spec.predictor.volumes[0].hostPath",),
    ),
    Case(
        PRIVILEGED,
        "host port",
        "kubernetes:serving.knative.dev/v1:Service",
        {"spec": {"template": pod(ports=[{"hostPort": 80}])}},
        ("spec.template.spec.containers[0].ports[0].hostPort",),
    ),
    Case(PRIVILEGED, "unknown", POD, context(privileged=UNKNOWN)),
    Case(IMAGE, "AWS's algorithm", MODEL, {"primaryContainer": {"image": KMEANS}}),
    Case(IMAGE, "digest", POD, pod(image=f"registry.example/a@{DIGEST}")),
    Case(IMAGE, "tag and digest", POD, pod(image=f"registry.example/a:1.2@{DIGEST}")),
    Case(
        IMAGE, "tag", POD, pod(image="registry.example:5000/a:1.2"), ("spec.containers[0].image",)
    ),
    Case(
        IMAGE,
        "tag is enough",
        POD,
        pod(image="registry.example:5000/a:1.2"),
        (),
        {"require_digest": False},
    ),
    Case(
        IMAGE,
        "no tag at all",
        POD,
        pod(image="registry.example:5000/a"),
        ("spec.containers[0].image",),
        {"require_digest": False},
    ),
    Case(
        IMAGE,
        "latest",
        POD,
        pod(image="a:latest"),
        ("spec.containers[0].image",),
        {"require_digest": False},
    ),
    Case(IMAGE, "short digest", POD, pod(image="a@sha256:00"), ("spec.containers[0].image",)),
    Case(IMAGE, "runtime", RUNTIME, pod(image="kserve/x:v0.20.0"), ("spec.containers[0].image",)),
    Case(IMAGE, "AWS's own", MODEL, {"primaryContainer": {"image": AWS_IMAGE}}),
    Case(
        IMAGE,
        "AWS's own, moving",
        MODEL,
        {"primaryContainer": {"image": AWS_IMAGE.replace("1.7-1", "latest")}},
        ("primaryContainer.image",),
    ),
    Case(
        IMAGE,
        "own registry",
        MODEL,
        {"containers": [{"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1"}]},
        ("containers[0].image",),
    ),
    Case(
        IMAGE,
        "a name like AWS's own",
        MODEL,
        {"primaryContainer": {"image": AWS_IMAGE.replace("xgboost", "mine")}},
        ("primaryContainer.image",),
    ),
    Case(IMAGE, "function by zip", FUNCTION, {}),
    Case(IMAGE, "function", FUNCTION, {"imageUri": "r/a:1"}, ("imageUri",)),
    Case(IMAGE, "unknown", POD, pod(image=UNKNOWN)),
    Case(UNPINNED, "version", MODEL, artifact("s3://example-models/fraud/1.4.0/model.tar.gz")),
    Case(UNPINNED, "version's tag", MODEL, artifact("s3://b/fraud/blue/m.tar.gz", "blue")),
    Case(
        UNPINNED,
        "no version",
        MODEL,
        artifact("s3://b/fraud/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "latest beside a version",
        MODEL,
        artifact("s3://b/1/latest/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "a vendor's example",
        KSERVE,
        predictor(model={"storageUri": "gs://kfserving-examples/models/sklearn/1.0/model"}),
    ),
    Case(UNPINNED, "commit", KSERVE, predictor(model={"storageUri": f"hf://a/b@{COMMIT}"})),
    Case(
        UNPINNED,
        "commit, KServe's way",
        KSERVE,
        predictor(model={"storageUri": f"hf://a/b:{COMMIT}"}),
    ),
    Case(
        UNPINNED,
        "a size is not a version",
        KSERVE,
        predictor(model={"storageUri": "hf://Qwen/Qwen2.5-0.5B-Instruct"}),
        ("spec.predictor.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "older key",
        KSERVE,
        predictor(sklearn={"storageUri": "s3://b/iris"}),
        ("spec.predictor.sklearn.storageUri",),
    ),
    Case(
        UNPINNED,
        "unprotected",
        KSERVE,
        predictor(model={"storageUri": "http://models.example/1.0/m"}),
        ("spec.predictor.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "a region is no version",
        MODEL,
        artifact("s3://sagemaker-eu-west-1-123456789012/fraud/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "another version",
        MODEL,
        artifact("s3://example-models/fraud/blue2/model.tar.gz", "blue"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "a bucket's name may say main",
        MODEL,
        artifact("s3://main-models/fraud/1.4.0/model.tar.gz"),
    ),
    Case(
        UNPINNED,
        "a path in a named storage",
        KSERVE,
        predictor(model={"storage": {"key": "s3", "path": "sklearn/1.4.0/model"}}),
    ),
    Case(
        UNPINNED,
        "a claim of one version",
        KSERVE,
        predictor(model={"storageUri": "pvc://chat-v2-5/"}),
    ),
    Case(
        UNPINNED,
        "a claim of any version",
        KSERVE,
        predictor(model={"storageUri": "pvc://chat/model"}),
        ("spec.predictor.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "a language model and its adapters",
        LANGUAGE,
        {
            "spec": {
                "model": {
                    "uri": f"hf://a/b:{COMMIT}",
                    "lora": {"adapters": [{"uri": "hf://a/c"}, {"uri": f"hf://a/d@{COMMIT}"}]},
                }
            }
        },
        ("spec.model.lora.adapters[0].uri",),
    ),
    Case(
        UNPINNED,
        "a model of Seldon",
        SELDON,
        {"spec": {"storageUri": "gs://b/iris"}},
        ("spec.storageUri",),
    ),
    Case(
        UNPINNED,
        "a trained model",
        TRAINED,
        {"spec": {"model": {"storageUri": "s3://b/latest/"}}},
        ("spec.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "a language model",
        LANGUAGE,
        {"spec": {"model": {"uri": "hf://Qwen/Qwen2.5-7B-Instruct"}}},
        ("spec.model.uri",),
    ),
    Case(UNPINNED, "absent", KSERVE, predictor(containers=[])),
    Case(UNPINNED, "unknown", MODEL, artifact(UNKNOWN)),
    Case(OPEN, "IAM", ROUTE, {"routeKey": "POST /predict", "authorizationType": "AWS_IAM"}),
    Case(
        OPEN,
        "none",
        ROUTE,
        {"routeKey": "POST /predict", "authorizationType": "NONE"},
        ("authorizationType",),
    ),
    Case(OPEN, "absent", ROUTE, {"routeKey": "$default"}, ("authorizationType",)),
    Case(OPEN, "connection", ROUTE, {"routeKey": "$connect"}, ("authorizationType",)),
    Case(OPEN, "message", ROUTE, {"routeKey": "sendmessage"}),
    Case(OPEN, "preflight", ROUTE, {"routeKey": "OPTIONS /predict"}),
    Case(
        OPEN, "listed", ROUTE, {"routeKey": "GET /health"}, (), {"public_routes": ["GET /health"]}
    ),
    Case(
        OPEN,
        "REST method",
        METHOD,
        {"httpMethod": "POST", "authorization": "NONE"},
        ("authorization",),
    ),
    Case(OPEN, "unknown", ROUTE, {"authorizationType": UNKNOWN}),
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
        IMAGE,
        "a language model's prefill",
        LANGUAGE,
        {"spec": {"prefill": {"template": {"containers": [{"image": "vllm/vllm-openai:v0.11"}]}}}},
        ("spec.prefill.template.containers[0].image",),
    ),
    Case(
        PRIVILEGED,
        "a language model",
        LANGUAGE,
        {"spec": {"template": {"hostNetwork": True, "containers": []}}},
        ("spec.template.hostNetwork",),
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
