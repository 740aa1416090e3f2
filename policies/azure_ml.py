"""Azure ML's endpoints and deployments, as both major versions of its provider write them."""

from typing import Final

from policies.properties import Property
from policies.view import Stack, View

__all__ = ["WORKSPACE", "deployment", "endpoint", "isolated", "workspace_of"]

WORKSPACE: Final = "azure-native:machinelearningservices:Workspace"
_ISOLATED: Final = ("AllowInternetOutbound", "AllowOnlyApprovedOutbound")


def deployment(view: View) -> Property:
    """What a deployment is made of; major version 2 of the provider has another name for it."""
    older = view.get("onlineDeploymentProperties")
    return view.get("properties") if older.absent else older


def endpoint(view: View) -> Property:
    """What an online endpoint is made of, by either name."""
    older = view.get("onlineEndpointProperties")
    return view.get("properties") if older.absent else older


def workspace_of(stack: Stack, view: View) -> View | None:
    """The workspace of something in it, where that is in the stack too."""
    name = view.get("workspaceName")
    upstream = stack.upstream(view, "workspaceName")
    for each in stack.of(WORKSPACE):
        # Azure's outputs have not the word by which the name was asked for.
        names = [
            place.raw for key in ("workspaceName", "name") if not (place := each.get(key)).absent
        ]
        if each.urn in upstream or (not name.absent and not name.unknown and name.raw in names):
            return each
    return None


def isolated(workspace: View) -> bool:
    """Whether the workspace manages a network for what is in it; or perhaps."""
    mode = workspace.get("managedNetwork", "isolationMode")
    return mode.says(*_ISOLATED) or mode.unknown
