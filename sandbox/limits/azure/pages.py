"""The vendor's page of an operation."""

import re

from sandbox.limits.azure.clients import Operation

__all__ = ["page_of"]

# Where the REST reference has the operations of a module.
_SERVICES = {
    "applicationinsights": "application-insights",
    "authorization": "authorization",
    "containerregistry": "containerregistry",
    "containerservice": "aks",
    "keyvault": "keyvault/keyvault",
    "machinelearningservices": "azureml",
    "managedidentity": "managedidentity",
    "monitor": "monitor",
    "network": "virtualnetwork",
    "operationalinsights": "loganalytics",
    "resources": "resources",
    "storage": "storagerp",
    "web": "appservice",
}


def page_of(module: str, operation: Operation) -> str:
    """The REST reference of an operation on learn.microsoft.com."""
    group = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", operation.group).lower()
    name = operation.name.replace("_", "-")
    return f"https://learn.microsoft.com/rest/api/{_SERVICES[module]}/{group}/{name}"
