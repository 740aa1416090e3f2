"""What becomes of what a killed run left, by what vendors answer."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import (  # pyright: ignore[reportMissingTypeStubs]
    PROVIDER_SCHEMA_MANAGER,
)

from delivery.failure import Failure
from delivery.recovery.edit import adopted, to_look_up
from delivery.recovery.judge import Decided, Judged, judged
from delivery.recovery.numbered import KINDS
from sandbox.api.cloudcontrol import TYPES
from tests.unit.recovery_records import (
    EXTERNAL,
    MACHINES,
    NEIGHBOURS,
    NODES,
    NODES_ID,
    OURS,
    TENANT,
    record,
    state,
    urn,
)


def judge(
    what: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    *,
    operation: str = "creating",
    decided: Decided | None = None,
) -> Judged:
    """`live` is what the vendor answers; None when it has nothing of that id."""

    def look_up(candidates: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            str(each["urn"]): dict(each) | {"outputs": dict(live)}
            for each in candidates
            if live is not None
        }

    pending = [{"type": operation, "resource": what}]
    deployment = {"resources": state(), "pending_operations": pending}
    return judged(deployment, decided or Decided(), look_up, lambda _: None)


ROLE, LOGS = "aws:iam/role:Role", "aws:cloudwatch/logGroup:LogGroup"
RANDOM: dict[str, Any] = {"name": "it-3ef3a2a", "__defaults": ["name"]}
FIXED: dict[str, Any] = {"name": "/it", "__defaults": [], "tags": OURS}
ALIAS = {"functionName": "f", "name": "live"}
# Pending creation, what the vendor answers, and where it ends, with a part of why.
VERDICTS: list[tuple[dict[str, Any], dict[str, Any] | None, str, str]] = [
    (record(ROLE, RANDOM), RANDOM, "adopted", "Pulumi made its name it-3ef3a2a"),
    (record(ROLE, RANDOM), None, "dropped", "never came to be"),
    (record(LOGS, FIXED), FIXED, "adopted", "our tags"),
    (record(LOGS, FIXED), {"name": "/it", "tags": {}}, "undecided", "nothing proves"),
    (record(LOGS, FIXED), FIXED | {"tags": OURS | {"model-serving:owner": "x"}}, "undecided", ""),
    (record(LOGS, {"name": "/it"}), {"name": "/it"}, "undecided", "nothing proves"),
    # A name that only looks like Pulumi's, which the program wrote itself.
    (record(ROLE, RANDOM | {"__defaults": []}), RANDOM, "undecided", "nothing proves"),
    (
        record("aws:sagemaker/endpoint:Endpoint", {"name": "e", "x": "iris-role-1c2e974"}),
        {"name": "e", "x": "iris-role-1c2e974"},
        "adopted",
        "belongs to iris-role-1c2e974",
    ),
    # Somebody else's of that name, which refers to something else.
    (
        record("aws:sagemaker/endpoint:Endpoint", {"name": "e", "x": "iris-role-1c2e974"}),
        {"name": "e", "x": "other-role-9999999"},
        "undecided",
        "nothing proves",
    ),
    (
        record("aws:kms/alias:Alias", {"name": "alias/a", "targetKeyId": NEIGHBOURS[1][1]}),
        {"name": "alias/a", "targetKeyId": NEIGHBOURS[1][1]},
        "adopted",
        "belongs to b963c106",
    ),
    (
        record(
            "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
            {"functionName": "iris-dev"},
            propertyDependencies={"functionName": [urn(NEIGHBOURS[2][0], "neighbour-iris-dev")]},
        ),
        {"functionName": "iris-dev"},
        "adopted",
        "a part of iris-dev",
    ),
    # Of the machines of a node group that is in the state, by the name that AWS gave them.
    *(
        (
            record(
                "aws:autoscaling/tag:Tag",
                {"autoscalingGroupName": machines, "tag": {"key": "k", "value": "1"}},
                propertyDependencies={
                    "autoscalingGroupName": [urn(NODES, f"neighbour-{NODES_ID}")]
                },
            ),
            {"autoscalingGroupName": machines, "tag": {"key": "k", "value": "1"}},
            *end,
        )
        for machines, end in (
            (MACHINES, ("adopted", f"a part of {MACHINES}")),
            (MACHINES.replace("f905", "0000"), ("undecided", "nothing proves")),
            # By its form a number of all that a subscription or a tenant has.
            (TENANT, ("undecided", "nothing proves")),
        )
    ),
    (
        record(
            "kubernetes:core/v1:ConfigMap",
            {"metadata": {"name": "c", "labels": {"app.kubernetes.io/managed-by": "pulumi"}}},
        ),
        {"metadata": {"name": "c", "labels": {"app.kubernetes.io/managed-by": "Helm"}}},
        "undecided",
        "nothing proves",
    ),
    (record("aws:ec2/vpc:Vpc", {}), {}, "undecided", "AWS chooses its id"),
    (record(NEIGHBOURS[2][0], {"name": "iris-dev"}), {}, "dropped", "the state has it already"),
    (record("serving:index:ModelCopy", {}), {}, "dropped", "takes what is there"),
    (record("pulumi:providers:aws", {}), {}, "dropped", "nothing at a vendor"),
    *(
        (record(LOGS, {"name": name}), {"name": name}, "undecided", "nothing proves")
        for name in ("/production/x", "/churnmodel/x", "/fraud-20261127", "/iris-role-1c2e974x")
    ),
    *(
        (record("aws:lambda/alias:Alias", of | ALIAS), of | ALIAS, "adopted", "to a1b2c3d4e5")
        for of in (
            {"x": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/a"},
            {"x": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*/*"},
            {"x": '{"Resource":"arn:aws:apigateway:::/apis/a1b2c3d4e5"}'},
        )
    ),
    # A part of a word, a label that anybody writes, and a network of somebody else's.
    *(
        (record("aws:lambda/alias:Alias", of | ALIAS), of | ALIAS, "undecided", "nothing proves")
        for of in (
            {"x": "xa1b2c3d4e5"},
            {"x": "a1b2c3d4e5-old"},
            *({mark: {"of": "a1b2c3d4e5"}} for mark in ("tags", "userLabels", "resourceLabels")),
            {"x": EXTERNAL},
        )
    ),
    (
        record("gcp:projects/iAMMember:IAMMember", {"role": "r", "member": "m"}),
        {},
        "dropped",
        "takes what is there",
    ),
]


@pytest.mark.parametrize(("what", "live", "end", "why"), VERDICTS)
def test_only_what_is_provably_ours_is_adopted(
    what: dict[str, Any], live: dict[str, Any] | None, end: str, why: str
) -> None:
    found = judge(what, live)
    ends = {name: getattr(found, name) for name in ("adopted", "dropped", "undecided", "changed")}
    assert [name for name, each in ends.items() if each] == [end]
    assert why in ends[end][0].why
    assert len(found.made) == (end == "adopted")


MEMBER = "serviceAccount:iris@acme.iam.gserviceaccount.com"
WHO = {"member": MEMBER, "role": "roles/x"}
GRANTED = f"--member={MEMBER} --role=roles/x"
KEY_ID = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
# What was begun to be granted, and the command that takes it back.
GRANTS: list[tuple[str, dict[str, Any], str]] = [
    (
        "projects/iAMMember:IAMMember",
        WHO,
        f"gcloud projects remove-iam-policy-binding acme {GRANTED} --condition=None",
    ),
    (
        "projects/iAMMember:IAMMember",
        WHO | {"project": "p", "condition": {"title": "t", "expression": 'a == "b"'}},
        (
            f"gcloud projects remove-iam-policy-binding p {GRANTED} "
            """'--condition=expression=a == "b",title=t'"""
        ),
    ),
    (
        "storage/bucketIAMMember:BucketIAMMember",
        WHO | {"bucket": "b", "condition": {"title": "t", "expression": "f(a, b)"}},
        (
            f"gcloud storage buckets remove-iam-policy-binding gs://b {GRANTED} "
            "'--condition=^;;^expression=f(a, b);;title=t'"
        ),
    ),
    (
        "serviceaccount/iAMMember:IAMMember",
        WHO | {"serviceAccountId": "projects/p/serviceAccounts/a@p.iam"},
        f"gcloud iam service-accounts remove-iam-policy-binding a@p.iam {GRANTED}",
    ),
    (
        "kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        WHO | {"cryptoKeyId": KEY_ID},
        f"gcloud kms keys remove-iam-policy-binding {KEY_ID} {GRANTED}",
    ),
    (
        "secretmanager/secretIamMember:SecretIamMember",
        WHO | {"secretId": "s", "project": "p"},
        f"gcloud secrets remove-iam-policy-binding s --project=p {GRANTED}",
    ),
    (
        "artifactregistry/repositoryIamMember:RepositoryIamMember",
        WHO | {"repository": "r", "location": "l"},
        "gcloud artifacts repositories remove-iam-policy-binding r --location=l --project=acme "
        + GRANTED,
    ),
    (
        "cloudrunv2/serviceIamBinding:ServiceIamBinding",
        {"members": ["user:a", "user:b"], "role": "roles/x", "name": "s", "location": "l"},
        " && ".join(
            "gcloud run services remove-iam-policy-binding s --region=l --project=acme "
            f"--member={each} --role=roles/x"
            for each in ("user:a", "user:b")
        ),
    ),
    (
        "bigquery/datasetIamMember:DatasetIamMember",
        WHO | {"datasetId": "d"},
        (
            "bq query --use_legacy_sql=false "
            f"""'REVOKE `roles/x` ON SCHEMA `acme.d` FROM "{MEMBER}"'"""
        ),
    ),
    (
        "bigquery/iamMember:IamMember",
        WHO | {"datasetId": "d", "tableId": "t"},
        (
            "bq query --use_legacy_sql=false "
            f"""'REVOKE `roles/x` ON TABLE `acme.d.t` FROM "{MEMBER}"'"""
        ),
    ),
    # Where no command is known, or an input is a secret: who was granted what, where.
    ("pubsub/topicIAMMember:TopicIAMMember", WHO | {"topic": "t"}, "role roles/x, topic t"),
    ("secretmanager/secretIamMember:SecretIamMember", WHO | {"secretId": {}}, "role roles/x"),
]


@pytest.mark.parametrize(("kind", "inputs", "command"), GRANTS)
def test_a_grant_that_was_begun_is_told_with_what_takes_it_back(
    kind: str, inputs: dict[str, Any], command: str
) -> None:
    """It has no labels: after a destroy nothing else would tell of it."""
    (told,) = judge(record(f"gcp:{kind}", inputs), {}).dropped
    assert told.why.startswith("made again by the next update, which takes what is there; ")
    assert "the right stays until you take it back: " in told.why
    assert told.why.endswith(command)
    # A service agent's, which is shared, stays by intent.
    (kept,) = judge(record(f"gcp:{kind}", inputs, retainOnDelete=True), {}).dropped
    assert kept.why == "made again by the next update, which takes what is there"


def test_all_grants_of_components_are_told_with_a_command() -> None:
    texts = "".join(file.read_text() for file in Path("components/gcp").rglob("*.py"))
    made = {
        f"{module}/{name[0].lower()}{name[1:]}:{name}"
        for module, name in re.findall(
            r"gcp\.([a-z0-9]+)\.(\w*I(?:am|AM)(?:Member|Binding))\(", texts
        )
    }
    assert len(made) > 7
    assert made <= {kind for kind, _, command in GRANTS if command.startswith(("gcloud", "bq"))}


def test_what_the_user_says_decides() -> None:
    vpc = record("aws:ec2/vpc:Vpc", {})
    assert judge(vpc, {}, decided=Decided({"it": "vpc-1"})).adopted[0].id == "vpc-1"
    assert (
        "has nothing of that id" in judge(vpc, None, decided=Decided({"it": "v"})).undecided[0].why
    )
    assert judge(vpc, {}, decided=Decided(forget=frozenset({urn("aws:ec2/vpc:Vpc")}))).dropped


@pytest.mark.parametrize("operation", ["updating", "deleting"])
def test_what_was_being_changed_is_read_again(operation: str) -> None:
    what = record(ROLE, RANDOM, id="it-3ef3a2a")
    assert judge(what, {}, operation=operation).changed
    # What nobody can read any more may be taken for as the state has it.
    forgotten = judge(what, {}, operation=operation, decided=Decided(forget=frozenset({"it"})))
    assert not forgotten.changed


def test_what_was_made_to_replace_another_never_displaces_it() -> None:
    """What serves stays until the next update; what was deleted first gives way."""
    old, new = record(ROLE, {}, id="old"), record(ROLE, {}, id="new")
    there = adopted({"resources": [old], "pending_operations": [1]}, [new])
    assert there == {"resources": [old, new | {"delete": True}]}
    gone = adopted({"resources": [old | {"pendingReplacement": True}]}, [new])
    assert gone == {"resources": [new]}


def test_what_a_refresh_took_out_of_the_state_is_not_named_by_what_was_being_made() -> None:
    """The engine refuses a state in which something names what is not there."""
    there = record("aws:s3/bucket:Bucket", {}, id="b")
    urns = {"dependencies": [there["urn"], "urn:gone"], "deletedWith": "urn:gone"}
    by_property = {"propertyDependencies": {"bucket": [there["urn"]], "role": ["urn:gone"]}}
    new = record(ROLE, {}, id="new") | urns | by_property
    for found in (
        adopted({"resources": [there]}, [new]),
        to_look_up({"resources": [there]}, [new]),
    ):
        (_, made) = found["resources"]
        assert made["dependencies"] == [there["urn"]]
        assert made["propertyDependencies"] == {"bucket": [there["urn"]], "role": []}
        assert "deletedWith" not in made
    # What names nobody stays as it is.
    assert adopted({"resources": []}, [record(ROLE, {}, id="x")])["resources"] == [
        record(ROLE, {}, id="x")
    ]


def test_two_runs_that_were_killed_at_one_resource_are_both_judged() -> None:
    """What the first made is not forgotten; what has the same id is one thing."""
    names = ("it-1111111", "it-2222222", "it-2222222")
    begun = [record(ROLE, RANDOM | {"name": name}) for name in names]
    pending = [{"type": "creating", "resource": each} for each in begun]
    deployment = {"resources": state(), "pending_operations": pending}

    def look_up(candidates: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        (each,) = candidates
        return {str(each["urn"]): dict(each)}

    made = judged(deployment, Decided(), look_up, lambda _: None).made
    assert [each["id"] for each in made] == ["it-2222222", "it-1111111"]
    there = adopted({"resources": []}, made)["resources"]
    assert [each.get("delete", False) for each in there] == [False, True]


# ---- what the vendor numbers ----

KEY = "aws:kms/key:Key"
OURS_KEY: dict[str, Any] = {"description": "of iris", "tags": OURS}
OTHER_KEY = OURS_KEY | {"tags": OURS | {"model-serving:model": "other"}}
# Keys that the state does not know, by id; how many runs were killed as they made one; the end.
LISTS: list[tuple[dict[str, dict[str, Any]], int, str, str]] = [
    ({"k1": OTHER_KEY, "k2": OURS_KEY}, 1, "adopted", "our tags"),
    ({"k1": OTHER_KEY}, 1, "dropped", "none as asked that the state does not know"),
    ({}, 1, "dropped", "none as asked"),
    ({"k1": OURS_KEY, "k2": OURS_KEY}, 1, "undecided", "several as asked: k1, k2"),
    ({"k1": OURS_KEY, "k2": OURS_KEY}, 2, "adopted", "our tags"),
]


def numbered(
    there: Mapping[str, Mapping[str, Any]], what: Mapping[str, Any], runs: int = 1
) -> Judged:
    """`there` is what the vendor lists of the type, as it reads it."""

    def look_up(candidates: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        assert len({each["urn"] for each in candidates}) == len(candidates)
        return {
            str(each["urn"]): dict(each) | {"outputs": dict(there[each["id"]])}
            for each in candidates
        }

    pending = [{"type": "creating", "resource": what}] * runs
    deployment = {"resources": state(), "pending_operations": pending}
    return judged(deployment, Decided(), look_up, lambda _: list(there))


@pytest.mark.parametrize(("there", "runs", "end", "why"), LISTS)
def test_what_the_vendor_numbers_is_found_among_what_it_lists(
    there: dict[str, dict[str, Any]], runs: int, end: str, why: str
) -> None:
    found = numbered(there, record(KEY, OURS_KEY), runs)
    ends = {name: getattr(found, name) for name in ("adopted", "dropped", "undecided")}
    assert [name for name, each in ends.items() if each] == [end]
    assert why in ends[end][0].why
    assert len(found.made) == (runs if end == "adopted" else 0)
    assert {each["urn"] for each in found.made} <= {urn(KEY)}


def test_one_of_several_alike_has_the_name_that_was_made_up_for_it() -> None:
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    there = {"lt-1": {"name": "it-1111111"}, "lt-2": {"name": "it-3ef3a2a"}}
    assert [each["id"] for each in numbered(there, record(template, RANDOM)).made] == ["lt-2"]


def test_what_each_killed_run_numbered_is_found_the_latest_stays() -> None:
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    names = ("it-1111111", "it-2222222")
    there = {f"lt-{name}": RANDOM | {"name": name} for name in names}

    def look_up(candidates: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {str(one["urn"]): dict(one) | {"outputs": there[one["id"]]} for one in candidates}

    begun = [record(template, RANDOM | {"name": name}) for name in names]
    pending = [{"type": "creating", "resource": each} for each in begun]
    deployment = {"resources": state(), "pending_operations": pending}
    made = judged(deployment, Decided(), look_up, lambda _: list(there)).made
    assert [each["id"] for each in made] == ["lt-it-2222222", "lt-it-1111111"]


def test_what_is_as_asked_and_bears_no_mark_of_ours_is_not_taken() -> None:
    found = numbered({"k1": {"description": "x"}}, record(KEY, {"description": "x"}))
    assert "nothing proves" in found.undecided[0].why


def test_a_vendor_that_cannot_be_asked_leaves_it_to_the_user() -> None:
    def refused(_: Mapping[str, Any]) -> list[str]:
        raise Failure("AWS cannot be asked: AccessDenied")

    pending = [{"type": "creating", "resource": record(KEY, OURS_KEY)}]
    deployment = {"resources": state(), "pending_operations": pending}
    found = judged(deployment, Decided(), lambda _: {}, refused)
    assert found.undecided[0].why.endswith("chooses its id, and AWS cannot be asked: AccessDenied")


def test_each_type_is_listed_as_its_schema_says() -> None:
    """By the schemas of CloudFormation that cfn-lint ships; so does the sandbox."""
    for token, kind in KINDS.items():
        found: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind.name)
        schema: dict[str, Any] = found.schema
        listing = schema["handlers"]["list"]
        assert set(kind.within) == set(listing.get("handlerSchema", {}).get("required", ()))
        parts = [each.rpartition("/")[2] for each in schema["primaryIdentifier"]]
        assert parts[kind.position].endswith(("Id", "Arn")), parts
        assert parts[kind.position] not in kind.within
        assert TYPES[kind.name].token == token
        assert dict(TYPES[kind.name].within) == dict(kind.within)
        assert len(TYPES[kind.name].identifier) == len(parts)
