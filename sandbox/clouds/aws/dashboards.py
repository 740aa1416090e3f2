"""CloudWatch's dashboards: whether what they show can be read.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
CloudWatch-Dashboard-Body-Structure.html, as far as it is certain.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.base import Call
from sandbox.values import listed, mapped

__all__ = ["KINDS"]

_GRID = 24
_MOST_WIDGETS = 500
# Of each type of widget, the properties that it cannot be without.
_WIDGETS: dict[str, tuple[str, ...]] = {
    "alarm": ("alarms",),
    "custom": ("endpoint",),
    "explorer": ("metrics",),
    "log": ("query", "region"),
    "metric": ("region",),
    "text": ("markdown",),
    "trace": (),
}


def _dashboard_problems(call: Call) -> list[Problem]:
    """Whether the body is JSON, of widgets that CloudWatch has, each within the grid."""
    text = call.inputs.get("dashboardBody")
    if not isinstance(text, str):
        return []
    try:
        body = json.loads(text)
    except ValueError:
        # The provider's own check has said so.
        return []
    if not isinstance(mapped(body).get("widgets"), list):
        return [Problem("dashboardBody", "InvalidParameterInput: an object with a list of widgets")]
    widgets = listed(mapped(body)["widgets"])
    found = [
        Problem("dashboardBody", f"InvalidParameterInput: widgets[{number}]: {reason}")
        for number, widget in enumerate(widgets)
        for reason in _widget_problems(mapped(widget))
    ]
    if len(widgets) > _MOST_WIDGETS:
        reason = f"InvalidParameterInput: at most {_MOST_WIDGETS} widgets, there are {len(widgets)}"
        found.append(Problem("dashboardBody", reason))
    return found


def _widget_problems(widget: dict[str, Any]) -> Iterator[str]:
    kind, properties = widget.get("type"), mapped(widget.get("properties"))
    if kind not in _WIDGETS:
        yield f"no widget is of the type {kind!r}; use {', '.join(_WIDGETS)}"
        return
    yield from (f"{kind} needs {key}" for key in _WIDGETS[str(kind)] if key not in properties)
    if kind == "metric" and not {"metrics", "annotations"} & set(properties):
        yield "metric needs metrics, or an alarm among its annotations"
    for key, least, most in (("x", 0, _GRID - 1), ("width", 1, _GRID), ("height", 1, 1000)):
        value = widget.get(key, least)
        if not isinstance(value, int) or not least <= value <= most:
            yield f"{key} is {value!r}; use {least} to {most}"
    metrics = properties.get("metrics") if kind == "metric" else None
    for number, row in enumerate(listed(metrics)):
        yield from (f"metrics[{number}]: {reason}" for reason in _row_problems(row))


def _row_problems(row: object) -> Iterator[str]:
    """A namespace, a metric, and pairs of dimensions; an expression or options last."""
    parts = listed(row)
    if not parts:
        yield "not a list of a namespace and a metric, or of an expression"
        return
    options = mapped(parts[-1])
    texts = parts[:-1] if isinstance(parts[-1], dict) else parts
    if not texts and "expression" not in options:
        yield "neither a metric nor an expression"
    elif len(texts) % 2 or not all(isinstance(text, str) for text in texts):
        yield "namespace, metric, and pairs of a dimension and its value, as texts"
    name = options.get("id")
    if name is not None and not re.fullmatch(r"[a-z][A-Za-z0-9_]*", str(name)):
        yield f"id {name!r}; use letters, digits and _, a small letter first"


def _dashboard_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    name = call.inputs.get("dashboardName")
    return {"dashboardArn": f"arn:aws:cloudwatch::{identity.account}:dashboard/{name}"}


KINDS = {
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        name="dashboardName",
        overwrites=True,
        constraints=_dashboard_problems,
        outputs=_dashboard_outputs,
    ),
}
