"""A model that scores what lies in S3, by SageMaker's batch transform."""

from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.aws.sagemaker import sagemaker_image
from components.aws.sagemaker.sagemaker_batch_schedule import schedule, tell_failures
from components.aws.sagemaker.sagemaker_batch_settings import Settings, read_settings
from components.aws.sagemaker.sagemaker_models import Container, model
from components.aws.sagemaker.sagemaker_role import Access, execution_role, volume_key
from components.aws.sagemaker.sagemaker_transform_job import SageMakerTransformJob
from components.checks import Checks
from facts.capabilities.sagemaker_batch import REFUSED_ARGUMENTS

__all__ = ["SageMakerBatchTransform", "SageMakerBatchTransformArgs"]

# Log group of all transform jobs of an account, and namespace of what their instances use.
_JOBS: Final = "/aws/sagemaker/TransformJobs"


class SageMakerBatchTransformArgs(TypedDict):
    """Flat arguments of `SageMakerBatchTransform`; only texts may be outputs of others."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the runs' names."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """S3 URI of the model's `model.tar.gz`, of an object, or with `/` at its end of a folder."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
    framework: NotRequired[str]
    """xgboost (1.7) or sklearn (1.2): AWS's prebuilt image of the region. Default: `image` is
    needed."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Amazon ECR, pinned by digest. Default: the framework's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of the container, at most 16; nothing secret. Default: none."""
    instance_type: str
    """SageMaker instance type of batch transform, such as `ml.m5.xlarge`."""
    parallelism: NotRequired[int]
    """Instances that score at once, 1 to 100; each gets whole objects. Default: 1."""
    input_uri: pulumi.Input[str]
    """S3 prefix: every object whose name begins so is scored."""
    output_uri: pulumi.Input[str]
    """S3 prefix of the results, each named as its input with `.out`."""
    content_type: NotRequired[str]
    """MIME type of the input, such as text/csv. Default: none is sent."""
    split_type: NotRequired[str]
    """How objects are parted into records: none, line, recordio or tfrecord. Default: none, an
    object is one request."""
    gzip: NotRequired[bool]
    """Whether the input is compressed by gzip. Default: false."""
    batch_strategy: NotRequired[str]
    """Records of one request: multi_record, as many as fit, or single_record; with split_type.
    Default: multi_record with a split."""
    max_payload_mib: NotRequired[int]
    """Most MB of one request, 0 to 100; 0 streams, where the container can. Default: 6."""
    max_concurrent_transforms: NotRequired[int]
    """Requests to one instance at once; all of them together at most 100 MB. Default: what the
    container says, else 1."""
    invocation_timeout_seconds: NotRequired[int]
    """How long one request may take, 1 to 3600. Default: 600."""
    retries: NotRequired[int]
    """How often a request that fails is repeated before the run fails, 0 to 3. Default: 3."""
    accept: NotRequired[str]
    """MIME type of the results. Default: the container's."""
    assemble_lines: NotRequired[bool]
    """Whether each result ends its line. Default: false."""
    join_input: NotRequired[bool]
    """Whether each result is joined with its record. Default: false."""
    input_filter: NotRequired[str]
    """JSONPath of the part of a record that is scored. Default: all of it."""
    output_filter: NotRequired[str]
    """JSONPath of the part of a result that is kept. Default: all of it."""
    schedule: NotRequired[str]
    """When to run, as cron writes it: five fields, or `@daily` and its likes. Default: once for
    each version, image and input, during the update."""
    time_zone: NotRequired[str]
    """Time zone of the schedule. Default: Etc/UTC."""
    late_seconds: NotRequired[int]
    """How late a run may begin, 60 to 86400; a later one is left out. Default: 3600."""
    suspended: NotRequired[bool]
    """Whether the schedule rests. Default: false."""
    dead_letter_queue_arn: NotRequired[pulumi.Input[str]]
    """SQS queue that keeps the runs that could not be begun. Default: they are lost."""
    timeout_seconds: NotRequired[int]
    """How long a run may take in all, then the update stops it; not with a schedule. Default:
    3600."""
    wait_for_completion: NotRequired[bool]
    """Whether the update waits for the run and fails with it; the next update then begins the run
    again. Not with a schedule. Default: true."""
    capture_uri: NotRequired[pulumi.Input[str]]
    """S3 prefix where input and results are captured. Default: nothing is captured."""
    data_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of input, results and what is captured. Default: the buckets' own."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets for the containers, with `security_group_ids`. Default: no network."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups for the containers. Default: none."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that the artifact is encrypted by. Default: none, or S3's own key."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that is told of runs that fail; its policy has to let EventBridge publish
    (events.amazonaws.com). Default: nobody is told."""


class SageMakerBatchTransform(pulumi.ComponentResource):
    """Batch scoring; without a schedule the update fails unless the run ends well.

    A run is named by what it does. The same settings are the same run: an update that changes
    nothing does not score again. SageMaker keeps the record of every run.
    """

    url: pulumi.Output[str]
    """Where the results go."""
    endpoint_name: pulumi.Output[str]
    """Name of the job, or of the schedule."""
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: SageMakerBatchTransformArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = SageMakerBatchTransformArgs.__annotations__
        checks = Checks("SageMakerBatchTransform", name, args, known, refused=REFUSED_ARGUMENTS)
        settings = read_settings(checks, name, args)
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerBatchTransform", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        tags = settings.aws_tags()

        image = sagemaker_image.image(args.get("image"), args.get("framework"), lookup)
        key = volume_key(
            name,
            settings.instance_type,
            of=f"batch transform {settings.physical_name}",
            alias=f"{settings.physical_name}-transform",
            tags=tags,
            child=child,
        )
        role, policy = execution_role(
            name,
            Access(
                images=[image],
                reads=[args["model_uri"]],
                prefixes=[args["input_uri"]],
                writes=[
                    args["output_uri"],
                    *([args["capture_uri"]] if "capture_uri" in args else []),
                ],
                read_keys=[
                    *([key.arn] if key else []),
                    *([args["artifact_key_arn"]] if "artifact_key_arn" in args else []),
                ],
                write_keys=[args["data_key_arn"]] if "data_key_arn" in args else [],
                log_group=_JOBS,
                metrics_namespace=_JOBS,
                subnet_ids=args.get("subnet_ids", []),
                security_group_ids=args.get("security_group_ids", []),
            ),
            of=settings.physical_name,
            tags=tags,
            lookup=lookup,
            child=child,
        )
        scoring = model(
            f"{name}-model",
            [Container(image=image, uri=args["model_uri"])],
            role_arn=role.arn,
            vpc=settings.vpc,
            tags=settings.aws_tags(settings.model_version),
            # SageMaker loads the artifact by the role at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        run = _run(settings, args, scoring.name, key.arn if key else None)
        if settings.schedule is None:
            job = SageMakerTransformJob(
                f"{name}-job",
                name_prefix=settings.prefix,
                run=run,
                tags=settings.aws_tags(settings.model_version),
                wait_for_completion=settings.wait_for_completion,
                timeout_seconds=settings.timeout_seconds,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
            self.endpoint_name = job.job_name
        else:
            planned = schedule(
                settings,
                pulumi.Output.all(**run),
                key.arn if key else None,
                args.get("dead_letter_queue_arn"),
                self,
                [policy],
            )
            self.endpoint_name = planned.name
        if "alarm_topic_arn" in args:
            tell_failures(settings, args["alarm_topic_arn"], tags, self)

        self.url = pulumi.Output.from_input(args["output_uri"])
        self.status = pulumi.Output.from_input(
            {
                "target": "sagemaker_batch",
                "environment": settings.environment,
                "owner": settings.owner,
                "version": settings.model_version,
                "schedule": args.get("schedule"),
                "min_replicas": 0,
                "max_replicas": settings.instances,
                "model_uri": args["model_uri"],
            }
        )
        self.register_outputs(
            {"url": self.url, "endpoint_name": self.endpoint_name, "status": self.status}
        )


def _run(
    settings: Settings,
    args: SageMakerBatchTransformArgs,
    model_name: pulumi.Output[str],
    volume_key_arn: pulumi.Output[str] | None,
) -> dict[str, pulumi.Input[Any]]:
    """What the run is, in the words of facts/sagemaker_batch.py."""
    run: dict[str, pulumi.Input[Any]] = {
        **settings.run,
        "modelName": model_name,
        "inputUri": args["input_uri"],
        "outputUri": args["output_uri"],
        "instanceType": settings.instance_type,
        "instanceCount": settings.instances,
    }
    if volume_key_arn is not None:
        run["volumeKeyId"] = volume_key_arn
    if "capture_uri" in args:
        run["captureUri"] = args["capture_uri"]
    if "data_key_arn" in args:
        run["outputKeyId"] = args["data_key_arn"]
        if "capture_uri" in args:
            run["captureKeyId"] = args["data_key_arn"]
    return run
