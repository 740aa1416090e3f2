"""Cases of the rule about what cannot be made again."""

from tests.policies.cases.table import UNKNOWN, Case

BUCKET = "aws:s3/bucketV2:BucketV2"
REPOSITORY = "aws:ecr/repository:Repository"
KEY = "aws:kms/key:Key"
GOOGLE_BUCKET = "gcp:storage/bucket:Bucket"
STATE = "resources/state-unprotected"

ASKED = {"require_protect": True}

CASES = (
    Case(STATE, "absent", BUCKET, {}),
    Case(STATE, "by force", BUCKET, {"forceDestroy": True}, ("forceDestroy",)),
    Case(STATE, "not by force", BUCKET, {"forceDestroy": False}),
    Case(STATE, "by force, and protected", BUCKET, {"forceDestroy": True}, protect=True),
    Case(STATE, "a registry by force", REPOSITORY, {"forceDelete": True}, ("forceDelete",)),
    Case(STATE, "Google's by force", GOOGLE_BUCKET, {"forceDestroy": True}, ("forceDestroy",)),
    Case(STATE, "a key", KEY, {}),
    Case(STATE, "a key where protect is asked for", KEY, {}, ("",), settings=ASKED),
    Case(STATE, "a protected key", KEY, {}, settings=ASKED, protect=True),
    Case(STATE, "unknown", BUCKET, {"forceDestroy": UNKNOWN}),
)
