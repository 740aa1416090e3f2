"""Facts that no client states as a constraint, each with the page or the source that says so.

All names were read on the page of naming rules, and all numbers in the text of the REST reference
(the SDK's own docstrings have it) or on the page that they name, but for five that the Terraform
provider's validators alone say: periods of a query's alert (1 to 6), its windows and how often it
is asked, seconds between samples (1 to 1800), minutes of a network's flow timeout (4 to 30), and
730 days of logs.
"""

from collections.abc import Mapping

from sandbox.limits.model import Limit

__all__ = ["FACTS", "FORCE_NEW", "NAMES", "PATHS", "TAGS"]

_RULES = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
_ML_QUOTAS = "https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas"
_ML_YAML = (
    "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online"
)
_REST = "https://learn.microsoft.com/rest/api"
Limits = Mapping[str, Limit]


def _name(pattern: str, page: str = _RULES, published: str = "") -> Limit:
    return Limit(pattern=pattern, published=published, page=page)


def _range(low: float | None, high: float | None, page: str) -> Limit:
    return Limit(minimum=low, maximum=high, page=page)


def _length(low: int | None, high: int | None, page: str) -> Limit:
    return Limit(min_length=low, max_length=high, page=page)


# ---- names of resources ----

# "Must begin with a letter", letters, numbers and hyphens, 3 to 32 characters, ends with one of
# the first two.
_ENDPOINT = _name(r"[A-Za-z](?:[A-Za-z0-9-]{1,30})[A-Za-z0-9]", _ML_QUOTAS)
_GROUP = _name(r"[-\w._()]{0,89}[-\w_()]")
_GUID = _name(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_VAULT = _name(r"(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]")
_CONTAINER = _name(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]|\$root|\$web|\$logs")
_QUEUE = _name(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_SITE = _name(r"[^\W_](?:[^\W_]|-){0,58}[^\W_]")
_ALERT = _name(r"[^*#&+:<>?@%{}\\/|]{0,259}[^*#&+:<>?@%{}\\/| .]")
_IDENTITY = _name(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}")
_NETWORK = _name(r"[A-Za-z0-9](?:[\w.-]{0,62}\w)")
_NETWORK_PART = _name(r"[A-Za-z0-9](?:[\w.-]{0,78}\w)?")

NAMES: Mapping[str, Limits] = {
    "azure-native:applicationinsights:Component": {
        "resourceName": _name(r"[^%&\\?/]{0,259}[^%&\\?/ .]")
    },
    "azure-native:applicationinsights:Workbook": {"resourceName": _GUID},
    "azure-native:authorization:RoleAssignment": {"roleAssignmentName": _GUID},
    "azure-native:containerregistry:Registry": {"registryName": _name(r"[A-Za-z0-9]{5,50}")},
    "azure-native:keyvault:Key": {"vaultName": _VAULT},
    "azure-native:keyvault:Secret": {"vaultName": _VAULT},
    "azure-native:keyvault:Vault": {"vaultName": _VAULT},
    "azure-native:machinelearningservices:BatchDeployment": {"deploymentName": _ENDPOINT},
    "azure-native:machinelearningservices:BatchEndpoint": {"endpointName": _ENDPOINT},
    "azure-native:machinelearningservices:OnlineDeployment": {"deploymentName": _ENDPOINT},
    "azure-native:machinelearningservices:OnlineEndpoint": {"endpointName": _ENDPOINT},
    "azure-native:managedidentity:FederatedIdentityCredential": {"resourceName": _IDENTITY},
    "azure-native:managedidentity:UserAssignedIdentity": {"resourceName": _IDENTITY},
    "azure-native:monitor:ActionGroup": {
        "actionGroupName": _name(r"[^:<>+/&%\\?|]{0,259}[^:<>+/&%\\?| .]")
    },
    "azure-native:monitor:AutoscaleSetting": {
        "autoscaleSettingName": _name(r"[^:<>%#&\\?/]{0,259}[^:<>%#&\\?/ .]")
    },
    "azure-native:monitor:MetricAlert": {"ruleName": _ALERT},
    "azure-native:network:NetworkSecurityGroup": {"networkSecurityGroupName": _NETWORK_PART},
    "azure-native:network:PrivateEndpoint": {"privateEndpointName": _NETWORK},
    "azure-native:network:PublicIPAddress": {"publicIpAddressName": _NETWORK_PART},
    "azure-native:network:Subnet": {"subnetName": _NETWORK_PART},
    "azure-native:network:VirtualNetwork": {"virtualNetworkName": _NETWORK},
    "azure-native:operationalinsights:Workspace": {
        "workspaceName": _name(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]")
    },
    "azure-native:resources:ResourceGroup": {"resourceGroupName": _GROUP},
    "azure-native:storage:BlobContainer": {"containerName": _CONTAINER},
    "azure-native:storage:FileShare": {"shareName": _QUEUE},
    "azure-native:storage:Queue": {"queueName": _QUEUE},
    "azure-native:storage:StorageAccount": {"accountName": _name(r"[a-z0-9]{3,24}")},
    "azure-native:web:AppServicePlan": {"name": _name(r"[\w-]{1,60}")},
    "azure-native:web:WebApp": {"name": _SITE},
    "azure-native:web:WebAppSlot": {"name": _SITE, "slot": _name(r"[A-Za-z0-9-]{2,59}")},
}

# ---- properties: what the REST reference says of them in words ----

_AKS = f"{_REST}/aks/managed-clusters/create-or-update"
_AKS_NAMES = (
    "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/"
    "aks-common-issues-faq"
)
_POOL = f"{_REST}/aks/agent-pools/create-or-update"
_APPS = f"{_REST}/appservice/web-apps/create-or-update"
_BLOBS = f"{_REST}/storagerp/blob-services/set-service-properties"
_ACCOUNT = f"{_REST}/storagerp/storage-accounts/create"
_VAULTS = f"{_REST}/keyvault/keyvault/vaults/create-or-update"
_ALERTS = f"{_REST}/monitor/metric-alerts/create-or-update"
_QUERIES = f"{_REST}/monitor/scheduled-query-rules/create-or-update"
_AUTOSCALE = f"{_REST}/monitor/autoscale-settings/create-or-update"
_LOGS = f"{_REST}/loganalytics/workspaces/create-or-update"
_FEDERATED = f"{_REST}/managedidentity/federated-identity-credentials/create-or-update"
_FLEX = "https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan"

_NODES = "https://learn.microsoft.com/azure/aks/custom-node-configuration"
_PODS = "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning"
_RULE_COLLECTIONS = f"{_REST}/monitor/data-collection-rules/create"
_BALANCERS = f"{_REST}/load-balancer/load-balancers/create-or-update"
_SECURITY = f"{_REST}/virtualnetwork/security-rules/create-or-update"
_GATEWAYS = f"{_REST}/application-gateway/application-gateways/create-or-update"
_BATCH = f"{_REST}/azureml/batch-deployments/create-or-update"

# Count, pods, spot price: said of a pool of its own and of one in a cluster.
_POOL_FACTS = {
    "count": _range(0, 1000, _POOL),
    "maxCount": _range(0, 1000, _POOL),
    "minCount": _range(0, 1000, _POOL),
    "maxPods": _range(10, 250, _PODS),
    "kubeletConfig.imageGcHighThreshold": _range(0, 100, _NODES),
    "kubeletConfig.imageGcLowThreshold": _range(0, 100, _NODES),
    "linuxOSConfig.swapFileSizeMB": _range(1, None, _NODES),
}
# A rule fires when enough of the last periods were bad.
_PERIODS = {
    "numberOfEvaluationPeriods": _range(1, 6, _QUERIES),
    "minFailingPeriodsToAlert": _range(1, 6, _QUERIES),
}
# The Terraform provider alone says these: no page of the vendor's does.
_SHORT_TIMES = r"PT(?:1|5|10|15|30|45)M|PT[1-6]H"
_PORT, _IDLE = _range(0, 65535, _BALANCERS), _range(4, 100, _BALANCERS)
_PRIORITY = _range(100, 4096, _SECURITY)
_SITE_FACTS = {
    "dnsConfiguration.dnsServers": _length(0, 5, _APPS),
    "dnsConfiguration.dnsRetryAttemptTimeout": _range(1, 30, _APPS),
    "dnsConfiguration.dnsRetryAttemptCount": _range(1, 5, _APPS),
    "dnsConfiguration.dnsMaxCacheTimeout": _range(0, 60, _APPS),
    "functionAppConfig.scaleAndConcurrency.maximumInstanceCount": _range(1, 1000, _FLEX),
}
_DURATION = r"P(?=\d|T)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
_PROBES = {
    f"properties.{probe}.{name}": Limit(
        pattern=_DURATION, published="ISO 8601: PT10S", page=_ML_YAML
    )
    for probe in ("livenessProbe", "readinessProbe")
    for name in ("initialDelay", "period", "timeout")
} | {
    f"properties.{probe}.{name}": _range(1, None, _ML_YAML)
    for probe in ("livenessProbe", "readinessProbe")
    for name in ("failureThreshold", "successThreshold")
}

FACTS: Mapping[str, Limits] = {
    "azure-native:containerservice:AgentPool": _POOL_FACTS,
    "azure-native:containerservice:ManagedCluster": {
        **{f"agentPoolProfiles.[].{name}": limit for name, limit in _POOL_FACTS.items()},
        "dnsPrefix": _name(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,52}[A-Za-z0-9])?", _AKS_NAMES),
        "linuxProfile.ssh.publicKeys": _length(1, 1, _AKS),
        "networkProfile.natGatewayProfile.managedOutboundIPProfile.count": _range(1, 16, _AKS),
    },
    "azure-native:containerservice:MaintenanceConfiguration": {
        "timeInWeek.[].hourSlots.[]": _range(
            0, 23, f"{_REST}/aks/maintenance-configurations/create-or-update"
        ),
    },
    "azure-native:keyvault:ManagedHsm": {
        "properties.softDeleteRetentionInDays": _range(7, 90, _VAULTS),
    },
    "azure-native:keyvault:Vault": {
        "properties.softDeleteRetentionInDays": _range(7, 90, _VAULTS),
        "properties.accessPolicies": _length(0, 1024, _VAULTS),
    },
    "azure-native:machinelearningservices:BatchDeployment": {
        "properties.errorThreshold": _range(-1, 2147483647, _BATCH),
        "properties.maxConcurrencyPerInstance": _range(1, None, _BATCH),
        "properties.miniBatchSize": _range(1, None, _BATCH),
        "properties.retrySettings.maxRetries": _range(0, None, _BATCH),
        "properties.resources.instanceCount": _range(1, None, _BATCH),
    },
    "azure-native:machinelearningservices:OnlineDeployment": {
        **_PROBES,
        "properties.requestSettings.maxConcurrentRequestsPerInstance": _range(1, None, _ML_YAML),
        "properties.requestSettings.requestTimeout": Limit(
            pattern=_DURATION, published="ISO 8601: PT5S", page=_ML_YAML
        ),
    },
    "azure-native:machinelearningservices:OnlineEndpoint": {
        "properties.traffic.*": _range(
            0, 100, f"{_REST}/azureml/online-endpoints/create-or-update"
        ),
        "properties.mirrorTraffic.*": _range(
            0, 50, f"{_REST}/azureml/online-endpoints/create-or-update"
        ),
    },
    # "Currently, exactly one audience."
    "azure-native:managedidentity:FederatedIdentityCredential": {
        "audiences": _length(1, 1, _FEDERATED),
    },
    "azure-native:monitor:AutoscaleSetting": {
        "profiles.[].rules": _length(0, 10, _AUTOSCALE),
        "profiles.[].recurrence.schedule.hours.[]": _range(0, 23, _AUTOSCALE),
        "profiles.[].recurrence.schedule.minutes.[]": _range(0, 59, _AUTOSCALE),
    },
    "azure-native:monitor:DataCollectionRule": {
        "dataSources.performanceCounters.[].samplingFrequencyInSeconds": _range(
            1, 1800, _RULE_COLLECTIONS
        ),
    },
    "azure-native:monitor:MetricAlert": {"severity": _range(0, 4, _ALERTS)},
    "azure-native:monitor:ScheduledQueryRule": {
        "severity": _range(0, 4, _QUERIES),
        "evaluationFrequency": _name(rf"{_SHORT_TIMES}|P1D", _QUERIES),
        "windowSize": _name(rf"{_SHORT_TIMES}|P[12]D", _QUERIES),
        "overrideQueryTimeRange": _name(rf"PT20M|{_SHORT_TIMES}|P[12]D", _QUERIES),
        **{f"criteria.allOf.[].failingPeriods.{name}": limit for name, limit in _PERIODS.items()},
    },
    "azure-native:network:ApplicationGateway": {
        "backendHttpSettingsCollection.[].port": _range(1, 65535, _GATEWAYS),
        "backendHttpSettingsCollection.[].requestTimeout": _range(1, 86400, _GATEWAYS),
        "frontendPorts.[].port": _range(1, 65535, _GATEWAYS),
    },
    "azure-native:network:LoadBalancer": {
        **{
            f"{rules}.[].{name}": _PORT
            for rules in ("inboundNatRules", "loadBalancingRules")
            for name in ("backendPort", "frontendPort")
        },
        **{
            f"{rules}.[].idleTimeoutInMinutes": _IDLE
            for rules in ("inboundNatPools", "inboundNatRules", "loadBalancingRules")
        },
        "probes.[].intervalInSeconds": _range(5, None, _BALANCERS),
        "probes.[].port": _range(1, 65535, _BALANCERS),
    },
    "azure-native:network:NetworkSecurityGroup": {"securityRules.[].priority": _PRIORITY},
    "azure-native:network:PublicIPAddress": {
        "idleTimeoutInMinutes": _range(4, 30, f"{_REST}/virtualnetwork/public-ip-addresses"),
    },
    "azure-native:network:SecurityRule": {"priority": _PRIORITY},
    "azure-native:network:VirtualNetwork": {
        "flowTimeoutInMinutes": _range(4, 30, f"{_REST}/virtualnetwork/virtual-networks"),
    },
    "azure-native:operationalinsights:Workspace": {"retentionInDays": _range(-1, 730, _LOGS)},
    "azure-native:storage:BlobServiceProperties": {
        "changeFeed.retentionInDays": _range(1, 146000, _BLOBS),
        "deleteRetentionPolicy.days": _range(1, 365, _BLOBS),
        "containerDeleteRetentionPolicy.days": _range(1, 365, _BLOBS),
        "restorePolicy.days": _range(1, None, _BLOBS),
    },
    "azure-native:storage:BlobInventoryPolicy": {
        "policy.rules.[].definition.filters.creationTime.lastNDays": _range(1, 36500, _BLOBS),
    },
    "azure-native:storage:FileShare": {
        "shareQuota": _range(1, 262144, _ACCOUNT),
        "fileSharePaidBursting.paidBurstingMaxBandwidthMibps": _range(0, 10340, _ACCOUNT),
        "fileSharePaidBursting.paidBurstingMaxIops": _range(0, 102400, _ACCOUNT),
    },
    "azure-native:storage:StorageAccount": {
        "keyPolicy.keyExpirationPeriodInDays": _range(0, None, _ACCOUNT),
    },
    "azure-native:web:WebApp": _SITE_FACTS,
    "azure-native:web:WebAppSlot": _SITE_FACTS,
}

_TAG_PAGE = "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources"
# Of every type that has tags.
TAGS: Limits = {
    "tags": _length(0, 50, _TAG_PAGE),
    "tags.#": _length(1, 512, _TAG_PAGE),
    "tags.*": _length(0, 256, _TAG_PAGE),
}

# ---- what the provider replaces without being told so by the API ----

# Source: forceNewMap of pulumi-azure-native, provider/pkg/gen/replacement.go. Names of properties
# of the type itself and of objects directly in it.
FORCE_NEW: Mapping[str, tuple[str, ...]] = {
    "azure-native:authorization:RoleAssignment": ("principalId", "scope"),
    "azure-native:containerservice:AgentPool": (
        "gpuInstanceProfile",
        "networkProfile.nodePublicIPTags",
        "vmSize",
    ),
    "azure-native:containerservice:ManagedCluster": (
        "diskEncryptionSetID",
        "dnsPrefix",
        "fqdnSubdomain",
        "linuxProfile",
        "location",
        "networkProfile.dnsServiceIP",
        "networkProfile.networkDataplane",
        "networkProfile.networkMode",
        "networkProfile.networkPlugin",
        "networkProfile.networkPluginMode",
        "networkProfile.networkPolicy",
        "networkProfile.outboundType",
        "networkProfile.podCidr",
        "networkProfile.serviceCidr",
        "networkProfile.serviceCidrs",
        "nodeResourceGroup",
        "windowsProfile",
    ),
    "azure-native:network:PrivateEndpoint": ("subnet",),
    "azure-native:network:PublicIPAddress": (
        "location",
        "publicIPAddressVersion",
        "publicIPPrefix",
        "sku",
    ),
    "azure-native:network:VirtualNetwork": ("location",),
    "azure-native:resources:ResourceGroup": ("location",),
    "azure-native:storage:StorageAccount": ("isHnsEnabled", "location"),
    "azure-native:web:WebApp": ("kind", "location"),
    # Clients of these state nothing; their specification has the common TrackedResource, whose
    # location is create-only.
    "azure-native:containerregistry:Webhook": ("location",),
    "azure-native:managedidentity:UserAssignedIdentity": ("location",),
    # provider/pkg/provider/test-programs/scheduledqueryrule-scopes-forcenew
    "azure-native:monitor:ScheduledQueryRule": ("scopes",),
}

# Types that the provider makes by code of its own, so that no operation has their path.
# Source: pulumi-azure-native, provider/pkg/resources/customresources.
_STORAGE = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
    "Microsoft.Storage/storageAccounts/{accountName}"
)
# Neighbours of what serves models, whose clients are not read. Source: the REST reference.
_GROUP_PATH = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers"
_NEIGHBOURS = {
    "app:ContainerApp": "Microsoft.App/containerApps/{containerAppName}",
    "app:Job": "Microsoft.App/jobs/{jobName}",
    "app:ManagedEnvironment": "Microsoft.App/managedEnvironments/{environmentName}",
    "appconfiguration:ConfigurationStore": (
        "Microsoft.AppConfiguration/configurationStores/{configStoreName}"
    ),
    "cognitiveservices:Account": "Microsoft.CognitiveServices/accounts/{accountName}",
    "cognitiveservices:Deployment": (
        "Microsoft.CognitiveServices/accounts/{accountName}/deployments/{deploymentName}"
    ),
    "compute:Disk": "Microsoft.Compute/disks/{diskName}",
    "compute:DiskEncryptionSet": "Microsoft.Compute/diskEncryptionSets/{diskEncryptionSetName}",
    "compute:VirtualMachine": "Microsoft.Compute/virtualMachines/{vmName}",
    "containerinstance:ContainerGroup": (
        "Microsoft.ContainerInstance/containerGroups/{containerGroupName}"
    ),
    "compute:CapacityReservationGroup": (
        "Microsoft.Compute/capacityReservationGroups/{capacityReservationGroupName}"
    ),
    "compute:ProximityPlacementGroup": (
        "Microsoft.Compute/proximityPlacementGroups/{proximityPlacementGroupName}"
    ),
    "dashboard:Grafana": "Microsoft.Dashboard/grafana/{workspaceName}",
    "eventhub:EventHub": "Microsoft.EventHub/namespaces/{namespaceName}/eventhubs/{eventHubName}",
    "eventhub:Namespace": "Microsoft.EventHub/namespaces/{namespaceName}",
    "privatedns:PrivateZone": "Microsoft.Network/privateDnsZones/{privateZoneName}",
    "privatedns:VirtualNetworkLink": (
        "Microsoft.Network/privateDnsZones/{privateZoneName}"
        "/virtualNetworkLinks/{virtualNetworkLinkName}"
    ),
    "search:Service": "Microsoft.Search/searchServices/{searchServiceName}",
    "servicebus:Namespace": "Microsoft.ServiceBus/namespaces/{namespaceName}",
    "servicebus:Queue": "Microsoft.ServiceBus/namespaces/{namespaceName}/queues/{queueName}",
}
PATHS: Mapping[str, str] = {
    **{f"azure-native:{noun}": f"{_GROUP_PATH}/{path}" for noun, path in _NEIGHBOURS.items()},
    "azure-native:authorization:ManagementLockByScope": (
        "/{scope}/providers/Microsoft.Authorization/locks/{lockName}"
    ),
    "azure-native:keyvault:AccessPolicy": (
        "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
        "Microsoft.KeyVault/vaults/{vaultName}/accessPolicy/{policy.objectId}"
    ),
    "azure-native:storage:Blob": (
        f"{_STORAGE}/blobServices/default/containers/{{containerName}}/blobs/{{blobName}}"
    ),
    "azure-native:storage:BlobContainerLegalHold": (
        f"{_STORAGE}/blobServices/default/containers/{{containerName}}/legalHold"
    ),
    "azure-native:storage:StorageAccountStaticWebsite": f"{_STORAGE}/staticWebsite",
    # What reads them is called otherwise in the SDK than what writes them.
    "azure-native:web:WebAppAuthSettingsV2": (
        f"{_GROUP_PATH}/Microsoft.Web/sites/{{name}}/config/authsettingsV2"
    ),
    "azure-native:web:WebAppAuthSettingsV2Slot": (
        f"{_GROUP_PATH}/Microsoft.Web/sites/{{name}}/slots/{{slot}}/config/authsettingsV2"
    ),
}
