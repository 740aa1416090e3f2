"""Guardrails: one pass of all rules over raw resources, through the engine or in process."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from policies.configuration import Configuration, ConfigurationError
from policies.findings import Finding
from policies.view import Resource

__all__ = ["Configuration", "ConfigurationError", "Finding", "Resource", "evaluate"]


def evaluate(
    resources: Iterable[Resource],
    config: Mapping[str, Any] | Configuration | None = None,
    *,
    preview: bool = True,
    today: date | None = None,
) -> list[Finding]:
    """Every finding of every rule on these resources, without an engine.

    `config` is what a file of policies/config/ holds; None means mandatory, with safe defaults.

    Raises: ConfigurationError.
    """
    # Not at the top: a rule's module imports this package.
    from policies.evaluation import run  # noqa: PLC0415
    from policies.pack import RULES  # noqa: PLC0415

    return run(RULES, resources, config, preview=preview, today=today)
