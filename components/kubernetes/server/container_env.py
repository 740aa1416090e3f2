"""Environment variables of a model server's containers; nothing secret stands in them in clear."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import Manifest, manifest
from facts.pods import CLOUD_KEYS, OUR_VARIABLES, VARIABLE_NAME, looks_like_a_secret

__all__ = [
    "Environment",
    "read_variables",
    "secret_object",
    "secret_variables",
    "variables",
]

_REFERENCE: Final = re.compile(
    r"(?P<secret>[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)/(?P<key>[A-Za-z0-9._-]{1,253})"
)
_IDENTITY: Final = (
    "a service account with a cloud identity (service_account_name): keys of a cloud live long, "
    "and nobody knows who has them"
)


@dataclass(frozen=True, slots=True)
class Environment:
    """Plain variables, and the names of the secret ones."""

    plain: dict[str, str]
    references: dict[str, tuple[str, str]]
    """Name of the variable to name and key of a Secret that is there."""
    secrets: dict[str, pulumi.Input[str]]
    """Values that are secrets of Pulumi's; kept in a Secret of the server's own."""


def read_variables(checks: Checks, args: Mapping[str, Any]) -> Environment:
    """Reads and notes what is wrong; the caller raises."""
    plain = checks.mapping("env")
    references: dict[str, tuple[str, str]] = {}
    for name, text in checks.mapping("secret_env").items():
        match = _REFERENCE.fullmatch(text)
        if match is None:
            checks.problem("secret_env", text, "secret-name/key of a Secret that is there")
        else:
            references[name] = (match["secret"], match["key"])
    given = args.get("secrets")
    secrets: dict[str, pulumi.Input[str]] = dict(given) if isinstance(given, Mapping) else {}  # pyright: ignore[reportUnknownArgumentType]
    if given is not None and not secrets:
        checks.problem("secrets", "what is no map", "a map from the name of a variable to a secret")
    seen: set[str] = set()
    for key, names in (("env", plain), ("secret_env", references), ("secrets", secrets)):
        for name in names:
            _check_name(checks, key, name, seen)
    for name, value in plain.items():
        if looks_like_a_secret(name, value):
            # The value is not repeated: it may be one.
            checks.problem("env", name, f'secret_env: {{{name}: "secret-name/key"}}')
    return Environment(plain, references, secrets)


def _check_name(checks: Checks, key: str, name: str, seen: set[str]) -> None:
    if not VARIABLE_NAME.fullmatch(name):
        checks.problem(key, name, "names of letters, digits and _")
    elif name in OUR_VARIABLES:
        checks.problem(key, name, "another name: this one is set for every model server")
    elif name in seen:
        checks.problem(key, name, "each name once, in env, secret_env or secrets")
    elif name in CLOUD_KEYS:
        checks.problem(key, name, _IDENTITY)
    seen.add(name)


def variables(
    environment: Environment,
    ours: Mapping[str, pulumi.Input[str]],
    kinds: Mapping[str, str],
    secret_name: pulumi.Input[str] | None,
) -> list[dict[str, Any]]:
    """All variables of the server: ours, the server kind's, the model's own, and secret ones."""
    plain: dict[str, pulumi.Input[str]] = {**ours, **kinds, **environment.plain}
    return [
        *({"name": name, "value": value} for name, value in plain.items()),
        _field("POD_NAME", "metadata.name"),
        _field("POD_NAMESPACE", "metadata.namespace"),
        *secret_variables(environment, secret_name),
    ]


def secret_variables(
    environment: Environment, secret_name: pulumi.Input[str] | None
) -> list[dict[str, Any]]:
    """Those that are read from Secrets; whatever brings the model may need them too."""
    found: list[tuple[str, pulumi.Input[str], str]] = [
        (name, secret, key) for name, (secret, key) in environment.references.items()
    ]
    if secret_name is not None:
        found += [(name, secret_name, name) for name in environment.secrets]
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for name, secret, key in found
    ]


def _field(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def secret_object(
    namespace: pulumi.Input[str], labels: Mapping[str, str], environment: Environment
) -> Manifest:
    """The values that were given as secrets, encrypted in Pulumi's state.

    It has no name of its own: another value is another object under a new name, which pods change
    to one by one, and the old one goes when none reads it any more.
    """
    made = manifest(
        "v1",
        "Secret",
        "",
        namespace,
        labels,
        type="Opaque",
        immutable=True,
        stringData={
            name: pulumi.Output.secret(value) for name, value in environment.secrets.items()
        },
    )
    del made["metadata"]["name"]
    return made
