"""Function apps: what the plans Flex Consumption and Elastic Premium want, and do not have.

Sources: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan and its table of
what the plan has no use for; azure-mgmt-web's models; what ARM answers to both, as in
github.com/Azure/azure-functions-host, issue 10643.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from facts.azure_functions import (
    CONCURRENCY,
    FLEX_INSTANCES,
    FLEX_MEMORY_MIB,
    FLEX_PAGE,
    FLEX_SETTINGS,
    FLEX_SITE_CONFIG,
    NETWORK_PAGE,
    PREMIUM_SIZES,
)
from facts.limits import Limit
from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["APP", "PLAN", "SLOT", "constraints", "is_flexible", "references", "resized", "settings"]

APP = "azure-native:web:WebApp"
SLOT = "azure-native:web:WebAppSlot"
PLAN = "azure-native:web:AppServicePlan"
_CONTAINER = "azure-native:storage:BlobContainer"
_NETWORK = "azure-native:network:VirtualNetwork"
_SUBNET = "azure-native:network:Subnet"
_SCALE = "functionAppConfig.scaleAndConcurrency"
_STORAGE = "functionAppConfig.deployment.storage"
_DELEGATIONS = {True: "Microsoft.App/environments", False: "Microsoft.Web/serverFarms"}
# Of the Premium plan, the app itself among them.
_SLOTS = 3
_ALL = 100


def constraints(call: Call) -> list[Problem]:
    """What is wrong by itself: sizes, counts, who reads the package, shares."""
    return [*_memory(call), *_counts(call), *_reader(call), *_shares(call)]


def references(call: Call) -> list[Problem]:
    """What the plan of the app, or of the slot's app, asks for."""
    plan = ids.found(call.store, PLAN, str(call.inputs.get("serverFarmId")))
    if call.token == SLOT:
        app = ids.found(call.store, APP, _app_id(call))
        plan = _plan_of(call.store, app) if app is not None else plan
    if plan is None:
        return []
    flexible = _flexible(plan)
    found = [*_network(call, flexible=flexible)]
    if call.token == SLOT:
        return [*found, *(_slots(call, plan, flexible=flexible))]
    return [*found, *_flexible_app(call, plan)] if flexible else found


def resized(call: Call) -> list[Problem]:
    """A plan that would become one of Flex Consumption, or one of these another.

    ARM's words of Y1: https://github.com/hashicorp/terraform-provider-azurerm/issues/31348
    """
    if call.previous is None:
        return []
    before, after = (mapped(each.get("sku")) for each in (call.previous.inputs, call.inputs))
    if not after or _is_flex(before) == _is_flex(after):
        return []
    return [
        Problem(
            "sku",
            f"BadRequest: Cannot update ServerFarm SKU from '{_tier(before)}' to '{_tier(after)}';"
            ' replace the plan: replace_on_changes=["sku.tier"]',
        )
    ]


def is_flexible(store: Store, app: Row) -> bool:
    """Whether an app is on a Flex Consumption plan."""
    plan = _plan_of(store, app)
    return plan is not None and _flexible(plan)


def settings(inputs: Mapping[str, Any]) -> dict[str, str]:
    """An app's settings by name."""
    pairs = [mapped(each) for each in listed(at(inputs, "siteConfig", "appSettings"))]
    return {str(each.get("name")): str(each.get("value")) for each in pairs}


# ---- by itself ----


def _memory(call: Call) -> Iterator[Problem]:
    path = f"{_SCALE}.instanceMemoryMB"
    size = at(call.inputs, *path.split("."))
    if size is None or size is UNKNOWN or size in FLEX_MEMORY_MIB:
        return
    nearest = min(FLEX_MEMORY_MIB, key=lambda known: abs(known - size))
    allowed = ", ".join(map(str, FLEX_MEMORY_MIB))
    reason = f"got {size:g}; use one of {allowed} (nearest: {nearest}) ({FLEX_PAGE})"
    yield Problem(path, reason)


def _counts(call: Call) -> Iterator[Problem]:
    scale = mapped(at(call.inputs, *_SCALE.split(".")))
    most = scale.get("maximumInstanceCount")
    yield from _within(f"{_SCALE}.maximumInstanceCount", most, FLEX_INSTANCES)
    path = f"{_SCALE}.triggers.http.perInstanceConcurrency"
    yield from _within(path, at(call.inputs, *path.split(".")), CONCURRENCY)
    ready = [mapped(each) for each in listed(scale.get("alwaysReady"))]
    for number, each in enumerate(ready):
        if each.get("name") is None:
            path = f"{_SCALE}.alwaysReady[{number}].name"
            yield Problem(path, f"missing; `http`, or `function:<name>` ({FLEX_PAGE})")
    counts = [each.get("instanceCount") or 0 for each in ready]
    if isinstance(most, int | float) and UNKNOWN not in counts and sum(counts) > most:
        reason = f"got {sum(counts):g} in all, above maximumInstanceCount ({most:g})"
        yield Problem(f"{_SCALE}.alwaysReady", f"{reason} ({FLEX_PAGE})")


def _within(path: str, value: object, limit: Limit) -> Iterator[Problem]:
    if isinstance(value, int | float) and not limit.allows(value):
        yield Problem(path, f"got {value:g}; use {limit} ({limit.source})")


def _reader(call: Call) -> Iterator[Problem]:
    """By whom the package is read: an identity that the app has, or a connection string."""
    storage = mapped(at(call.inputs, *_STORAGE.split(".")))
    who = mapped(storage.get("authentication"))
    if who.get("type") != "UserAssignedIdentity":
        return
    path = f"{_STORAGE}.authentication.userAssignedIdentityResourceId"
    identity = who.get("userAssignedIdentityResourceId")
    if identity is UNKNOWN:
        return
    if not identity:
        yield Problem(path, f"missing; the identity's id ({FLEX_PAGE})")
        return
    users = at(call.inputs, "identity", "userAssignedIdentities")
    own = [*mapped(users), *listed(users)]
    if UNKNOWN not in own and str(identity).lower() not in {str(each).lower() for each in own}:
        yield Problem(path, "got an identity that the app does not have; give it to the app too")


def _shares(call: Call) -> Iterator[Problem]:
    path = "siteConfig.experiments.rampUpRules"
    rules = [mapped(each) for each in listed(at(call.inputs, *path.split(".")))]
    shares = [each.get("reroutePercentage") or 0 for each in rules]
    known = [share for share in shares if isinstance(share, int | float)]
    if any(not 0 <= share <= _ALL for share in known) or sum(known) > _ALL:
        yield Problem(path, f"got shares of {known}; use 0 to 100, together at most 100")


# ---- on its plan ----


def _flexible_app(call: Call, plan: Row) -> Iterator[Problem]:
    if not call.inputs.get("functionAppConfig"):
        reason = f"missing; an app on a Flex Consumption plan needs it ({FLEX_PAGE})"
        yield Problem("functionAppConfig", reason)
    for name in sorted(FLEX_SETTINGS & settings(call.inputs).keys()):
        yield Problem(
            "siteConfig.appSettings",
            f"BadRequest: The following app setting (Site.SiteConfig.AppSettings.{name}) for Flex"
            " Consumption sites is invalid. Please remove or rename it before retrying",
        )
    config = mapped(call.inputs.get("siteConfig"))
    for name in sorted(FLEX_SITE_CONFIG & {key for key, value in config.items() if value}):
        yield Problem(
            f"siteConfig.{name}",
            "BadRequest: The following site configuration property (Site.SiteConfig."
            f"{name[:1].upper()}{name[1:]}) for Flex Consumption sites is invalid. Please remove or"
            " rename it before retrying",
        )
    others = [
        row.name
        for row in call.store.list(ids.PROVIDER, APP)
        if str(row.inputs.get("serverFarmId")).lower() == plan.id.lower()
        and row.id.lower() != _app_id(call).lower()
    ]
    if others:
        reason = f"the plan has an app already, {others[0]}; only one is allowed ({FLEX_PAGE})"
        yield Problem("serverFarmId", reason)
    yield from _container(call)


def _container(call: Call) -> Iterator[Problem]:
    """The deployment container must exist when the app is made."""
    value = at(call.inputs, *_STORAGE.split("."), "value")
    if not isinstance(value, str):
        return
    host, _, name = value.removeprefix("https://").rstrip("/").partition("/")
    account = host.partition(".")[0]
    known = [
        row
        for row in call.store.list(ids.PROVIDER, _CONTAINER)
        if row.name == name and f"/storageaccounts/{account}/" in row.id.lower()
    ]
    if not known:
        yield Problem(f"{_STORAGE}.value", f"ContainerNotFound: there is no container {value}")


def _slots(call: Call, plan: Row, *, flexible: bool) -> Iterator[Problem]:
    if flexible:
        yield Problem("slot", f"apps on a Flex Consumption plan have no slots ({FLEX_PAGE})")
        return
    app = _app_id(call).lower()
    own = f"{app}/slots/{str(call.inputs.get('slot')).lower()}"
    others = [
        row
        for row in call.store.list(ids.PROVIDER, SLOT)
        if row.id.lower().startswith(f"{app}/") and row.id.lower() != own
    ]
    sku = mapped(plan.inputs.get("sku")).get("name")
    if sku in PREMIUM_SIZES and len(others) + 2 > _SLOTS:
        reason = f"Conflict: the plan allows {_SLOTS} slots, the app itself among them"
        yield Problem("slot", reason)


def _network(call: Call, *, flexible: bool) -> Iterator[Problem]:
    """A subnet is delegated to the plan's own service."""
    subnet = call.inputs.get("virtualNetworkSubnetId")
    if not isinstance(subnet, str):
        return
    delegations = _delegations(call.store, subnet)
    wanted = _DELEGATIONS[flexible]
    if delegations is not None and wanted.lower() not in delegations:
        given = ", ".join(sorted(delegations)) or "none"
        reason = f"got a subnet delegated to {given}; use one delegated to {wanted}"
        yield Problem("virtualNetworkSubnetId", f"{reason} ({NETWORK_PAGE})")


def _delegations(store: Store, subnet: str) -> set[str] | None:
    """To what a subnet is delegated; None where it is not known."""
    row = ids.found(store, _SUBNET, subnet)
    inputs: Mapping[str, Any] | None = row.inputs if row is not None else None
    if inputs is None:
        above, _, name = subnet.rpartition("/subnets/")
        network = ids.found(store, _NETWORK, above)
        known = listed(network.inputs.get("subnets")) if network is not None else []
        inputs = next((mapped(one) for one in known if mapped(one).get("name") == name), None)
    if inputs is None:
        return None
    return {
        str(mapped(each).get("serviceName")).lower() for each in listed(inputs.get("delegations"))
    }


def _app_id(call: Call) -> str:
    group, name = call.inputs.get("resourceGroupName"), call.inputs.get("name")
    root = f"/subscriptions/{call.scope.account}/resourceGroups/{group}/providers"
    return f"{root}/Microsoft.Web/sites/{name}"


def _plan_of(store: Store, app: Row) -> Row | None:
    return ids.found(store, PLAN, str(app.inputs.get("serverFarmId")))


def _flexible(plan: Row) -> bool:
    return _is_flex(mapped(plan.inputs.get("sku")))


def _is_flex(sku: Mapping[str, Any]) -> bool:
    return sku.get("tier") == "FlexConsumption" or sku.get("name") == "FC1"


def _tier(sku: Mapping[str, Any]) -> object:
    return sku.get("tier") or ("FlexConsumption" if _is_flex(sku) else sku.get("name"))
