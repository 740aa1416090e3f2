"""Who a model on Vertex AI runs as, and who of Google's services may do what for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.bucket_grant import READER, WRITER, below, bucket_and_path, grant
from components.gcp.names import account_id, agent

__all__ = ["VERTEX_AGENT", "Places", "VertexIdentity"]

VERTEX_AGENT: Final = "gcp-sa-aiplatform"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a right is: in Cloud Storage below a path, in BigQuery in a table or a dataset."""

    reads: Mapping[str, pulumi.Input[str]]
    """By the resource's role."""
    writes: Mapping[str, pulumi.Input[str]]


class VertexIdentity:
    """The service account of a model's containers, with the rights of its own and of Vertex AI's.

    Vertex AI's agent reads artifacts while a model is uploaded, and batch runs' input; in another
    project than its own it may nothing unless it is granted.
    """

    def __init__(
        self,
        name: str,
        *,
        physical_name: str,
        project: pulumi.Input[str],
        number: pulumi.Output[str],
        given: pulumi.Input[str] | None,
        parent: pulumi.Resource,
    ) -> None:
        self._name = name
        self._title = physical_name
        self._parent = parent
        self.agent = agent(number, VERTEX_AGENT)
        self.grants: list[pulumi.Resource] = []
        self._member: pulumi.Input[str] | None = None
        if given is not None:
            self.email: pulumi.Input[str] = given
            return
        child = pulumi.ResourceOptions(parent=parent)
        account = gcp.serviceaccount.Account(
            f"{name}-account",
            account_id=account_id(physical_name),
            project=project,
            display_name=f"Containers of {physical_name} on Vertex AI",
            opts=child,
        )
        self.email = account.email
        self._member = account.member
        # What the page asks for where an account of one's own serves predictions: of this account
        # alone. https://cloud.google.com/vertex-ai/docs/general/custom-service-account
        self.grants.append(
            gcp.serviceaccount.IAMMember(
                f"{name}-account-agent",
                service_account_id=account.name,
                role="roles/iam.serviceAccountAdmin",
                member=self.agent,
                opts=child,
            )
        )

    def allow(self, places: Places) -> list[pulumi.Resource]:
        """The rights in these places, of the account if it is ours, and of Vertex AI's agent."""
        members = {"agent": self.agent}
        if self._member is not None:
            members["account"] = pulumi.Output.from_input(self._member)
        made: list[pulumi.Resource] = []
        for who, member in members.items():
            for role, uri in places.reads.items():
                made.append(self._grant(f"{role}-{who}", uri, member, writes=False))
            for role, uri in places.writes.items():
                made.append(self._grant(f"{role}-{who}", uri, member, writes=True))
        return made

    def let_agent_read(self, role: str, uri: pulumi.Input[str]) -> pulumi.Resource:
        """What Vertex AI itself reads there, and the containers do not."""
        return self._grant(f"{role}-agent", uri, self.agent, writes=False)

    def _grant(
        self, role: str, uri: pulumi.Input[str], member: pulumi.Input[str], *, writes: bool
    ) -> pulumi.Resource:
        resource = f"{self._name}-{role}"
        if isinstance(uri, str) and uri.startswith("bq://"):
            return self._in_bigquery(resource, uri, member, writes=writes)
        known = pulumi.Output.from_input(uri).apply(bucket_and_path)
        return grant(
            resource,
            bucket=known.apply(lambda parts: parts[0]),
            expression=known.apply(lambda parts: below(parts[0], [parts[1]])),
            role=WRITER if writes else READER,
            member=member,
            title=self._title,
            what=f"What {self._title} {'writes' if writes else 'reads'}, nothing else",
            parent=self._parent,
        )

    def _in_bigquery(
        self, resource: str, uri: str, member: pulumi.Input[str], *, writes: bool
    ) -> pulumi.Resource:
        project, dataset, *table = uri.removeprefix("bq://").split(".")
        child = pulumi.ResourceOptions(parent=self._parent)
        if table and not writes:
            return gcp.bigquery.IamMember(
                resource,
                project=project,
                dataset_id=dataset,
                table_id=table[0],
                role="roles/bigquery.dataViewer",
                member=member,
                opts=child,
            )
        return gcp.bigquery.DatasetIamMember(
            resource,
            project=project,
            dataset_id=dataset,
            role="roles/bigquery.dataEditor" if writes else "roles/bigquery.dataViewer",
            member=member,
            opts=child,
        )
