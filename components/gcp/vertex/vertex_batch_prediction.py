"""A model that scores what lies in Cloud Storage or BigQuery, by Vertex AI's batch prediction."""

from typing import Any, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.gcp.names import project_number
from components.gcp.vertex.vertex_batch_prediction_job import VertexBatchPredictionJob
from components.gcp.vertex.vertex_batch_schedule import scheduled
from components.gcp.vertex.vertex_batch_settings import BatchSettings, in_bigquery, read_batch
from components.gcp.vertex.vertex_container import Registered, upload
from components.gcp.vertex.vertex_identity import Places, VertexIdentity
from components.gcp.vertex.vertex_key import model_key
from facts import tags
from facts.capabilities.vertex import REFUSED_ARGUMENTS
from facts.strategies import slug
from facts.vertex_serving import registry_version

__all__ = ["VertexBatchPrediction", "VertexBatchPredictionArgs"]


class VertexBatchPredictionArgs(TypedDict):
    """Flat arguments of `VertexBatchPrediction`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    project: pulumi.Input[str]
    """Google Cloud project of model and runs."""
    region: str
    """Region of both; input and output are there too, or in its multi-region."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """Folder of the model in Cloud Storage, `gs://bucket/folder/`, or a version of the registry,
    `vertex://projects/…/locations/…/models/…@1`."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels of what is kept; not of the runs, which a new label would make again.
    Default: none."""
    input_uri: pulumi.Input[str]
    """What is scored: `gs://bucket/path`, with `*` for several files, or
    `bq://project.dataset.table`."""
    output_uri: pulumi.Input[str]
    """Where the results go: a folder `gs://bucket/path`, or `bq://project.dataset`."""
    input_format: NotRequired[str]
    """jsonl, csv, tf-record, tf-record-gzip, file-list or bigquery. Default: by `input_uri`,
    bigquery or jsonl."""
    output_format: NotRequired[str]
    """jsonl, csv or bigquery. Default: by `output_uri`, bigquery or jsonl."""
    framework: NotRequired[str]
    """sklearn (1.6), xgboost (2.1), tensorflow (2.15) or pytorch (2.4): Google's container.
    Default: `image` is needed, or a version of the registry."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Artifact Registry, pinned by digest. Default: the framework's."""
    port: NotRequired[int]
    """Port of an image of one's own. Default: 8080."""
    predict_route: NotRequired[str]
    """Path of an image of one's own that answers requests. Default: Vertex AI's."""
    health_route: NotRequired[str]
    """Path of an image of one's own that says whether it is well. Default: Vertex AI's."""
    arguments: NotRequired[list[str]]
    """Arguments of an image of one's own. Default: the image's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of an image of one's own; nothing secret. Default: none."""
    machine_type: NotRequired[str]
    """Machine type. Default: n1-standard-2, or the cheapest with the accelerator."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Default: none."""
    accelerator_count: NotRequired[int]
    """GPUs of a machine. Default: 1 when `accelerator` is given."""
    parallelism: NotRequired[int]
    """How many machines a run has; a run does not scale. Default: 1."""
    batch_size: NotRequired[int]
    """How many rows a request to the model has. Default: Vertex AI's, 64."""
    schedule: NotRequired[str]
    """When to run, as cron writes it: five fields, or `@daily` and its likes. Default: once for
    each version and input, during the update."""
    time_zone: NotRequired[str]
    """Time zone of the schedule. Default: Etc/UTC."""
    suspended: NotRequired[bool]
    """Whether the schedule rests. Default: false."""
    retries: NotRequired[int]
    """How often the schedule asks again for a run that Vertex AI did not take. Default: 2."""
    timeout_seconds: NotRequired[int]
    """How long an update waits for a run. Default: 3600."""
    wait_for_completion: NotRequired[bool]
    """Whether the update waits for the run and fails with it. Not with a schedule. Default:
    true."""
    key: NotRequired[pulumi.Input[str]]
    """Cloud KMS key of the region for model and runs, which Vertex AI's agent may use. Default: one
    of its own, that rotates every 90 days."""
    service_account: NotRequired[pulumi.Input[str]]
    """Email of the containers' service account, which may read model and input and write the
    output. Default: one of their own, which may do that and nothing else."""
    ready_timeout_seconds: NotRequired[int]
    """How long an upload may take. Default: 3600."""


class VertexBatchPrediction(pulumi.ComponentResource):
    """Batch scoring; without a schedule the update fails unless the run ends well.

    The same settings are the same run: an update that changes nothing does not score again.
    """

    url: pulumi.Output[str]
    """Where the results go."""
    endpoint_name: pulumi.Output[str]
    """Name of the run, or of the schedule."""
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: VertexBatchPredictionArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = VertexBatchPredictionArgs.__annotations__
        checks = Checks("VertexBatchPrediction", name, args, known, refused=REFUSED_ARGUMENTS)
        settings = read_batch(checks, name, args)
        checks.raise_problems()
        super().__init__("model-serving:index:VertexBatchPrediction", name, {}, opts)
        project = args["project"]
        number = project_number(project, self)
        key, after = model_key(
            name,
            args.get("key"),
            region=settings.region,
            project=project,
            number=number,
            bigquery=in_bigquery(args["output_uri"]),
            labels=tags.google(settings.vocabulary()),
            parent=self,
        )
        identity = VertexIdentity(
            name,
            physical_name=settings.physical_name,
            project=project,
            number=number,
            given=args.get("service_account"),
            parent=self,
        )
        places = Places({"input": _folder(args["input_uri"])}, {"output": args["output_uri"]})
        after = [*after, *identity.grants, *identity.allow(places)]
        model = self._model(settings, args, identity, key, after)

        if settings.schedule is None:
            run = self._run(settings, args, identity, model, key, after)
            self.url, self.endpoint_name = run.output_location, run.name
        else:
            job = scheduled(
                name,
                settings.schedule,
                _body(settings, args, identity.email, model, key),
                physical_name=settings.physical_name,
                project=project,
                region=settings.region,
                runs_as=identity.email,
                after=after,
                parent=self,
            )
            self.url = pulumi.Output.from_input(args["output_uri"])
            self.endpoint_name = job.name
        self.status = pulumi.Output.from_input(
            {
                "target": "vertex_batch",
                "environment": settings.environment,
                "owner": settings.owner,
                "version": settings.model_version,
                "schedule": settings.schedule.cron if settings.schedule else None,
                "min_replicas": 0,
                "max_replicas": settings.parallelism,
                "model_uri": args["model_uri"],
            }
        )
        self.register_outputs(
            {"url": self.url, "endpoint_name": self.endpoint_name, "status": self.status}
        )

    def _model(
        self,
        settings: BatchSettings,
        args: VertexBatchPredictionArgs,
        identity: VertexIdentity,
        key: pulumi.Input[str],
        after: list[pulumi.Resource],
    ) -> pulumi.Input[str]:
        """The version in the registry, uploaded where it is not there."""
        uri, word = args["model_uri"], slug(settings.model_version)
        if settings.container is None:
            return (registry_version(uri) if isinstance(uri, str) else None) or ""
        readers = identity.allow(Places({word: uri}, {}))
        asked = Registered(
            name=settings.name,
            physical_name=settings.physical_name,
            version=settings.model_version,
            uri=uri,
            project=args["project"],
            region=settings.region,
            description=args.get("description", ""),
            vocabulary=settings.vocabulary(settings.model_version),
            key=key,
            gpu=settings.machine.accelerator_type is not None,
            timeout_seconds=settings.ready_timeout_seconds,
        )
        opts = pulumi.ResourceOptions(parent=self, depends_on=[*after, *readers])
        return upload(asked, settings.container, opts).version_name

    def _run(  # noqa: PLR0917 - all of one run
        self,
        settings: BatchSettings,
        args: VertexBatchPredictionArgs,
        identity: VertexIdentity,
        model: pulumi.Input[str],
        key: pulumi.Input[str],
        after: list[pulumi.Resource],
    ) -> VertexBatchPredictionJob:
        """One run for what it is made of."""
        reads, writes = args["input_uri"], args["output_uri"]
        return VertexBatchPredictionJob(
            f"{settings.name}-run",
            project=args["project"],
            region=settings.region,
            display_name=f"{settings.physical_name} {settings.model_version}",
            model=model,
            instances_format=settings.input_format,
            predictions_format=settings.output_format,
            input_uris=None if in_bigquery(reads) else [reads],
            bigquery_input_uri=reads if in_bigquery(reads) else None,
            output_uri=None if in_bigquery(writes) else writes,
            bigquery_output_uri=writes if in_bigquery(writes) else None,
            machine_type=settings.machine.machine_type,
            accelerator_type=settings.machine.accelerator_type,
            accelerator_count=settings.machine.accelerator_count,
            starting_replica_count=settings.parallelism,
            max_replica_count=settings.parallelism,
            batch_size=settings.batch_size,
            service_account=identity.email,
            kms_key_name=key,
            labels=_run_labels(settings),
            wait_for_completion=settings.wait_for_completion,
            timeout_seconds=settings.timeout_seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )


def _folder(uri: pulumi.Input[str]) -> pulumi.Input[str]:
    """What is read: the folder, where several files are meant."""
    if isinstance(uri, str) and "*" in uri:
        return uri.partition("*")[0].rpartition("/")[0] + "/"
    return uri


def _run_labels(settings: BatchSettings) -> dict[str, str]:
    """Not the owner or the cost centre: who pays for a run does not make it another one."""
    return tags.google(
        {
            tags.MODEL: settings.name,
            tags.MODEL_VERSION: settings.model_version,
            tags.ENVIRONMENT: settings.environment,
        }
    )


def _body(
    settings: BatchSettings,
    args: VertexBatchPredictionArgs,
    email: pulumi.Input[str],
    model: pulumi.Input[str],
    key: pulumi.Input[str],
) -> dict[str, Any]:
    """BatchPredictionJob, as the API takes it.

    https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.batchPredictionJobs
    """
    reads, writes, machine = args["input_uri"], args["output_uri"], settings.machine
    source = {"bigquerySource": {"inputUri": reads}}
    target = {"bigqueryDestination": {"outputUri": writes}}
    return {
        "displayName": f"{settings.physical_name} {settings.model_version}",
        "model": model,
        "inputConfig": {
            "instancesFormat": settings.input_format,
            **(source if in_bigquery(reads) else {"gcsSource": {"uris": [reads]}}),
        },
        "outputConfig": {
            "predictionsFormat": settings.output_format,
            **(target if in_bigquery(writes) else {"gcsDestination": {"outputUriPrefix": writes}}),
        },
        "dedicatedResources": {
            "machineSpec": {
                "machineType": machine.machine_type,
                "acceleratorType": machine.accelerator_type,
                "acceleratorCount": machine.accelerator_count,
            },
            "startingReplicaCount": settings.parallelism,
            "maxReplicaCount": settings.parallelism,
        },
        "manualBatchTuningParameters": {"batchSize": settings.batch_size}
        if settings.batch_size
        else None,
        "serviceAccount": email,
        "encryptionSpec": {"kmsKeyName": key},
        "labels": tags.google(settings.vocabulary(settings.model_version)),
    }
