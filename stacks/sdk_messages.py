"""Takes the SDK's own debug messages away; imported before anything that registers.

Pulumi's SDK tells the engine of each property that it translates, by a call that it waits for, and
the engine shows that with `--debug` alone: 6 to 15 % of the CPU of an `up`. They stay where
MODEL_SERVING_SDK_DEBUG is set. What a program says by `pulumi.log.info` and above is not touched.
"""

import os
from typing import Final

import pulumi

__all__ = ["VARIABLE", "silence"]

VARIABLE: Final = "MODEL_SERVING_SDK_DEBUG"


def silence() -> None:
    """Replace `pulumi.log.debug`, which the SDK calls by that name, with nothing."""
    pulumi.log.debug = _nothing


def _nothing(*_: object, **__: object) -> None: ...


if not os.environ.get(VARIABLE):
    silence()
