"""Every AWS resource type that the sandbox knows more about than its declared shape."""

from sandbox.clouds.aws import cognito, compute, gateway, iam, lambda_, sagemaker, short_ids, small
from sandbox.clouds.aws.kind import Kind
from sandbox.schema import Resource

__all__ = ["KINDS", "default"]

KINDS: dict[str, Kind] = {
    **short_ids.KINDS,
    **sagemaker.KINDS,
    **lambda_.KINDS,
    **gateway.KINDS,
    **iam.KINDS,
    **compute.KINDS,
    **small.KINDS,
    **cognito.KINDS,
}


def default(token: str, declared: Resource) -> Kind:
    """A type known by shape only: its id is its name, or made up.

    A name is taken to be unique within what the type must name beside itself: a log stream's in its
    group, an API's parts in it.
    """
    module, name = token.split(":", 1)[1].rsplit(":", 1)
    service = module.split("/")[0]
    noun = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
    within = [
        f"{{input:{other}}}"
        for other, property_ in sorted(declared.inputs.items())
        if property_.required and other != "name" and other.endswith(("Name", "Id", "Arn"))
    ]
    return Kind(
        arn=f"arn:aws:{service}:{{region}}:{{account}}:{noun}/{{id}}", parent="/".join(within)
    )
