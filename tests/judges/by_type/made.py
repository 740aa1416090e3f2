"""Types of the clouds' resources that the components make, as their sources name them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.judges.report import ROOT

__all__ = ["made_types"]

_CLOUDS: Final = {"pulumi_aws": "aws", "pulumi_azure_native": "azure-native", "pulumi_gcp": "gcp"}


def made_types(folder: Path = ROOT / "components") -> set[str]:
    """Tokens, as `aws:iam/role:Role`; without those of Kubernetes, which are of any kind."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        known = dict(_imported(tree))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            first, *names = ast.unparse(call.func).split(".")
            cloud, *module = [*known.get(first, "").split("."), *names]
            # Neither arguments nor functions, as `ec2.VpcArgs`, `ec2.get_vpc`.
            is_resource = len(module) > 1 and module[-1][0].isupper()
            if cloud in _CLOUDS and is_resource and not module[-1].endswith("Args"):
                found.add(_token(_CLOUDS[cloud], module[-2].rstrip("_"), module[-1]))
    return found


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.asname or each.name, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _token(cloud: str, module: str, name: str) -> str:
    """Providers that are built on Terraform's have a file's name in their modules."""
    file = "" if cloud == "azure-native" else f"/{name[0].lower()}{name[1:]}"
    return f"{cloud}:{module}{file}:{name}"
