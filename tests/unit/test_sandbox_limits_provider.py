"""What the providers' own validators allow: both sides of each kind, and beside the vendors'."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sandbox.limits import Limit, Limits, TypeLimits
from sandbox.limits.library import write
from sandbox.limits.regexp import translated
from sandbox.limits.validators import limit_of, validators
from sandbox.schema import Library
from tests.unit.sandbox_life import Stack

QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"
VPC = "aws:ec2/vpc:Vpc"
TARGETS = "aws:lb/targetGroup:TargetGroup"
DATABASE = "aws:rds/instance:Instance"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
STREAM = "aws:kinesis/stream:Stream"
BUCKET = "aws:s3/bucket:Bucket"
AWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (QUEUE, {"visibilityTimeoutSeconds": 43200}, {"visibilityTimeoutSeconds": 43201}),
    (QUEUE, {"visibilityTimeoutSeconds": 0}, {"visibilityTimeoutSeconds": -1}),
    (QUEUE, {"visibilityTimeoutSeconds": "43200"}, {"visibilityTimeoutSeconds": "43201"}),
    (QUEUE, {"policy": "{}"}, {"policy": "{"}),
    (ROLE, {"maxSessionDuration": 3600}, {"maxSessionDuration": 3599}),
    (ROLE, {"name": "a" * 64}, {"name": "a" * 65}),
    (ROLE, {"name": "a+b@c"}, {"name": "a b"}),
    # A letter of two bytes counts twice, as Go's `len` has it.
    (ROLE, {"description": "é" * 500}, {"description": "é" * 501}),
    (ROLE, {"description": "it's"}, {"description": "\u201cit"}),
    (
        ROLE,
        {"managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        {"managedPolicyArns": ["arn:aws:iam:::ReadOnlyAccess", "arn:aws:iam::1:policy/a"]},
    ),
    (FUNCTION, {"architectures": ["arm64"]}, {"architectures": ["arm64", "x86_64"]}),
    (FUNCTION, {"ephemeralStorage": {"size": 512}}, {"ephemeralStorage": {"size": 511}}),
    (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/15"}),
    (VPC, {"cidrBlock": "10.0.1.0/24"}, {"cidrBlock": "10.0.1.1/24"}),
    (TARGETS, {"healthCheck": {"path": ""}}, {"healthCheck": {"path": "/" * 1025}}),
    (TARGETS, {"healthCheck": {"protocol": "http"}}, {"healthCheck": {"protocol": "UDP"}}),
    (DATABASE, {"domainDnsIps": ["10.0.0.1", "10.0.0.2"]}, {"domainDnsIps": ["10.0.0.1"]}),
    (DATABASE, {"backupWindow": "04:00-05:00"}, {"backupWindow": "4:00-5:00"}),
    (DATABASE, {"identifier": "db-1"}, {"identifier": "db--1"}),
    (LOGS, {"retentionInDays": 30}, {"retentionInDays": 31}),
    (LOGS, {"name": "/a/b"}, {"name": "/a b"}),
    (CONFIGURATION, {"name": "a" * 63}, {"name": "a" * 64}),
    (CONFIGURATION, {"name": "a-"}, {"name": "-a"}),
    (STREAM, {"retentionPeriod": 8760}, {"retentionPeriod": 8761}),
    (BUCKET, {"acl": "private"}, {"acl": "privat"}),
]
MEMBER = "gcp:pubsub/topicIAMMember:TopicIAMMember"
FIREWALL = "gcp:compute/firewall:Firewall"
BIGTABLE = "gcp:bigtable/instance:Instance"
ACCOUNT = "gcp:serviceaccount/account:Account"
PROJECT = "gcp:organizations/project:Project"
JOB = "gcp:cloudscheduler/job:Job"
SERVICE = "gcp:cloudrunv2/service:Service"
ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
POOL = "gcp:container/nodePool:NodePool"
NETWORK = "gcp:compute/network:Network"
GCP: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (MEMBER, {"member": "user:a@example.com"}, {"member": "a@example.com"}),
    (MEMBER, {"member": "allUsers"}, {"member": "deleted:user:a@example.com"}),
    (FIREWALL, {"priority": 65535}, {"priority": 65536}),
    (FIREWALL, {"direction": ""}, {"direction": "ingress"}),
    (FIREWALL, {"sourceServiceAccounts": ["a"] * 10}, {"sourceServiceAccounts": ["a"] * 11}),
    (BIGTABLE, {"clusters": [{"numNodes": 1}]}, {"clusters": [{"numNodes": 0}]}),
    (BIGTABLE, {"clusters": [{"storageType": "SSD"}]}, {"clusters": [{"storageType": "ssd"}]}),
    (ACCOUNT, {"accountId": "runner"}, {"accountId": "runne"}),
    (ACCOUNT, {"description": "a" * 256}, {"description": "a" * 257}),
    (PROJECT, {"name": "Models"}, {"name": "app"}),
    (PROJECT, {"projectId": "models-1"}, {"projectId": "models-"}),
    (JOB, {"httpTarget": {"body": "YQ=="}}, {"httpTarget": {"body": "{}"}}),
    (SERVICE, {"ingress": "INGRESS_TRAFFIC_ALL"}, {"ingress": "ALL"}),
    (ENDPOINT, {"trafficSplit": '{"0": 100}'}, {"trafficSplit": "0: 100"}),
    (POOL, {"autoscaling": {"minNodeCount": 0}}, {"autoscaling": {"minNodeCount": -1}}),
    (POOL, {"nodeConfig": {"diskSizeGb": 10}}, {"nodeConfig": {"diskSizeGb": 9}}),
    (NETWORK, {"name": "a" * 63}, {"name": "a" * 64}),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of the providers' validators, and of one limit of a vendor."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_SERVING_CACHE", str(folder))
        for provider in ("aws", "gcp"):
            limit = {"visibilityTimeoutSeconds": Limit(maximum=50000)}
            vendor = {QUEUE: TypeLimits("a model: Queue", "https://example.com/queue", limit)}
            write(provider, "1", {"vendor": vendor, "provider": validators(Library(provider))})
    return folder


def asked(cache: Path, token: str, *sources: str) -> Limits:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_SERVING_CACHE", str(cache))
        provider = token.partition(":")[0]
        return Limits(provider, "1", sources or ("provider",))


@pytest.mark.parametrize(("token", "good", "bad"), AWS + GCP)
def test_both_sides_of_a_validator(
    cache: Path, token: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    limits = asked(cache, token)
    assert not limits.problems(token, good)
    found = limits.problems(token, bad)
    assert found
    assert all(problem.path.startswith(next(iter(bad))) for problem in found)


def test_the_message_names_the_provider_and_the_page_for_its_users(cache: Path) -> None:
    (problem,) = asked(cache, QUEUE).problems(QUEUE, {"visibilityTimeoutSeconds": 300000})
    assert problem.path == "visibilityTimeoutSeconds"
    assert problem.reason.startswith("got 300000; use 0 to 43200 (")
    assert "https://www.pulumi.com/registry/packages/aws/api-docs/sqs/queue/" in problem.reason
    assert "pulumi-aws, as terraform-provider-aws" in problem.reason


@pytest.mark.parametrize(
    ("value", "said"), [(43200, ""), (43201, "pulumi-aws"), (50001, "https://example.com/queue")]
)
def test_each_path_is_said_once_the_vendor_first(cache: Path, value: int, said: str) -> None:
    limits = asked(cache, QUEUE, "vendor", "provider")
    found = limits.problems(QUEUE, {"visibilityTimeoutSeconds": value})
    assert len(found) == bool(said)
    assert all(said in problem.reason for problem in found)


def test_a_source_can_be_left_out(cache: Path) -> None:
    inputs = {"visibilityTimeoutSeconds": 43201}
    assert not asked(cache, QUEUE, "vendor").problems(QUEUE, inputs)
    assert asked(cache, QUEUE, "vendor").of(QUEUE, "provider") is None
    assert asked(cache, QUEUE, "provider").of(QUEUE) is None
    assert QUEUE in asked(cache, QUEUE).tokens("provider")


def test_a_cache_of_before_has_the_vendors_limits_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path))
    path = write("aws", "1", {"vendor": {}, "provider": validators(Library("aws"))})
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE validators")
    connection.close()
    assert not Limits("aws", "1").problems(QUEUE, {"visibilityTimeoutSeconds": 43201})


def test_what_the_provider_filled_in_is_not_held_against_it(cache: Path) -> None:
    inputs = {"name": "a b", "maxSessionDuration": 1, "__defaults": ["name"]}
    found = asked(cache, ROLE).problems(ROLE, inputs)
    assert [problem.path for problem in found] == ["maxSessionDuration"]


def test_a_stack_is_refused_what_the_real_provider_refuses(tmp_path: Path) -> None:
    stack = Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})
    assert not stack.problems(QUEUE, {"visibilityTimeoutSeconds": 43200})
    (problem,) = stack.problems(QUEUE, {"visibilityTimeoutSeconds": 300000})
    assert problem.path == "visibilityTimeoutSeconds"


@pytest.mark.parametrize(
    ("go", "good", "bad"),
    [
        # Found anywhere, unless it is anchored.
        ("[a-z]+", "A-a-A", "A-1"),
        ("^[a-z]", "a-1", "1-a"),
        ("a$", "1a", "a1"),
        # The end is the very end, before no line break.
        ("^a$", "a", "a\n"),
        # Classes are ASCII's.
        (r"^\w+$", "a_1", "é"),
        (r"^\d$", "1", "\u0661"),
        (r"^\s$", "\t", "\v"),
        ("^[[:alpha:]]+$", "aB", "a1"),
        (r"^[\w.-]+$", "a.b-c", "a/b"),
        # One of two is anchored at one end only.
        ("^a|b$", "a1", "1a"),
        ("(?i)^abc$", "ABC", "ABCD"),
        (r"^\x41\.$", "A.", "AB"),
    ],
)
def test_patterns_mean_what_they_mean_in_go(go: str, good: str, bad: str) -> None:
    limit = limit_of({"pattern": [go]})
    assert limit is not None
    limits = {"aws:a/b:B": TypeLimits("a", "b", {"a": limit}, provider=True)}
    assert translated(go) is not None
    assert not broken(limits["aws:a/b:B"], good)
    assert broken(limits["aws:a/b:B"], bad)


def test_all_patterns_must_match_and_one_alternative_must_hold() -> None:
    both = limit_of({"pattern": ["^a", "z$"]})
    either = limit_of({"any": [[{"pattern": ["^a"]}, {"min": 3}, {"max_length": 0}]]})
    assert both is not None
    assert either is not None
    assert not broken(TypeLimits("a", "b", {"a": both}), "a-z")
    assert broken(TypeLimits("a", "b", {"a": both}), "a-y")
    assert broken(TypeLimits("a", "b", {"a": both}), "b-z")
    assert not broken(TypeLimits("a", "b", {"a": either}), "ab")
    assert not broken(TypeLimits("a", "b", {"a": either}), 3)


def test_what_python_cannot_say_is_not_asked() -> None:
    assert limit_of({"pattern": [r"^(a+)+$"]}) is None
    assert limit_of({"any": [[{"pattern": [r"\p{L}"]}, {"max_length": 0}]]}) is None


def broken(limits: TypeLimits, value: object) -> bool:
    from sandbox.limits import problems  # noqa: PLC0415
    from sandbox.limits.check import tree  # noqa: PLC0415

    return bool(problems(limits, tree(limits), {"a": value}))
