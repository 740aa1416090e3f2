"""A job on a schedule that holds what was captured of requests against a profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes import network
from components.kubernetes.confinement import CONFINED_READ_ONLY, pod_security_context
from components.kubernetes.drift.drift_job_rules import drift_job_rules
from components.kubernetes.jobs import IGNORE_DISRUPTION
from components.kubernetes.labels import NAME, check_namespace, check_tag_keys
from components.kubernetes.mesh import NO_SIDECAR
from components.kubernetes.monitoring.places import Places, read_places
from components.kubernetes.monitoring.pod_monitor import API_VERSION
from components.kubernetes.monitoring.watched import watched
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from components.kubernetes.server.compute import Compute, placement, read_compute, resources
from components.kubernetes.server.container_env import (
    Environment,
    read_variables,
    secret_variables,
)
from components.kubernetes.service_account import own_account
from components.serving import DATA_CLASSIFICATIONS, Deployed, check_name
from components.tags import read_environment
from facts import tags
from facts.captured_requests import (
    CAPTURED_PLACE,
    CAPTURED_SHAPE,
    DRIFT_EXIT_CODE,
    LOOK_SECONDS,
)
from facts.drift_profiles import PROFILE_PLACES, PSI_THRESHOLD
from facts.edge import Usual
from facts.pods import LOGS_MIB, TMP, USER_ID
from facts.schedules import wrong_schedule, wrong_time_zone

__all__ = ["DriftJob", "DriftJobArgs"]

_TMP_MIB: Final = 64
_DIGEST: Final = r"sha256:[0-9a-f]{64}"
_PROFILE: Final = PROFILE_PLACES["kserve"]
_CONTAINER: Final = "compare"
# Where runtime/images/cpu.Dockerfile has its Python.
_COMMAND: Final = ("/usr/bin/python3", "-m", "runtime.drift", "compare")
_LATE_SECONDS: Final = 1800
# One file at a time, of at most 16 MiB, and what its JSON takes.
_USUAL: Final = Usual(cpu=0.5, memory_mib=512, tmp_mib=_TMP_MIB)


class DriftJobArgs(TypedDict):
    """Flat arguments of `DriftJob`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model, and that alerts name."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels of the objects. Default: none."""
    namespace: pulumi.Input[str]
    """Namespace, which exists."""
    image: pulumi.Input[str]
    """This project's server image, or another one with its runtime: docs/images.md."""
    captured_uri: pulumi.Input[str]
    """Where requests are captured as JSON, as KServe's logger does: s3://bucket/prefix or
    gs://bucket/prefix."""
    baseline_uri: pulumi.Input[str]
    """The profile that they are held against: an object of S3 or Cloud Storage."""
    baseline_digest: NotRequired[str]
    """SHA-256 of the profile, `sha256:…`. Default: whatever is there."""
    threshold: NotRequired[float]
    """Population stability index from which on a feature has drifted. Default: 0.2."""
    schedule: NotRequired[str]
    """When it looks, as cron writes it: five fields, or `@daily` and its likes. Default: each day
    at midnight."""
    time_zone: NotRequired[str]
    """Time zone of the schedule. Default: Etc/UTC."""
    window_hours: NotRequired[int]
    """Hours that it looks back on, 1 to 744: those from one look to the next. Default: 24."""
    max_files: NotRequired[int]
    """Files of that time that are looked at, chosen by chance where there are more. Default:
    10000."""
    timeout_seconds: NotRequired[int]
    """How long a look may take, 60 to 86400 seconds. Default: 3000."""
    suspended: NotRequired[bool]
    """Whether the schedule rests. Default: false."""
    service_account_name: NotRequired[str]
    """Service account, which exists and may read profile and requests. Default: one of its own."""
    pod_labels: NotRequired[dict[str, str]]
    """Further labels of its pods, such as those that a cloud's webhook looks for. Default: none."""
    env: NotRequired[dict[str, str]]
    """Environment variables, such as AWS_ENDPOINT_URL; nothing secret. Default: none."""
    secret_env: NotRequired[dict[str, str]]
    """Environment variables from Secrets that are there, each as `secret-name/key`. Default:
    none."""
    cpu: NotRequired[float]
    """CPU cores. Default: 0.5."""
    cpu_limit: NotRequired[float]
    """CPU cores that it may use at most. Default: `cpu`."""
    memory_mib: NotRequired[int]
    """Memory in MiB. Default: 512."""
    memory_limit_mib: NotRequired[int]
    """Memory in MiB beyond which it is killed. Default: `memory_mib`."""
    node_selector: NotRequired[dict[str, str]]
    """Labels of the nodes that may run it. Default: any node."""
    tolerations: NotRequired[list[str]]
    """Taints that its pods bear, each as `key=value:Effect`. Default: none."""
    priority_class_name: NotRequired[str]
    """Priority class of the pods, which exists. Default: the cluster's."""
    egress: NotRequired[list[str]]
    """Further places that it calls, each as `namespace:port` or `block:port`. Default: none."""
    storage_cidrs: NotRequired[list[str]]
    """Blocks of addresses of the buckets, for HTTPS. Default: any address but the node's."""
    mesh: NotRequired[str]
    """none, istio_sidecar (its pods get none: they would never end) or istio_ambient. Default:
    none."""
    user_id: NotRequired[int]
    """Numeric user and group of the container, not 0. Default: 10001."""
    runbook_url: NotRequired[str]
    """Where people on call read what to do; `{alert}` becomes the alert's name. With it there are
    alerts, by kube-state-metrics and Prometheus' operator. Default: no alerts."""
    grafana_url: NotRequired[str]
    """Address of Grafana, to which alerts lead. Default: none; needed beside `runbook_url`."""
    monitor_labels: NotRequired[dict[str, str]]
    """Labels by which a Prometheus selects rules, such as `release`. Default: none."""
    alert_labels: NotRequired[dict[str, str]]
    """Labels of every alert, by which Alertmanager finds who is told. Default: none."""


class DriftJob(pulumi.ComponentResource):
    """A `CronJob` whose Job fails with drift, or when it could not look; rules tell which."""

    cron_job_name: pulumi.Output[str]
    """Name of the CronJob."""
    alerts: pulumi.Output[list[str]]

    def __init__(
        self,
        name: str,
        args: DriftJobArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`name` is the model's."""
        checks = Checks("DriftJob", name, args, DriftJobArgs.__annotations__)
        asked = _read(checks, name, args)
        check_tag_keys(checks)
        checks.raise_problems()
        super().__init__("model-serving:index:DriftJob", name, {}, opts)

        namespace, own = args["namespace"], f"{name}-drift"
        selector = {NAME: own}
        labels = {**selector, **tags.kubernetes(asked.vocabulary())}
        child = pulumi.ResourceOptions(parent=self)
        before: list[pulumi.Resource] = []
        if "service_account_name" not in args:
            before.append(own_account(self, own, namespace, labels))
        policy = network.outward_only(
            own, namespace, labels, pods=network.labelled(selector), access=asked.access
        )
        before.append(KubernetesObject(f"{own}-network-policy", policy, child))
        made = KubernetesObject(
            f"{own}-cron-job",
            _cron_job(own, asked, args, labels),
            pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        self.alerts = pulumi.Output.from_input(list[str]())
        if asked.places is not None:
            where = pulumi.Output.from_input(namespace)
            rules = manifest(
                API_VERSION,
                "PrometheusRule",
                own,
                namespace,
                {**labels, **asked.places.monitor_labels},
                spec={"groups": where.apply(asked.rules)},
            )
            KubernetesObject(f"{own}-rules", rules, child)
            self.alerts = where.apply(
                lambda known: [rule["alert"] for rule in asked.rules(known)[0]["rules"]]
            )
        self.cron_job_name = made.metadata.apply(lambda metadata: str(metadata["name"]))
        self.register_outputs({"cron_job_name": self.cron_job_name, "alerts": self.alerts})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked(Deployed):
    """The arguments, checked."""

    threshold: float
    baseline_digest: str | None
    schedule: str
    time_zone: str
    window_hours: int
    max_files: int
    timeout_seconds: int
    suspended: bool
    service_account_name: str
    pod_labels: dict[str, str]
    variables: Environment
    compute: Compute
    access: network.Access
    user_id: int
    places: Places | None

    def rules(self, namespace: str) -> list[dict[str, Any]]:
        """The groups of rules, where there are alerts."""
        if self.places is None:
            return []
        about = watched(self, namespace, self.places)
        return drift_job_rules(about, f"{self.name}-drift", self.threshold)


def _read(checks: Checks, name: str, args: Mapping[str, Any]) -> _Asked:
    check_name(checks, name)
    check_namespace(checks)
    checks.text("image")
    checks.text("captured_uri", CAPTURED_PLACE, CAPTURED_SHAPE)
    checks.text("baseline_uri", _PROFILE.pattern, _PROFILE.shape)
    checks.optional_text("baseline_digest", _DIGEST, "sha256: and 64 digits of base 16")
    schedule, time_zone = checks.plain("schedule", "@daily"), checks.plain("time_zone", "Etc/UTC")
    if wrong := wrong_schedule(schedule):
        checks.problem("schedule", schedule, wrong)
    if wrong := wrong_time_zone(time_zone):
        checks.problem("time_zone", time_zone, wrong)
    owner = checks.plain("owner")
    places = None
    if checks.given("runbook_url"):
        places = read_places(checks, {"owner": owner})
    else:
        for key in ("grafana_url", "monitor_labels", "alert_labels"):
            if checks.given(key):
                checks.problem(key, args.get(key), "runbook_url beside it, or leave it out")
    return _Asked(
        name=name,
        environment=read_environment(checks),
        owner=owner,
        data_classification=checks.choice("data_classification", "internal", DATA_CLASSIFICATIONS),
        extra_tags=checks.mapping("tags"),
        threshold=checks.number("threshold", PSI_THRESHOLD, 0.001, 10),
        baseline_digest=checks.optional("baseline_digest"),
        schedule=schedule,
        time_zone=time_zone,
        window_hours=checks.whole("window_hours", 24, 1, 744),
        max_files=checks.whole("max_files", 10_000, 1, 1_000_000),
        timeout_seconds=checks.whole("timeout_seconds", LOOK_SECONDS, 60, 86_400),
        suspended=checks.flag("suspended", default=False),
        service_account_name=checks.plain("service_account_name", f"{name}-drift"),
        pod_labels=checks.mapping("pod_labels"),
        variables=read_variables(checks, args),
        compute=read_compute(checks, _USUAL),
        access=network.read_access(checks, usual_ingress_namespace=""),
        user_id=checks.whole("user_id", USER_ID, 1, 2**31 - 1),
        places=places,
    )


def _cron_job(
    name: str, asked: _Asked, args: Mapping[str, Any], labels: Mapping[str, str]
) -> Manifest:
    no_sidecar = NO_SIDECAR if asked.access.mesh == "istio_sidecar" else {}
    return manifest(
        "batch/v1",
        "CronJob",
        name,
        args["namespace"],
        labels,
        spec={
            "schedule": asked.schedule,
            "timeZone": asked.time_zone,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": _LATE_SECONDS,
            "suspend": asked.suspended,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {
                "metadata": {"labels": dict(labels)},
                "spec": {
                    # Nothing is better the second time: what lies there is the same.
                    "backoffLimit": 0,
                    "activeDeadlineSeconds": asked.timeout_seconds,
                    # Until the next look is done an alert on this one stays.
                    "ttlSecondsAfterFinished": asked.window_hours * 3600 + asked.timeout_seconds,
                    # In this order: the first that fits.
                    "podFailurePolicy": {
                        "rules": [
                            IGNORE_DISRUPTION,
                            {
                                "action": "FailJob",
                                "onExitCodes": {
                                    "containerName": _CONTAINER,
                                    "operator": "In",
                                    "values": [DRIFT_EXIT_CODE],
                                },
                            },
                        ]
                    },
                    "template": {
                        "metadata": {"labels": {**asked.pod_labels, **no_sidecar, **labels}},
                        "spec": _pod(asked, args, labels),
                    },
                },
            },
        },
    )


def _pod(asked: _Asked, args: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    options = [
        *("--hours", str(asked.window_hours)),
        *("--files", str(asked.max_files)),
        *("--threshold", f"{asked.threshold:g}"),
        *("--drift-exit-code", str(DRIFT_EXIT_CODE)),
    ]
    if asked.baseline_digest:
        options += ["--digest", asked.baseline_digest]
    plain = [{"name": name, "value": value} for name, value in asked.variables.plain.items()]
    env = [*plain, *secret_variables(asked.variables, None)]
    container: dict[str, Any] = {
        "name": _CONTAINER,
        "image": args["image"],
        "imagePullPolicy": "IfNotPresent",
        "command": [*_COMMAND, *options, args["baseline_uri"], args["captured_uri"]],
        **({"env": env} if env else {}),
        "resources": resources(asked.compute, _TMP_MIB + LOGS_MIB),
        "securityContext": CONFINED_READ_ONLY,
        "volumeMounts": [{"name": "tmp", "mountPath": TMP}],
    }
    return {
        "restartPolicy": "Never",
        "serviceAccountName": asked.service_account_name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security_context(asked.user_id),
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": f"{_TMP_MIB}Mi"}}],
        **placement(asked.compute, labels, alone=True),
    }
