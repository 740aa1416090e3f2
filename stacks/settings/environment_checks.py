"""Rules over an environment: what its models and pools need, and it does not name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stacks.settings import (
    azure_functions_environment,
    azure_monitoring_checks,
    cloud_run_environment,
    cluster_checks,
    gcp_monitoring_checks,
    vertex_environment,
)
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.environment import Layer
from stacks.settings.managed_targets import LambdaTarget, SageMakerTarget
from stacks.settings.models import AnySettings
from stacks.settings.platforms import platform_checks, pool_checks
from stacks.settings.platforms.gpu_pools import clusters, made_pools
from stacks.settings.problems import Problem
from stacks.settings.salvage import apply

_MOST_NAMES: Final = 3
# What models on AWS share, and what of it has a region.
_ON_AWS: Final = {
    "sagemaker": ("artifact_key_arn", "log_key_arn", "alarm_topic_arn", "capture_key_arn"),
    "lambda_function": (
        *("artifact_key_arn", "key_arn", "alarm_topic_arn"),
        "code_signing_config_arn",
    ),
}


def environment(asked: AskedOfEnvironment) -> list[Problem]:
    """Problems of an environment taken together."""
    return apply(RULES, asked)


def _aws(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value = asked.site.targets.aws
    users = [*_who_need(asked, "aws"), *_pools(asked, "eks")]
    yield from _missing(asked, "aws", value, users, "account_id: …, region: …")


def _kubernetes(asked: AskedOfEnvironment) -> Iterator[Problem]:
    users = _who_need(asked, "kubernetes")
    if asked.site.layer is not Layer.SERVING:
        users += asked.site.platform.model_node_groups
    yield from _missing(asked, "kubernetes", asked.site.targets.kubernetes, users, "context: …")


def _eks(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value, shape = asked.site.targets.eks, "cluster_name: …, subnet_ids: […]"
    # Another cluster that is missing is said at the pool that names it.
    pools = [] if clusters(asked.site) else _pools(asked, "eks")
    yield from _missing(asked, "eks", value, pools, shape)


def _google_cloud(asked: AskedOfEnvironment) -> Iterator[Problem]:
    # That the cluster is missing is said at the pool that names it.
    pools = _pools(asked, "gke") if asked.site.targets.gke else []
    users = [*_who_need(asked, "gcp"), *pools]
    yield from _missing(asked, "gcp", asked.site.targets.gcp, users, "project: …")


def _azure(asked: AskedOfEnvironment) -> Iterator[Problem]:
    shape = "subscription_id: …, resource_group: …, location: …"
    pools = _pools(asked, "aks") if asked.site.targets.aks else []
    users = [*_who_need(asked, "azure"), *pools]
    yield from _missing(asked, "azure", asked.site.targets.azure, users, shape)


def _vertex(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value, users = asked.site.targets.vertex, _who_need(asked, "vertex")
    yield from _missing(asked, "vertex", value, users, "region: …")


def _cloud_run(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value, users = asked.site.targets.cloud_run, _who_need(asked, "cloud_run")
    yield from _missing(asked, "cloud_run", value, users, "region: …, bucket: …")


def _azure_functions(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value, users = asked.site.targets.azure_functions, _who_need(asked, "azure_functions")
    yield from _missing(asked, "azure_functions", value, users, "jwt_issuer: …, jwt_audience: …")


def _azure_ml(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value, users = asked.site.targets.azure_ml, _who_need(asked, "azure_ml")
    yield from _missing(asked, "azure_ml", value, users, "workspace_name: …")


def _networks_on_aws(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Containers and functions are in subnets with security groups, or in no network."""
    for name in _ON_AWS:
        target: SageMakerTarget | LambdaTarget | None = getattr(asked.site.targets, name)
        if target is None or bool(target.subnet_ids) == bool(target.security_group_ids):
            continue
        there, lacks = ("subnet_ids", "security_group_ids")
        if target.security_group_ids:
            there, lacks = lacks, there
        yield asked.problem(
            ("targets", name, lacks),
            "MS0102",
            f"missing, and {there} say that there is a network",
            key=True,
            fix=f"add `{lacks}: […]`, or remove {there}",
        )


def _regions_on_aws(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Keys and topics that models on AWS use are where the models are."""
    aws = asked.site.targets.aws
    if aws is None:
        return
    places: list[tuple[tuple[str, ...], object, tuple[str, ...]]] = [
        (("targets", name), getattr(asked.site.targets, name), keys)
        for name, keys in _ON_AWS.items()
    ]
    places.append((("targets", "aws", "monitoring"), aws.monitoring, ("page_topic_arn",)))
    for place, target, keys in places:
        for key in keys if target is not None else ():
            arn: str | None = getattr(target, key)
            region = arn.split(":")[3] if arn is not None else aws.region
            if region != aws.region:
                yield asked.problem(
                    (*place, key),
                    "MS0106",
                    f"got one in {region}, and everything on AWS is in {aws.region}",
                    allowed=f"an ARN of {aws.region}",
                    fix=f"name one in {aws.region}, or mend the region of targets.aws",
                )


def _pages_on_aws(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Only alarms on burn rates are pages."""
    aws = asked.site.targets.aws
    monitoring = aws.monitoring if aws is not None else None
    if monitoring is None or monitoring.page_topic_arn is None or monitoring.alarms == "burn_rate":
        return
    yield asked.problem(
        ("targets", "aws", "monitoring", "page_topic_arn"),
        "MS0610",
        f"got {monitoring.page_topic_arn}, and alarms {monitoring.alarms} has none that is a page",
        fix="remove it, or say `alarms: burn_rate`",
    )


def _who_need(asked: AskedOfEnvironment, target: str) -> list[str]:
    """Models that cannot go without this one of the environment's targets."""
    return [name for name, model in _served(asked).items() if target in model.needs]


def _served(asked: AskedOfEnvironment) -> Mapping[str, AnySettings]:
    return asked.models if asked.site.layer is not Layer.PLATFORM else {}


def _pools(asked: AskedOfEnvironment, cluster: str) -> list[str]:
    """Pools that this stack makes on a cluster of this kind."""
    return [
        pool.name for pool in made_pools(asked.site) if pool.cluster == cluster and not pool.order
    ]


def _missing(
    asked: AskedOfEnvironment, target: str, value: object, users: list[str], shape: str
) -> Iterator[Problem]:
    if users and value is None:
        names = ", ".join(users[:_MOST_NAMES]) + " and more" * (len(users) > _MOST_NAMES)
        yield asked.problem(
            ("targets", target),
            "MS0208",
            f"missing, and {names} cannot go anywhere without it",
            key=True,
            fix=f"add `{target}: {{{shape}}}` under `model-serving:targets` of {asked.file}",
        )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (
    _aws,
    _kubernetes,
    _eks,
    _google_cloud,
    _azure,
    _vertex,
    _cloud_run,
    _azure_ml,
    _azure_functions,
    _networks_on_aws,
    _regions_on_aws,
    _pages_on_aws,
    *platform_checks.RULES,
    *pool_checks.RULES,
    *cluster_checks.RULES,
    *vertex_environment.RULES,
    *cloud_run_environment.RULES,
    *gcp_monitoring_checks.RULES,
    *azure_functions_environment.RULES,
    *azure_monitoring_checks.RULES,
)
