"""Limits that the vendor's pages state and the discovery documents do not, each with its page."""

from sandbox.limits.model import Limit

__all__ = ["STATED"]

_CLUSTER = "gcp:container/cluster:Cluster"
_DOCS = "https://cloud.google.com"
_GKE = f"{_DOCS}/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster"
_POOL = f"{_DOCS}/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters.nodePools"
_ACCOUNT = f"{_DOCS}/iam/docs/reference/rest/v1/projects.serviceAccounts/create"
_ROLE = f"{_DOCS}/iam/docs/reference/rest/v1/projects.roles/create"
_RUN = f"{_DOCS}/run/docs/reference/rest/v2/projects.locations.services/create"
_FUNCTION = f"{_DOCS}/functions/docs/reference/rest/v2/projects.locations.functions/create"
_KEY = f"{_DOCS}/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/create"
_PUBSUB = f"{_DOCS}/pubsub/docs/pubsub-basics#resource_names"
_SECRET = f"{_DOCS}/secret-manager/docs/reference/rest/v1/projects.secrets/create"
_BUCKET = f"{_DOCS}/storage/docs/buckets#naming"
_REPOSITORY = f"{_DOCS}/artifact-registry/docs/repositories/create-repos"
_ENDPOINT = f"{_DOCS}/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints/create"

_CLEANUP = f"{_DOCS}/artifact-registry/docs/repositories/cleanup-policy"
_VPC_NATIVE = f"{_DOCS}/kubernetes-engine/docs/concepts/alias-ips"
_LIFECYCLE = f"{_DOCS}/storage/docs/lifecycle"
_SLO = f"{_DOCS}/monitoring/api/ref_v3/rest/v3/services.serviceLevelObjectives"
_FILTER = f"{_DOCS}/pubsub/docs/subscription-message-filter"
_SUBSCRIPTION = f"{_DOCS}/pubsub/docs/subscription-properties"
_SERVICE_KEY = f"{_DOCS}/iam/docs/reference/rest/v1/projects.serviceAccounts.keys"

_ALLOWLISTS = f"{_DOCS}/kubernetes-engine/docs/reference/rest/v1/PrivilegedAdmissionConfig"
_EXCLUSIONS = f"{_DOCS}/kubernetes-engine/docs/reference/rest/v1/MaintenanceExclusionOptions"
_ACL = f"{_DOCS}/storage/docs/json_api/v1"
_MANAGED = f"{_DOCS}/storage/docs/managed-folders"
_ATTACHED = f"{_DOCS}/kubernetes-engine/multi-cloud/docs/reference/rest"
_TRANSFER = f"{_DOCS}/storage-transfer/docs/reference/rest/v1/transferJobs#TransferJob"
_DEFAULTS = "https://www.pulumi.com/registry/packages/gcp/api-docs/projects/defaultserviceaccounts"

_READ_ONLY_PORT = "insecureKubeletReadonlyPortEnabled"
_SPELT = Limit(values=("TRUE", "FALSE"), blank=True, page=_GKE)
_KUBELETS = (
    "nodeConfig.kubeletConfig",
    "nodePools.[].nodeConfig.kubeletConfig",
    "nodePoolAutoConfig.nodeKubeletConfig",
    "nodePoolDefaults.nodeConfigDefaults",
)
_DISK_GB = Limit(minimum=10, blank=True, page=_GKE)
_DISKS = (
    "clusterAutoscaling.autoProvisioningDefaults.diskSize",
    *("nodeConfig.bootDisk.sizeGb", "nodeConfig.diskSizeGb"),
    *("nodePools.[].nodeConfig.bootDisk.sizeGb", "nodePools.[].nodeConfig.diskSizeGb"),
)
_INDEXES = Limit(max_length=20, page=f"{_DOCS}/logging/docs/analyze/custom-index")
_FOLDER = Limit(pattern=r"(?s:.*)/", published="a name that ends with /", page=_MANAGED)
_OBJECT_ROLE = Limit(values=("OWNER", "READER"), page=f"{_ACL}/objectAccessControls")
_BATCH = "blueGreenSettings.standardRolloutPolicy.batchPercentage"
_SHARE = Limit(minimum=0, maximum=1, page=_POOL)
_SLO_ID = Limit(pattern=r"[a-zA-Z0-9\-_:.]+", page=_SLO)
_TOPIC = Limit(
    pattern=r"(?!goog)[A-Za-z][-A-Za-z0-9._~+%]{2,254}", max_length=255, min_length=3, page=_PUBSUB
)

STATED: dict[str, dict[str, Limit]] = {
    "gcp:artifactregistry/repository:Repository": {
        # Those that take over from Container Registry are called after its hosts:
        # https://cloud.google.com/artifact-registry/docs/transition/setup-gcr-repo
        "repositoryId": Limit(
            pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?|((us|eu|asia)\.)?gcr\.io",
            max_length=63,
            page=_REPOSITORY,
        ),
        # In the API the policies are a map, in Pulumi a list.
        "cleanupPolicies.[].action": Limit(values=("DELETE", "KEEP"), blank=True, page=_CLEANUP),
        "cleanupPolicies.[].condition.tagState": Limit(
            values=("TAGGED", "UNTAGGED", "ANY"), blank=True, page=_CLEANUP
        ),
    },
    "gcp:cloudfunctionsv2/function:Function": {
        "name": Limit(
            pattern=r"[A-Za-z]([-_A-Za-z0-9]*[A-Za-z0-9])?", max_length=63, page=_FUNCTION
        )
    },
    "gcp:cloudrunv2/service:Service": {
        "name": Limit(pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", max_length=49, page=_RUN)
    },
    _CLUSTER: {
        "name": Limit(pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", max_length=40, page=_GKE),
        "desiredEmulatedVersion": Limit(
            pattern=r"\d+\.\d+", published="<major>.<minor>", blank=True, page=_GKE
        ),
        "autopilotPrivilegedAdmissions.[]": Limit(
            pattern=r"(gke|gs)://.+", blank=True, page=_ALLOWLISTS
        ),
        # A map of the resource's spelling in the API, where Pulumi has a text for a boolean.
        **{f"{where}.{_READ_ONLY_PORT}": _SPELT for where in _KUBELETS},
        "maintenancePolicy.maintenanceExclusions.[].exclusionOptions.scope": Limit(
            values=("NO_UPGRADES", "NO_MINOR_UPGRADES", "NO_MINOR_OR_NODE_UPGRADES"),
            page=_EXCLUSIONS,
        ),
        "maintenancePolicy.maintenanceExclusions.[].exclusionOptions.endTimeBehavior": Limit(
            values=("END_TIME_BEHAVIOR_UNSPECIFIED", "UNTIL_END_OF_SUPPORT"),
            blank=True,
            page=_EXCLUSIONS,
        ),
        # The smallest that any version takes.
        **dict.fromkeys(_DISKS, _DISK_GB),
        "nodePools.[].nodeCount": Limit(minimum=0, page=_POOL),
        "networkingMode": Limit(values=("VPC_NATIVE", "ROUTES"), page=_VPC_NATIVE),
        "loggingService": Limit(
            values=("logging.googleapis.com", "logging.googleapis.com/kubernetes", "none"),
            blank=True,
            page=_GKE,
        ),
        "monitoringService": Limit(
            values=("monitoring.googleapis.com", "monitoring.googleapis.com/kubernetes", "none"),
            blank=True,
            page=_GKE,
        ),
        **{
            f"{pools}.upgradeSettings.{_BATCH}": _SHARE
            for pools in ("nodePools.[]", "clusterAutoscaling.autoProvisioningDefaults")
        },
    },
    "gcp:container/nodePool:NodePool": {
        "name": Limit(pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", max_length=40, page=_POOL),
        f"nodeConfig.kubeletConfig.{_READ_ONLY_PORT}": _SPELT,
        "nodeConfig.bootDisk.sizeGb": _DISK_GB,
        "nodeConfig.diskSizeGb": _DISK_GB,
        "nodeCount": Limit(minimum=0, page=_POOL),
        f"upgradeSettings.{_BATCH}": _SHARE,
    },
    "gcp:kms/cryptoKey:CryptoKey": {
        "name": Limit(pattern=r"[a-zA-Z0-9_-]{1,63}", max_length=63, page=_KEY)
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {
        "roleId": Limit(pattern=r"[a-zA-Z0-9_.]{3,64}", min_length=3, max_length=64, page=_ROLE)
    },
    **{
        f"gcp:logging/{name[0].lower()}{name[1:]}:{name}": {"indexConfigs": _INDEXES}
        for name in (
            *("BillingAccountBucketConfig", "FolderBucketConfig", "OrganizationBucketConfig"),
            "ProjectBucketConfig",
        )
    },
    "gcp:monitoring/customService:CustomService": {"serviceId": _SLO_ID},
    "gcp:monitoring/slo:Slo": {
        "goal": Limit(minimum=0, maximum=0.9999, page=_SLO),
        "rollingPeriodDays": Limit(minimum=1, maximum=30, page=_SLO),
        "sloId": _SLO_ID,
    },
    "gcp:pubsub/subscription:Subscription": {
        "name": _TOPIC,
        "ackDeadlineSeconds": Limit(minimum=10, maximum=600, blank=True, page=_SUBSCRIPTION),
        "filter": Limit(max_length=256, page=_FILTER),
        "deadLetterPolicy.maxDeliveryAttempts": Limit(
            minimum=5, maximum=100, blank=True, page=_SUBSCRIPTION
        ),
    },
    "gcp:pubsub/topic:Topic": {"name": _TOPIC},
    "gcp:secretmanager/secret:Secret": {
        "secretId": Limit(pattern=r"[a-zA-Z0-9_-]{1,255}", max_length=255, page=_SECRET)
    },
    "gcp:serviceaccount/account:Account": {
        "accountId": Limit(
            pattern=r"[a-z]([-a-z0-9]*[a-z0-9])", min_length=6, max_length=30, page=_ACCOUNT
        ),
        "displayName": Limit(max_length=100, page=_ACCOUNT),
        "description": Limit(max_length=256, page=_ACCOUNT),
    },
    "gcp:serviceaccount/key:Key": {
        "keyAlgorithm": Limit(
            values=("KEY_ALG_UNSPECIFIED", "KEY_ALG_RSA_1024", "KEY_ALG_RSA_2048"),
            page=_SERVICE_KEY,
        ),
        "privateKeyType": Limit(
            values=("TYPE_UNSPECIFIED", "TYPE_PKCS12_FILE", "TYPE_GOOGLE_CREDENTIALS_FILE"),
            page=_SERVICE_KEY,
        ),
        "publicKeyType": Limit(
            values=("TYPE_NONE", "TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY"), page=_SERVICE_KEY
        ),
    },
    "gcp:storage/bucket:Bucket": {
        "lifecycleRules": Limit(max_length=100, page=f"{_DOCS}/storage/quotas#buckets"),
        "ipFilter.mode": Limit(
            values=("Enabled", "Disabled"), page=f"{_DOCS}/storage/docs/ip-filtering-overview"
        ),
        "lifecycleRules.[].action.type": Limit(
            values=("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"), page=_LIFECYCLE
        ),
        "lifecycleRules.[].condition.withState": Limit(
            values=("LIVE", "ARCHIVED", "ANY"), blank=True, page=_LIFECYCLE
        ),
        "publicAccessPrevention": Limit(
            values=("enforced", "inherited"),
            blank=True,
            page=f"{_DOCS}/storage/docs/public-access-prevention",
        ),
        "rpo": Limit(
            values=("DEFAULT", "ASYNC_TURBO"),
            blank=True,
            page=f"{_DOCS}/storage/docs/availability-durability#turbo-replication",
        ),
        # With dots it may be longer than 63, each part of 63 at most.
        "name": Limit(
            pattern=r"(?!goog)[a-z0-9]([-_a-z0-9]{0,62})?(\.[-_a-z0-9]{1,63})*(?<![-_.])",
            min_length=3,
            max_length=222,
            page=_BUCKET,
        ),
    },
    "gcp:vertex/aiEndpoint:AiEndpoint": {
        "predictRequestResponseLoggingConfig.samplingRate": Limit(
            minimum=0, maximum=1, page=_ENDPOINT
        ),
        # Ten digits at most are for who names a new one; the service itself gives longer numbers.
        "name": Limit(pattern=r"[1-9][0-9]{0,18}|[a-z]([-a-z0-9]{0,61}[a-z0-9])?", page=_ENDPOINT),
    },
    "gcp:cloudrunv2/workerPool:WorkerPool": {
        "scaling.scalingMode": Limit(
            values=("SCALING_MODE_UNSPECIFIED", "AUTOMATIC", "MANUAL"),
            blank=True,
            page=f"{_DOCS}/run/docs/reference/rest/v2/projects.locations.workerPools",
        )
    },
    "gcp:container/attachedCluster:AttachedCluster": {
        "binaryAuthorization.evaluationMode": Limit(
            values=(
                *("EVALUATION_MODE_UNSPECIFIED", "DISABLED"),
                "PROJECT_SINGLETON_POLICY_ENFORCE",
            ),
            blank=True,
            page=_ATTACHED,
        ),
        "fleet.project": Limit(
            pattern=r"projects/\d+", published="projects/<number>", page=_ATTACHED
        ),
        "loggingConfig.componentConfig.enableComponents.[]": Limit(
            values=("COMPONENT_UNSPECIFIED", "SYSTEM_COMPONENTS", "WORKLOADS"), page=_ATTACHED
        ),
        "securityPostureConfig.vulnerabilityMode": Limit(
            values=(
                *("VULNERABILITY_MODE_UNSPECIFIED", "VULNERABILITY_DISABLED"),
                "VULNERABILITY_ENTERPRISE",
            ),
            page=_ATTACHED,
        ),
    },
    "gcp:kms/projectAutokeyConfig:ProjectAutokeyConfig": {
        "keyProjectResolutionMode": Limit(
            values=(
                *("KEY_PROJECT_RESOLUTION_MODE_UNSPECIFIED", "DEDICATED_KEY_PROJECT"),
                *("RESOURCE_PROJECT", "DISABLED"),
            ),
            blank=True,
            page=f"{_DOCS}/kms/docs/reference/rest/v1/AutokeyConfig",
        )
    },
    "gcp:projects/accessApprovalSettings:AccessApprovalSettings": {
        "notificationEmails": Limit(
            max_length=50,
            page=f"{_DOCS}/assured-workloads/access-approval/docs/reference/rest/v1/"
            "AccessApprovalSettings",
        )
    },
    "gcp:projects/defaultServiceAccounts:DefaultServiceAccounts": {
        "action": Limit(values=("DEPRIVILEGE", "DELETE", "DISABLE"), page=_DEFAULTS),
        "restorePolicy": Limit(
            values=("NONE", "REVERT", "REVERT_AND_IGNORE_FAILURE"), blank=True, page=_DEFAULTS
        ),
    },
    "gcp:storage/anywhereCache:AnywhereCache": {
        "admissionPolicy": Limit(
            values=("admit-on-first-miss", "admit-on-second-miss"),
            blank=True,
            page=f"{_DOCS}/storage/docs/anywhere-cache",
        )
    },
    "gcp:storage/bucketAccessControl:BucketAccessControl": {
        "role": Limit(
            values=("OWNER", "READER", "WRITER"), blank=True, page=f"{_ACL}/bucketAccessControls"
        )
    },
    "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl": {"role": _OBJECT_ROLE},
    "gcp:storage/folder:Folder": {"name": _FOLDER},
    "gcp:storage/hmacKey:HmacKey": {
        "state": Limit(values=("ACTIVE", "INACTIVE"), blank=True, page=f"{_ACL}/projects/hmacKeys")
    },
    "gcp:storage/managedFolder:ManagedFolder": {"name": _FOLDER},
    **{
        f"gcp:storage/managedFolderIam{kind}:ManagedFolderIam{kind}": {"managedFolder": _FOLDER}
        for kind in ("Member", "Binding", "Policy")
    },
    "gcp:storage/objectAccessControl:ObjectAccessControl": {"role": _OBJECT_ROLE},
    "gcp:storage/objectACL:ObjectACL": {
        "predefinedAcl": Limit(
            values=(
                *("authenticatedRead", "bucketOwnerFullControl", "bucketOwnerRead", "private"),
                *("projectPrivate", "publicRead"),
            ),
            blank=True,
            page=f"{_ACL}/objects/update",
        )
    },
    "gcp:storage/transferJob:TransferJob": {
        "description": Limit(max_length=1024, page=_TRANSFER),
        "transferSpec.transferManifest.location": Limit(pattern=r"gs://[^/]+/.+", page=_TRANSFER),
    },
}
