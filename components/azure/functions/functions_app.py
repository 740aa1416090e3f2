"""The app on its plan, the slot of a candidate, and who may call both."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure

from components import held_share
from components.azure.functions.functions_place import CANDIDATE, Place
from components.azure.functions.functions_settings import FunctionsSettings, Version
from components.azure.functions.functions_storage import DEPLOYMENTS, Storage
from components.serving import Core

__all__ = ["Running", "app", "callers", "plan", "slot"]

_KIND: Final = "functionapp,linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What app and slot have in common."""

    core: Core
    settings: FunctionsSettings
    plan: azure.web.AppServicePlan
    identity: azure.managedidentity.UserAssignedIdentity
    stored: Storage
    subnet_id: pulumi.Input[str] | None
    issuer: pulumi.Input[str]
    after: list[pulumi.Resource]


def plan(place: Place, core: Core, settings: FunctionsSettings) -> azure.web.AppServicePlan:
    """The plan, which this app alone is on.

    It is the first of what a stable model has: with a candidate it cannot be new, for slots go with
    an app, and the app with its plan.
    """
    sku = (
        azure.web.SkuDescriptionArgs(name="FC1", tier="FlexConsumption")
        if settings.flex
        # How many instances it has follows from what its app asks for, and from the load.
        else azure.web.SkuDescriptionArgs(name=settings.instance_type, tier="ElasticPremium")
    )
    return azure.web.AppServicePlan(
        f"{place.name}-plan",
        resource_group_name=place.resource_group,
        location=place.location,
        kind="functionapp" if settings.flex else "elastic",
        reserved=True,
        sku=sku,
        maximum_elastic_worker_count=None if settings.flex else core.max_replicas,
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(
            place.child,
            pulumi.ResourceOptions(
                # Azure takes no plan for another; sizes of one change in place.
                replace_on_changes=["sku.tier"],
                hooks=held_share.refuse_to_create(
                    place.name,
                    "plan",
                    has_candidate=settings.candidate is not None,
                    where=" on this plan and in this place",
                ),
            ),
        ),
    )


def app(
    place: Place,
    running: Running,
    variables: list[azure.web.NameValuePairArgs],
    candidate: azure.web.WebAppSlot | None,
) -> azure.web.WebApp:
    """The app with the stable version. A candidate gets its share last, and loses it first."""
    core, settings = running.core, running.settings
    config = _site_config(core, settings, variables)
    if candidate is not None:
        config["experiments"] = azure.web.ExperimentsArgs(ramp_up_rules=_shares(place, core))
    elif not settings.flex:
        config["experiments"] = azure.web.ExperimentsArgs(ramp_up_rules=[])
    made = azure.web.WebApp(
        f"{place.name}-app",
        name=place.app_name,
        **_common(place, running, settings.stable),
        function_app_config=_flex(running) if settings.flex else None,
        site_config=azure.web.SiteConfigArgs(**config),
        # Azure's host names are the same for a new app; two of them cannot be.
        opts=pulumi.ResourceOptions.merge(
            place.opts(*running.after, *([candidate] if candidate is not None else [])),
            pulumi.ResourceOptions(delete_before_replace=True),
        ),
    )
    _no_passwords(place, "app", made.name, None)
    return made


def slot(
    place: Place, running: Running, version: Version, variables: list[azure.web.NameValuePairArgs]
) -> azure.web.WebAppSlot:
    """The candidate beside the app; it is there before its share, and goes after it."""
    made = azure.web.WebAppSlot(
        f"{place.name}-{CANDIDATE}",
        name=place.app_name,
        slot=CANDIDATE,
        **_common(place, running, version),
        site_config=azure.web.SiteConfigArgs(
            **_site_config(running.core, running.settings, variables)
        ),
        opts=pulumi.ResourceOptions.merge(
            place.opts(*running.after), pulumi.ResourceOptions(delete_before_replace=True)
        ),
    )
    _no_passwords(place, CANDIDATE, place.app_name, made)
    azure.web.WebAppAuthSettingsV2Slot(
        f"{place.name}-{CANDIDATE}-callers",
        name=place.app_name,
        slot=CANDIDATE,
        resource_group_name=place.resource_group,
        **_callers(running),
        opts=place.opts(made),
    )
    return made


def callers(place: Place, running: Running, of: azure.web.WebApp) -> azure.web.WebAppAuthSettingsV2:
    """Nobody without a token of Entra for the application; no token is kept, no page shown."""
    return azure.web.WebAppAuthSettingsV2(
        f"{place.name}-callers",
        name=of.name,
        resource_group_name=place.resource_group,
        **_callers(running),
        opts=place.child,
    )


def _common(place: Place, running: Running, version: Version) -> dict[str, Any]:
    settings = running.settings
    inside = running.subnet_id is not None and not settings.flex
    return {
        "resource_group_name": place.resource_group,
        "location": place.location,
        "kind": _KIND,
        # Linux; Flex Consumption has nothing else, and no such property.
        "reserved": None if settings.flex else True,
        "server_farm_id": running.plan.id,
        "https_only": True,
        "client_affinity_enabled": False,
        "public_network_access": "Enabled" if settings.public_access else "Disabled",
        "virtual_network_subnet_id": running.subnet_id,
        # Flex Consumption has no choice: all goes that way.
        "outbound_vnet_routing": (
            azure.web.OutboundVnetRoutingArgs(all_traffic=True) if inside else None
        ),
        "key_vault_reference_identity": running.identity.id,
        "identity": azure.web.ManagedServiceIdentityArgs(
            type=azure.web.ManagedServiceIdentityType.USER_ASSIGNED,
            user_assigned_identities=[running.identity.id],
        ),
        "tags": running.core.aws_tags_keeping(version.version),
    }


def _site_config(
    core: Core, settings: FunctionsSettings, variables: list[azure.web.NameValuePairArgs]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "app_settings": variables,
        "http20_enabled": True,
        "min_tls_version": azure.web.SupportedTlsVersions.SUPPORTED_TLS_VERSIONS_1_2,
        "scm_min_tls_version": azure.web.SupportedTlsVersions.SUPPORTED_TLS_VERSIONS_1_2,
        "remote_debugging_enabled": False,
    }
    if settings.flex:
        return found
    return {
        **found,
        "ftps_state": azure.web.FtpsState.DISABLED,
        # The platform asks past the authentication, and replaces who is not well:
        # https://learn.microsoft.com/azure/app-service/monitor-instances-health-check
        "health_check_path": "/health/ready",
        "linux_fx_version": f"Python|{settings.python_version}",
        "minimum_elastic_instance_count": core.min_replicas,
        "function_app_scale_limit": core.max_replicas,
    }


def _flex(running: Running) -> azure.web.FunctionAppConfigArgs:
    core, settings = running.core, running.settings
    ready = (
        [azure.web.FunctionsAlwaysReadyConfigArgs(name="http", instance_count=core.min_replicas)]
        if core.min_replicas
        else []
    )
    http = (
        azure.web.FunctionsScaleAndConcurrencyTriggersArgs(
            http=azure.web.FunctionsScaleAndConcurrencyTriggersHttpArgs(
                per_instance_concurrency=settings.concurrency
            )
        )
        if settings.concurrency is not None
        else None
    )
    return azure.web.FunctionAppConfigArgs(
        deployment=azure.web.FunctionsDeploymentArgs(
            storage=azure.web.FunctionsDeploymentStorageArgs(
                type=azure.web.FunctionsDeploymentStorageType.BLOB_CONTAINER,
                value=running.stored.url(DEPLOYMENTS),
                authentication=azure.web.FunctionsDeploymentStorageAuthenticationArgs(
                    type=azure.web.AuthenticationType.USER_ASSIGNED_IDENTITY,
                    user_assigned_identity_resource_id=running.identity.id,
                ),
            )
        ),
        runtime=azure.web.FunctionsRuntimeArgs(name="python", version=settings.python_version),
        scale_and_concurrency=azure.web.FunctionsScaleAndConcurrencyArgs(
            always_ready=ready,
            instance_memory_mb=settings.memory_mib,
            maximum_instance_count=core.max_replicas,
            triggers=http,
        ),
        site_update_strategy=azure.web.FunctionsSiteUpdateStrategyArgs(
            type=(
                azure.web.SiteUpdateStrategyType.ROLLING_UPDATE
                if settings.rolling
                else azure.web.SiteUpdateStrategyType.RECREATE
            )
        ),
    )


def _shares(place: Place, core: Core) -> list[azure.web.RampUpRuleArgs]:
    """With 0 % it is reached by who asks for it: `x-ms-routing-name=candidate`."""
    return [
        azure.web.RampUpRuleArgs(
            name=CANDIDATE,
            action_host_name=pulumi.Output.concat(
                place.app_name, f"-{CANDIDATE}.azurewebsites.net"
            ),
            reroute_percentage=core.canary_percent,
        )
    ]


def _callers(running: Running) -> dict[str, Any]:
    audience, allowed = running.settings.jwt_audience, running.settings.callers
    return {
        "platform": azure.web.AuthPlatformArgs(enabled=True),
        "global_validation": azure.web.GlobalValidationArgs(
            require_authentication=True,
            unauthenticated_client_action=azure.web.UnauthenticatedClientActionV2.RETURN401,
        ),
        "http_settings": azure.web.HttpSettingsArgs(require_https=True),
        "login": azure.web.LoginArgs(token_store=azure.web.TokenStoreArgs(enabled=False)),
        "identity_providers": azure.web.IdentityProvidersArgs(
            azure_active_directory=azure.web.AzureActiveDirectoryArgs(
                enabled=True,
                registration=azure.web.AzureActiveDirectoryRegistrationArgs(
                    client_id=audience, open_id_issuer=running.issuer
                ),
                validation=azure.web.AzureActiveDirectoryValidationArgs(
                    allowed_audiences=[audience, f"api://{audience}"],
                    default_authorization_policy=(
                        azure.web.DefaultAuthorizationPolicyArgs(
                            allowed_principals=azure.web.AllowedPrincipalsArgs(identities=allowed)
                        )
                        if allowed
                        else None
                    ),
                ),
            )
        ),
    }


def _no_passwords(
    place: Place,
    role: str,
    app_name: pulumi.Input[str],
    of_slot: azure.web.WebAppSlot | None,
) -> None:
    """FTP and the app's management take tokens of Entra, and no passwords."""
    common: dict[str, Any] = {
        "name": app_name,
        "resource_group_name": place.resource_group,
        "allow": False,
    }
    if of_slot is None:
        azure.web.WebAppFtpAllowed(f"{place.name}-{role}-ftp", **common, opts=place.child)
        azure.web.WebAppScmAllowed(f"{place.name}-{role}-scm", **common, opts=place.child)
        return
    common["slot"] = CANDIDATE
    azure.web.WebAppFtpAllowedSlot(f"{place.name}-{role}-ftp", **common, opts=place.opts(of_slot))
    azure.web.WebAppScmAllowedSlot(f"{place.name}-{role}-scm", **common, opts=place.opts(of_slot))
