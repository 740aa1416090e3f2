"""The Python examples in the documentation of an installed SDK, as text."""

import ast
import re
import sysconfig
import textwrap
from collections.abc import Sequence
from pathlib import Path

__all__ = ["texts"]

SITE = Path(sysconfig.get_path("purelib"))


def texts(provider: str, modules: Sequence[str]) -> dict[str, str]:
    """Programs by name, `lambda_/function#3`; one that is there twice has the first name."""
    found: dict[str, str] = {}
    for module in modules:
        source = (SITE / f"pulumi_{provider}" / f"{module}.py").read_text(encoding="utf-8")
        # Each is there once for each form of the constructor.
        blocks = dict.fromkeys(re.findall(r"\n +```python\n(.*?)```", source, re.DOTALL))
        for index, block in enumerate(blocks):
            found.setdefault(block, f"{module}#{index}")
    return {
        name: textwrap.dedent(ast.literal_eval(f'"""{block}"""')).rstrip()
        for block, name in found.items()
    }
