"""What the tests of the stand-in of Google Cloud share: types, and resources made at a word."""

from tests.unit.sandbox_life import Made, Stack

PROJECT, NUMBER, PLACE = "example-models", "210987654321", "europe-west1"
BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
ACCOUNT = "gcp:serviceaccount/account:Account"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"
VERTEX = "gcp:vertex/aiEndpoint:AiEndpoint"
CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
SERVICE = "gcp:cloudrunv2/service:Service"
INVOKER = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
RING = "gcp:kms/keyRing:KeyRing"
KEY = "gcp:kms/cryptoKey:CryptoKey"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
TOPIC = "gcp:pubsub/topic:Topic"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
SECRET = "gcp:secretmanager/secret:Secret"
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
FUNCTION = "gcp:cloudfunctionsv2/function:Function"
AT = {"location": PLACE}
TEMPLATE = {"containers": [{"image": "europe-docker.pkg.dev/p/r/i"}]}


def service(gcp: Stack, name: str = "score", **more: object) -> Made:
    return gcp.create(SERVICE, name, name=name, location=PLACE, template=TEMPLATE, **more)


def cluster(gcp: Stack, **more: object) -> Made:
    given = {"name": "serving", "location": PLACE, "initialNodeCount": 1, **more}
    return gcp.create(CLUSTER, "c", **given)
