"""The Azure ML workspace that a component is put into: what it is, and what it cannot have."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure
from pulumi_azure_native import machinelearningservices as ml

from components.checks import Checks

__all__ = ["AzureMlWorkspace", "Misfit", "linked_workspace"]

# Argument, what it got, what to use.
Misfit = tuple[str, object, str]


@dataclass(frozen=True, slots=True)
class AzureMlWorkspace:
    """What is read of a workspace."""

    location: str
    public_access: bool
    """Whether it is reached from the internet."""
    isolation: str
    """Of its managed network: Disabled, AllowInternetOutbound or AllowOnlyApprovedOutbound."""
    has_private_endpoint: bool
    own_key: bool
    """Whether its data is encrypted by a key of its owner's."""

    @property
    def managed_network(self) -> bool:
        """Whether clusters and endpoints are in a network that the workspace manages."""
        return self.isolation != "Disabled"


def linked_workspace(
    title: tuple[str, str],
    resource_group: pulumi.Input[str],
    name: pulumi.Input[str],
    misfits: Callable[[AzureMlWorkspace], Iterable[Misfit]],
    lookup: pulumi.InvokeOptions,
) -> pulumi.Output[AzureMlWorkspace]:
    """The workspace, which exists; what does not fit stops all that is made in it, previews too.

    `title` is the component's class and name, for the message.
    """

    def judged(found: ml.GetWorkspaceResult) -> AzureMlWorkspace:
        workspace = _workspace(found)
        checks = Checks(*title, {}, ())
        for key, got, use in misfits(workspace):
            checks.problem(key, got, use)
        checks.raise_problems()
        return workspace

    return azure.machinelearningservices.get_workspace_output(
        resource_group_name=resource_group, workspace_name=name, opts=lookup
    ).apply(judged)


def _workspace(found: ml.GetWorkspaceResult) -> AzureMlWorkspace:
    network, encryption = found.managed_network, found.encryption
    return AzureMlWorkspace(
        location=found.location or "",
        public_access=found.public_network_access != "Disabled",
        isolation=(network.isolation_mode if network else None) or "Disabled",
        has_private_endpoint=bool(found.private_endpoint_connections),
        own_key=encryption is not None and encryption.status == "Enabled",
    )
