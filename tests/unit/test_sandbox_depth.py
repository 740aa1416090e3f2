"""How deeply types are checked is said; what this project uses is never checked by shape only."""

import pytest

from sandbox.clouds import PROVIDERS, cloud
from sandbox.clouds.base import Depth
from sandbox.limits import Limit, TypeLimits

# What the components and the examples of stacks/ deploy.
OWN = (
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/integration:Integration",
    "aws:apigatewayv2/route:Route",
    "aws:apigatewayv2/stage:Stage",
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/target:Target",
    "aws:autoscaling/tag:Tag",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:kms/key:Key",
    "aws:lambda/alias:Alias",
    "aws:lambda/function:Function",
    "aws:lambda/permission:Permission",
    "aws:sagemaker/endpoint:Endpoint",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:sagemaker/model:Model",
    "kubernetes:core/v1:Namespace",
    "kubernetes:serving.kserve.io/v1beta1:InferenceService",
)


@pytest.mark.parametrize("token", OWN)
def test_what_this_project_deploys_is_checked_deeper(token: str) -> None:
    assert not cloud(token.partition(":")[0]).depth(token).shape_only


@pytest.mark.parametrize(
    ("depth", "shape_only"),
    [
        (Depth(), True),
        (Depth(source="botocore"), True),
        (Depth(replaces=3), True),
        (Depth(limits=1), False),
        (Depth(rules=1), False),
        (Depth(references=True), False),
        (Depth(own=True), False),
    ],
)
def test_one_check_of_any_kind_is_deeper(depth: Depth, *, shape_only: bool) -> None:
    assert depth.shape_only is shape_only


def test_limits_and_their_source_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "gcp:zones/nothing:Nothing"
    stand_in = cloud("gcp")
    assert stand_in.depth(token).limits == 0
    paths = {"name": Limit(max_length=3), "size": Limit(maximum=3)}
    own = {"size": Limit(minimum=1), "zone": Limit(min_length=1)}
    known = [
        TypeLimits("a model", "https://example.com", paths),
        TypeLimits("a provider", "https://example.com", own, provider=True),
    ]
    monkeypatch.setattr(stand_in.limits, "every", {token: known}.get)
    depth = stand_in.depth(token)
    assert (depth.limits, depth.source) == (3, "a model; a provider")
    assert not depth.shape_only


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_type_of_an_sdk_can_be_asked_about(provider: str) -> None:
    stand_in = cloud(provider)
    found = [stand_in.depth(token).shape_only for token in stand_in.library.tokens()]
    assert len(found) > 50
