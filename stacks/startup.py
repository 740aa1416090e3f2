"""Makes the program cheaper; imported before anything that registers, and before the clouds' SDKs.

Pulumi's SDK tells the engine of each property that it translates, by a call that it waits for, and
the engine shows that with `--debug` alone: 6 to 15 % of the CPU of an `up`. What a program says by
`pulumi.log.info` and above is not touched.

It tells of each resource where it was written, by all calls above it, for which it looks at their
source files. The same is told from the calls alone.

It makes outputs of many futures and tasks; see lighter_outputs.py. It shows the code that asked a
cloud for something where the cloud refused; see failed_functions.py.

Messages, outputs and refused questions are the SDK's own where MODEL_SERVING_SDK_DEBUG is set: who
looks for a fault in the SDK has the SDK.

Python looks for cycles of garbage after each 700 objects that were made and not freed: making the
classes of the SDKs, and the resources of a stack, which all stay, has it look again and again and
find next to nothing: 15 % of the CPU of a preview of a hundred resources.

Under `serving` the program tells what is secret; see stacks/told_secrets.py.
"""

import gc
import importlib
import inspect
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime import resource as sdk
from pulumi.runtime import rpc
from pulumi.runtime.proto import source_pb2

from stacks import failed_functions, lighter_outputs, told_secrets

__all__ = ["VARIABLE"]

VARIABLE: Final = "MODEL_SERVING_SDK_DEBUG"
# Objects, and rounds of the younger generation; a program of 1,000 models makes millions.
_THRESHOLDS: Final = (50_000, 20, 100)


# Of Resource, of CustomResource or ComponentResource, and of the class itself.
_CONSTRUCTORS: Final = 3


def _nothing(*_: object, **__: object) -> None: ...


def stack_trace() -> Any:  # noqa: ANN401 - of the protocol
    """The calls above the resource that is being made, the nearest first, as the SDK tells them."""
    frame = inspect.currentframe()
    seen = 0
    while frame is not None and seen < _CONSTRUCTORS:
        seen += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    calls: list[Any] = []
    while frame is not None:
        uri, line = _uri(frame.f_code.co_filename), frame.f_lineno
        calls.append(source_pb2.StackFrame(pc=_position(uri, line) if uri and line else None))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=calls)


def _position(uri: str, line: int) -> Any:  # noqa: ANN401 - of the protocol
    return source_pb2.SourcePosition(uri=uri, line=line)


@cache
def _uri(file: str) -> str | None:
    try:
        return Path(file).as_uri()
    except ValueError:
        # `<frozen runpy>` and the like.
        return None


gc.set_threshold(*_THRESHOLDS)
# Which the SDK calls by that name.
sdk._get_stack_trace = stack_trace  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
if not os.environ.get(VARIABLE):
    # The same.
    pulumi.log.debug = _nothing
    # The package has a function of this name.
    functions: Any = importlib.import_module("pulumi.runtime.invoke")
    functions._invoke = failed_functions.invoker(functions._invoke)  # noqa: SLF001
    sdk.create_urn = lighter_outputs.urn_maker(sdk.create_urn)
    rpc.transfer_properties = lighter_outputs.transfer_properties
    pulumi.Output.from_input = staticmethod(lighter_outputs.input_maker(pulumi.Output.from_input))
if address := os.environ.get(told_secrets.VARIABLE):
    told_secrets.tell(address)
