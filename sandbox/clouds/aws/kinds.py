"""Every AWS resource type that the sandbox knows more about than its declared shape."""

from sandbox.clouds.aws import compute, gateway, iam, lambda_, sagemaker, small
from sandbox.clouds.aws.kind import Kind

__all__ = ["KINDS", "default"]

KINDS: dict[str, Kind] = {
    **sagemaker.KINDS,
    **lambda_.KINDS,
    **gateway.KINDS,
    **iam.KINDS,
    **compute.KINDS,
    **small.KINDS,
}


def default(token: str) -> Kind:
    """A type known by shape only: its id is its name, or made up."""
    module, name = token.split(":", 1)[1].rsplit(":", 1)
    service = module.split("/")[0]
    noun = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
    return Kind(arn=f"arn:aws:{service}:{{region}}:{{account}}:{noun}/{{id}}")
