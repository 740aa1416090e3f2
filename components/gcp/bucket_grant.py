"""A right below some paths of a bucket, and nowhere else in it: an IAM member with a condition."""

import json
import re
import warnings
from collections.abc import Sequence
from typing import Final

import pulumi

with warnings.catch_warnings():
    # The SDK's module warns of a function of its own, whoever imports it.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pulumi_gcp.storage import BucketIAMMember

__all__ = ["READER", "WRITER", "below", "bucket_and_path", "grant"]

READER: Final = "roles/storage.objectViewer"
# Objects, and their parts while they are written; a result that is written again takes the place of
# the one before, which is a deletion too.
# https://cloud.google.com/storage/docs/access-control/iam-roles
WRITER: Final = "roles/storage.objectUser"
_GENERATION: Final = re.compile(r"#\d+$")
_LISTED: Final = ('api.getAttribute("storage.googleapis.com/objectListPrefix", "")', "")


def bucket_and_path(uri: str) -> tuple[str, str]:
    """The bucket and the path of a `gs://` URI; a generation, `#17`, is no part of the path."""
    bucket, _, path = uri.removeprefix("gs://").partition("/")
    return bucket, _GENERATION.sub("", path)


def grant(
    resource_name: str,
    *,
    bucket: pulumi.Input[str],
    expression: pulumi.Input[str],
    role: str,
    member: pulumi.Input[str],
    title: str,
    what: str,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
    formerly: Sequence[str] = (),
) -> BucketIAMMember:
    """The right of a member; buckets need uniform access, conditions count in no other.

    `after` is what makes the member, where its name alone does not lead there; `formerly` are names
    that the resource had.
    """
    return BucketIAMMember(
        resource_name,
        bucket=bucket,
        role=role,
        member=member,
        condition={"title": title, "description": what, "expression": expression},
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(after),
            aliases=[pulumi.Alias(name=name) for name in formerly],
        ),
    )


def below(bucket: str, paths: Sequence[str]) -> str:
    """A condition on the names of objects and on the prefix that is listed.

    A path without `/` at its end is one object or a folder, and no other whose name begins so.
    https://cloud.google.com/iam/docs/conditions-attribute-reference
    """
    ways: list[str] = []
    for path in paths:
        folder = f"{path.rstrip('/')}/"
        for value, start in (("resource.name", f"projects/_/buckets/{bucket}/objects/"), _LISTED):
            if path != folder:
                ways.append(f"{value} == {json.dumps(start + path)}")
            ways.append(f"{value}.startsWith({json.dumps(start + folder)})")
    return " || ".join(ways)
