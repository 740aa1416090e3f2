"""Grants on Google Cloud, of every component by all its arguments: no more than what is called.

What a role holds is the vendor's own table (`vendor_roles.py`). What is called is written down for
each role and kind of place, with the page that says so; a grant that is not there has to be
reasoned first. No call is recorded at a cloud.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from policies.cloud_roles import BroadRoles
from tests.contract.emitted_clouds import groups
from tests.contract.google_calls import Call, Declared, calls, declared
from tests.contract.vendor_roles import GOOGLE, matches

# Kinds of place by the resource's type; who may do what to a project reaches everything in it.
PROJECT: Final = "project"
_PLACES: Final = {
    "gcp:projects/iAMMember:IAMMember": PROJECT,
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": "repository",
    "gcp:bigquery/datasetIamMember:DatasetIamMember": "dataset",
    "gcp:bigquery/iamMember:IamMember": "table",
    "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding": "service",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "key",
    "gcp:secretmanager/secretIamMember:SecretIamMember": "secret",
    "gcp:serviceaccount/iAMMember:IAMMember": "account",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "bucket",
}
_CUSTOM: Final = "gcp:projects/iAMCustomRole:IAMCustomRole"
# What is called by role and place; (permissions, why).
NEEDED: Final[Mapping[tuple[str, str], tuple[frozenset[str], str]]] = {
    ("roles/storage.objectViewer", "bucket"): (
        frozenset({"storage.objects.get", "storage.objects.list"}),
        "a model's files are listed and read: cloud.google.com/storage/docs/access-control",
    ),
    ("roles/storage.objectUser", "bucket"): (
        frozenset(
            {
                *(f"storage.objects.{one}" for one in ("create", "delete", "get", "list")),
                *(f"storage.multipartUploads.{one}" for one in ("abort", "create", "listParts")),
            }
        ),
        "results are written in parts, and over those of the run before",
    ),
    ("roles/run.invoker", "service"): (
        frozenset({"run.routes.invoke"}),
        "callers: cloud.google.com/run/docs/authenticating/service-to-service",
    ),
    ("roles/cloudkms.cryptoKeyEncrypterDecrypter", "key"): (
        frozenset(
            {"cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt"}
        ),
        "the service that encrypts by it: cloud.google.com/kms/docs/cmek",
    ),
    ("roles/secretmanager.secretAccessor", "secret"): (
        frozenset({"secretmanager.versions.access"}),
        "an instance's variable: cloud.google.com/run/docs/configuring/services/secrets",
    ),
    ("roles/artifactregistry.reader", "repository"): (
        frozenset({"artifactregistry.repositories.downloadArtifacts"}),
        "nodes pull images: cloud.google.com/artifact-registry/docs/access-control",
    ),
    ("roles/artifactregistry.reader", PROJECT): (
        frozenset({"artifactregistry.repositories.downloadArtifacts"}),
        "nodes pull images, where no repositories are named",
    ),
    ("roles/container.defaultNodeServiceAccount", PROJECT): (
        frozenset(
            {
                "autoscaling.sites.writeMetrics",
                "logging.logEntries.create",
                "monitoring.metricDescriptors.create",
                "monitoring.metricDescriptors.list",
                "monitoring.timeSeries.create",
                "monitoring.timeSeries.list",
            }
        ),
        "logs and metrics of nodes: kubernetes-engine/docs/how-to/service-accounts",
    ),
    ("roles/container.admin", PROJECT): (
        frozenset({"container.clusters.get", "container.clusterRoleBindings.create"}),
        "people who may do everything in the cluster, and in no other, by the condition",
    ),
    ("roles/iam.serviceAccountUser", "account"): (
        frozenset({"iam.serviceAccounts.actAs"}),
        "who asks for a run acts as its containers: vertex-ai/docs/general/custom-service-account",
    ),
    ("roles/iam.serviceAccountAdmin", "account"): (
        frozenset({"iam.serviceAccounts.get", "iam.serviceAccounts.setIamPolicy"}),
        "Google's agent attaches the account: vertex-ai/docs/general/custom-service-account",
    ),
    ("roles/bigquery.dataViewer", "table"): (
        frozenset({"bigquery.tables.get", "bigquery.tables.getData"}),
        "input of a batch run: vertex-ai/docs/predictions/get-batch-predictions",
    ),
    ("roles/bigquery.dataEditor", "dataset"): (
        frozenset({"bigquery.tables.create", "bigquery.tables.get", "bigquery.tables.updateData"}),
        "results and captured requests go to tables that Vertex AI makes",
    ),
}
# On a whole project, and why Google Cloud knows nothing narrower.
WHOLE_PROJECT: Final = {
    "roles/container.defaultNodeServiceAccount": "logs and metrics belong to a project",
    "roles/artifactregistry.reader": "where the settings name no repositories, as they may",
    "roles/container.admin": "a cluster has no policy of its own; a condition names it",
    "custom": "a batch prediction is asked of a project, and has no policy of its own",
}
# Permissions of our own roles.
OF_OUR_ROLES: Final = {"aiplatform.batchPredictionJobs.create", "aiplatform.models.get"}
LEAST: Final = 40
LEAST_CALLS: Final = 40


@dataclass(frozen=True)
class Grant:
    """`role` is `custom` where it is one that is made beside the grant."""

    of: str
    role: str
    place: str
    members: tuple[str, ...]
    condition: str


@cache
def every() -> tuple[Grant, ...]:
    return tuple(_grants())


def _grants() -> Iterator[Grant]:
    for label, group in groups().items():
        for each in group:
            inputs = each.inputs
            if not each.token.startswith("gcp:") or "role" not in inputs:
                continue
            if not {"member", "members"} & inputs.keys():
                continue
            custom = any(
                inputs["role"] in _names(one.answers, one.inputs)
                for one in group
                if one.token == _CUSTOM
            )
            yield Grant(
                f"{label}: {each.name}",
                "custom" if custom else inputs["role"],
                _PLACES[each.token],
                tuple(inputs.get("members") or [inputs["member"]]),
                str(inputs["condition"]["expression"] if inputs.get("condition") else ""),
            )


def _names(answers: tuple[str, ...], inputs: Mapping[str, Any]) -> set[str]:
    return {*answers, answers[0].removesuffix("-id"), str(inputs.get("name", ""))}


def test_there_is_something_to_judge() -> None:
    assert len(every()) >= LEAST
    assert {grant.place for grant in every()} == set(_PLACES.values())


def test_every_grant_is_reasoned_and_every_reason_is_needed() -> None:
    found = {(one.role, one.place) for one in every()} - {("custom", PROJECT)}
    assert found == set(NEEDED)


def test_each_call_is_allowed_by_the_role() -> None:
    lacks = {
        key: sorted(one for one in needed if not matches(GOOGLE[key[0]], one))
        for key, (needed, _) in NEEDED.items()
    }
    assert not {key: found for key, found in lacks.items() if found}


def test_nothing_broad_is_granted() -> None:
    """Neither a basic role, nor one that gives rights to others, on what holds other things."""
    broad = {*BroadRoles().broad_roles, "roles/owner", "roles/editor", "roles/viewer"}
    assert not [one for one in every() if one.place == PROJECT and one.role in broad]
    assert not [
        one
        for one in every()
        if one.role.rpartition(".")[2] in {"admin", "owner"} and one.role not in WHOLE_PROJECT
    ]


def test_a_whole_project_is_granted_only_where_nothing_is_narrower() -> None:
    assert {one.role for one in every() if one.place == PROJECT} == set(WHOLE_PROJECT)
    for one in every():
        if one.role == "roles/container.admin":
            assert one.condition.startswith('resource.name == "projects/'), one


def test_a_bucket_is_granted_below_paths_alone() -> None:
    for one in every():
        if one.place == "bucket":
            assert "/objects/" in one.condition, one


def test_nobody_is_everybody_but_where_it_is_asked_for() -> None:
    public = Counter(
        one.of for one in every() for member in one.members if member.startswith("all")
    )
    assert set(public) == {"CloudRunEndpoint public: " + name for name in _public_names()}


def _public_names() -> set[str]:
    return {
        one.of.partition(": ")[2]
        for one in every()
        if one.of.startswith("CloudRunEndpoint public") and one.role == "roles/run.invoker"
    }


def test_our_own_roles_hold_what_is_called() -> None:
    made = [one.inputs for group in groups().values() for one in group if one.token == _CUSTOM]
    assert made
    assert {permission for one in made for permission in one["permissions"]} == OF_OUR_ROLES


def made_here(call: Call, of: Declared) -> bool:
    """Whether the account is the component's own: another's rights are somebody's to grant."""
    return call.who.startswith("@") or any(
        inputs.get("accountId") and token == "gcp:serviceaccount/account:Account"
        for token, _, inputs in of.resources
    )


def allowed(call: Call, of: Declared) -> bool:
    """Whether a grant that is made beside it lets it: whose, what, and where."""
    return any(
        call.who in member and _holds(inputs["role"], call.permission, of) and _covers(inputs, call)
        for _, _, inputs in of.resources
        if "role" in inputs
        for member in inputs.get("members") or [inputs.get("member", "")]
    )


def _holds(role: str, permission: str, of: Declared) -> bool:
    if role in GOOGLE:
        return matches(GOOGLE[role], permission)
    own = [inputs for token, _, inputs in of.resources if token == _CUSTOM]
    return any(permission in one["permissions"] for one in own)


def _covers(inputs: Mapping[str, Any], call: Call) -> bool:
    """The place is the grant's, and below the paths of its condition."""
    bucket, _, path = call.place.removeprefix("gs://").partition("/")
    if not call.place.startswith("gs://"):
        named = {str(value) for key, value in inputs.items() if key not in {"role", "member"}}
        return any(one and (one in call.place or call.place in one) for one in named)
    if inputs.get("bucket") != bucket:
        return False
    name = f"projects/_/buckets/{bucket}/objects/{path.split('#')[0]}"
    expression = inputs["condition"]["expression"]
    exactly = re.findall(r'resource\.name == "([^"]+)"', expression)
    below = re.findall(r'resource\.name\.startsWith\("([^"]+)"\)', expression)
    return name in exactly or any(name.startswith(one) for one in below)


def test_each_call_of_what_is_declared_is_allowed() -> None:
    asked = [(call, of) for of in declared() for call in calls(of) if made_here(call, of)]
    assert len(asked) >= LEAST_CALLS
    denied = [
        f"{of.label}: {call.who} {call.permission} on {call.place}"
        for call, of in asked
        if not allowed(call, of)
    ]
    assert not denied, "\n".join(sorted(denied))
