"""Function apps on the Flex Consumption plan: what it wants and what it does not have.

Source: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan
"""

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.store import Store
from sandbox.values import at, mapped
from sandbox.wire import UNKNOWN

__all__ = ["APP", "SLOT", "constraints", "references"]

APP = "azure-native:web:WebApp"
SLOT = "azure-native:web:WebAppSlot"
_PLAN = "azure-native:web:AppServicePlan"
_PAGE = "https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan"
_MEMORY = "functionAppConfig.scaleAndConcurrency.instanceMemoryMB"
_SIZES = (512, 2048, 4096)


def constraints(call: Call) -> list[Problem]:
    """The sizes of instances."""
    size = at(call.inputs, *_MEMORY.split("."))
    if size is None or size is UNKNOWN or size in _SIZES:
        return []
    nearest = min(_SIZES, key=lambda known: abs(known - size))
    allowed = ", ".join(map(str, _SIZES))
    return [Problem(_MEMORY, f"got {size:g}; use one of {allowed} (nearest: {nearest}) ({_PAGE})")]


def references(call: Call) -> list[Problem]:
    """What the plan of the app, or of the slot's app, asks for."""
    if call.token == APP:
        flexible = _is_flexible(call.store, call.inputs.get("serverFarmId"))
        if flexible and not call.inputs.get("functionAppConfig"):
            reason = f"missing; an app on a Flex Consumption plan needs it ({_PAGE})"
            return [Problem("functionAppConfig", reason)]
        return []
    group, name = call.inputs.get("resourceGroupName"), call.inputs.get("name")
    root = f"/subscriptions/{call.scope.account}/resourceGroups/{group}/providers"
    app = ids.found(call.store, APP, f"{root}/Microsoft.Web/sites/{name}")
    if app is None or not _is_flexible(call.store, app.inputs.get("serverFarmId")):
        return []
    return [Problem("slot", f"apps on a Flex Consumption plan have no slots ({_PAGE})")]


def _is_flexible(store: Store, plan: object) -> bool:
    row = ids.found(store, _PLAN, plan) if isinstance(plan, str) else None
    sku = mapped(row.inputs.get("sku")) if row is not None else {}
    return sku.get("tier") == "FlexConsumption" or sku.get("name") == "FC1"
