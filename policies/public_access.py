"""Security: buckets, registries, topics and secrets of AWS that everybody may reach."""

from collections.abc import Iterator
from typing import Final

from policies.conditions import opens
from policies.documents import allowing
from policies.properties import Property
from policies.resource_types import AWS_SECRET, BUCKET, TOPIC
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

BUCKET_ACL: Final = "aws:s3/bucketAcl:BucketAcl"
BUCKET_OBJECTS: Final = (
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/objectCopy:ObjectCopy",
)
BLOCKS: Final = (
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
)
RESOURCE_POLICIES: Final = (
    "aws:s3/bucketPolicy:BucketPolicy",
    BUCKET,
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecr/registryPolicy:RegistryPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    TOPIC,
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/queue:Queue",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    AWS_SECRET,
    "aws:s3/accessPoint:AccessPoint",
    "aws:s3control/accessPointPolicy:AccessPointPolicy",
)
_FLAGS: Final = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
_PUBLIC_ACLS: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
_PUBLIC_GROUPS: Final = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")


@resource_rule(
    "security/bucket-public",
    severity=Severity.CRITICAL,
    types=(*BLOCKS, BUCKET_ACL, BUCKET, *BUCKET_OBJECTS),
    fix="Set all four blocks to true, and no ACL for everybody.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=(
        *("CKV_AWS_20", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV_AWS_57"),
        "CKV_AWS_375",
    ),
)
def bucket_public(view: View, _settings: NoSettings) -> Faults:
    """A bucket of models or payloads is, or may be made, readable by everybody.

    S3 blocks that for each new bucket: what is judged is who takes the block away. A block that is
    written down is off wherever it does not say true.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if view.token in BLOCKS:
        for place in map(view.get, _FLAGS):
            if place.off:
                yield place.fault("true")
        return
    acl = view.get("acl")
    if acl.text() in _PUBLIC_ACLS:
        yield acl.fault("private")
    for uri in _grantees(view):
        if (uri.text() or "").endswith(_PUBLIC_GROUPS):
            yield uri.fault("an account of your own")


def _grantees(view: View) -> Iterator[Property]:
    """The groups of S3's that a list of grants names."""
    for grant in view.get("accessControlPolicy", "grants").items():
        yield grant.get("grantee", "uri")
    for grant in view.get("grants").items():
        yield grant.get("uri")


@resource_rule(
    "security/resource-policy-open",
    severity=Severity.CRITICAL,
    types=RESOURCE_POLICIES,
    fix="Name the principals, or bind everybody by a Condition on the account or organisation.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_32", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169"),
)
def resource_policy_open(view: View, _settings: NoSettings) -> Faults:
    """The policy of a bucket, a registry, a topic, a queue or a secret lets in everybody.

    A Condition on who asks, or from where, is a bound, unless its value is a wildcard or a request
    may leave it out. Buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/
    access-control-block-public-access.html
    """
    document = view.get("policy")
    for statement in allowing(document):
        if opens(statement):
            yield document.fault(
                "named principals, or a Condition", f"{statement.where}: everybody"
            )


RULES = (bucket_public, resource_policy_open)
