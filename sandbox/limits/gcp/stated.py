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

_BATCH = "blueGreenSettings.standardRolloutPolicy.batchPercentage"
_SHARE = Limit(minimum=0, maximum=1, page=_POOL)
_SLO_ID = Limit(pattern=r"[a-zA-Z0-9\-_:.]+", page=_SLO)
_TOPIC = Limit(
    pattern=r"(?!goog)[A-Za-z][-A-Za-z0-9._~+%]{2,254}", max_length=255, min_length=3, page=_PUBSUB
)

STATED: dict[str, dict[str, Limit]] = {
    "gcp:artifactregistry/repository:Repository": {
        "repositoryId": Limit(
            pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", max_length=63, page=_REPOSITORY
        )
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
        "nodeCount": Limit(minimum=0, page=_POOL),
        f"upgradeSettings.{_BATCH}": _SHARE,
    },
    "gcp:kms/cryptoKey:CryptoKey": {
        "name": Limit(pattern=r"[a-zA-Z0-9_-]{1,63}", max_length=63, page=_KEY)
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {
        "roleId": Limit(pattern=r"[a-zA-Z0-9_.]{3,64}", min_length=3, max_length=64, page=_ROLE)
    },
    "gcp:monitoring/customService:CustomService": {"serviceId": _SLO_ID},
    "gcp:monitoring/slo:Slo": {
        "goal": Limit(minimum=0, maximum=0.9999, page=_SLO),
        "rollingPeriodDays": Limit(minimum=1, maximum=30, blank=True, page=_SLO),
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
        "name": Limit(pattern=r"[1-9][0-9]{0,9}|[a-z]([-a-z0-9]{0,61}[a-z0-9])?", page=_ENDPOINT)
    },
}
