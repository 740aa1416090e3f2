"""Where a stack's state may be kept, and by what its secrets are encrypted: the form of both.

Sources, read 2026-11-27: https://www.pulumi.com/docs/iac/concepts/state-and-backends/ and
https://www.pulumi.com/docs/iac/concepts/secrets/. Whether they are there, only the engine knows.
"""

import re
from pathlib import Path
from typing import Final

from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.yaml_source import YamlSource, read

__all__ = ["BACKENDS", "FORM", "PROVIDERS", "backend", "form_problems", "secrets_provider"]

FORM: Final = "MS0110"
_QUERY: Final = r"(\?[a-zA-Z_][a-zA-Z0-9_]*=[^&\s]+(&[a-zA-Z_][a-zA-Z0-9_]*=[^&\s]+)*)?"
_PATH: Final = r"(/[A-Za-z0-9._/@=+-]*)?"
_REGION: Final = r"\?([^\s]*&)?region=[a-z0-9-]+(&\S*)?"

BACKENDS: Final[dict[str, tuple[str, str]]] = {
    "file": (r"file://\S+", "file://~ or file:///path, for one person on one machine"),
    "s3": (
        rf"s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]{_PATH}{_QUERY}",
        "s3://bucket/path?region=eu-west-1",
    ),
    "gs": (rf"gs://[a-z0-9][a-z0-9._-]{{1,220}}[a-z0-9]{_PATH}", "gs://bucket/path"),
    "azblob": (
        rf"azblob://[a-z0-9][a-z0-9-]{{1,61}}[a-z0-9]{_PATH}{_QUERY}",
        "azblob://container/path?storage_account=name",
    ),
    "https": (
        r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?/?",
        "https://api.pulumi.com, or your own Pulumi Cloud",
    ),
}
"""By scheme: the form, and an example."""
PROVIDERS: Final[dict[str, tuple[str, str]]] = {
    "default": (r"default", "default: the backend's own"),
    "passphrase": (r"passphrase", "passphrase: PULUMI_CONFIG_PASSPHRASE or …_FILE"),
    "awskms": (
        (
            rf"awskms://(/arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{{12}}:(key|alias)/[A-Za-z0-9/_-]+{_QUERY}"
            rf"|alias/[A-Za-z0-9/_-]+{_REGION}|[0-9a-f-]{{36}}{_REGION}|mrk-[0-9a-f]{{32}}{_REGION})"
        ),
        "awskms://alias/name?region=eu-west-1",
    ),
    "gcpkms": (
        (
            r"gcpkms://projects/[a-z][a-z0-9:.-]+/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]{1,63}"
            r"/cryptoKeys/[A-Za-z0-9_-]{1,63}"
        ),
        "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
    ),
    "azurekeyvault": (
        (
            r"azurekeyvault://[a-z][a-z0-9-]{1,22}[a-z0-9]\.(vault\.azure\.net|vault\.azure\.cn|"
            r"vault\.usgovcloudapi\.net)/keys/[A-Za-z0-9-]{1,127}(/[0-9a-f]{32})?"
        ),
        "azurekeyvault://vault.vault.azure.net/keys/name",
    ),
    "hashivault": (r"hashivault://[A-Za-z0-9_-]+", "hashivault://key"),
}
"""The same, of secrets providers."""


def backend(url: str) -> str:
    """What is wrong with the address of a backend; empty where its form is right."""
    return _wrong(url, BACKENDS)


def secrets_provider(url: str) -> str:
    """What is wrong with a secrets provider; empty where its form is right."""
    return _wrong(url, PROVIDERS)


def _wrong(url: str, known: dict[str, tuple[str, str]]) -> str:
    scheme = url.partition(":")[0]
    if scheme in known:
        form, example = known[scheme]
        return "" if re.fullmatch(form, url) else f"its form is {example}"
    close = nearest(scheme, known)
    hint = f"; did you mean {close}?" if close else ""
    return f"one of {', '.join(example for _, example in known.values())}{hint}"


def form_problems(root: Path, stack: YamlSource) -> list[Problem]:
    """Of the environment's secrets provider, and of the backend that Pulumi.yaml names."""
    found: list[Problem] = []
    provider = stack.data.get("secretsprovider")
    if isinstance(provider, str) and (use := secrets_provider(provider)):
        found.append(_problem(stack, ("secretsprovider",), provider, use))
    project = read(root / "Pulumi.yaml", "Pulumi.yaml", empty_is_problem=False)
    named = project.data.get("backend")
    url = named.get("url") if isinstance(named, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(url, str) and (use := backend(url)):
        found.append(_problem(project, ("backend", "url"), url, use))
    return found


def _problem(source: YamlSource, path: tuple[str, ...], got: str, use: str) -> Problem:
    return Problem(source.place(path), FORM, ".".join(path), f"got {shown(got)}", allowed=use)
