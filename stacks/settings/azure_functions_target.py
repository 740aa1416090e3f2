"""What an environment says of Azure Functions."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from facts.azure_functions import LOG_RETENTION_DAYS
from facts.resource_ids import azure_id
from stacks.settings.fields import Closed, Text, Truth, Whole

__all__ = ["AzureFunctionsTarget"]

_SUBNET: Final = azure_id("Microsoft.Network/virtualNetworks", "[^/]+/subnets/[^/]+")
_SubnetId = Annotated[
    str,
    StringConstraints(pattern=rf"^{_SUBNET}$"),
    Field(json_schema_extra={"allowed": "its id: /subscriptions/…/subnets/name"}),
]


_ZoneId = Annotated[
    str,
    StringConstraints(pattern=rf"^{azure_id('Microsoft.Network/privateDnsZones', '[^/]+')}$"),
    Field(json_schema_extra={"allowed": "its id: /subscriptions/…/privateDnsZones/name"}),
]


class AzureFunctionsTarget(Closed):
    """What all apps of the environment share, in the subscription and location of `azure`."""

    jwt_issuer: Annotated[
        str,
        StringConstraints(pattern=r"^https://login\.microsoftonline\.(com|us)/[^/]+/v2\.0$"),
        Field(json_schema_extra={"allowed": "https://login.microsoftonline.com/<tenant>/v2.0"}),
    ]
    """Who issues the callers' tokens."""
    jwt_audience: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
        Field(json_schema_extra={"allowed": "the application (client) id in Microsoft Entra"}),
    ]
    """Id of the application in Microsoft Entra that callers get tokens for."""
    resource_group: Text | None = None
    """Resource group of the apps. Default: that of `azure`."""
    public_access: Truth = False
    """Whether apps are reached from the internet. Default: by private endpoints alone."""
    endpoint_subnet_id: _SubnetId | None = None
    """Subnet of the private endpoints. Default: none is made."""
    flex_subnet_id: _SubnetId | None = None
    """Subnet in which apps on Flex Consumption reach others, delegated to
    Microsoft.App/environments. Default: no network."""
    premium_subnet_id: _SubnetId | None = None
    """The same for apps on Premium, delegated to Microsoft.Web/serverFarms. Default: no network."""
    private_zones: dict[Text, _ZoneId] = Field(default={})
    """Ids of private DNS zones by their names: privatelink.azurewebsites.net and
    privatelink.blob.core.windows.net. Default: somebody else keeps the names."""
    storage_public_access: Truth | None = None
    """Whether the apps' storage accounts are reached from the internet, by Entra alone. Default:
    true, and false where apps have both subnets: who runs Pulumi has to reach them then."""
    key: (
        Annotated[
            str,
            StringConstraints(
                pattern=rf"^{azure_id('Microsoft.KeyVault/vaults', '[^/]+/keys/[^/]+')}$"
            ),
            Field(json_schema_extra={"allowed": "its id: /subscriptions/…/vaults/…/keys/name"}),
        ]
        | None
    ) = None
    """Key Vault key that storage accounts are encrypted by. Default: Azure's own keys."""
    log_workspace_id: (
        Annotated[
            str,
            StringConstraints(
                pattern=rf"^{azure_id('Microsoft.OperationalInsights/workspaces', '[^/]+')}$"
            ),
            Field(json_schema_extra={"allowed": "its id: /subscriptions/…/workspaces/name"}),
        ]
        | None
    ) = None
    """Log Analytics workspace of requests and logs. Default: each app has one of its own."""
    log_retention_days: Whole | None = Field(
        default=None, ge=LOG_RETENTION_DAYS.minimum, le=LOG_RETENTION_DAYS.maximum
    )
    """How long an app's own workspace keeps them. Default: 30."""
    alert_action_group_id: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{azure_id('Microsoft.Insights/actionGroups', '[^/]+')}$"),
            Field(json_schema_extra={"allowed": "its id: /subscriptions/…/actionGroups/name"}),
        ]
        | None
    ) = None
    """Id of the action group that alerts tell. Default: alerts tell nobody."""
