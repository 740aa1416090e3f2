"""What a model's pods on GKE may do in Cloud Storage: read their artifact, without keys.

Workload Identity Federation for GKE with the pods' own principal: there is no Google service
account between. https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
"""

from collections.abc import Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.gcp.bucket_grant import READER, WRITER, below, bucket_and_path, grant
from components.kubernetes.labels import check_namespace
from components.kubernetes.service_account import (
    identity_tags,
    read_name,
    read_uris,
    service_account,
)
from facts.stores import STORES

__all__ = ["GkeModelIdentity", "GkeModelIdentityArgs"]

_GS: Final = STORES["gcs"]


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
    """What the pods read: the model, its candidate, a batch run's input. What is not in Cloud
    Storage needs no right here. A bucket needs uniform access: conditions count in no other."""
    output_uris: NotRequired[list[str]]
    """What they write, read and delete below, such as a batch run's output. Default: none."""
    tags: NotRequired[dict[str, str]]
    """Further labels. Default: none."""


class GkeModelIdentity(pulumi.ComponentResource):
    """A service account whose pods may read and list below some paths, and write below others.

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
        check_namespace(checks)
        checks.text("project")
        read_name(checks, name)
        uris = read_uris(checks, "artifact_uris", _GS)
        outputs = read_uris(checks, "output_uris", _GS)
        checks.raise_problems()
        super().__init__("model-serving:index:GkeModelIdentity", name, {}, opts)

        account = service_account(self, name, args["namespace"], tags)
        number = gcp.organizations.get_project_output(
            project_id=args["project"], opts=pulumi.InvokeOptions(parent=self)
        ).number
        self._title = name
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
            what = f"The artifacts of the model {args['model']}, nothing else"
            self._grant(f"{name}-{bucket}", bucket, READER, what, below(bucket, paths))
        for bucket, paths in _by_bucket(outputs).items():
            what = f"The outputs of the model {args['model']}, nothing else"
            # No bucket has `/` in its name.
            self._grant(f"{name}-{bucket}/outputs", bucket, WRITER, what, below(bucket, paths))

        self.service_account_name = account.metadata.apply(lambda metadata: str(metadata["name"]))
        self.register_outputs(
            {"service_account_name": self.service_account_name, "principal": self.principal}
        )

    def _grant(self, role_name: str, bucket: str, role: str, what: str, expression: str) -> None:
        grant(
            role_name,
            bucket=bucket,
            expression=expression,
            role=role,
            member=self.principal,
            title=self._title,
            what=what,
            parent=self,
        )


def _by_bucket(uris: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for uri in uris:
        bucket, path = bucket_and_path(uri)
        found.setdefault(bucket, []).append(path)
    return found
