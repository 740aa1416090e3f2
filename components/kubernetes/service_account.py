"""The service account of a model's pods, and what every cloud's identity for it has in common."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import KubernetesObject, manifest
from facts import tags as vocabulary

__all__ = ["identity_tags", "read_uris", "service_account"]

_ACCOUNT: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def read_uris(checks: Checks, name: str, pattern: str, use: str, schemes: str) -> list[str]:
    """The artifacts that are in the cloud's own store; others need no right of it."""
    if not _ACCOUNT.fullmatch(name):
        checks.problem("name", name, "a DNS label of at most 63 signs: it names a service account")
    found: list[str] = []
    for uri in checks.texts("artifact_uris", []):
        if re.match(schemes, uri) and not re.fullmatch(pattern, uri):
            checks.problem("artifact_uris", uri, use)
        elif re.fullmatch(pattern, uri):
            found.append(uri)
    return list(dict.fromkeys(found))


def identity_tags(checks: Checks) -> dict[str, str]:
    """The tag vocabulary's words of an identity."""
    words = {
        vocabulary.ENVIRONMENT: checks.plain("environment"),
        vocabulary.OWNER: checks.plain("owner"),
        vocabulary.MODEL: checks.plain("model"),
    }
    return {**checks.mapping("tags"), **words}


def service_account(
    name: str,
    namespace: pulumi.Input[str],
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    annotations: Mapping[str, Any] | None = None,
) -> KubernetesObject:
    """The object; its pods get no token of the cluster's API by it."""
    return KubernetesObject(
        f"{name}-service-account",
        manifest(
            "v1",
            "ServiceAccount",
            name,
            namespace,
            vocabulary.kubernetes(tags),
            annotations=dict(annotations or {}),
            automountServiceAccountToken=False,
        ),
        opts,
    )
