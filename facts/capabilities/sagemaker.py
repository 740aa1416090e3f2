"""What SageMaker can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.sagemaker import HOSTING_SOURCE, MULTI_MODEL_SOURCE
from facts.sagemaker_hosting import ENVIRONMENT_BYTES

_SAGEMAKER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_SAGEMAKER_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_GUARDRAILS: Final = _SAGEMAKER + "deployment-guardrails-exclusions.html"
_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "sagemaker",
    "SageMaker",
    # `arn:` is a version in SageMaker's model registry.
    ("s3", "arn"),
    ("sklearn", "xgboost"),
    ("all_at_once", "canary", "linear", "rolling"),
    _SAGEMAKER + "deployment-guardrails.html",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0304",
        "sagemaker/zero",
        "a real-time endpoint with variants keeps at least one instance; zero needs inference "
        "components or an asynchronous endpoint",
        "min_replicas: 1; or target: sagemaker_component, sagemaker_async or sagemaker_serverless, "
        "which scale to zero",
        _SAGEMAKER + "endpoint-auto-scaling-zero-instances.html",
        "2026-11-21",
    ),
    Refusal(
        "MS0305",
        "sagemaker/shadow-beside-candidate",
        "a shadow beside a candidate cannot be: an endpoint has one production and one shadow "
        "variant, or several production variants",
        "the candidate alone, which is the shadow with `strategy: shadow`",
        _SAGEMAKER_API + "API_CreateEndpointConfig.html",
        "2026-11-26",
        of_key=True,
    ),
    Refusal(
        "MS0306",
        "sagemaker/shadow",
        "a shadow is a candidate whose answers nobody gets, and has no key of its own",
        "`candidate`, with `strategy: shadow` and canary_percent as the share that is copied",
        _SAGEMAKER + "model-shadow-deployment.html",
        "2026-11-26",
        of_key=True,
    ),
    Refusal(
        "MS0307",
        "sagemaker/shift-size",
        "outside of what a blue/green or rolling update takes",
        "a size within the range",
        # Each limit has its own.
        "",
    ),
    Refusal(
        "MS0308",
        "sagemaker/rolling-with-candidate",
        "a rolling update excludes endpoints with several variants",
        "shift: canary or linear while there is a candidate",
        _GUARDRAILS,
        "2026-11-26",
    ),
    Refusal(
        "MS0309",
        "sagemaker/cpu-and-memory",
        "a real-time endpoint's CPU, memory and GPU are those of its instance type",
        "instance_type, and no `resources`",
        "https://aws.amazon.com/sagemaker/pricing/",
    ),
    Refusal(
        "MS0310",
        "sagemaker/accelerator",
        "the instance type does not carry that accelerator",
        "an instance type with it",
        "https://aws.amazon.com/ec2/instance-types/",
    ),
    Refusal(
        "MS0400",
        "sagemaker/instance-type",
        "SageMaker hosts no models on that type",
        "one of the instance types of its list",
        HOSTING_SOURCE,
        _READ,
    ),
    Refusal(
        "MS0401",
        "sagemaker/registry",
        "a version in the model registry is an ARN with its number, of the environment's region",
        "arn:aws:sagemaker:<region>:<account>:model-package/<group>/<number>",
        _SAGEMAKER_API + "API_DescribeModelPackage.html",
        _READ,
    ),
    Refusal(
        "MS0402",
        "sagemaker/registry-image",
        "a version in the model registry brings its image",
        "no image beside it; register a version with the other image",
        _SAGEMAKER_API + "API_ContainerDefinition.html",
        _READ,
    ),
    Refusal(
        "MS0403",
        "sagemaker/many-models-machine",
        "many models are held on types with CPUs alone, and on some with GPUs",
        "a type with CPUs, or one of those with a GPU",
        MULTI_MODEL_SOURCE,
        _READ,
    ),
    Refusal(
        "MS0404",
        "sagemaker/many-models-artifact",
        "many models are archives below one prefix of S3",
        "a prefix that ends with `/`, such as s3://bucket/models/1.4.0/",
        _SAGEMAKER + "create-multi-model-endpoint.html",
    ),
    Refusal(
        "MS0405",
        "sagemaker/shadow-beside",
        "a shadow is not for many models, several containers or Inf1",
        "strategy: canary, with a small canary_percent",
        _SAGEMAKER + "shadow-tests-exclusions.html",
        _READ,
    ),
    Refusal(
        "MS0406",
        "sagemaker/shift-machine",
        "endpoints on Inf1 are moved all at once, whatever is asked for",
        "shift: all_at_once, or another instance type",
        _GUARDRAILS,
        _READ,
    ),
    Refusal(
        "MS0407",
        "sagemaker/disk",
        "the instance type has disks of its own, of a fixed size",
        "no disk_gib, or a type without disks of its own",
        _SAGEMAKER + "model-train-storage-tips-considerations.html",
        _READ,
    ),
    Refusal(
        "MS0408",
        "sagemaker/scaling",
        "not a metric that instances of a variant can follow",
        "metric: requests, concurrency, cpu or gpu in percent, or namespace/name with a target",
        _SAGEMAKER + "endpoint-auto-scaling-add-code-define.html",
        _READ,
    ),
    Refusal(
        "MS0409",
        "sagemaker/schedule",
        "AWS takes days of the month or days of the week, not both, and whole minutes",
        "two schedules, one for each kind of day; or `@every` so many whole minutes",
        "https://docs.aws.amazon.com/autoscaling/application/userguide/"
        "scheduled-scaling-using-cron-expressions.html",
    ),
    Refusal(
        "MS0410",
        "sagemaker/capture",
        "what SageMaker captures is written to S3, below a prefix of at most 440 signs",
        "uri: s3://bucket/prefix, here or as `capture_uri` of targets.sagemaker",
        _SAGEMAKER_API + "API_DataCaptureConfig.html",
        _READ,
    ),
    Refusal(
        "MS0411",
        "sagemaker/image",
        "SageMaker pulls from Amazon ECR alone",
        "a copy of the image in Amazon ECR, pinned by its digest",
        _SAGEMAKER_API + "API_ContainerDefinition.html",
        _READ,
    ),
    Refusal(
        "MS0412",
        "sagemaker/direct",
        "a container that the request names has no place in an order, and holds one model",
        "container_call: serial",
        _SAGEMAKER + "multi-container-endpoints.html",
        _READ,
    ),
    Refusal(
        "MS0413",
        "sagemaker/schedule-zero",
        "a real-time endpoint with variants keeps at least one instance, at night too",
        "min_replicas: 1 in the schedule; or target: sagemaker_component, which scales to zero",
        _SAGEMAKER + "endpoint-auto-scaling-zero-instances.html",
        "2026-11-21",
    ),
    Refusal(
        "MS0414",
        "sagemaker/environment",
        "more environment variables than SageMaker gives containers",
        "fewer or shorter variables; a file in the artifact for the rest",
        ENVIRONMENT_BYTES.source,
        _READ,
    ),
    Refusal(
        "MS0415",
        "sagemaker/image-region",
        "SageMaker pulls an image from Amazon ECR of its own region",
        "a copy of the image in the environment's region, as ECR's replication makes it",
        _SAGEMAKER_API + "API_ContainerDefinition.html",
        _READ,
    ),
)
