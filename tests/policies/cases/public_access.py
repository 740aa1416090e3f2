"""Cases of rules about what everybody may read."""

import json
from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
ACL = "aws:s3/bucketAcl:BucketAcl"
ACL_V2 = "aws:s3/bucketAclV2:BucketAclV2"
BUCKET = "aws:s3/bucket:Bucket"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
PUBLIC = "security/bucket-public"
POLICY = "security/resource-policy-open"

FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ALL_GROUPS = "http://acs.amazonaws.com/groups/global/AllUsers"
LOGS = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def blocks(**more: object) -> dict[str, Any]:
    return {"bucket": "models", **dict.fromkeys(FLAGS, True), **more}


def granted(uri: object) -> dict[str, Any]:
    grant = {"grantee": {"type": "Group", "uri": uri}, "permission": "READ"}
    return {"bucket": "models", "accessControlPolicy": {"grants": [grant]}}


def letting(principal: object, condition: object = None, *, text: bool = True) -> dict[str, Any]:
    statement = {
        "Sid": "Read",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Principal": principal,
    }
    if condition is not None:
        statement["Condition"] = condition
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"policy": json.dumps(document) if text else document}


CASES = (
    Case(PUBLIC, "blocked", BLOCK, blocks()),
    *(Case(PUBLIC, f"not {flag}", BLOCK, blocks(**{flag: False}), (flag,)) for flag in FLAGS),
    Case(PUBLIC, "absent", BLOCK, {"bucket": "models"}, FLAGS),
    Case(PUBLIC, "of the account", ACCOUNT, {"blockPublicAcls": True}, FLAGS[1:]),
    Case(PUBLIC, "unknown", BLOCK, blocks(blockPublicAcls=UNKNOWN)),
    Case(PUBLIC, "nothing said of a bucket", BUCKET, {}),
    Case(PUBLIC, "private", ACL, {"acl": "private"}),
    Case(PUBLIC, "read by everybody", ACL, {"acl": "public-read"}, ("acl",)),
    Case(PUBLIC, "written by everybody", ACL_V2, {"acl": "public-read-write"}, ("acl",)),
    Case(PUBLIC, "read by every account", BUCKET, {"acl": "authenticated-read"}, ("acl",)),
    Case(PUBLIC, "an object for everybody", OBJECT, {"acl": "public-read"}, ("acl",)),
    Case(
        PUBLIC,
        "granted to everybody",
        ACL,
        granted(ALL_GROUPS),
        ("accessControlPolicy.grants[0].grantee.uri",),
    ),
    Case(PUBLIC, "granted to S3's logs", ACL, granted(LOGS)),
    Case(
        PUBLIC,
        "granted to everybody by the bucket",
        BUCKET,
        {"grants": [{"type": "Group", "uri": ALL_GROUPS, "permissions": ["READ"]}]},
        ("grants[0].uri",),
    ),
    Case(POLICY, "one account", BUCKET_POLICY, letting({"AWS": "123456789012"})),
    Case(POLICY, "a service", BUCKET_POLICY, letting({"Service": "cloudfront.amazonaws.com"})),
    Case(
        POLICY,
        "everybody",
        BUCKET_POLICY,
        letting("*"),
        ("policy",),
        says="statement Read: everybody",
    ),
    Case(POLICY, "everybody of AWS", REPOSITORY_POLICY, letting({"AWS": ["*"]}), ("policy",)),
    Case(
        POLICY,
        "everybody of a topic's owner",
        TOPIC_POLICY,
        letting({"AWS": "*"}, {"StringEquals": {"AWS:SourceOwner": "123456789012"}}),
    ),
    Case(
        POLICY,
        "everybody of an organisation",
        BUCKET_POLICY,
        letting("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
    ),
    Case(
        POLICY,
        "everybody of one network",
        BUCKET_POLICY,
        letting("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}),
    ),
    Case(
        POLICY,
        "everybody of all networks",
        BUCKET_POLICY,
        letting("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}),
        ("policy",),
    ),
    Case(
        POLICY,
        "everybody but one network",
        BUCKET_POLICY,
        letting("*", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        ("policy",),
    ),
    Case(
        POLICY,
        "everybody who speaks TLS",
        BUCKET_POLICY,
        letting("*", {"Bool": {"aws:SecureTransport": "true"}}),
        ("policy",),
    ),
    Case(POLICY, "of a bucket itself", BUCKET, letting("*"), ("policy",)),
    Case(
        POLICY,
        "denied to all",
        BUCKET_POLICY,
        {"policy": json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*"}]})},
    ),
    Case(POLICY, "nothing said", BUCKET, {}),
    Case(POLICY, "unknown", BUCKET_POLICY, {"policy": UNKNOWN}),
    Case(POLICY, "unknown condition", BUCKET_POLICY, letting("*", UNKNOWN_OBJECT, text=False)),
)
