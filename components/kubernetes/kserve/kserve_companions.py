"""What stands beside the predictor of an InferenceService: a transformer, an explainer.

Both are images of one's own. KServe tells them the model's name and the predictor's host by the
arguments `--model_name` and `--predictor_host`, where they are not given.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi

from components.checks import Checks
from components.kubernetes.confinement import CONFINED
from facts.pods import VARIABLE_NAME, looks_like_a_secret

__all__ = [
    "Companion",
    "Role",
    "companion_spec",
    "environment",
    "read_companion",
    "read_variables",
]

Role = Literal["transformer", "explainer"]
_KEYS: Final = ("arguments", "env", "cpu", "memory_mib", "min_replicas", "max_replicas")


@dataclass(frozen=True, slots=True)
class Companion:
    """One of them, checked."""

    image: pulumi.Input[str]
    arguments: list[str]
    env: dict[str, str]
    cpu: float
    memory_mib: int
    min_replicas: int
    max_replicas: int


def read_companion(
    checks: Checks,
    args: Mapping[str, Any],
    role: Role,
    least_min: int,
    blocked: Collection[str],
) -> Companion | None:
    """Reads and notes what is wrong; the caller raises. None where there is no such image.

    `blocked`: variables that KServe refuses.
    """
    if not checks.given(f"{role}_image"):
        for key in (f"{role}_{key}" for key in _KEYS if checks.given(f"{role}_{key}")):
            checks.problem(key, args[key], f"{role}_image beside it")
        return None
    low = checks.whole(f"{role}_min_replicas", 1, least_min, 1000)
    high = checks.whole(f"{role}_max_replicas", max(1, low), 1, 1000)
    if low > high:
        use = f"at least {role}_min_replicas ({low})"
        checks.problem(f"{role}_max_replicas", high, use)
    checks.text(f"{role}_image")
    return Companion(
        image=args[f"{role}_image"],
        arguments=checks.texts(f"{role}_arguments", []),
        env=read_variables(checks, f"{role}_env", blocked),
        cpu=checks.number(f"{role}_cpu", 1.0, 0.1, 192),
        memory_mib=checks.whole(f"{role}_memory_mib", 1024, 128, 4 * 1024 * 1024),
        min_replicas=low,
        max_replicas=high,
    )


def companion_spec(
    companion: Companion, service_account_name: pulumi.Input[str] | None
) -> dict[str, Any]:
    """The component in KServe's spelling."""
    amounts = {"cpu": f"{companion.cpu:g}", "memory": f"{companion.memory_mib}Mi"}
    container: dict[str, Any] = {
        "name": "kserve-container",
        "image": companion.image,
        "resources": {"requests": amounts, "limits": amounts},
        # On the container, since Knative refuses most of a pod's own security context.
        "securityContext": CONFINED,
    }
    if companion.arguments:
        container["args"] = companion.arguments
    if companion.env:
        container["env"] = environment(companion.env)
    made: dict[str, Any] = {
        "minReplicas": companion.min_replicas,
        "maxReplicas": companion.max_replicas,
        "automountServiceAccountToken": False,
        "containers": [container],
    }
    if service_account_name is not None:
        made["serviceAccountName"] = service_account_name
    return made


def read_variables(checks: Checks, key: str, blocked: Collection[str]) -> dict[str, str]:
    """The environment variables under `key`; notes wrong names, secrets, and what is KServe's."""
    variables = checks.mapping(key)
    for name, value in variables.items():
        if not VARIABLE_NAME.fullmatch(name):
            checks.problem(key, name, "names of letters, digits and _")
        elif looks_like_a_secret(name, value):
            use = "token_secret_name, or a service account: everybody reads a pod's variables"
            checks.problem(key, name, use)
        elif name in blocked:
            checks.problem(key, name, "other names: this one is KServe's, or refused by it")
    return variables


def environment(variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """In Kubernetes' spelling, in a steady order."""
    return [{"name": key, "value": variables[key]} for key in sorted(variables)]
