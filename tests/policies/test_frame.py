"""What the frame promises for any rule: crashes, unknowns, tokens, wire form."""

import pulumi_policy.deserialize as their_wire
import pulumi_policy.proxy as their_unknowns
import pytest

from policies import Resource
from policies.evaluation import run
from policies.properties import (
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_MARKERS,
    Secret,
    decode,
    show,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View, views

THING = "random:index/randomId:RandomId"


@resource_rule(
    "test/crash",
    severity=Severity.LOW,
    types=(THING,),
    fix="None.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def crash(view: View, _settings: NoSettings) -> Faults:
    """A rule that speaks and then fails."""
    yield view.get("a").fault("nothing")
    raise ValueError(view.get("a").text())


@resource_rule(
    "test/speak",
    severity=Severity.LOW,
    types=(THING,),
    fix="None.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def speak(view: View, _settings: NoSettings) -> Faults:
    """A rule that speaks."""
    yield view.get("b").fault("nothing")


def thing(**properties: object) -> Resource:
    return Resource(THING, "urn:x", "x", properties)


def test_a_rule_that_fails_hides_nothing_and_stops() -> None:
    found = run((crash, speak), [thing(a="correct horse", b=1)])
    assert [(one.rule, one.level) for one in found] == [
        ("test/crash", "mandatory"),
        ("test/crash", "mandatory"),
        ("test/speak", "mandatory"),
    ]
    assert "a failure of the rule itself (ValueError)" in found[1].message
    # The error's text could hold a secret.
    assert "horse" not in found[1].message


def test_wire_form_is_that_of_pulumi_policy() -> None:
    theirs = {value for name, value in vars(their_unknowns).items() if name.startswith("UNKNOWN_")}
    assert theirs == UNKNOWN_MARKERS
    assert their_wire.SPECIAL_SIG_KEY == SIGNATURE_KEY
    assert their_wire.SPECIAL_SECRET_SIG == SECRET_SIGNATURE


def test_decode_marks_unknowns_and_secrets_at_any_depth() -> None:
    unknown = next(iter(UNKNOWN_MARKERS))
    signed = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": {"a": unknown}}
    assert decode({"x": [signed, unknown]}) == {"x": [Secret({"a": UNKNOWN}), UNKNOWN]}


@pytest.mark.parametrize(
    ("token", "folded"),
    [
        ("azure-native:web/v20240101:WebApp", "azure-native:web:WebApp"),
        ("azure-native:web:WebApp", "azure-native:web:WebApp"),
        ("azure-native_web_v20240101:web:WebApp", "azure-native:web:WebApp"),
        ("kubernetes:karpenter.sh/v1beta1:NodePool", "kubernetes:karpenter.sh:NodePool"),
        ("kubernetes:apps/v1:DeploymentPatch", "kubernetes:apps:Deployment"),
        ("kubernetes:apps/v1beta2:Deployment", "kubernetes:apps:Deployment"),
        ("kubernetes:core/v1:PodList", "kubernetes:core:Pod"),
        (
            "kubernetes:serving.kserve.io/v1beta1:InferenceServicePatch",
            "kubernetes:serving.kserve.io:InferenceService",
        ),
        ("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"),
        ("aws:lambda/function:Function", "aws:lambda/function:Function"),
        ("pulumi:pulumi:Stack", "pulumi:pulumi:Stack"),
    ],
)
def test_fold(token: str, folded: str) -> None:
    assert fold(token) == folded


def test_default_tags_of_the_provider_count() -> None:
    given = '{"tags": {"model-serving:owner": "team"}}'
    (view,) = views(Resource("aws:s3/bucket:Bucket", "u", "b", {}, provider={"defaultTags": given}))
    assert view.tags == {"owner": "team"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(8.0, "8"), (0.5, "0.5"), (True, "true"), ("", '""'), ("a\n\x1b[31m", "a��[31m")],
)
def test_show(value: object, shown: str) -> None:
    assert show(value) == shown
    assert len(show("x" * 500)) == 120
