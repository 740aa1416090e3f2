"""The key by which Vertex AI encrypts a model and what is kept of it: given, or one of its own."""

import pulumi

from components.gcp.names import agent
from components.gcp.own_key import own_key
from components.gcp.vertex.vertex_identity import VERTEX_AGENT

__all__ = ["model_key"]


def model_key(
    name: str,
    given: pulumi.Input[str] | None,
    *,
    region: str,
    project: pulumi.Input[str],
    number: pulumi.Output[str],
    bigquery: bool,
    labels: dict[str, str],
    parent: pulumi.Resource,
) -> tuple[pulumi.Input[str], list[pulumi.Resource]]:
    """The key, and what lets Vertex AI use it, and BigQuery where that keeps something by it.

    https://cloud.google.com/bigquery/docs/customer-managed-encryption
    """
    if given is not None:
        return given, []
    users: dict[str, pulumi.Input[str]] = {"vertex": agent(number, VERTEX_AGENT)}
    if bigquery:
        users["bigquery"] = pulumi.Output.concat(
            "serviceAccount:bq-", number, "@bigquery-encryption.iam.gserviceaccount.com"
        )
    return own_key(
        f"{name}-key",
        region=region,
        project=project,
        users=users,
        labels=labels,
        # Models are uploaded again from their artifacts; a run's results keep their own key.
        protected=False,
        parent=parent,
    )
