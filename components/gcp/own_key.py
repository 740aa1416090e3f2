"""A key of one's own in Cloud KMS, and who of Google's services may use it."""

import re
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks

__all__ = ["check_key", "own_key"]

_KEY: Final = r"projects/[^/]+/locations/([^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+"
_USER: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_ROTATION_SECONDS: Final = 90 * 24 * 3600


def check_key(checks: Checks, key: str, value: object, region: str) -> None:
    """Disks, logs and secrets take keys of their own region alone; empty: not known yet."""
    checks.optional_text(key, _KEY, "projects/…/locations/…/keyRings/…/cryptoKeys/…")
    named = re.fullmatch(_KEY, value) if isinstance(value, str) else None
    if named and region and named[1] != region:
        checks.problem(key, value, f"a key of {region}, where it is used")


def own_key(
    name: str,
    *,
    region: pulumi.Input[str],
    project: pulumi.Input[str],
    users: dict[str, pulumi.Input[str]],
    labels: dict[str, str],
    protected: bool,
    parent: pulumi.Resource,
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """A key that rotates every 90 days, and the grants without which nothing is encrypted by it.

    A ring is never deleted; of a deleted key all versions are destroyed after 30 days.

    Args:
        name: role of the key.
        region: where it is kept.
        project: whose it is.
        users: members that encrypt and decrypt with it, by their role here.
        labels: Google Cloud labels.
        protected: whether its deletion is refused: what it encrypted would be lost.
        parent: component of which it is a child.
    """
    child = pulumi.ResourceOptions(parent=parent)
    ring = gcp.kms.KeyRing(f"{name}-ring", location=region, project=project, opts=child)
    key = gcp.kms.CryptoKey(
        name,
        key_ring=ring.id,
        rotation_period=f"{_ROTATION_SECONDS}s",
        labels=labels,
        deletion_policy="PREVENT" if protected else "DELETE",
        opts=child,
    )
    grants: list[pulumi.Resource] = [
        gcp.kms.CryptoKeyIAMMember(
            f"{name}-{role}", crypto_key_id=key.id, role=_USER, member=member, opts=child
        )
        for role, member in users.items()
    ]
    return key.id, grants
