"""What the providers' own source decides: replacements, values that are the same, groups."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.rules import Rules, TypeRules
from sandbox.rules.build.groups import groups_of
from sandbox.rules.build.names import Field
from sandbox.schema import Library, Property
from sandbox.wire import UNKNOWN
from tests.judges.truth.make.shapes import objects
from tests.unit.sandbox_life import Stack, urn

FUNCTION = "aws:lambda/function:Function"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
CLUSTER = "gcp:container/cluster:Cluster"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ROLE = "aws:iam/role:Role"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "aws.sqlite", {"region": "eu-west-1"})


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "gcp.sqlite", {"project": "example-models"})


def planned(
    stack: Stack, token: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, bool]:
    """Changed paths, and whether each needs a new resource."""
    plan = stack.life.diff(urn(token, "it"), old, new, [])
    return {change.path: change.path in plan.replacing for change in plan.changes}


# ---- update or replace ----

VARIANT = {"variantName": "a", "modelName": "m", "instanceType": "ml.m5.large"}
KMS = "aws:kms/key:Key"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
EKS = "aws:eks/cluster:Cluster"
ENCRYPTION = {"provider": {"keyArn": "k"}, "resources": ["secrets"]}
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
OWNER = {"expectedBucketOwner": "1"}


@pytest.mark.parametrize(
    ("token", "old", "new", "wanted"),
    [
        # In a list of blocks, in a block of one, in a block in a list.
        (
            CONFIGURATION,
            {"productionVariants": [VARIANT]},
            {"productionVariants": [{**VARIANT, "modelName": "n"}]},
            {"productionVariants[0].modelName": True},
        ),
        (
            CONFIGURATION,
            {"productionVariants": [VARIANT]},
            {"productionVariants": [VARIANT, {**VARIANT, "variantName": "b"}]},
            {"productionVariants[1]": True},
        ),
        (
            FUNCTION,
            {"vpcConfig": {"subnetIds": ["a"], "securityGroupIds": ["b"]}},
            {"vpcConfig": {"subnetIds": ["c"], "securityGroupIds": ["b"]}},
            {"vpcConfig.subnetIds[0]": False},
        ),
        # The block makes a new one when it comes, what is in it does not.
        (
            FUNCTION,
            {},
            {"tenancyConfig": {"tenantIsolationMode": "PER_TENANT"}},
            {"tenancyConfig": True},
        ),
        (
            FUNCTION,
            {"tenancyConfig": {"tenantIsolationMode": "PER_TENANT"}},
            {"tenancyConfig": {"tenantIsolationMode": "OTHER"}},
            {"tenancyConfig.tenantIsolationMode": False},
        ),
        # A plan modifier of the plugin framework: everything in the block.
        (
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            {"namespace": "a", "roleArn": "r"},
            {"namespace": "b", "roleArn": "s"},
            {"namespace": True, "roleArn": False},
        ),
        # What the provider's code decides from case to case.
        (FUNCTION, {}, {"durableConfig": {"executionTimeout": 1}}, {"durableConfig": True}),
        (
            FUNCTION,
            {"durableConfig": {"executionTimeout": 1}},
            {"durableConfig": {"executionTimeout": 2}},
            {"durableConfig.executionTimeout": False},
        ),
        (NOTEBOOK, {"volumeSize": 10}, {"volumeSize": 9}, {"volumeSize": True}),
        (NOTEBOOK, {"volumeSize": 10}, {"volumeSize": 11}, {"volumeSize": False}),
        (EKS, {"encryptionConfig": ENCRYPTION}, {}, {"encryptionConfig": True}),
        (EKS, {}, {"encryptionConfig": ENCRYPTION}, {"encryptionConfig": False}),
        (VERSIONING, OWNER, {"expectedBucketOwner": "2"}, {"expectedBucketOwner": True}),
        (VERSIONING, {}, OWNER, {"expectedBucketOwner": False}),
        # Renamed by Pulumi.
        (FUNCTION, {"name": "a"}, {"name": "b"}, {"name": True}),
        (
            "aws:lambda/permission:Permission",
            {"function": "f"},
            {"function": "g"},
            {"function": True},
        ),
        # Comes and goes.
        (KMS, {}, {"customKeyStoreId": "c"}, {"customKeyStoreId": True}),
        (KMS, {"customKeyStoreId": "c"}, {}, {"customKeyStoreId": True}),
        (KMS, {"description": "a"}, {"description": UNKNOWN}, {"description": False}),
        ("aws:dynamodb/table:Table", {"hashKey": "a"}, {"hashKey": "b"}, {"hashKey": True}),
    ],
)
def test_aws_updates_or_replaces(
    aws: Stack, token: str, old: dict[str, Any], new: dict[str, Any], wanted: dict[str, bool]
) -> None:
    assert planned(aws, token, old, new) == wanted


MEMBER = "gcp:projects/iAMMember:IAMMember"
SUBSETS = "enableL4IlbSubsetting"
BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"


@pytest.mark.parametrize(
    ("token", "old", "new", "wanted"),
    [
        (MEMBER, {"role": "a"}, {"role": "b"}, {"role": True}),
        (MEMBER, {"member": "user:a"}, {"member": "user:b"}, {"member": True}),
        (BINDING, {"members": ["a"]}, {"members": ["b"]}, {"members[0]": False}),
        (BINDING, {"bucket": "a"}, {"bucket": "b"}, {"bucket": True}),
        (CLUSTER, {"loggingService": "a"}, {"loggingService": "b"}, {"loggingService": False}),
        (
            CLUSTER,
            {"ipAllocationPolicy": {"clusterIpv4CidrBlock": "/14"}},
            {"ipAllocationPolicy": {"clusterIpv4CidrBlock": "/16"}},
            {"ipAllocationPolicy.clusterIpv4CidrBlock": True},
        ),
        (CLUSTER, {SUBSETS: True}, {SUBSETS: False}, {SUBSETS: True}),
        (CLUSTER, {SUBSETS: False}, {SUBSETS: True}, {SUBSETS: False}),
        (
            "gcp:vertex/aiEndpoint:AiEndpoint",
            {"displayName": "a", "location": "a"},
            {"displayName": "b", "location": "b"},
            {"displayName": False, "location": True},
        ),
    ],
)
def test_google_cloud_updates_or_replaces(
    gcp: Stack, token: str, old: dict[str, Any], new: dict[str, Any], wanted: dict[str, bool]
) -> None:
    assert planned(gcp, token, old, new) == wanted


@pytest.mark.parametrize(
    ("token", "old", "new", "first"),
    [
        # A name of the program's own is deleted first, even when it changes; an automatic one not.
        (FUNCTION, {"name": "a"}, {"name": "a", "packageType": "Image"}, True),
        (FUNCTION, {"name": "a"}, {"name": "b"}, True),
        # The provider says so of types whose parts have the same place.
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "a", "policyArn": "p"},
            {"role": "b", "policyArn": "p"},
            True,
        ),
        ("aws:kms/key:Key", {}, {"customKeyStoreId": "c"}, False),
    ],
)
def test_what_is_deleted_first(
    aws: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, first: bool
) -> None:
    notes = {"__defaults": list[str]()}
    plan = aws.life.diff(urn(token, "it"), {**old, **notes}, {**new, **notes}, [])
    assert plan.replacing
    assert plan.delete_first is first


def test_an_automatic_name_is_replaced_before_it_is_deleted(aws: Stack) -> None:
    old = {"name": "a-1", "__defaults": ["name"]}
    plan = aws.life.diff(urn(FUNCTION, "it"), old, {**old, "packageType": "Image"}, [])
    assert plan.replacing
    assert not plan.delete_first


# ---- the same to the provider ----


def statement(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


@pytest.mark.parametrize(
    ("token", "old", "new"),
    [
        # Sets: of values, of blocks, in a block.
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"subnetIds": ["a", "b", "c"]},
            {"subnetIds": ["c", "a", "b"]},
        ),
        (
            GROUP,
            {"ingress": [{"fromPort": 1, "protocol": "tcp"}, {"fromPort": 2, "protocol": "tcp"}]},
            {"ingress": [{"fromPort": 2, "protocol": "tcp"}, {"fromPort": 1, "protocol": "tcp"}]},
        ),
        (
            FUNCTION,
            {"vpcConfig": {"subnetIds": ["a", "b"], "securityGroupIds": []}},
            {"vpcConfig": {"subnetIds": ["b", "a"], "securityGroupIds": []}},
        ),
        # Documents.
        (
            ROLE,
            {"assumeRolePolicy": json.dumps({"Version": "1", "Statement": [statement("a", "b")]})},
            {
                "assumeRolePolicy": json.dumps(
                    {"Statement": statement("b", "a"), "Version": "1"}, indent=2
                )
            },
        ),
        ("aws:sns/topicPolicy:TopicPolicy", {"policy": '{"a": 1}'}, {"policy": '{ "a":1 }'}),
        # Spelling.
        (FUNCTION, {"memorySize": 256}, {"memorySize": "256"}),
        (FUNCTION, {"publish": True}, {"publish": "true"}),
        # Defaults, those of Pulumi too.
        (FUNCTION, {}, {"memorySize": 128}),
        (FUNCTION, {"timeout": 3}, {}),
        (GROUP, {}, {"description": "Managed by Pulumi"}),
        # What the service fills in stays when it is no longer given.
        (FUNCTION, {"architectures": ["arm64"]}, {}),
        # Nothing, in other words.
        (FUNCTION, {"description": ""}, {}),
        (FUNCTION, {}, {"layers": []}),
    ],
)
def test_the_same_to_aws(aws: Stack, token: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert planned(aws, token, old, new) == {}


@pytest.mark.parametrize(
    ("token", "old", "new", "wanted"),
    [
        (
            FUNCTION,
            {"layers": ["a", "b"]},
            {"layers": ["b", "a"]},
            {"layers[0]": False, "layers[1]": False},
        ),
        (
            ROLE,
            {"assumeRolePolicy": json.dumps({"Statement": [statement("a")]})},
            {"assumeRolePolicy": json.dumps({"Statement": [statement("b")]})},
            {"assumeRolePolicy": False},
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"subnetIds": ["a", "b"]},
            {"subnetIds": ["b"]},
            {"subnetIds[0]": True},
        ),
        (FUNCTION, {}, {"memorySize": 129}, {"memorySize": False}),
        (FUNCTION, {"description": "x"}, {"description": ""}, {"description": False}),
        (
            FUNCTION,
            {"architectures": ["arm64"]},
            {"architectures": ["x86_64"]},
            {"architectures[0]": False},
        ),
    ],
)
def test_not_the_same_to_aws(
    aws: Stack, token: str, old: dict[str, Any], new: dict[str, Any], wanted: dict[str, bool]
) -> None:
    assert planned(aws, token, old, new) == wanted


LINK = "https://www.googleapis.com/compute/v1/projects/p/global/networks/n"


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (LINK, "projects/p/global/networks/n", True),
        (LINK, "n", True),
        (LINK, "projects/q/global/networks/n", False),
        (LINK, "m", False),
    ],
)
def test_links_of_google_cloud(gcp: Stack, old: str, new: str, *, same: bool) -> None:
    token = "gcp:compute/subnetwork:Subnetwork"
    assert (planned(gcp, token, {"network": old}, {"network": new}) == {}) is same


def test_what_stays_is_still_there_after_another_change(aws: Stack) -> None:
    made = aws.create(KMS, "key", description="a", policy='{"Statement": []}')
    changed = aws.update(made, description="b", policy=None)
    assert changed.outputs["description"] == "b"
    assert changed.outputs["policy"] == '{"Statement": []}'
    # The state does not have it any more; the cloud does.
    changed = aws.update(changed, description="c")
    assert changed.outputs["policy"] == '{"Statement": []}'
    read = aws.read(changed)
    assert read is not None
    assert read.inputs["policy"] == '{"Statement": []}'


# ---- groups ----

BUDGET = {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}}
NODES = "aws:eks/nodeGroup:NodeGroup"
UPDATE = "updateConfig.maxUnavailable"
BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"
BASED = "knowledgeBaseConfiguration"
ENDING = "KnowledgeBaseConfiguration"


@pytest.mark.parametrize(
    ("provider", "token", "inputs", "wanted"),
    [
        (
            "aws",
            FUNCTION,
            {"imageUri": "i", "s3Bucket": "b", "s3Key": "k"},
            ["s3Bucket: conflicts with imageUri; give exactly one of them"],
        ),
        ("aws", FUNCTION, {"imageUri": "i"}, []),
        ("aws", FUNCTION, {}, ["code: missing; give exactly one of code, imageUri, s3Bucket"]),
        ("aws", FUNCTION, {"code": UNKNOWN}, []),
        ("aws", FUNCTION, {"imageUri": "i", "code": UNKNOWN}, []),
        ("aws", FUNCTION, {"s3Bucket": "b"}, ["s3Bucket: needs s3Key too"]),
        ("aws", FUNCTION, {"s3Bucket": "b", "s3Key": UNKNOWN}, []),
        # In a block of one.
        (
            "aws",
            NODES,
            BUDGET,
            [f"{UPDATE}Percentage: conflicts with {UPDATE}; give exactly one of them"],
        ),
        ("aws", NODES, {}, []),
        # The program's own name and a prefix; an automatic name does not count.
        (
            "aws",
            ROLE,
            {"name": "a", "namePrefix": "b"},
            ["namePrefix: conflicts with name; give only one of them"],
        ),
        ("aws", ROLE, {"name": "a", "namePrefix": "b", "__defaults": ["name"]}, []),
        # An empty list is none in one provider, and a list in another.
        ("aws", GROUP, {"name": "a", "ingress": []}, []),
        # The SDK has an alternative that the table's source does not know.
        ("aws", BASE, {BASED: {"managedKnowledgeBaseConfiguration": {}, "type": "MANAGED"}}, []),
        (
            "aws",
            BASE,
            {BASED: {f"{one}{ENDING}": {"a": 1} for one in ("kendra", "sql")}},
            [f"{BASED}.sql{ENDING}: conflicts with {BASED}.kendra{ENDING}; give only one of them"],
        ),
    ],
)
def test_groups(provider: str, token: str, inputs: dict[str, Any], wanted: list[str]) -> None:
    found = Rules(provider, coerces=True).problems(token, inputs)
    assert [f"{problem.path}: {problem.reason}" for problem in found] == wanted


def test_a_group_holds_in_each_item_of_a_list() -> None:
    rules = TypeRules.from_json(
        {"conflicts": [["rules.a", "rules.b"]], "at_least_one": [["rules.a", "rules.c.d"]]}
    )
    items = [{"a": 1}, {"a": 1, "b": 2}, {"b": 2}, {"b": 2, "c": [{"d": 1}]}]
    found = list(rules.problems({"rules": items}))
    assert [(problem.path, problem.reason) for problem in found] == [
        ("rules[1].b", "conflicts with rules[1].a; give only one of them"),
        ("rules[2].a", "missing; give at least one of rules[2].a, rules[2].c.d"),
    ]
    assert list(rules.problems({})) == []
    assert list(rules.problems({"rules": UNKNOWN})) == []


# ---- the tables ----


@pytest.mark.parametrize(
    ("unknown", "kept"),
    [
        ({}, True),
        # A number is no alternative to a text, nor is what is in another object.
        ({("third",): {"number"}}, True),
        ({("block", "third"): {"string"}}, True),
        ({("third",): {"string"}}, False),
    ],
)
def test_none_of_a_group_need_be_given_where_the_sdk_has_more(
    unknown: dict[tuple[str, ...], set[str]], *, kept: bool
) -> None:
    stated = {"type": "string", "exactly_one": ["first", "second"]}
    fields = tuple(Field((name,), (name,), stated) for name in ("first", "second"))
    missed: list[str] = []
    found = groups_of({}, fields, unknown, missed)
    assert found == {("exactly_one" if kept else "conflicts"): [["first", "second"]]}
    assert bool(missed) != kept


@pytest.mark.parametrize(("provider", "types"), [("aws", 1600), ("gcp", 1300)])
def test_the_tables_name_types_and_properties_that_exist(provider: str, types: int) -> None:
    library, rules = Library(provider), Rules(provider, coerces=True)
    assert len(rules.tokens()) >= types
    missing = [
        (token, path)
        for token in rules.tokens()
        for path in _paths(rules.of(token))
        if not _declared(library, library.resource(token).inputs, path)
    ]
    assert missing == []


def _paths(rules: TypeRules | None) -> Iterator[str]:
    assert rules is not None
    yield from (rules.replaces | rules.replaces_itself | rules.sometimes)
    for groups in rules.groups.values():
        for group in groups:
            yield from group
    likeness = rules.likeness
    yield from (likeness.sets | likeness.kept | set(likeness.defaults) | set(likeness.alike))


def _declared(library: Library, declared: Mapping[str, Property], path: str) -> bool:
    here: Mapping[str, Property] = declared
    for name in path.split("."):
        if name not in here:
            return False
        here = objects(library, here[name].type) or {}
    return True
