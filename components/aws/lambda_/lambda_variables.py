"""Environment variables of the function: what the runtime reads of its model, and the caller's."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.serving import Core
from facts.drift_profiles import PROFILE_VARIABLE
from facts.lambda_serving import VARIABLES_BYTES, own_variables, variables_bytes, wrong_variable
from facts.pods import looks_like_a_secret

__all__ = ["check_variables", "variables"]

# Handlers of the project's own package: they read their settings from the environment.
_OWN_HANDLERS: Final = "runtime."


def variables(
    core: Core, args: Mapping[str, Any], handler: str, given: Mapping[str, pulumi.Input[str]]
) -> dict[str, pulumi.Input[str]]:
    """What the runtime reads of the newest version, runtime/settings.py; `given` goes over it.

    An image that holds its model has its own handler, and is told nothing.
    """
    pulls = bool(args.get("pull_model"))
    if "drift_baseline_uri" in args:
        given = {PROFILE_VARIABLE: args["drift_baseline_uri"], **given}
    elif not pulls and ("image" in args or not handler.startswith(_OWN_HANDLERS)):
        return dict(given)
    which = "model" if core.candidate_version is None else "candidate"
    found: dict[str, pulumi.Input[str]] = own_variables(
        core.name,
        core.newest_version,
        uri=args.get(f"{which}_uri") if pulls else None,
        digest=args.get(f"{which}_digest"),
    )
    return found | dict(given)


def check_variables(
    checks: Checks, core: Core, args: Mapping[str, Any], handler: str, given: Mapping[str, str]
) -> None:
    """Names that Lambda takes, no secrets, and within 4 KB with the runtime's own."""
    key = "environment_variables"
    for name, value in given.items():
        if wrong := wrong_variable(name):
            checks.problem(key, name, f"another name: {wrong}")
        elif looks_like_a_secret(name, value):
            # The value is not repeated: it may be one.
            use = "a secret of Secrets Manager, by its name, which the handler reads"
            checks.problem(key, name, use)
    whole = variables(core, args, handler, given)
    # What another resource makes is known only later, and is counted by its name alone.
    known = {name: value if isinstance(value, str) else "" for name, value in whole.items()}
    if VARIABLES_BYTES.allows(size := variables_bytes(known)):
        return
    own = size - variables_bytes(given)
    got = f"{size} bytes" + (f", {own} of them for the runtime itself" if own else "")
    checks.problem(key, got, f"{VARIABLES_BYTES} in all")
