"""The accounts that Google's services act as, which programs grant roles to.

Source: https://cloud.google.com/iam/docs/service-agents
"""

import re

__all__ = ["agent", "identity_of"]

# Where the domain is not `gcp-sa-<service>`; by the service's name, or pulumi-gcp's module of it.
_DOMAINS = {
    "cloudfunctions": "gcf-admin-robot",
    "cloudsql": "gcp-sa-cloud-sql",
    "compute": "compute-system",
    "container": "container-engine-robot",
    "dataflow": "dataflow-service-producer-prod",
    "dataproc": "dataproc-accounts",
    "file": "cloud-filer",
    "redis": "cloud-redis",
    "run": "serverless-robot-prod",
    "securitycenter": "gcp-sa-scc-notification",
    "sql": "gcp-sa-cloud-sql",
    "sqladmin": "gcp-sa-cloud-sql",
    "storage": "gs-project-accounts",
    "vertex": "gcp-sa-aiplatform",
}
_EMAIL = re.compile(r"(^e|E)mail(Address)?$|(^s|S)erviceAccount(Id|EmailAddress)?$")
_MEMBER = re.compile(r"^member$|(^writer|^persistenceIam)Identity$")


def agent(service: str, number: str) -> str:
    """The email of a service's agent in the project of that number.

    Args:
        service: as `aiplatform.googleapis.com`, or pulumi-gcp's module.
        number: the project's.
    """
    short = service.partition(".")[0]
    domain = _DOMAINS.get(short, f"gcp-sa-{short}")
    return f"service-{number}@{domain}.iam.gserviceaccount.com"


def identity_of(output: str, service: str, number: str) -> str:
    """What an output says of who a service acts as; empty for one that says nothing of that."""
    if _EMAIL.search(output):
        return agent(service, number)
    return f"serviceAccount:{agent(service, number)}" if _MEMBER.search(output) else ""
