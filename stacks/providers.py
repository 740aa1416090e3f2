"""Explicit providers: where everything goes, and what is refused to go elsewhere."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import pulumi

from components.serving_provider import ServingProvider
from stacks.refused_invoke import reason
from stacks.settings.environment import Targets
from stacks.targets import Package

if TYPE_CHECKING:
    import pulumi_aws
    import pulumi_azure_native
    import pulumi_gcp
    import pulumi_kubernetes


@contextmanager
def _expecting(title: str, expected: str, remedy: str, target: str) -> Generator[None]:
    """What a cloud answers to a question that has to have an answer, told without a traceback."""
    try:
        yield
    # The SDKs raise nothing narrower for an invoke that failed.
    except Exception as error:  # noqa: BLE001
        raise pulumi.RunError(
            f"{title}: {reason(error)}\n"
            f"  expected: {expected}\n"
            f"  fix: {remedy}, or correct model-serving:targets.{target} in "
            f"Pulumi.{pulumi.get_stack()}.yaml"
        ) from None


class Providers:
    """The environment's providers, each made when it is first needed."""

    kubeconfig: pulumi.Input[str] | None = None
    """Of a cluster that this stack made, or the platform's; set before the provider is needed."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    @cached_property
    def aws(self) -> "pulumi_aws.Provider":
        """AWS in the environment's region; another account is refused when it is configured."""
        # Half a second of imports that a stack without AWS does not need.
        import pulumi_aws  # noqa: PLC0415

        target = self._targets.aws
        if target is None:
            raise pulumi.RunError("model-serving:targets.aws is missing")
        provider = pulumi_aws.Provider(
            "aws", region=target.region, allowed_account_ids=[target.account_id]
        )
        # Asked at once: otherwise a wrong account shows up as a traceback of whatever comes first,
        # beside resources that have been registered already.
        with _expecting(
            "AWS cannot be used",
            f"account {target.account_id}, region {target.region}",
            "log in to that account",
            "aws",
        ):
            pulumi_aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider))
        return provider

    @cached_property
    def kubernetes(self) -> "pulumi_kubernetes.Provider":
        """The environment's cluster, by the kubeconfig's context."""
        import pulumi_kubernetes  # noqa: PLC0415

        target = self._targets.kubernetes
        if target is None:
            raise pulumi.RunError("model-serving:targets.kubernetes is missing")
        if target.context is not None:
            return pulumi_kubernetes.Provider("kubernetes", context=target.context)
        if self.kubeconfig is None:
            # Without one the provider would take whatever kubeconfig the machine has.
            raise pulumi.RunError(
                "model-serving:targets.kubernetes.context: missing, and the cluster that the stack "
                "makes is not there yet\n"
                "  fix: update the whole stack once, without --only, or name a context"
            )
        return pulumi_kubernetes.Provider("kubernetes", kubeconfig=self.kubeconfig)

    @cached_property
    def gcp(self) -> "pulumi_gcp.Provider":
        """Google Cloud in the environment's project; a project that is not there is refused."""
        import pulumi_gcp  # noqa: PLC0415

        target = self._targets.gcp
        # Only a default, which no component takes: each says where it is, so that Vertex AI and
        # Cloud Run may be in different regions (tests/contract/test_google_places.py).
        placed = self._targets.vertex or self._targets.cloud_run
        if target is None:
            raise pulumi.RunError("model-serving:targets.gcp is missing")
        provider = pulumi_gcp.Provider(
            "gcp", project=target.project, region=placed.region if placed else None
        )
        # Google's provider has no list of projects that it may change: it is asked at once whether
        # these credentials know the project, before anything is registered in it.
        with _expecting(
            "Google Cloud cannot be used",
            f"project {target.project}, and the right to look at it (resourcemanager.projects.get)",
            "log in with credentials of that project",
            "gcp",
        ):
            pulumi_gcp.organizations.get_project(
                project_id=target.project, opts=pulumi.InvokeOptions(provider=provider)
            )
        return provider

    @cached_property
    def azure(self) -> "pulumi_azure_native.Provider":
        """Azure in the environment's subscription; one without what is named of it is refused."""
        import pulumi_azure_native  # noqa: PLC0415

        target = self._targets.azure
        if target is None:
            raise pulumi.RunError("model-serving:targets.azure is missing")
        provider = pulumi_azure_native.Provider("azure", subscription_id=target.subscription_id)
        # Azure's provider takes any subscription, and says no more than which one it was given:
        # what is in it tells at once whether it is the one that was meant, and can be reached.
        lookup = pulumi.InvokeOptions(provider=provider)
        with _expecting(
            "Azure cannot be used",
            f"resource group {target.resource_group} in subscription {target.subscription_id}",
            "log in to that subscription (az login)",
            "azure",
        ):
            pulumi_azure_native.resources.get_resource_group(
                resource_group_name=target.resource_group, opts=lookup
            )
        if workspace := self._targets.azure_ml:
            group = workspace.resource_group or target.resource_group
            with _expecting(
                "Azure ML cannot be used",
                f"workspace {workspace.workspace_name} in resource group {group}",
                "make the workspace, or ask for the right to read it",
                "azure_ml",
            ):
                pulumi_azure_native.machinelearningservices.get_workspace(
                    resource_group_name=group,
                    workspace_name=workspace.workspace_name,
                    opts=lookup,
                )
        return provider

    @cached_property
    def serving(self) -> ServingProvider:
        """The first-party provider: the account and region of `aws`, where there is one."""
        target = self._targets.aws
        if target is None:
            return ServingProvider("serving")
        return ServingProvider(
            "serving", region=target.region, allowed_account_ids=[target.account_id]
        )

    def named(self, packages: Sequence[Package]) -> list[pulumi.ProviderResource]:
        """The providers of some packages."""
        made: dict[Package, Callable[[], pulumi.ProviderResource]] = {
            "aws": lambda: self.aws,
            "azure": lambda: self.azure,
            "gcp": lambda: self.gcp,
            "kubernetes": lambda: self.kubernetes,
            "serving": lambda: self.serving,
        }
        return [made[package]() for package in packages]
