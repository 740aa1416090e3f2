"""Arithmetic and rules about pods that the settings and the components both keep.

Each rule answers with what is wrong, in words for the person who asked, or with nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = [
    "CLOUD_KEYS",
    "CONFIG_FOLDER",
    "LOGS_MIB",
    "MODEL_FOLDER",
    "OUR_VARIABLES",
    "PINNED_IMAGE",
    "TMP",
    "USER_ID",
    "VARIABLE_NAME",
    "blocked_eviction",
    "clashing_folders",
    "clashing_ports",
    "is_fetched",
    "looks_like_a_secret",
    "share_of",
    "startup_budget_seconds",
    "startup_failures",
    "wrong_artifact",
]

# Long-lived credentials of the clouds' SDKs, by the names of the variables that they read.
CLOUD_KEYS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_SECRET",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "GOOGLE_APPLICATION_CREDENTIALS",
)
# What every model server's container has set.
OUR_VARIABLES: Final = (
    "MODEL_NAME",
    "MODEL_PATH",
    "MODEL_URI",
    "MODEL_VERSION",
    "POD_NAME",
    "POD_NAMESPACE",
)
# By its digest: the same name is the same bytes tomorrow.
PINNED_IMAGE: Final = r"[^@\s]+@sha256:[0-9a-f]{64}"
# Folders of a container: the model's, its files', and what may be written to.
MODEL_FOLDER: Final = "/mnt/models"
CONFIG_FOLDER: Final = "/etc/model-server"
TMP: Final = "/tmp"  # noqa: S108 - in the pod
# Beyond those that nodes give to people and services.
USER_ID: Final = 10_001
# What the node keeps for a container beside its volumes: logs, mostly.
LOGS_MIB: Final = 256
VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME: Final = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY"
    r"|CREDENTIALS?|CONNECTION_STRING)(_ID)?$",
    re.IGNORECASE,
)
_SECRET_VALUE: Final = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|hf_[A-Za-z0-9]{30,}"
    r"|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{10,}|[a-z]+://[^/\s:@]+:[^/\s@]+@"
    # Of a connection string, and of an address that is signed, at each of three clouds.
    r"|(AccountKey|SharedAccessKey)=[^;\s]|[?&](sig|X-Amz-Signature|X-Goog-Signature)=[^&\s]"
)
_ARTIFACTS: Final = {
    "image": re.compile(r"image:(/[A-Za-z0-9._-]+)+"),
    "oci": re.compile(r"oci://[^@\s]+@sha256:[0-9a-f]{64}"),
    "pvc": re.compile(r"pvc://[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?(/[^\s]*)?"),
}
# What a path, a special token of a tokenizer or a switch looks like: no secret by its name.
_HARMLESS: Final = re.compile(r"|true|false|/.*|<.*>|\[.*\]|\d{1,11}")


def looks_like_a_secret(name: str, value: str) -> bool:
    """Whether a variable, by its name or its value, holds a password, key or token."""
    named = _SECRET_NAME.search(name) and not _HARMLESS.fullmatch(value)
    return bool(named or _SECRET_VALUE.search(value))


def is_fetched(uri: str) -> bool:
    """Whether an artifact is neither in the server's image nor brought by the kubelet."""
    return uri.partition(":")[0] not in _ARTIFACTS


def wrong_artifact(uri: str) -> bool:
    """Whether an artifact that the kubelet or the image brings is spelled wrongly."""
    pattern = _ARTIFACTS.get(uri.partition(":")[0])
    return pattern is not None and pattern.fullmatch(uri) is None


def share_of(amount: str, pods: int) -> int | None:
    """`2` or `50%` as a number of pods, rounded up as Kubernetes does; None for anything else.

    https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
    """
    if re.fullmatch(r"[0-9]{1,6}", amount):
        return int(amount)
    if re.fullmatch(r"[0-9]{1,3}%", amount) and int(amount[:-1]) <= 100:  # noqa: PLR2004 - percent
        return math.ceil(pods * int(amount[:-1]) / 100)
    return None


def blocked_eviction(
    min_replicas: int, min_available: str | None, max_unavailable: str | None
) -> str:
    """Why no pod could ever be evicted for maintenance; empty where one can."""
    # At zero replicas there is nothing to evict; what counts is the fewest that run.
    fewest = max(1, min_replicas)
    if max_unavailable is not None and share_of(max_unavailable, fewest) == 0:
        return f"max_unavailable {max_unavailable} lets no pod go"
    kept = share_of(min_available, fewest) if min_available is not None else None
    if kept is not None and kept >= fewest:
        return f"min_available {min_available} keeps all of the {fewest} that run at the least"
    return ""


def startup_failures(load_seconds: int, delay_seconds: int, period_seconds: int) -> int:
    """How often the startup probe may fail so that the budget covers the load."""
    return max(1, math.ceil((load_seconds - delay_seconds) / period_seconds) + 1)


def startup_budget_seconds(delay_seconds: int, period_seconds: int, failures: int) -> int:
    """Seconds until the kubelet gives up on a container that does not start.

    https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    return delay_seconds + period_seconds * failures


def clashing_ports(ports: Mapping[str, int | None]) -> str:
    """Which two of the ports are one; empty where all differ."""
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port is None:
            continue
        if port in seen:
            return f"{name} and {seen[port]} are both {port}"
        seen[port] = name
    return ""


def clashing_folders(folders: Iterable[str]) -> str:
    """Which folder lies in another, or hides the system's own; empty where none does."""
    taken: list[str] = []
    for folder in folders:
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", folder) or ".." in folder.split("/"):
            return f"{folder} is no absolute path of plain names"
        top = folder.split("/")[1]
        if top in {"proc", "sys", "dev", "bin", "lib", "lib64", "sbin"}:
            return f"{folder} hides the system's /{top}"
        for other in taken:
            if folder == other or f"{folder}/".startswith(f"{other}/"):
                return (
                    f"{folder} lies in {other}" if folder != other else f"{folder} is there twice"
                )
            if other.startswith(f"{folder}/"):
                return f"{folder} hides {other}"
        taken.append(folder)
    return ""
