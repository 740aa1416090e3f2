"""Asks the vendors what of a killed run is there: by the engine, in a state of its own.

A copy of the stack's state, with what may have been made in it, is refreshed for those resources
alone. So the stack's own providers read them, with the stack's own credentials and settings, on a
real cloud as on the sandbox; and until all is known, nothing of the stack's state has changed.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from delivery import engine, project
from delivery.failure import Failure
from delivery.recovery.edit import to_look_up

__all__ = ["is_read_in_a_copy", "live", "read_again"]

# Variables that name a file, which may be in the project's folder.
_FILE_VARIABLES: Final = (
    *("PULUMI_CONFIG_PASSPHRASE_FILE", "KUBECONFIG", "GOOGLE_APPLICATION_CREDENTIALS"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"),
)
# Providers of secrets that can be read wherever their key can.
_OWN_KEYS: Final = frozenset({"passphrase", "cloud"})


def live(
    folder: Path,
    environment: str,
    deployment: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """What of the candidates is there, as read, by URN.

    Raises:
        Failure: a vendor could not be asked; with what the engine said.
    """
    if not candidates:
        return {}
    urns = [str(each["urn"]) for each in candidates]
    found = read_again(folder, environment, to_look_up(deployment, candidates), urns)
    resources = cast("list[dict[str, Any]]", found.get("resources") or [])
    return {
        str(each["urn"]): each
        for each in resources
        if str(each["urn"]) in urns and not each.get("delete")
    }


def is_read_in_a_copy(deployment: Mapping[str, Any]) -> bool:
    """Whether what a copy of this state says can take its place: its secrets are read there."""
    told = cast("Mapping[str, Any]", deployment.get("secrets_providers") or {})
    return told.get("type") in _OWN_KEYS


def read_again(
    folder: Path, environment: str, deployment: Mapping[str, Any], urns: Sequence[str]
) -> dict[str, Any]:
    """The deployment with these resources as they are now: after a refresh in a copy.

    Raises:
        Failure: a vendor could not be asked; with what the engine said.
    """
    with tempfile.TemporaryDirectory(prefix="serving-recover-") as temporary:
        place = Path(temporary)
        name = project.name(folder)
        (place / "Pulumi.yaml").write_text(json.dumps({"name": name, **_settings(folder)}))
        variables = _prepare(place, name, environment, deployment)
        asked = [part for urn in urns for part in ("--target", urn)]
        flags = ("--yes", "--skip-preview", "--non-interactive", "-C", str(place))
        try:
            engine.quiet(folder, ["refresh", "--stack", environment, *flags, *asked], variables)
        except Failure as failure:
            raise Failure(
                "the vendors could not be asked what a killed run did; nothing was changed\n"
                f"  {failure}\n  fix: what is said there, then repeat the command; what nobody can "
                f"read any more: serving recover --env {environment} --yes --forget <its name>",
                failure.code,
            ) from None
        state = json.loads(_state_file(place, name, environment).read_text())
    return state["checkpoint"]["latest"]


def _prepare(
    place: Path, name: str, environment: str, deployment: Mapping[str, Any]
) -> dict[str, str]:
    """A project and a backend in a folder; the variables by which the engine uses them."""
    # What decrypts the copy is what encrypted the original.
    told = cast("Mapping[str, Any]", deployment.get("secrets_providers") or {})
    kept = cast("Mapping[str, Any]", told.get("state") or {})
    settings: dict[str, Any] = {}
    if told.get("type") == "passphrase":
        settings = {"encryptionsalt": kept.get("salt")}
    elif told.get("type") == "cloud":
        settings = {"secretsprovider": kept.get("url"), "encryptedkey": kept.get("encryptedkey")}
    # JSON is YAML.
    (place / f"Pulumi.{environment}.yaml").write_text(json.dumps(settings))
    file = _state_file(place, name, environment)
    file.parent.mkdir(parents=True)
    (place / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    stack = f"organization/{name}/{environment}"
    file.touch(mode=0o600)
    file.write_text(
        json.dumps({"version": 3, "checkpoint": {"stack": stack, "latest": dict(deployment)}})
    )
    variables = {
        "PULUMI_BACKEND_URL": f"file://{place}",
        # Else the file has another name.
        "PULUMI_DIY_BACKEND_GZIP": "false",
        "PULUMI_SELF_MANAGED_STATE_GZIP": "false",
        # The engine runs in the copy's folder.
        **{
            name: str(file)
            for name in _FILE_VARIABLES
            if (value := os.environ.get(name)) and (file := Path(value).absolute()).is_file()
        },
    }
    if (
        not (
            os.environ.get("PULUMI_CONFIG_PASSPHRASE")
            or os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
        )
        and told.get("type") not in _OWN_KEYS
    ):
        # Of the copy alone, which is gone in a moment.
        variables["PULUMI_CONFIG_PASSPHRASE"] = secrets.token_urlsafe()
    return variables


def _settings(folder: Path) -> dict[str, Any]:
    """The project's own language, environment and plugins; no program of it is run."""
    told = project.read(folder)
    settings: dict[str, Any] = {"runtime": _runtime(folder, told.get("runtime", "python"))}
    plugins = cast("Mapping[str, Sequence[Mapping[str, Any]]]", told.get("plugins") or {})
    if plugins:
        settings["plugins"] = {
            kind: [_from(folder, each) for each in listed] for kind, listed in plugins.items()
        }
    return settings


def _from(folder: Path, plugin: Mapping[str, Any]) -> dict[str, Any]:
    path = plugin.get("path")
    return dict(plugin) | ({"path": str(folder / str(path))} if path else {})


def _runtime(folder: Path, told: object) -> object:
    if not isinstance(told, Mapping):
        return told
    runtime = dict(cast("Mapping[str, Any]", told))
    options = dict(cast("Mapping[str, Any]", runtime.get("options") or {}))
    if chosen := options.get("virtualenv"):
        options["virtualenv"] = str(folder / chosen)
    return runtime | {"options": options}


def _state_file(place: Path, name: str, environment: str) -> Path:
    return place / ".pulumi" / "stacks" / name / f"{environment}.json"
