"""Variables of an instance: the runtime's contract, a user's own, and secrets by reference."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.gcp.cloud_run.cloud_run_code import Code
from components.serving import Core
from facts.cloud_run import RESERVED_VARIABLES, SECRET_VERSION, SECRET_VERSION_FORM
from facts.pods import CLOUD_KEYS, VARIABLE_NAME, looks_like_a_secret

__all__ = ["read_secrets", "read_variables", "variables"]

# What runtime/settings.py reads, and this component says.
_CONTRACT: Final = (
    *("MODEL_SERVING_MODEL_NAME", "MODEL_SERVING_MODEL_VERSION"),
    *("MODEL_SERVING_MODEL_URI", "MODEL_SERVING_MODEL_DIGEST"),
    "MODEL_SERVING_TIMEOUT_SECONDS",
)
# Artifacts that an instance pulls; others are in its image or archive.
_PULLED: Final = ("gs://", "s3://", "https://")


def read_variables(checks: Checks) -> dict[str, str]:
    """`environment_variables`; secrets are kept by Secret Manager."""
    found = checks.mapping("environment_variables")
    for name, value in found.items():
        if use := _of_others(name):
            checks.problem("environment_variables", name, use)
        elif name in CLOUD_KEYS:
            use = "the service account's rights: keys of a cloud live long"
            checks.problem("environment_variables", name, use)
        elif looks_like_a_secret(name, value):
            # The value is not repeated: it may be one.
            use = "secret_environment_variables: everybody reads a service's variables"
            checks.problem("environment_variables", name, use)
    return found


def read_secrets(checks: Checks, own: Mapping[str, str]) -> dict[str, str]:
    """Variables that come from Secret Manager, by the number of the version: `latest` moves."""
    found = checks.mapping("secret_environment_variables")
    for name, version in found.items():
        if use := _of_others(name):
            checks.problem("secret_environment_variables", name, use)
        elif name in own:
            use = "it there, or in environment_variables"
            checks.problem("secret_environment_variables", name, use)
        elif not SECRET_VERSION.fullmatch(version):
            # The value is not repeated: it may be a secret.
            checks.problem("secret_environment_variables", name, SECRET_VERSION_FORM)
    return found


def _of_others(name: str) -> str:
    """What to use instead of a name that is Cloud Run's or this component's; empty where free."""
    if not VARIABLE_NAME.fullmatch(name) or name in RESERVED_VARIABLES:
        return f"names of letters, digits and _, not {', '.join(RESERVED_VARIABLES)}"
    if name in _CONTRACT:
        return "the arguments for it: model_uri, model_version, model_digest, timeout_seconds"
    return ""


def variables(
    core: Core,
    code: Code,
    version: str,
    *,
    project: pulumi.Input[str],
    timeout_seconds: int,
    concurrency: int,
    own: Mapping[str, pulumi.Input[str]],
    secrets: dict[str, str],
) -> list[dict[str, Any]]:
    """Of one version's instances, by name: their order is no difference."""
    uri = code.uris[version]
    said: dict[str, pulumi.Input[str]] = {
        # Of the functions framework: a thread for each request, and one for the probes.
        **({"THREADS": str(concurrency + 1)} if code.archives is not None else {}),
        # By it a line of log finds the trace of its request.
        "GOOGLE_CLOUD_PROJECT": project,
        **own,
        "MODEL_SERVING_MODEL_NAME": core.name,
        "MODEL_SERVING_MODEL_VERSION": version,
        "MODEL_SERVING_TIMEOUT_SECONDS": str(timeout_seconds),
    }
    if not isinstance(uri, str) or uri.startswith(_PULLED):
        said["MODEL_SERVING_MODEL_URI"] = uri
    if version in code.digests:
        said["MODEL_SERVING_MODEL_DIGEST"] = code.digests[version]
    if code.archives is not None:
        said["FUNCTION_TARGET"] = code.function_target
        said["FUNCTION_SOURCE"] = code.function_source
    found: list[dict[str, Any]] = [
        {"name": name, "value": value}
        for name, value in sorted(said.items())
        if name not in secrets
    ]
    for name, reference in sorted(secrets.items()):
        if match := SECRET_VERSION.fullmatch(reference):
            secret = f"projects/{match['project']}/secrets/{match['secret']}"
            source = {"secret_key_ref": {"secret": secret, "version": match["version"]}}
            found.append({"name": name, "value_source": source})
    return found
