"""A model in a Cloud Run service: a function of the runtime's archive, or an image of one's own."""

import json
from dataclasses import replace
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.gate import GateQueries
from components.gcp.cloud_run.cloud_run_code import upload
from components.gcp.cloud_run.cloud_run_drift import read_cloud_run_drift, watch_drift
from components.gcp.cloud_run.cloud_run_identity import CloudRunIdentity
from components.gcp.cloud_run.cloud_run_measured import gate, latency_metric, measured, watched
from components.gcp.cloud_run.cloud_run_revision import template
from components.gcp.cloud_run.cloud_run_settings import (
    CloudRunSettings,
    read_cloud_run,
    usual_max,
)
from components.gcp.cloud_run.cloud_run_traffic import (
    candidate_url,
    guards,
    settled,
    stable_revision,
    targets,
)
from components.gcp.cloud_run.cloud_run_uses import cloud_run_uses
from components.gcp.monitoring.asked import read_monitoring
from components.gcp.monitoring.slo_alerts import slo_alerts
from components.gcp.monitoring.watch import Watch, shown_at, watch
from components.serving import read_core
from facts import tags
from facts.drift_profiles import PROFILE_VARIABLE

__all__ = ["CloudRunEndpoint", "CloudRunEndpointArgs"]


class CloudRunEndpointArgs(TypedDict):
    """Flat arguments of `CloudRunEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the service's name."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does, at most 512 signs. Default: nothing."""
    project: pulumi.Input[str]
    """Google Cloud project of the service."""
    region: str
    """Region of the service."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """The stable model: `gs://bucket/folder/model.onnx` and its likes are pulled once per instance;
    `file:` is what the archive or image holds."""
    model_digest: NotRequired[str]
    """SHA-256 of the stable model's file, checked before it is loaded. Default: not checked."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """The candidate, as `model_uri`. Default: no candidate."""
    candidate_digest: NotRequired[str]
    """The candidate's, as `model_digest`. Default: not checked."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
    min_replicas: NotRequired[int]
    """Instances kept warm, of both versions together: each has its share of them by its share of
    the requests. Default: 0."""
    max_replicas: NotRequired[int]
    """Most instances, of both versions together. Default: 10; 3 with a GPU."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels. Default: none."""
    code_path: NotRequired[str]
    """Zip with handler and dependencies, and the model where nothing is pulled; it is laid over
    `base_image` and not built. Default: `image` is needed."""
    candidate_code_path: NotRequired[str]
    """The candidate's zip. Default: `code_path`."""
    bucket: NotRequired[pulumi.Input[str]]
    """Bucket that zips are put into, below `cloud-run/`. Default: none; needed with `code_path`."""
    function_target: NotRequired[str]
    """Function that answers a request. Default: predict."""
    function_source: NotRequired[str]
    """File in the zip with that function. Default: main.py."""
    image: NotRequired[pulumi.Input[str]]
    """Container image by its digest. Default: `code_path` is needed."""
    candidate_image: NotRequired[pulumi.Input[str]]
    """The candidate's image. Default: `image`."""
    base_image: NotRequired[str]
    """One of Google's base images, whose security patches come by themselves. Default: that of
    Python 3.13 with `code_path`; with `image` none, and patches come with another image."""
    cpu: NotRequired[float]
    """vCPUs of an instance: 1, 2, 4, 6 or 8. Default: 1; with a GPU the least that goes with it."""
    memory_mib: NotRequired[int]
    """Memory in MiB, 512 to 32768, the temporary folder included. Default: 1024; with a GPU the
    least that goes with it."""
    accelerator: NotRequired[str]
    """Kind of GPU, one for each instance: nvidia-l4 or nvidia-rtx-pro-6000. Default: none."""
    gpu_zonal_redundancy: NotRequired[bool]
    """Whether capacity of GPUs is kept in other zones, at a higher price. Default: false."""
    cpu_always: NotRequired[bool]
    """Whether an instance has its CPU between requests too, and is paid for it. Default: false;
    true with a GPU."""
    startup_cpu_boost: NotRequired[bool]
    """Whether an instance has more CPU while it starts. Default: true."""
    timeout_seconds: NotRequired[int]
    """Longest answer in seconds, 1 to 3600. Default: 10."""
    concurrency: NotRequired[int]
    """Requests at once of an instance, 1 to 1000. Default: 8."""
    target_utilization_percent: NotRequired[int]
    """Share of `concurrency`, in percent, from which on there are more instances, 10 to 95.
    Default: Google's, 60."""
    port: NotRequired[int]
    """Port that the container listens on. Default: 8080."""
    load_seconds: NotRequired[int]
    """How long a start may take, model included, at most 240. Default: 240."""
    startup_path: NotRequired[str]
    """Path that says whether the model is loaded. Default: /health/startup."""
    liveness_path: NotRequired[str]
    """Path that says whether the process is well. Default: /health/live."""
    tcp_health: NotRequired[bool]
    """Whether the port is all that is probed, of an image without such paths. Default: false."""
    predict_route: NotRequired[str]
    """Path that answers requests. Default: /predict with `code_path`, else the server's
    /v1/models/<name>:predict."""
    environment_variables: NotRequired[dict[str, str]]
    """Environment of the instances; no secrets. Default: none but the runtime's own."""
    secret_environment_variables: NotRequired[dict[str, str]]
    """Variables from Secret Manager, each as projects/<project>/secrets/<name>/versions/<number>.
    Default: none."""
    service_account: NotRequired[pulumi.Input[str]]
    """Email of the service account of the instances. Default: one of their own, which reads the
    models and these secrets and nothing else."""
    public_access: NotRequired[bool]
    """Whether the service is reached from the internet; callers need a right either way. Default:
    false, only from the project's networks."""
    callers: NotRequired[list[str]]
    """IAM members that may call it, and nobody else. Default: whoever is granted it elsewhere."""
    custom_audiences: NotRequired[list[str]]
    """Audiences of callers' tokens beside the service's own URL. Default: none."""
    network: NotRequired[pulumi.Input[str]]
    """Network that instances reach directly, with `subnetwork`. Default: none."""
    subnetwork: NotRequired[pulumi.Input[str]]
    """Subnetwork of the region that instances take addresses from. Default: none."""
    network_tags: NotRequired[list[str]]
    """Network tags of the instances, for firewall rules. Default: none."""
    connector: NotRequired[pulumi.Input[str]]
    """Connector of Serverless VPC Access, instead of `network`. Default: none."""
    vpc_egress: NotRequired[str]
    """What goes through the network: private_ranges_only or all_traffic. Default:
    private_ranges_only."""
    key: NotRequired[pulumi.Input[str]]
    """Cloud KMS key of the region for what Cloud Run keeps of the image; its agent gets the right
    to use it, which stays when the service goes. Default: Google's own keys."""
    binary_authorization: NotRequired[bool]
    """Whether the project's policy of Binary Authorization decides which images run. Default:
    false."""
    binary_authorization_policy: NotRequired[str]
    """Another policy, as projects/…/platforms/cloudRun/<policy>. Default: none."""
    notification_channels: NotRequired[list[pulumi.Input[str]]]
    """Channels of Cloud Monitoring that alerts tell. Default: none; they are seen there."""
    alarms: NotRequired[str]
    """burn_rate (policies on how fast the error budget goes and on what fills up, too) or symptoms
    (only those at the bounds of the SLO). Default: symptoms."""
    window_days: NotRequired[int]
    """SLO: days over which it holds, 1 to 365; at Cloud Monitoring at most 30. Default: 30."""
    dashboard: NotRequired[bool]
    """Whether there is a dashboard at Cloud Monitoring. Default: false."""
    page_channels: NotRequired[list[pulumi.Input[str]]]
    """Channels that are told when somebody has to be woken. Default: `notification_channels`."""
    runbook_url: NotRequired[str]
    """Link in the policies, `{alert}` in it being what each means. Default: none."""
    drift_baseline_uri: NotRequired[pulumi.Input[str]]
    """Profile of the training rows in Cloud Storage (`python -m runtime.drift profile`), which
    instances count their requests by, and which their account may then read. Default: nothing is
    compared."""
    drift_threshold: NotRequired[float]
    """Population stability index above which a policy tells that a feature, or a prediction, has
    drifted. Default: 0.2."""
    drift_schedule: NotRequired[str]
    """How long it looks back: hourly, daily, or `0 0/6 * * *` for six hours. Default: daily."""
    deletion_protection: NotRequired[bool]
    """Whether the service cannot be deleted before this is taken away. Default: false."""
    redeploy: NotRequired[str]
    """Any text: another one makes another revision of the same, as after a failure whose cause was
    outside. Default: none."""


class CloudRunEndpoint(pulumi.ComponentResource):
    """Service, revisions by name, traffic, account, rights and alerts.

    With a candidate the service's template is the candidate's, and the stable model is the revision
    that had all requests before: a stable model has to be live first.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""
    revision: pulumi.Output[str]
    """Name of the newest revision: the candidate's when there is one."""
    candidate_url: pulumi.Output[str]
    """Where the candidate alone answers, whatever its share; empty without one."""
    dashboard_url: pulumi.Output[str]
    """Where people look at it; empty without a dashboard."""

    def __init__(
        self,
        name: str,
        args: CloudRunEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("CloudRunEndpoint", name, args, CloudRunEndpointArgs.__annotations__)
        core = read_core(
            checks,
            name,
            args,
            least_min=0,
            most_max=1000,
            usual_min=0,
            usual_max=usual_max(args),
        )
        settings = read_cloud_run(checks, core, args)
        asked = read_monitoring(checks, core, args)
        is_function = settings.code.archives is not None
        drifting = read_cloud_run_drift(checks, args, is_function=is_function)
        checks.raise_problems()
        super().__init__("model-serving:index:CloudRunEndpoint", name, {}, opts)
        project, bucket, key = args["project"], args.get("bucket"), args.get("key")
        labels = tags.google(core.vocabulary())

        identity = CloudRunIdentity(
            core, project=project, given=args.get("service_account"), parent=self
        )
        before = identity.allow(settings.code, settings.secrets, bucket=bucket, key=key)
        if drifting is not None:
            before += identity.let_read_profile(drifting.baseline_uri)
            profile = {PROFILE_VARIABLE: drifting.baseline_uri}
            settings = replace(settings, variables={**profile, **settings.variables})
        archives = upload(core, settings.code, bucket or "", self)
        newest = archives.get(core.newest_version)
        revision_template, revision = template(
            core,
            settings,
            core.newest_version,
            project=project,
            bucket=bucket,
            archive=newest,
            account=identity.email,
            key=key,
            network=args.get("network"),
            subnetwork=args.get("subnetwork"),
            connector=args.get("connector"),
        )
        stable = stable_revision(
            core,
            revision,
            model=args["model_uri"],
            bucket=bucket,
            needs=identity.needs(settings.secrets),
            parent=self,
        )
        if core.candidate_version is not None:
            before += identity.keep(settings.code, model=stable.model, bucket=stable.bucket)
        traffic = targets(core, stable.revision, revision)
        service = gcp.cloudrunv2.Service(
            f"{name}-service",
            name=core.physical_name,
            description=args.get("description"),
            project=project,
            location=settings.region,
            labels=tags.google(core.keeping()),
            # Archives without a build are a preview of Google's.
            launch_stage="BETA" if archives else "GA",
            ingress=(
                "INGRESS_TRAFFIC_ALL" if settings.public_access else "INGRESS_TRAFFIC_INTERNAL_ONLY"
            ),
            invoker_iam_disabled=False,
            custom_audiences=settings.custom_audiences or None,
            # Bounds of all revisions together: they change at once, and make none.
            scaling={
                "min_instance_count": core.min_replicas,
                "max_instance_count": core.max_replicas,
            },
            binary_authorization=_binary_authorization(settings),
            template=cast("gcp.cloudrunv2.ServiceTemplateArgsDict", revision_template),
            traffics=cast("list[gcp.cloudrunv2.ServiceTrafficArgsDict]", traffic),
            deletion_protection=settings.deletion_protection,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*before, *archives.values()], hooks=guards(core)
            ),
        )
        if settings.callers:
            gcp.cloudrunv2.ServiceIamBinding(
                f"{name}-callers",
                project=project,
                location=settings.region,
                name=service.name,
                role="roles/run.invoker",
                members=settings.callers,
                opts=pulumi.ResourceOptions(parent=self),
            )
        resource = watched(core, settings.region)
        filters, channels = measured(resource), args.get("notification_channels", [])
        about = watch(
            core,
            Watch(
                asked,
                core.physical_name_as("cloud-run"),
                project,
                labels,
                channels,
                args.get("page_channels", []),
                self,
            ),
            measured=filters,
            watched=resource,
            uses=cloud_run_uses(core, settings, resource),
        )
        slo_alerts(
            core,
            filters,
            project=project,
            channels=channels,
            labels=labels,
            parent=self,
            about=about,
        )
        if drifting is not None:
            watch_drift(
                core,
                drifting,
                project=project,
                labels=labels,
                channels=channels,
                about=about,
                parent=self,
            )

        # Known once the traffic is what was asked for.
        uri = settled(
            core, service.uri, traffic, service.traffic_statuses, service.terminal_conditions
        )
        self.url = pulumi.Output.concat(uri, settings.predict_route)
        self.endpoint_name = pulumi.Output.all(service.name, uri).apply(lambda known: known[0])
        self.invoke_policy = pulumi.Output.all(service.id, uri).apply(
            lambda known: _invoke_policy(settings, *known)
        )
        self.latency_metric = pulumi.Output.from_input(latency_metric(core, settings.region))
        self.status = pulumi.Output.from_input(core.status("cloud_run", args["model_uri"]))
        self.revision = revision
        self.dashboard_url = shown_at(about)
        self.candidate_url = uri.apply(lambda known: candidate_url(core, known))
        self.gate_queries = gate(core, resource, stable.revision, revision, project)
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "revision": self.revision,
                "candidate_url": self.candidate_url,
                "dashboard_url": self.dashboard_url,
                "gate_queries": self.gate_queries,
            }
        )


def _binary_authorization(
    settings: CloudRunSettings,
) -> gcp.cloudrunv2.ServiceBinaryAuthorizationArgsDict | None:
    if settings.binary_authorization_policy is not None:
        return {"policy": settings.binary_authorization_policy}
    return {"use_default": True} if settings.binary_authorization else None


def _invoke_policy(settings: CloudRunSettings, service_id: str, uri: str) -> str:
    """Who may call: by IAM, from where, and for whom a caller's token is made."""
    return json.dumps(
        {
            "resource": service_id,
            "permission": "run.routes.invoke",
            "role": "roles/run.invoker",
            "members": settings.callers,
            "ingress": "all" if settings.public_access else "internal",
            "audiences": [uri, *settings.custom_audiences],
        }
    )
