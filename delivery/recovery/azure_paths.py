"""Ids of the Azure resources that the components make, by what Pulumi calls their parts.

Azure Resource Manager's own paths: https://learn.microsoft.com/rest/api/azure/.
"""

from typing import Final

__all__ = ["PATHS"]

_GROUP: Final = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"

PATHS: Final = {
    "applicationinsights:Component": (
        _GROUP + "/providers/Microsoft.Insights/components/{resourceName}"
    ),
    "applicationinsights:Workbook": _GROUP
    + "/providers/Microsoft.Insights/workbooks/{resourceName}",
    "authorization:ManagementLockByScope": (
        "/{scope}/providers/Microsoft.Authorization/locks/{lockName}"
    ),
    "authorization:RoleAssignment": (
        "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}"
    ),
    "authorization:RoleDefinition": (
        "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}"
    ),
    "compute:DiskEncryptionSet": (
        _GROUP + "/providers/Microsoft.Compute/diskEncryptionSets/{diskEncryptionSetName}"
    ),
    "compute:ProximityPlacementGroup": (
        _GROUP + "/providers/Microsoft.Compute/proximityPlacementGroups"
        "/{proximityPlacementGroupName}"
    ),
    "containerservice:ManagedCluster": (
        _GROUP + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}"
    ),
    "keyvault:Key": _GROUP + "/providers/Microsoft.KeyVault/vaults/{vaultName}/keys/{keyName}",
    "keyvault:Vault": _GROUP + "/providers/Microsoft.KeyVault/vaults/{vaultName}",
    "logic:Workflow": _GROUP + "/providers/Microsoft.Logic/workflows/{workflowName}",
    "machinelearningservices:DataVersion": (
        _GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}/data"
        "/{name}/versions/{version}"
    ),
    "machinelearningservices:EnvironmentVersion": (
        _GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}"
        "/environments/{name}/versions/{version}"
    ),
    "machinelearningservices:ModelVersion": (
        _GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}/models"
        "/{name}/versions/{version}"
    ),
    "machinelearningservices:OnlineDeployment": (
        _GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}"
        "/onlineEndpoints/{endpointName}/deployments/{deploymentName}"
    ),
    "machinelearningservices:OnlineEndpoint": (
        _GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}"
        "/onlineEndpoints/{endpointName}"
    ),
    "managedidentity:FederatedIdentityCredential": (
        _GROUP + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
        "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"
    ),
    "managedidentity:UserAssignedIdentity": (
        _GROUP + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
    ),
    "monitor:AutoscaleSetting": (
        _GROUP + "/providers/Microsoft.Insights/autoscalesettings/{autoscaleSettingName}"
    ),
    "monitor:DiagnosticSetting": (
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"
    ),
    "monitor:MetricAlert": _GROUP + "/providers/Microsoft.Insights/metricAlerts/{ruleName}",
    "monitor:ScheduledQueryRule": (
        _GROUP + "/providers/Microsoft.Insights/scheduledQueryRules/{ruleName}"
    ),
    "network:FlowLog": (
        _GROUP + "/providers/Microsoft.Network/networkWatchers/{networkWatcherName}/flowLogs"
        "/{flowLogName}"
    ),
    "network:NatGateway": _GROUP + "/providers/Microsoft.Network/natGateways/{natGatewayName}",
    "network:NetworkSecurityGroup": (
        _GROUP + "/providers/Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}"
    ),
    "network:PrivateDnsZoneGroup": (
        _GROUP + "/providers/Microsoft.Network/privateEndpoints/{privateEndpointName}"
        "/privateDnsZoneGroups/{privateDnsZoneGroupName}"
    ),
    "network:PrivateEndpoint": (
        _GROUP + "/providers/Microsoft.Network/privateEndpoints/{privateEndpointName}"
    ),
    "network:PublicIPAddress": (
        _GROUP + "/providers/Microsoft.Network/publicIPAddresses/{publicIpAddressName}"
    ),
    "network:Subnet": (
        _GROUP + "/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets"
        "/{subnetName}"
    ),
    "network:VirtualNetwork": (
        _GROUP + "/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}"
    ),
    "operationalinsights:Workspace": (
        _GROUP + "/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}"
    ),
    "privatedns:PrivateZone": (
        _GROUP + "/providers/Microsoft.Network/privateDnsZones/{privateZoneName}"
    ),
    "privatedns:VirtualNetworkLink": (
        _GROUP + "/providers/Microsoft.Network/privateDnsZones/{privateZoneName}"
        "/virtualNetworkLinks/{virtualNetworkLinkName}"
    ),
    "storage:BlobContainer": (
        _GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}/blobServices/default"
        "/containers/{containerName}"
    ),
    "storage:StorageAccount": _GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}",
    "web:AppServicePlan": _GROUP + "/providers/Microsoft.Web/serverfarms/{name}",
    "web:WebApp": _GROUP + "/providers/Microsoft.Web/sites/{name}",
    "web:WebAppAuthSettingsV2": (
        _GROUP + "/providers/Microsoft.Web/sites/{name}/config/authsettingsV2"
    ),
    "web:WebAppAuthSettingsV2Slot": (
        _GROUP + "/providers/Microsoft.Web/sites/{name}/slots/{slot}/config/authsettingsV2"
    ),
    "web:WebAppFtpAllowed": (
        _GROUP + "/providers/Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/ftp"
    ),
    "web:WebAppFtpAllowedSlot": (
        _GROUP + "/providers/Microsoft.Web/sites/{name}/slots/{slot}"
        "/basicPublishingCredentialsPolicies/ftp"
    ),
    "web:WebAppScmAllowed": (
        _GROUP + "/providers/Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/scm"
    ),
    "web:WebAppScmAllowedSlot": (
        _GROUP + "/providers/Microsoft.Web/sites/{name}/slots/{slot}"
        "/basicPublishingCredentialsPolicies/scm"
    ),
    "web:WebAppSlot": _GROUP + "/providers/Microsoft.Web/sites/{name}/slots/{slot}",
}
