"""Runs the examples in an SDK's documentation: `sdk_examples.py <provider> <module>…`.

Prints a line of JSON, `[type, name, inputs]`, for each resource that they register, the inputs as
the engine would get them. A process of its own: it needs Pulumi's event loop, and no warnings.
"""

import asyncio
import builtins
import contextlib
import json
import re
import sys
import sysconfig
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Never

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc
from pulumi.runtime.stack import run_pulumi_func
from typing_extensions import override

SITE = Path(sysconfig.get_path("purelib"))


class Elsewhere:
    """What an example takes from its surroundings: nothing of it is known."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("__"):
            raise AttributeError(name)
        loop = asyncio.get_event_loop()
        value, known = loop.create_future(), loop.create_future()
        value.set_result(rpc.UNKNOWN)
        known.set_result(False)
        return pulumi.Output(set(), value, known)

    def __getitem__(self, key: object) -> Any:  # noqa: ANN401
        return self.item

    def __iter__(self) -> Never:
        # Else `for` would ask for item after item, without end.
        raise TypeError("how many there are is not known")


class Names(dict[str, Any]):
    """The names of an example."""

    def __missing__(self, key: str) -> Elsewhere:
        if hasattr(builtins, key):
            raise KeyError(key)
        return Elsewhere()


class Nothing(mocks.Mocks):
    """Resources and functions that answer nothing."""

    @override
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", {}

    @override
    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return {}, []


def examples(provider: str, modules: Sequence[str]) -> list[str]:
    texts = [
        (SITE / f"pulumi_{provider}" / f"{name}.py").read_text(encoding="utf-8") for name in modules
    ]
    found = [
        textwrap.dedent(code).rstrip().replace("\\\\n", "\\n").replace('\\"', '"')
        for text in texts
        for code in re.findall(r"\n +```python\n(.*?)```", text, re.DOTALL)
    ]
    # Each is there twice, once for each form of the constructor.
    return list(dict.fromkeys(found))


def main(provider: str, *modules: str) -> None:
    """Run every example of the modules; one that needs files or packages is left out."""
    lines: list[str] = []
    monitor: Any = mocks.MockMonitor
    register = monitor.RegisterResource

    def recorded(self: Any, request: Any) -> Any:  # noqa: ANN401
        if request.type.split(":")[0] == provider:
            inputs = json_format.MessageToDict(request.object)
            lines.append(json.dumps([request.type, request.name, inputs]))
        return register(self, request)

    monitor.RegisterResource = recorded
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    for code in examples(provider, modules):
        mocks.set_mocks(Nothing(), project="p", stack="s", preview=True)
        before = len(lines)

        def program(code: str = code) -> None:
            exec(compile(code, "example", "exec"), {}, Names())  # noqa: S102

        try:
            loop.run_until_complete(run_pulumi_func(program))
        except Exception:  # noqa: BLE001 - whatever an example lacks
            del lines[before:]
    with contextlib.suppress(BrokenPipeError):
        print("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
