"""Runs examples for an SDK, a JSON object on standard input: `sdk_examples <provider>`.

Prints a line of JSON for each example: `{"example": "sagemaker/model#0", "resources": [[type,
name, inputs]…], "needs": []}`, the inputs as the engine would get them; what the example takes from
elsewhere is not known, and its name is in `needs`. One that fails has `left_out`, the reason. A
process of its own: it needs Pulumi's event loop, replaces parts of the SDK, and takes no warnings.
"""

import asyncio
import builtins
import contextlib
import importlib.abc
import importlib.machinery
import json
import re
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc
from pulumi.runtime.invoke import InvokeResult
from pulumi.runtime.stack import run_pulumi_func
from typing_extensions import override

# Of CPU: a machine that others use as well is not the example's fault.
SECONDS = 20
# Of waiting, which none has a reason for.
_WAITING_SECONDS = 600
# Names that the running example takes from elsewhere.
NEEDS: set[str] = set()


class Elsewhere(pulumi.Output[Any]):
    """What an example takes from its surroundings: nothing of it is known.

    It may be called, read and gone through once; it is falsy, so that the SDK takes it for an
    answer of any type.
    """

    def __init__(self) -> None:
        loop = asyncio.get_event_loop()
        value, known = loop.create_future(), loop.create_future()
        value.set_result(rpc.UNKNOWN)
        known.set_result(False)
        super().__init__(set(), value, known)

    @override
    def __getattr__(self, item: str) -> "Elsewhere":
        if item.startswith("__"):
            raise AttributeError(item)
        return Elsewhere()

    @override
    def __getitem__(self, key: object) -> "Elsewhere":
        return Elsewhere()

    @override
    def __iter__(self) -> Iterator["Elsewhere"]:
        return iter([Elsewhere()])

    def __call__(self, *_: object, **__: object) -> "Elsewhere":
        return Elsewhere()

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 1

    @override
    def __str__(self) -> str:
        # What is made of it, as by an f-string, is not known either; `_unknown` finds it.
        return rpc.UNKNOWN


def _configured(*_: object, **__: object) -> Elsewhere:
    NEEDS.add("configuration")
    return Elsewhere()


def _elsewhere(*_: object, **__: object) -> Elsewhere:
    return Elsewhere()


def _answer(*_: object, **__: object) -> InvokeResult:
    return InvokeResult(Elsewhere())


class Names(dict[str, Any]):
    """The names of an example."""

    def __missing__(self, key: str) -> Any:  # noqa: ANN401
        if key != "open" and hasattr(builtins, key):
            raise KeyError(key)
        NEEDS.add(key)
        return Elsewhere()


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for packages of Pulumi that are not installed, as `pulumi_std`."""

    @override
    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not re.fullmatch(r"pulumi(verse)?_\w+", fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    @override
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        NEEDS.add(spec.name)
        vars(module)["__getattr__"] = _elsewhere
        return module

    @override
    def exec_module(self, module: ModuleType) -> None:
        del module


class Nothing(mocks.Mocks):
    """Resources of which no output is known yet."""

    @override
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return "", {}

    @override
    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return {}, []


def _replace_parts_of_the_sdk() -> list[Any]:
    """Let functions and configuration answer what is not known; answers the list of requests."""
    requests: list[Any] = []
    monitor: Any = mocks.MockMonitor
    register = monitor.RegisterResource

    def recorded(self: Any, request: Any) -> Any:  # noqa: ANN401
        requests.append(request)
        return register(self, request)

    monitor.RegisterResource = recorded
    sdk: Any = pulumi
    get = sdk.get

    def get_known(of: Any, name: str) -> Any:  # noqa: ANN401
        return Elsewhere() if isinstance(of, Elsewhere) else get(of, name)

    sdk.get = get_known
    for form in ("invoke", "invoke_single"):
        setattr(sdk.runtime, form, _answer)
    for form in ("invoke_output", "invoke_output_single"):
        setattr(sdk.runtime, form, _elsewhere)
    for reader in (name for name in dir(pulumi.Config) if re.match("get|require", name)):
        setattr(sdk.Config, reader, _configured)
    sys.meta_path.append(Absent())
    return requests


def _unknown(value: Any) -> Any:  # noqa: ANN401
    """The same, with texts that hold something unknown wholly unknown."""
    if isinstance(value, str):
        return rpc.UNKNOWN if rpc.UNKNOWN in value else value
    if isinstance(value, list):
        return [_unknown(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _unknown(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def loaded(provider: str, texts: Iterable[str]) -> None:
    """Import the SDK's modules that examples name: an import that is broken off breaks the next."""
    names = {name for text in texts for name in re.findall(rf"\b{provider}\.(\w+)\.", text)}
    for name in sorted(names):
        with contextlib.suppress(ImportError):
            # The SDK loads it when something in it is asked for, and not before.
            hasattr(importlib.import_module(f"pulumi_{provider}.{name}"), "anything")


def _too_long(*_: object) -> None:
    raise TimeoutError(f"it takes more than {SECONDS} s of CPU, or waits")


def main(provider: str, programs: Mapping[str, str]) -> None:
    """Run every example."""
    loaded(provider, programs.values())
    requests = _replace_parts_of_the_sdk()
    for each in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(each, _too_long)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    for name, text in programs.items():
        requests.clear()
        for module in NEEDS & set(sys.modules):
            del sys.modules[module]  # So that the next example is seen to need it too.
        NEEDS.clear()
        mocks.set_mocks(Nothing(), project="p", stack="s", preview=True)
        line: dict[str, Any] = {"example": name}
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(_WAITING_SECONDS)
        try:
            code = compile(text, name, "exec")
            loop.run_until_complete(run_pulumi_func(lambda code=code: exec(code, {}, Names())))  # noqa: S102
        except BaseException as error:  # noqa: BLE001 - whatever an example lacks
            line["left_out"] = f"{type(error).__name__}: {str(error)[:200]}"
        else:
            line["needs"] = sorted(NEEDS)
            line["resources"] = [
                [request.type, request.name, _unknown(json_format.MessageToDict(request.object))]
                for request in requests
                if request.type.split(":")[0] == provider
            ]
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
