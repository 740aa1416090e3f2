"""Who applies the Kubernetes part: what is registered, refused, and told to the next update."""

from collections.abc import Iterator
from typing import Any, Literal

import pulumi
import pytest
from pulumi.runtime import MockResourceArgs

from components.kubernetes.objects import KubernetesObject, manifest, record_only
from stacks import gitops
from stacks.settings.environment import Environment, KubernetesTarget, Targets
from tests.unit.component_mocks import Recorded

AppliedBy = Literal["pulumi", "handover", "gitops"]
NOTHING: dict[str, Any] = {}
APPLIED = {"endpoints": {"churn": {"target": "kserve"}, "fraud": {"target": "sagemaker"}}}


def site(applied_by: AppliedBy) -> Environment:
    cluster = KubernetesTarget(context="serving-dev", applied_by=applied_by)
    return Environment(targets=Targets(kubernetes=cluster))


@pytest.fixture(autouse=True)
def applied_again() -> Iterator[None]:
    yield
    record_only(on=False)


@pytest.fixture
def last(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the last update exported."""
    outputs: dict[str, Any] = {}
    monkeypatch.setattr(gitops, "kept_outputs", lambda: outputs)
    return outputs


class Customs(Recorded):
    """Which resources are the provider's."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.outputs[args.name] = args.custom
        return super().new_resource(args)


def is_custom() -> bool:
    recorded = Customs()
    pulumi.runtime.set_mocks(recorded)

    def program() -> pulumi.Output[Any]:
        made = KubernetesObject("some", manifest("v1", "ConfigMap", "some", "models", {}))
        return pulumi.Output.all(made.metadata, made.status)

    pulumi.runtime.test(program)()  # pyright: ignore[reportUnknownMemberType]
    assert recorded.types["some"] == "kubernetes:core/v1:ConfigMap"
    assert recorded.inputs["some"]["metadata"]["name"] == "some"
    return recorded.outputs["some"]


def test_an_object_is_applied_or_recorded() -> None:
    assert is_custom()
    record_only()
    assert not is_custom()
    record_only(on=False)
    assert is_custom()


def test_an_environment_that_says_nothing_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(gitops, "kept_outputs")
    for environment in (Environment(), site("pulumi")):
        gitops.prepare(environment)
        assert gitops.output(environment, only=None) is None
    assert is_custom()


@pytest.mark.parametrize(
    "outputs",
    [
        NOTHING,
        {"endpoints": {}},
        {"endpoints": {"fraud": {"target": "sagemaker"}}},
        {"endpoints": {"old": {"target": "a target that is gone"}}},
        APPLIED | {"kubernetes": {"applied_by": "handover"}},
        APPLIED | {"kubernetes": {"applied_by": "gitops"}},
    ],
)
def test_gitops_begins_where_pulumi_applies_nothing(
    last: dict[str, Any], outputs: dict[str, Any]
) -> None:
    last.update(outputs)
    gitops.prepare(site("gitops"))
    assert not is_custom()


def test_gitops_is_refused_while_pulumi_would_delete(last: dict[str, Any]) -> None:
    last.update(APPLIED)
    with pytest.raises(pulumi.RunError, match="Pulumi applies churn and would delete them") as said:
        gitops.prepare(site("gitops"))
    assert "fix: first set it to handover" in str(said.value)
    assert is_custom()


@pytest.mark.parametrize(
    ("applied_by", "only", "before", "expected"),
    [
        ("gitops", None, NOTHING, "gitops"),
        ("gitops", "churn", NOTHING, "gitops"),
        ("handover", None, NOTHING, "handover"),
        # The other models are not handed over by an update of one.
        ("handover", "churn", NOTHING, None),
        ("handover", "churn", {"kubernetes": {"applied_by": "handover"}}, "handover"),
    ],
)
def test_the_next_update_is_told(
    last: dict[str, Any],
    applied_by: AppliedBy,
    only: str | None,
    before: dict[str, Any],
    expected: str | None,
) -> None:
    last.update(before)
    told = gitops.output(site(applied_by), only=only)
    assert told == ({"applied_by": expected} if expected else None)


@pytest.mark.parametrize(
    ("kind", "retained"),
    [
        ("kubernetes:core/v1:ConfigMap", True),
        ("aws:iam/role:Role", None),
        ("pulumi:providers:kubernetes", None),
    ],
)
def test_a_hand_over_leaves_objects_in_the_cluster(
    monkeypatch: pytest.MonkeyPatch, kind: str, *, retained: bool | None
) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", kept.append)
    gitops.prepare(site("handover"))
    (transformation,) = kept
    resource = object.__new__(pulumi.CustomResource)
    asked = pulumi.ResourceTransformationArgs(
        resource, kind, "some", {"a": 1}, pulumi.ResourceOptions(protect=True)
    )
    made = transformation(asked)
    if retained is None:
        assert made is None
    else:
        assert made.props == {"a": 1}
        assert (made.opts.retain_on_delete, made.opts.protect) == (True, True)
