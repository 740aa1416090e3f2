"""Which rule looks at which resource: type tokens with their spellings folded into one."""

from typing import Final

# The same vendor resource under a former name.
_ALIASES: Final = {
    "aws:alb/listener:Listener": "aws:lb/listener:Listener",
    "aws:alb/loadBalancer:LoadBalancer": "aws:lb/loadBalancer:LoadBalancer",
    "aws:elasticloadbalancingv2/listener:Listener": "aws:lb/listener:Listener",
    "aws:elasticloadbalancingv2/loadBalancer:LoadBalancer": "aws:lb/loadBalancer:LoadBalancer",
    "aws:s3/bucketAclV2:BucketAclV2": "aws:s3/bucketAcl:BucketAcl",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ),
    "aws:s3/bucketV2:BucketV2": "aws:s3/bucket:Bucket",
    "aws:s3/bucketVersioningV2:BucketVersioningV2": "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws:s3/bucketObject:BucketObject",
}


def fold(token: str) -> str:
    """`azure-native:web/v20240101:WebApp` → `azure-native:web:WebApp`; `…:PodPatch` → `…:Pod`.

    A local package of Azure's, `azure-native_web_v20240101:web:WebApp`, holds the same resources.

    Kubernetes API versions are dropped too: `kubernetes:apps/v1beta2:Deployment` holds the same
    pods as `kubernetes:apps/v1:Deployment`. A token of another shape is returned as it is.
    """
    token = _ALIASES.get(token, token)
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
