"""Which rule looks at which resource: type tokens with their spellings folded into one."""

import re
from collections.abc import Mapping
from typing import Final

# The same vendor resource under a former name.
_ALIASES: Final = {
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws:s3/bucketObject:BucketObject",
}
# The same load balancers under three more names of their module.
_BALANCERS: Final = re.compile(r"aws:(?:alb|applicationloadbalancing|elasticloadbalancingv2)/")
# Each resource of a bucket has a twin from the time when there were two: `bucketAclV2:BucketAclV2`.
_SECOND: Final = re.compile(r"(aws:s3/bucket\w*)V2:(Bucket\w*)V2")


def fold(token: str) -> str:
    """`azure-native:web/v20240101:WebApp` → `azure-native:web:WebApp`; `…:PodPatch` → `…:Pod`.

    A local package of Azure's, `azure-native_web_v20240101:web:WebApp`, holds the same resources.

    Kubernetes API versions are dropped too: `kubernetes:apps/v1beta2:Deployment` holds the same
    pods as `kubernetes:apps/v1:Deployment`. A token of another shape is returned as it is.
    """
    if token.startswith("aws:"):
        token = _BALANCERS.sub("aws:lb/", _SECOND.sub(r"\1:\2", _ALIASES.get(token, token)))
    parts = token.split(":")
    if len(parts) != 3:  # noqa: PLR2004 - package, module, kind.
        return token
    package, module, kind = parts
    if package == "azure-native" or package.startswith("azure-native_"):
        package = "azure-native"
        module = module.split("/")[0]
    elif package == "kubernetes":
        group, _, version = module.rpartition("/")
        module = group if version.startswith("v") and group else module
        kind = kind.removesuffix("Patch").removesuffix("List") or kind
    return f"{package}:{module}:{kind}"


def is_list(token: str) -> bool:
    """A Kubernetes list: its `items` are the resources."""
    return token.startswith("kubernetes:") and token.endswith("List")


def of_object(properties: Mapping[str, object]) -> str:
    """The type of a Kubernetes object, as its body says it; empty for anything else.

    The body is what is sent to the cluster, whatever token a program gives it: a package made from
    CRDs has a name of its own, and a raw `pulumi.CustomResource` may have any. A list's items say
    what they are in no other way.
    """
    version, kind = properties.get("apiVersion"), properties.get("kind")
    if not isinstance(version, str) or not isinstance(kind, str):
        return ""
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}"


def wholesale(token: str) -> tuple[str, str]:
    """What a rule names to mean all of a package, and all of one of its modules.

    `aws-native:s3:Bucket` → `aws-native:*:*`, `aws-native:s3/*:*`.
    """
    package, _, rest = token.partition(":")
    return f"{package}:*:*", f"{package}:{re.split('[:/]', rest)[0]}/*:*"
