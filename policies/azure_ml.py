"""A deployment of Azure ML, as both major versions of its provider write it."""

from policies.properties import Property
from policies.view import View

__all__ = ["deployment"]


def deployment(view: View) -> Property:
    """What a deployment is made of; major version 2 of the provider has another name for it."""
    older = view.get("onlineDeploymentProperties")
    return view.get("properties") if older.absent else older
