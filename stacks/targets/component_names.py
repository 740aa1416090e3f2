"""Names of components that are made for something which may be called anything."""

import hashlib
import re
from typing import Final

__all__ = ["component_name"]

# What every component takes: components/serving.py.
_LONGEST: Final = 40


def component_name(of: str, role: str) -> str:
    """`<of>-<role>` where a component can be called so, else what is left of it, with a digest.

    A cluster that is there cannot be renamed; two clusters never get the same name.
    """
    name = f"{of}-{role}"
    if len(name) <= _LONGEST and re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name):
        return name
    words = re.sub(r"[^a-z0-9]+", "-", of.lower()).strip("-")
    digest = hashlib.sha256(of.encode()).hexdigest()[:6]
    room = _LONGEST - len(f"c--{digest}-{role}")
    return f"c-{words[:room].strip('-') or 'x'}-{digest}-{role}"
