"""Names of what is made on Google Cloud, and of whom Google's services act as."""

import hashlib
from typing import Final

import pulumi
import pulumi_gcp as gcp

__all__ = ["REGION", "account_id", "agent", "project_number"]

# https://cloud.google.com/iam/docs/service-accounts-create
_LONGEST_ACCOUNT_ID: Final = 30
_HASH_LENGTH: Final = 7
REGION: Final = r"[a-z]+-[a-z]+\d+"


def account_id(name: str) -> str:
    """The id of a component's service account, which is the same each time.

    It is too short for the name that Pulumi would make, so that is cut, and told from others by a
    hash of the project, the stack and the whole name.
    """
    whole = f"{pulumi.get_project()}/{pulumi.get_stack()}/{name}"
    told = hashlib.sha256(whole.encode()).hexdigest()[:_HASH_LENGTH]
    room = _LONGEST_ACCOUNT_ID - _HASH_LENGTH - 1
    return f"{name[:room].rstrip('-')}-{told}"


def agent(number: pulumi.Output[str], domain: str) -> pulumi.Output[str]:
    """The member that one of Google's services acts as in the project of that number.

    https://cloud.google.com/iam/docs/service-agents
    """
    return pulumi.Output.concat(
        "serviceAccount:service-", number, "@", domain, ".iam.gserviceaccount.com"
    )


def project_number(project: pulumi.Input[str], parent: pulumi.Resource) -> pulumi.Output[str]:
    """The project's number, by which Google's agents and hosts are named."""
    lookup = pulumi.InvokeOptions(parent=parent)
    return gcp.organizations.get_project_output(project_id=project, opts=lookup).number
