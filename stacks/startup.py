"""Makes the program cheaper; imported before anything that registers, and before the clouds' SDKs.

Pulumi's SDK tells the engine of each property that it translates, by a call that it waits for, and
the engine shows that with `--debug` alone: 6 to 15 % of the CPU of an `up`. They stay where
MODEL_SERVING_SDK_DEBUG is set. What a program says by `pulumi.log.info` and above is not touched.

Python looks for cycles of garbage after each 700 objects that were made and not freed: making the
classes of the SDKs, and the resources of a stack, which all stay, has it look again and again and
find next to nothing: 15 % of the CPU of a preview of a hundred resources.

Under `serving` the program tells what is secret; see stacks/told_secrets.py.
"""

import gc
import os
from typing import Final

import pulumi

from stacks import told_secrets

__all__ = ["VARIABLE"]

VARIABLE: Final = "MODEL_SERVING_SDK_DEBUG"
# Objects, and rounds of the younger generation; a program of 1,000 models makes millions.
_THRESHOLDS: Final = (50_000, 20, 100)


def _nothing(*_: object, **__: object) -> None: ...


gc.set_threshold(*_THRESHOLDS)
if not os.environ.get(VARIABLE):
    # Which the SDK calls by that name.
    pulumi.log.debug = _nothing
if address := os.environ.get(told_secrets.VARIABLE):
    told_secrets.tell(address)
