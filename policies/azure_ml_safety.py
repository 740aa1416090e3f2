"""Security: Azure ML that is reached by few, sends to few, and is entered by no key."""

from dataclasses import dataclass
from typing import Final

from policies.azure_ml import WORKSPACE, deployment, endpoint, isolated, workspace_of
from policies.configuration import setting
from policies.resource_types import AZURE_ML_DEPLOYMENT, AZURE_ML_ENDPOINT
from policies.rule import (
    Faults,
    Level,
    NoSettings,
    Severity,
    Unknown,
    resource_rule,
    stack_rule,
)
from policies.tokens import fold
from policies.view import Stack, View

COMPUTE: Final = "azure-native:machinelearningservices:Compute"
# Kinds of compute that Azure ML makes itself; others are attached, with accounts of their own.
_OWN_COMPUTE: Final = ("AmlCompute", "ComputeInstance")


def _of_a_hub(view: View) -> bool:
    """A project has its hub's network and keys."""
    kind = view.get("kind")
    return (kind.text() or "").lower() == "project" or kind.unknown


@resource_rule(
    "security/azure-ml-public",
    severity=Severity.HIGH,
    types=(WORKSPACE, AZURE_ML_ENDPOINT),
    fix="Set publicNetworkAccess to Disabled, and reach the workspace by a private endpoint.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AZURE_144", "CKV2_AZURE_49"),
    level=Level.ADVISORY,
)
def azure_ml_public(view: View, _settings: NoSettings) -> Faults:
    """A workspace or an endpoint of Azure ML is reached from the whole internet.

    So it is where nothing is said. Tokens are asked for then too; but one that is found is of use
    from everywhere. https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint
    """
    of_workspace = view.token == fold(WORKSPACE)
    if of_workspace and _of_a_hub(view):
        return
    access = (view.properties if of_workspace else endpoint(view)).get("publicNetworkAccess")
    if access.absent or not (access.unknown or access.says("Disabled")):
        yield access.fault("Disabled")


@dataclass(frozen=True)
class Egress:
    """Settings."""

    require_approval: bool = setting(
        False,
        "Ask for AllowOnlyApprovedOutbound: nothing leaves for a host that nobody approved.",
    )


@stack_rule(
    "security/azure-ml-egress",
    severity=Severity.HIGH,
    types=(WORKSPACE, AZURE_ML_DEPLOYMENT),
    fix="Set managedNetwork.isolationMode of the workspace; without one close "
    "egressPublicNetworkAccess of the deployment.",
    unknown=Unknown.REST,
    settings=Egress,
    level=Level.ADVISORY,
)
def azure_ml_egress(stack: Stack, settings: Egress) -> Faults:
    """What serves a model on Azure ML may send to anybody on the internet.

    The workspace has a network for what runs in it where it is told to, and then the deployment's
    own word counts for nothing. Where the workspace is not in the stack, only a deployment that
    asks for the internet is judged; by hand it need not ask, as the SDKs do it for you.
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network
    """
    for view in stack.of(WORKSPACE):
        if _of_a_hub(view):
            continue
        mode = view.get("managedNetwork", "isolationMode")
        if not isolated(view):
            yield Stack.fault(view, mode, "AllowInternetOutbound or AllowOnlyApprovedOutbound")
        elif settings.require_approval and mode.says("AllowInternetOutbound"):
            yield Stack.fault(view, mode, "AllowOnlyApprovedOutbound")
    for view in stack.of(AZURE_ML_DEPLOYMENT):
        workspace = workspace_of(stack, view)
        egress = deployment(view).get("egressPublicNetworkAccess")
        if workspace is not None and isolated(workspace):
            continue
        if egress.says("Enabled") or (workspace is not None and egress.absent):
            yield Stack.fault(view, egress, "Disabled")


@resource_rule(
    "security/azure-ml-keys",
    severity=Severity.HIGH,
    types=(AZURE_ML_ENDPOINT, COMPUTE),
    fix="Set authMode AADToken, or AMLToken; on a cluster or an instance disableLocalAuth true.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AZURE_142",),
    level=Level.ADVISORY,
)
def azure_ml_keys(view: View, _settings: NoSettings) -> Faults:
    """An endpoint is called by a key, or a machine entered by one, and nobody can tell by whom.

    A key does not end and is the same for all callers. Azure ML's clusters and instances have an
    account for SSH unless it is refused; what is attached has its own way.
    https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint
    """
    if view.token == fold(AZURE_ML_ENDPOINT):
        mode = endpoint(view).get("authMode")
        if mode.says("Key"):
            yield mode.fault("AADToken or AMLToken")
        return
    compute = view.get("properties")
    if not compute.get("computeType").says(*_OWN_COMPUTE):
        return
    local = compute.get("disableLocalAuth")
    if local.off:
        yield local.fault("true")
    login = compute.get("properties", "remoteLoginPortPublicAccess")
    if login.says("Enabled"):
        yield login.fault("Disabled")


@resource_rule(
    "security/azure-ml-cmk",
    severity=Severity.MEDIUM,
    types=(WORKSPACE,),
    fix="Set encryption with status Enabled and keyVaultProperties, when the workspace is made.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def azure_ml_cmk(view: View, _settings: NoSettings) -> Faults:
    """What a workspace knows of models and runs is encrypted by Microsoft's keys alone.

    It cannot be changed later: https://learn.microsoft.com/azure/machine-learning/
    concept-customer-managed-keys
    """
    if _of_a_hub(view):
        return
    encryption = view.get("encryption")
    key, status = encryption.get("keyVaultProperties", "keyIdentifier"), encryption.get("status")
    if key.absent:
        yield key.fault("the identifier of a key")
    elif status.says("Disabled"):
        yield status.fault("Enabled")


RULES = (
    azure_ml_public,
    azure_ml_egress,
    azure_ml_keys,
    azure_ml_cmk,
)
