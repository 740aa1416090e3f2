"""Resources: nothing is made in words that these rules do not read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from policies.configuration import setting
from policies.properties import Fault
from policies.rule import Faults, Severity, Unknown, resource_rule
from policies.view import View

CLOUD_CONTROL: Final = "aws:cloudcontrol/resource:Resource"
_COMPONENT: Final = "AWS::SageMaker::InferenceComponent"
# What a cloud makes of a text that is sent to it.
_TEMPLATES: Final = (
    "aws:cloudformation/stack:Stack",
    "aws:cloudformation/stackSet:StackSet",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
    "gcp:deploymentmanager/deployment:Deployment",
    "azure-native:resources:Deployment",
    "azure-native:resources:DeploymentAtManagementGroupScope",
    "azure-native:resources:DeploymentAtScope",
    "azure-native:resources:DeploymentAtSubscriptionScope",
    "azure-native:resources:DeploymentAtTenantScope",
    "azure-native:resources:DeploymentStackAtManagementGroup",
    "azure-native:resources:DeploymentStackAtResourceGroup",
    "azure-native:resources:DeploymentStackAtSubscription",
    # Any resource of Azure, by its name in ARM.
    "azure-native:resources:Resource",
)
# The same clouds by other providers; Terraform's have all of theirs in a module of that name.
# https://www.pulumi.com/docs/iac/concepts/providers/any-terraform-provider/
_OTHER_PROVIDERS: Final = (
    "aws-native:*:*",
    "awscc:*:*",
    "aws:index/*:*",
    "google-native:*:*",
    "google:*:*",
    "google-beta:*:*",
    "gcp:index/*:*",
    "azure:*:*",
    "azurerm:*:*",
    "azapi:*:*",
    "kubernetes:index/*:*",
    "kubectl:*:*",
    "helm:*:*",
)


@dataclass(frozen=True)
class Unread:
    """Settings."""

    allowed: tuple[str, ...] = setting(
        (_COMPONENT,),
        "Types, and Cloud Control's names of types, that somebody else looks at; globs too.",
    )


@resource_rule(
    "resources/unread",
    severity=Severity.HIGH,
    types=(CLOUD_CONTROL, *_TEMPLATES, *_OTHER_PROVIDERS),
    fix="Make it by pulumi-aws, pulumi-gcp, pulumi-azure-native or pulumi-kubernetes; what is "
    "looked at elsewhere goes into allowed.",
    unknown=Unknown.LATER,
    settings=Unread,
)
def unread(view: View, settings: Unread) -> Faults:
    """A resource is made by a template, or by another provider, so that no rule reads it.

    Rules look at the types of four providers. The same bucket or role by Cloud Control, a
    CloudFormation stack, an ARM deployment, aws-native or a provider of Terraform's would pass all
    of them unseen. SageMaker's inference components exist in Cloud Control alone: one of a Model,
    which the rules read, is allowed, and one with a container of its own is not.
    """
    if view.token == CLOUD_CONTROL:
        named = view.get("typeName")
        if (name := named.text()) is None or _among(name, settings):
            if name == _COMPONENT and _COMPONENT in settings.allowed:
                yield from _own_container(view)
            return
        yield named.fault("a resource of the provider's own type")
    elif not _among(view.resource.type, settings):
        yield Fault("", view.resource.type, "a resource of a provider that these rules read")


def _among(name: str, settings: Unread) -> bool:
    return any(fnmatchcase(name, one) for one in settings.allowed)


def _own_container(view: View) -> Faults:
    """Where an inference component says its image and artifact itself."""
    state = view.get("desiredState")
    text = state.text()
    if text is None:
        return
    try:
        wanted: Any = json.loads(text)
    except ValueError:
        # The provider refuses it.
        return
    # One specification, or several: one for each kind of machine.
    for key in ("Specification", "Specifications"):
        written = cast("dict[str, Any]", wanted) if isinstance(wanted, dict) else {}
        given = written.get(key)
        for each in cast("list[Any]", given if isinstance(given, list) else [given]):
            if isinstance(each, Mapping) and "Container" in each:
                yield state.fault("ModelName of a model of the stack", "a container of its own")


RULES = (unread,)
