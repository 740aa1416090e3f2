"""Enumerations of AWS's API by the names of their types in the provider's Go code.

Pulumi's provider is built on a newer version of the Terraform provider, and that on a newer SDK,
than what can be read: words that botocore's model has for the same type are taken too.
"""

import functools
import gzip
import json
from collections.abc import Mapping
from typing import Any

from sandbox.limits.aws.services import data

__all__ = ["newer"]


def newer(types: list[str]) -> list[str]:
    """The words of types such as `github.com/aws/…/service/sagemaker/types.InstanceType`."""
    found: list[str] = []
    for name in types:
        package, _, type_ = name.partition("/types.")
        for model in _models().get(package.rpartition("/")[2], ()):
            found += model.get(type_, ())
    return found


@functools.cache
def _models() -> Mapping[str, list[Mapping[str, list[str]]]]:
    """Enumerations by their names, by Go's name of the service, which is that of its id."""
    found: dict[str, list[Mapping[str, list[str]]]] = {}
    for folder in sorted(data().iterdir()):
        files = sorted(folder.glob("*/service-2.json*"))
        if not files:
            continue
        read = gzip.decompress if files[-1].suffix == ".gz" else bytes
        model: dict[str, Any] = json.loads(read(files[-1].read_bytes()))
        package = str(model["metadata"].get("serviceId", "")).lower().replace(" ", "")
        enums = {name: shape["enum"] for name, shape in model["shapes"].items() if "enum" in shape}
        found.setdefault(package.replace("-", ""), []).append(enums)
    return found
