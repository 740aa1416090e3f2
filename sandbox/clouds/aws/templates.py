"""The templates of ids and ARNs, as `Kind` describes them."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.clouds.aws.references import function_name
from sandbox.values import at

__all__ = ["filled", "is_known"]


def is_known(template: str, inputs: Mapping[str, Any]) -> bool:
    """Whether the inputs say all that a template takes of them."""
    names = re.findall(r"\{input:([\w.]+)\}", template)
    return all(at(inputs, *name.split(".")) for name in names)


def filled(template: str, words: Mapping[str, str], inputs: Mapping[str, Any]) -> str:
    """The template with its words and inputs."""

    def word(match: re.Match[str]) -> str:
        key = match[1]
        if key.startswith("input:"):
            path, _, absent = key.removeprefix("input:").partition("|")
            return str(at(inputs, *path.split(".")) or absent)
        if key.startswith("function:"):
            return function_name(str(inputs.get(key.removeprefix("function:")) or ""))
        if key.startswith("host:"):
            return str(inputs.get(key.removeprefix("host:")) or "").removeprefix("https://")
        if key[0] in "/:":
            value = inputs.get(key[1:])
            return f"{key[0]}{value}" if value else ""
        return words[key]

    return re.sub(r"\{([\w:./|]+)\}", word, template)
