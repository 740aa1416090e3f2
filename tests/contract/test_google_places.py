"""The provider of Google Cloud has one region, and the targets may have others."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator

from tests.contract.component_table import ROOT

_PLACES = {"region", "location", "zone"}
# Where the cluster is is in its id: projects/…/locations/…/clusters/….
_ELSEWHERE = {("gcp.container.NodePool", "cluster")}


def _calls() -> Iterator[tuple[str, str, set[str], set[str]]]:
    """File, class, places that the class has, and arguments of each resource that is made."""
    for path in sorted((ROOT / "components").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            match = re.fullmatch(r"gcp\.(\w+)\.(\w+)", name)
            if not isinstance(node, ast.Call) or match is None:
                continue
            made = getattr(importlib.import_module(f"pulumi_gcp.{match[1]}"), match[2])
            if not hasattr(made, "_internal_init"):
                continue  # A class of arguments, or a function.
            places = _PLACES & set(inspect.signature(getattr(made, "_internal_init")).parameters)  # noqa: B009
            yield path.name, name, places, {str(each.arg) for each in node.keywords}


def test_what_has_a_place_on_google_cloud_is_told_it() -> None:
    """Without it, it would be where the provider's other target is."""
    calls = [each for each in _calls() if each[2]]
    assert len(calls) > 10
    untold = {
        (path, name)
        for path, name, places, given in calls
        if not places & given and not any((name, key) in _ELSEWHERE for key in given)
    }
    assert not untold
