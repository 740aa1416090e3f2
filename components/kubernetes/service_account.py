"""The service account of a model's pods, and what every cloud's identity for it has in common.

A model's identity has the same name whatever the cloud, and so has its service account: the account
is the same resource when the kind of identity changes. Without aliases the engine would make it
under the new identity, which changes nothing in the cluster, and then delete it under the old one.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import KubernetesObject, manifest
from components.tags import read_environment
from facts import tags as vocabulary
from facts.stores import Store

__all__ = ["identity_tags", "own_account", "read_name", "read_uris", "service_account"]

_KINDS: Final = ("EksModelIdentity", "GkeModelIdentity", "AksModelIdentity")
_ACCOUNT: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def read_name(checks: Checks, name: str, longest: int = 63) -> None:
    """The component's name is the service account's."""
    if not _ACCOUNT.fullmatch(name) or len(name) > longest:
        use = f"a DNS label of at most {longest} signs: it names a service account"
        checks.problem("name", name, use)


def read_uris(checks: Checks, key: str, store: Store) -> list[str]:
    """The places that are in the cloud's own store; others need no right of it."""
    found: list[str] = []
    for uri in checks.texts(key, []):
        if re.fullmatch(store.pattern, uri):
            found.append(uri)
        elif re.match(store.begins, uri):
            checks.problem(key, uri, store.shape)
    return list(dict.fromkeys(found))


def identity_tags(checks: Checks) -> dict[str, str]:
    """The tag vocabulary's words of an identity."""
    words = {
        vocabulary.ENVIRONMENT: read_environment(checks),
        vocabulary.OWNER: checks.plain("owner"),
        vocabulary.MODEL: checks.plain("model"),
    }
    return {**checks.mapping("tags"), **words}


def own_account(
    parent: pulumi.Resource, name: str, namespace: pulumi.Input[str], labels: Mapping[str, str]
) -> KubernetesObject:
    """An account without rights, where nobody gives the pods another one."""
    account = manifest(
        "v1", "ServiceAccount", name, namespace, labels, automountServiceAccountToken=False
    )
    options = pulumi.ResourceOptions(parent=parent)
    return KubernetesObject(f"{name}-service-account", account, options)


def service_account(
    identity: pulumi.ComponentResource,
    name: str,
    namespace: pulumi.Input[str],
    tags: Mapping[str, str],
    annotations: Mapping[str, Any] | None = None,
) -> KubernetesObject:
    """The object, as a child of its identity; its pods get no token of the cluster's API by it."""
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
        pulumi.ResourceOptions(parent=identity, aliases=_of_other_kinds(identity)),
    )


def _of_other_kinds(identity: pulumi.ComponentResource) -> list[pulumi.Alias]:
    """The account as another kind of identity of the same name had it."""
    own = type(identity).__name__

    def as_kind(urn: str, kind: str) -> str:
        # …::<types of the parents>$model-serving:index:<kind>::<name>
        types, _, name = urn.rpartition("::")
        return f"{types.removesuffix(own)}{kind}::{name}"

    others = [kind for kind in _KINDS if kind != own]
    return [pulumi.Alias(parent=identity.urn.apply(partial(as_kind, kind=k))) for k in others]
