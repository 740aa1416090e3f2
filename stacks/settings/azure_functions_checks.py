"""Rules over files for Azure Functions: names, times, settings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.azure_functions import (
    APP_NAME_LENGTH,
    FLEX_SETTINGS,
    hides_requests,
    is_own_setting,
)
from facts.pods import CLOUD_KEYS, VARIABLE_NAME
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.variables import told_secret
from stacks.settings.yaml_source import dotted

__all__ = ["azure_functions"]

_REFERENCE: Final = "@Microsoft.KeyVault("
_SECRETS_GO: Final = f"a reference that the app's identity reads: {_REFERENCE}SecretUri=…)"


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    environment: str
    settings: AzureFunctionsModel
    where: PlaceOf
    site: Environment | None


def azure_functions(
    name: str,
    environment: str,
    settings: AnySettings,
    where: PlaceOf,
    site: Environment | None,
) -> list[Problem]:
    """Problems of one file for Azure Functions, beside those of all targets."""
    if not isinstance(settings, AzureFunctionsModel):
        return []
    return apply(_RULES, _Asked(name, environment, settings, where, site))


def _name(asked: _Asked) -> Iterator[Problem]:
    called = f"{asked.name}-{asked.environment}"
    if not APP_NAME_LENGTH.allows(len(called)):
        yield Problem(
            asked.where(("target",)),
            "MS0106",
            "target",
            f"got the name {called}, and an app's host has six signs more, and a slot's its name",
            allowed=str(APP_NAME_LENGTH),
            fix="a shorter name of the file",
            source=APP_NAME_LENGTH.source,
        )


def _times(asked: _Asked) -> Iterator[Problem]:
    seconds, objective = asked.settings.timeout_seconds, asked.settings.slo.latency_p95_ms
    if objective >= seconds * 1000:
        yield Problem(
            asked.where(("timeout_seconds",)),
            "MS0214",
            "timeout_seconds",
            f"got {seconds}, and the objective is {objective:g} ms: requests fail before they are "
            "late",
            fix="a longer timeout, or a shorter objective",
        )


def _storage(asked: _Asked) -> Iterator[Problem]:
    """A private account is reached from within a network alone."""
    site = asked.site.targets.azure_functions if asked.site else None
    if site is None or site.storage_public_access is not False:
        return
    plan = asked.settings.plan
    subnet = site.flex_subnet_id if plan == "flex" else site.premium_subnet_id
    if subnet is None or site.endpoint_subnet_id is None:
        yield Problem(
            asked.where(("target",)),
            "MS0208",
            "target",
            "storage_public_access is false, and apps of that plan are in no network that reaches "
            "their storage accounts",
            fix=f"add `endpoint_subnet_id: …` and `{plan}_subnet_id: …` under "
            "`model-serving:targets.azure_functions`, or remove storage_public_access",
        )


def _variables(asked: _Asked) -> Iterator[Problem]:
    for name, value in asked.settings.environment_variables.items():
        path = ("environment_variables", name)
        if what := _wrong_name(name, asked.settings.plan):
            yield Problem(
                asked.where(path),
                "MS0217",
                dotted(path),
                f"got {shown(name)}, {what}",
                fix="another name, the setting for it, or the app's identity instead of a key",
            )
        elif not value.startswith(_REFERENCE) and (
            found := told_secret(asked.where, path, value, _SECRETS_GO)
        ):
            yield found


def _unlogged(asked: _Asked) -> Iterator[Problem]:
    """Objectives are measured by requests that the host tells of."""
    azure = asked.site.targets.azure if asked.site else None
    watched = azure.monitoring if azure is not None else None
    variables = asked.settings.environment_variables
    hiding = hides_requests(variables)
    if hiding is None or watched is None:
        return
    if watched.alarms == "burn_rate" or watched.dashboards:
        path = ("environment_variables", hiding)
        yield Problem(
            asked.where(path),
            "MS0630",
            dotted(path),
            f"got {shown(variables[hiding])}, with which no request is told of, and "
            "`targets.azure.monitoring` measures objectives by them",
            allowed="Information, Debug or Trace",
            fix="remove it, or say `alarms: symptoms` and `dashboards: false` there",
        )


def _wrong_name(name: str, plan: str) -> str:
    if not VARIABLE_NAME.fullmatch(name):
        return "no name of a variable: letters, digits and _"
    if name in CLOUD_KEYS:
        return "a key of a cloud, which lives long, and nobody knows who has it"
    if plan == "flex" and name in FLEX_SETTINGS:
        return "which Flex Consumption refuses"
    if is_own_setting(name):
        return "which is set for every app"
    return ""


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _name,
    _times,
    _storage,
    _variables,
    _unlogged,
)
