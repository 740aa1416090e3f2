"""Names of Google Cloud's resources that the discovery documents say nothing of.

Each has the vendor's page that states it.
"""

from sandbox.limits.model import Limit

__all__ = ["NAMES"]

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

_TOPIC = Limit(
    pattern=r"(?!goog)[A-Za-z][-A-Za-z0-9._~+%]{2,254}", max_length=255, min_length=3, page=_PUBSUB
)

NAMES: dict[str, dict[str, Limit]] = {
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
    "gcp:container/cluster:Cluster": {
        "name": Limit(pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", max_length=40, page=_GKE)
    },
    "gcp:container/nodePool:NodePool": {
        "name": Limit(pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", max_length=40, page=_POOL)
    },
    "gcp:kms/cryptoKey:CryptoKey": {
        "name": Limit(pattern=r"[a-zA-Z0-9_-]{1,63}", max_length=63, page=_KEY)
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {
        "roleId": Limit(pattern=r"[a-zA-Z0-9_.]{3,64}", min_length=3, max_length=64, page=_ROLE)
    },
    "gcp:pubsub/subscription:Subscription": {"name": _TOPIC},
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
    "gcp:storage/bucket:Bucket": {
        # With dots it may be longer than 63, each part of 63 at most.
        "name": Limit(
            pattern=r"(?!goog)[a-z0-9]([-_a-z0-9]{0,62})?(\.[-_a-z0-9]{1,63})*(?<![-_.])",
            min_length=3,
            max_length=222,
            page=_BUCKET,
        )
    },
    "gcp:vertex/aiEndpoint:AiEndpoint": {
        "name": Limit(pattern=r"[1-9][0-9]{0,9}|[a-z]([-a-z0-9]{0,61}[a-z0-9])?", page=_ENDPOINT)
    },
}
