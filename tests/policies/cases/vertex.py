"""Cases of rules about Vertex AI's endpoints."""

from tests.policies.cases.table import UNKNOWN, Case

ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
CMEK = "security/vertex-cmek"
SHARED = "security/vertex-endpoint-shared"

KEY = "projects/example-models/locations/europe-west4/keyRings/a/cryptoKeys/b"
CONNECTED = {"privateServiceConnectConfig": {"enablePrivateServiceConnect": True}}

CASES = (
    Case(CMEK, "a key of one's own", ENDPOINT, {"encryptionSpec": {"kmsKeyName": KEY}}),
    Case(CMEK, "absent", ENDPOINT, {}, ("encryptionSpec.kmsKeyName",)),
    Case(CMEK, "unknown", ENDPOINT, {"encryptionSpec": {"kmsKeyName": UNKNOWN}}),
    Case(SHARED, "dedicated", ENDPOINT, {"dedicatedEndpointEnabled": True}),
    Case(SHARED, "Private Service Connect", ENDPOINT, CONNECTED),
    Case(SHARED, "peered", ENDPOINT, {"network": "projects/1/global/networks/serving"}),
    Case(SHARED, "absent", ENDPOINT, {}, ("dedicatedEndpointEnabled",)),
    Case(
        SHARED,
        "asked for",
        ENDPOINT,
        {"dedicatedEndpointEnabled": False},
        ("dedicatedEndpointEnabled",),
    ),
    Case(
        SHARED,
        "Private Service Connect off",
        ENDPOINT,
        {"privateServiceConnectConfig": {"enablePrivateServiceConnect": False}},
        ("dedicatedEndpointEnabled",),
    ),
    Case(SHARED, "unknown", ENDPOINT, {"dedicatedEndpointEnabled": UNKNOWN}),
    Case(SHARED, "network unknown", ENDPOINT, {"network": UNKNOWN}),
    Case(
        SHARED,
        "dedicated is not private",
        ENDPOINT,
        {"dedicatedEndpointEnabled": True},
        ("privateServiceConnectConfig.enablePrivateServiceConnect",),
        {"require_private": True},
    ),
    Case(SHARED, "private", ENDPOINT, CONNECTED, (), {"require_private": True}),
)
