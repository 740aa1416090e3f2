"""A model that scores what lies in Blob Storage, behind a batch endpoint of Azure ML."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure
from pulumi_azure_native import machinelearningservices as ml

from components.azure.azure_ml.azure_ml_access import Reach, endpoint_access
from components.azure.azure_ml.azure_ml_assets import Workspace, deployment_name, digest
from components.azure.azure_ml.azure_ml_batch_assets import Assets, cluster_name, made_of
from components.azure.azure_ml.azure_ml_batch_default import AzureMlBatchDefault
from components.azure.azure_ml.azure_ml_batch_endpoint_args import AzureMlBatchEndpointArgs
from components.azure.azure_ml.azure_ml_batch_schedule import invoked_by_the_clock, request
from components.azure.azure_ml.azure_ml_batch_settings import (
    BatchEndpointSettings,
    read_batch_endpoint,
)
from components.azure.azure_ml.azure_ml_datastores import Datastores
from components.azure.azure_ml.azure_ml_resource import AzureMlPlace
from components.azure.azure_ml.azure_ml_traffic import AzureMlLiveValues
from components.azure.azure_ml.azure_ml_workspace import AzureMlWorkspace, Misfit, linked_workspace
from components.checks import Checks
from facts.azure_ml import BATCH_NETWORK_PAGE, BATCH_SCHEDULE_PAGE
from facts.strategies import slug

__all__ = ["AzureMlBatchEndpoint"]

_ON_DEMAND: Final = (
    "on_demand: true, and start runs from within the network, as by Azure Data Factory: Logic Apps "
    f"do not reach a private workspace ({BATCH_SCHEDULE_PAGE})"
)
_NETWORK: Final = (
    "a subnet for the machines, or a workspace with a managed network, or compute_name, or "
    "public_nodes: true"
)
_ACTIONS: Final = {"append_row": "AppendRow", "summary_only": "SummaryOnly"}


class AzureMlBatchEndpoint(pulumi.ComponentResource):
    """Endpoint, a deployment of the version, cluster, identity and what starts runs by the clock.

    An update starts no run. A changed model or script is a new deployment: it is made, becomes the
    default, and then the old one goes.
    """

    url: pulumi.Output[str]
    """Where the results go."""
    endpoint_name: pulumi.Output[str]
    invoke_url: pulumi.Output[str]
    """Where runs are started, by Entra tokens for https://ml.azure.com."""
    invoke_request: pulumi.Output[str]
    """What is sent there to score the input, as JSON."""
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: AzureMlBatchEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = AzureMlBatchEndpointArgs.__annotations__
        checks = Checks("AzureMlBatchEndpoint", name, args, known)
        settings = read_batch_endpoint(checks, name, args)
        checks.raise_problems()
        super().__init__("model-serving:index:AzureMlBatchEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._settings = settings
        self._workspace = Workspace(
            subscription_id=args["subscription_id"],
            resource_group=args["resource_group"],
            name=args["workspace_name"],
            asset_name=settings.asset_name,
        )

        found = linked_workspace(
            ("AzureMlBatchEndpoint", name),
            self._workspace.resource_group,
            self._workspace.name,
            lambda there: _misfits(settings, there, in_subnet="subnet_id" in args),
            pulumi.InvokeOptions(parent=self),
        )
        location = found.apply(lambda there: there.location)
        access = endpoint_access(
            name,
            Reach(
                versions=[settings.model_uri, settings.code_uri or ""],
                inputs=[settings.input_uri],
                containers=settings.artifact_container_ids,
                writes=[settings.output_uri],
                registry_id=args.get("registry_id"),
            ),
            subscription_id=args["subscription_id"],
            resource_group=args["resource_group"],
            storage_group=args.get("storage_resource_group", args["resource_group"]),
            location=location,
            tags=settings.aws_tags(),
            opts=child,
        )
        stores = Datastores(name, self._workspace, child)
        assets = made_of(settings, self._workspace, stores, args.get("image"), child)
        compute = self._compute(access.identity, location, args.get("subnet_id"))
        at = AzureMlPlace(
            subscription_id=self._workspace.subscription_id,
            resource_group_name=self._workspace.resource_group,
            workspace_name=self._workspace.name,
            endpoint_name=settings.physical_name,
        )
        # An endpoint is written whole: what is its default just then is written back.
        live = AzureMlLiveValues(
            f"{name}-live",
            place=at,
            writes=digest(settings.description, settings.aws_tags()),
            batch=True,
            opts=child,
        )
        endpoint = ml.BatchEndpoint(
            f"{name}-endpoint",
            endpoint_name=settings.physical_name,
            resource_group_name=self._workspace.resource_group,
            workspace_name=self._workspace.name,
            location=location,
            properties=ml.BatchEndpointPropertiesArgs(
                auth_mode="AADToken",
                description=settings.description or None,
                defaults=live.default_deployment.apply(_defaults),
            ),
            tags=settings.aws_tags(),
            opts=child,
        )
        deployment = self._deployment(endpoint, assets, compute, location, access.rights)
        default = AzureMlBatchDefault(
            f"{name}-default",
            place={**at, "endpoint_name": endpoint.name},
            deployment_name=deployment.name,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[deployment]),
        )
        results = stores.path(settings.output_uri, "output")
        invoke_url = endpoint.properties.apply(lambda found: found.scoring_uri or "")
        if settings.timetable is not None:
            invoked_by_the_clock(
                settings,
                settings.timetable,
                self._workspace,
                identity=access.identity,
                location=location,
                invoke_url=invoke_url,
                output=results,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[default]),
            )

        self.url = pulumi.Output.from_input(settings.output_uri)
        self.endpoint_name = default.endpoint_name
        self.invoke_url = invoke_url
        self.invoke_request = results.apply(lambda folder: json.dumps(request(settings, folder)))
        self.status = pulumi.Output.from_input(
            {
                "target": "azure_ml_batch",
                "environment": settings.environment,
                "owner": settings.owner,
                "version": settings.model_version,
                "schedule": settings.schedule,
                "min_replicas": 0,
                "max_replicas": settings.parallelism,
                "model_uri": settings.model_uri,
            }
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_url": self.invoke_url,
                "invoke_request": self.invoke_request,
                "status": self.status,
            }
        )

    def _compute(
        self,
        identity: azure.managedidentity.UserAssignedIdentity,
        location: pulumi.Output[str],
        subnet_id: pulumi.Input[str] | None,
    ) -> pulumi.Output[str]:
        """The id of the cluster: one that is there, or one of its own."""
        settings = self._settings
        if settings.compute_name is not None:
            return pulumi.Output.concat(self._workspace.id, f"/computes/{settings.compute_name}")
        made = ml.Compute(
            f"{settings.name}-cluster",
            compute_name=cluster_name(
                settings,
                self._workspace,
                settings.instance_type,
                *(str(settings.low_priority), str(settings.public_nodes), subnet_id or ""),
            ),
            resource_group_name=self._workspace.resource_group,
            workspace_name=self._workspace.name,
            location=location,
            identity=ml.ManagedServiceIdentityArgs(
                type="UserAssigned", user_assigned_identities=[identity.id]
            ),
            properties=ml.AmlComputeArgs(
                compute_type="AmlCompute",
                description=f"Batch runs of {settings.physical_name}",
                disable_local_auth=True,
                properties=ml.AmlComputePropertiesArgs(
                    os_type="Linux",
                    vm_size=settings.instance_type,
                    vm_priority="LowPriority" if settings.low_priority else "Dedicated",
                    scale_settings=ml.ScaleSettingsArgs(
                        min_node_count=0,
                        max_node_count=settings.parallelism,
                        node_idle_time_before_scale_down=f"PT{settings.idle_seconds}S",
                    ),
                    enable_node_public_ip=settings.public_nodes,
                    remote_login_port_public_access="Disabled",
                    subnet=ml.ResourceIdArgs(id=subnet_id) if subnet_id is not None else None,
                ),
            ),
            tags=settings.aws_tags(),
            # Of other machines it is another cluster, which is there before the old one goes.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )
        return made.id

    def _deployment(
        self,
        endpoint: ml.BatchEndpoint,
        assets: Assets,
        compute: pulumi.Output[str],
        location: pulumi.Output[str],
        rights: list[pulumi.Resource],
    ) -> ml.BatchDeployment:
        settings = self._settings
        image, code = assets.environment_id, assets.code_id
        fixed = [settings.model_uri, settings.code_uri, compute, image]
        return ml.BatchDeployment(
            f"{settings.name}-{slug(settings.model_version)}-deployment",
            deployment_name=deployment_name(settings.model_version, *fixed),
            endpoint_name=endpoint.name,
            resource_group_name=self._workspace.resource_group,
            workspace_name=self._workspace.name,
            location=location,
            properties=ml.BatchDeploymentPropertiesArgs(
                model=ml.IdAssetReferenceArgs(reference_type="Id", asset_id=assets.model_id),
                environment_id=image,
                code_configuration=ml.CodeConfigurationArgs(
                    code_id=code, scoring_script=settings.scoring_script
                )
                if code is not None
                else None,
                environment_variables=settings.env or None,
                compute=compute,
                resources=ml.DeploymentResourceConfigurationArgs(
                    instance_count=settings.parallelism
                ),
                max_concurrency_per_instance=settings.concurrency_per_instance,
                mini_batch_size=settings.mini_batch_size,
                retry_settings=ml.BatchRetrySettingsArgs(
                    max_retries=settings.retries,
                    timeout=f"PT{settings.mini_batch_timeout_seconds}S",
                ),
                error_threshold=settings.error_threshold,
                logging_level="Info",
                output_action=_ACTIONS[settings.output_action],
                output_file_name=settings.output_file_name,
            ),
            tags=settings.aws_tags(settings.model_version),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=rights,
                delete_before_replace=False,
                # An endpoint takes its deployments along; its default alone may not go.
                deleted_with=endpoint,
            ),
        )


def _defaults(deployment: str) -> ml.BatchEndpointDefaultsArgs | None:
    return ml.BatchEndpointDefaultsArgs(deployment_name=deployment) if deployment else None


def _misfits(
    settings: BatchEndpointSettings, workspace: AzureMlWorkspace, *, in_subnet: bool
) -> Iterator[Misfit]:
    if workspace.own_key:
        yield (
            "workspace_name",
            "a workspace that is encrypted by a key of your own",
            f"another one: it takes no batch deployments ({BATCH_NETWORK_PAGE})",
        )
    if settings.timetable is not None and not workspace.public_access:
        yield (
            "schedule",
            settings.schedule,
            _ON_DEMAND,
        )
    private = workspace.managed_network or in_subnet or settings.public_nodes
    if settings.compute_name is None and not private:
        yield (
            "subnet_id",
            None,
            _NETWORK,
        )
    if settings.public_nodes and workspace.managed_network:
        yield ("public_nodes", True, "it without: the workspace has a managed network")
