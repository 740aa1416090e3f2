"""What a model's pods on GKE may read: their artifact in Cloud Storage, without keys.

Workload Identity Federation for GKE with the pods' own principal: there is no Google service
account between. https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
"""

import json
import warnings
from collections.abc import Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.kubernetes.service_account import identity_tags, read_uris, service_account

with warnings.catch_warnings():
    # The SDK's module warns of a function of its own, whoever imports it.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pulumi_gcp.storage import BucketIAMMember

__all__ = ["GkeModelIdentity", "GkeModelIdentityArgs"]


_LISTED: Final = ('api.getAttribute("storage.googleapis.com/objectListPrefix", "")', "")


class GkeModelIdentityArgs(TypedDict):
    """Flat arguments of `GkeModelIdentity`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    model: str
    """Name of the model."""
    namespace: pulumi.Input[str]
    """Namespace of the model's pods, which exists."""
    project: pulumi.Input[str]
    """Project of the cluster; its workload identity pool names the pods."""
    artifact_uris: list[str]
    """Artifacts of the model, its candidate's too; those that are not in Cloud Storage need no
    right here. A bucket needs uniform access: conditions count in no other."""
    tags: NotRequired[dict[str, str]]
    """Further labels. Default: none."""


class GkeModelIdentity(pulumi.ComponentResource):
    """A service account whose pods may read and list what is below the artifacts' paths.

    It is named like the component; so is the condition by which the bucket knows it.
    """

    service_account_name: pulumi.Output[str]
    principal: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: GkeModelIdentityArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("GkeModelIdentity", name, args, GkeModelIdentityArgs.__annotations__)
        tags = identity_tags(checks)
        checks.text("namespace")
        checks.text("project")
        uris = read_uris(checks, name, r"gs://[a-z0-9._-]+/.+", "gs://bucket/path", "gs:")
        checks.raise_problems()
        super().__init__("model-serving:index:GkeModelIdentity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = service_account(name, args["namespace"], tags, child)
        number = gcp.organizations.get_project_output(
            project_id=args["project"], opts=pulumi.InvokeOptions(parent=self)
        ).number
        self.principal = pulumi.Output.concat(
            "principal://iam.googleapis.com/projects/",
            number,
            "/locations/global/workloadIdentityPools/",
            args["project"],
            ".svc.id.goog/subject/ns/",
            args["namespace"],
            "/sa/",
            name,
        )
        for bucket, paths in _by_bucket(uris).items():
            BucketIAMMember(
                f"{name}-{bucket}",
                bucket=bucket,
                role="roles/storage.objectViewer",
                member=self.principal,
                condition={
                    "title": name,
                    "description": f"The artifacts of the model {args['model']}, nothing else",
                    "expression": _below(bucket, paths),
                },
                opts=child,
            )

        self.service_account_name = account.metadata.apply(lambda metadata: str(metadata["name"]))
        self.register_outputs(
            {"service_account_name": self.service_account_name, "principal": self.principal}
        )


def _by_bucket(uris: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for uri in uris:
        bucket, _, path = uri.removeprefix("gs://").partition("/")
        found.setdefault(bucket, []).append(path)
    return found


def _below(bucket: str, paths: Sequence[str]) -> str:
    """A condition on the names of objects and on the prefix that is listed.

    A path without `/` at its end is one object or a folder, and no other whose name begins so.
    https://cloud.google.com/iam/docs/conditions-attribute-reference
    """
    ways: list[str] = []
    for path in paths:
        folder = f"{path.rstrip('/')}/"
        for value, start in (("resource.name", f"projects/_/buckets/{bucket}/objects/"), _LISTED):
            if path != folder:
                ways.append(f"{value} == {json.dumps(start + path)}")
            ways.append(f"{value}.startsWith({json.dumps(start + folder)})")
    return " || ".join(ways)
