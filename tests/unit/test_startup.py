"""What our program does before all else: no debug messages of the SDK, rare collections."""

import asyncio
import os
import re
import subprocess
import sys

import pulumi
import pytest

from stacks.failed_functions import invoker
from stacks.startup import VARIABLE

_PROGRAM = """
import pulumi
import stacks.startup

class Engine:
    def Log(self, request):
        print(request.message)

pulumi.log.get_engine = Engine
pulumi.runtime.resource.log.debug("a property")
pulumi.log.info("a word")
"""


@pytest.mark.parametrize(
    ("asked", "said"), [("", ["a word"]), ("1", ["a property", "a word"])], ids=["off", "on"]
)
def test_debug_messages(asked: str, said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=os.environ | {VARIABLE: asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == said


_OUTPUTS = """
import pulumi
from pulumi.runtime import resource as sdk, rpc

def functions():
    return rpc.transfer_properties, sdk.create_urn, pulumi.Output.from_input

theirs = functions()
import stacks.startup

print(*(one is another for one, another in zip(theirs, functions())))
"""


@pytest.mark.parametrize(
    ("asked", "same"), [("", "False False False"), ("1", "True True True")], ids=["off", "on"]
)
def test_who_looks_for_a_fault_in_the_sdk_has_its_own_outputs(asked: str, same: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OUTPUTS],
        env=os.environ | {VARIABLE: asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == same


def test_collections_are_rare_and_not_off() -> None:
    looked = "import gc, stacks.startup; print(gc.get_threshold()[0], gc.isenabled())"
    done = subprocess.run(
        [sys.executable, "-c", looked], capture_output=True, text=True, check=True
    )
    objects, enabled = done.stdout.split()
    assert int(objects) > 10_000
    assert enabled == "True"


_WRITTEN = """
import pulumi
from pulumi.runtime import resource as sdk

theirs = sdk._get_stack_trace
import stacks.startup

assert sdk._get_stack_trace is not theirs

class Resource:
    def __init__(self):
        told = [one() for one in (theirs, sdk._get_stack_trace)]
        print(told[0] == told[1], len(told[0].frames))

class Custom(Resource):
    def __init__(self):
        super().__init__()

class Bucket(Custom):
    def __init__(self):
        self._internal_init()

    def _internal_init(self):
        super().__init__()

def main():
    exec(compile("Bucket()", "<made>", "exec"))

Resource()
Custom()
main()
"""


def test_where_a_resource_was_written_is_told_as_the_sdk_tells_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WRITTEN], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["True 0", "True 0", "True 3"]


class _OtherError(Exception):
    pass


_REFUSED = Exception("invoke of aws:eks/getCluster:getCluster failed: there is none")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (_REFUSED, pulumi.RunError),
        # Faults of a program, of which the traceback helps.
        (Exception("invoke of aws:index/getRegion:getRegion failed: another one"), Exception),
        (Exception("something else"), Exception),
        (_OtherError(str(_REFUSED)), _OtherError),
        (TypeError(str(_REFUSED)), TypeError),
    ],
)
def test_what_a_provider_refused_is_an_error_of_the_run(
    raised: Exception, told: type[Exception]
) -> None:
    async def theirs(tok: str, *given: object, **more: object) -> object:
        assert (tok, given, more) == ("aws:eks/getCluster:getCluster", (1,), {"typ": 2})
        raise raised

    async def asked() -> object:
        return await invoker(theirs)("aws:eks/getCluster:getCluster", 1, typ=2)

    with pytest.raises(Exception, match=re.escape(str(raised))) as found:
        asyncio.run(asked())
    assert type(found.value) is told


def test_what_a_provider_answered_is_passed_on() -> None:
    async def theirs(tok: str) -> str:
        return tok

    async def asked() -> object:
        return await invoker(theirs)("aws:index/getRegion:getRegion")

    assert asyncio.run(asked()) == "aws:index/getRegion:getRegion"
