"""Outputs that our program makes of a resource's properties are what the SDK's own would be."""

import json
import subprocess
import sys

import pytest

_PROGRAM = '''
import asyncio, json, sys
from enum import Enum
import pulumi
from pulumi.output import UNKNOWN
from pulumi.runtime import resource as sdk, rpc

theirs = rpc.transfer_properties, sdk.create_urn, pulumi.Output.from_input
import stacks.startup

ours = rpc.transfer_properties, sdk.create_urn, pulumi.Output.from_input
assert not set(ours) & set(theirs)

class Thing:
    def __init__(self, name):
        self.name = name

OTHER = Thing("other")
RESOLVED = {
    "known": ("text", True, False, None, None),
    "secret": ("text", True, True, set(), None),
    "unknown": (None, False, False, None, None),
    "unknown inside": ({"key": [UNKNOWN]}, True, False, None, None),
    "of another": ([1], True, False, {OTHER}, None),
    "failed": (None, False, False, None, RuntimeError("no such key")),
}

async def told(output):
    try:
        data = await output._data
    except (RuntimeError, TypeError) as error:
        return repr(error)
    resources = sorted(each.name for each in data.resources)
    return [repr(data.value), data.is_known, data.is_secret, resources]

async def resolved(transfer):
    found = {}
    for custom in (True, False):
        for name, state in RESOLVED.items():
            thing = Thing("made")
            resolvers = transfer(thing, {"urn": 1, "id": 2, "arn": 3}, custom)
            for resolve in resolvers.values():
                resolve(*state)
            outputs = {key: each for key, each in vars(thing).items() if key != "name"}
            found[f"{name}, custom: {custom}"] = {
                key: await told(each) for key, each in outputs.items()
            }
    return found

class Role(str, Enum):
    MODEL = "role"

async def urns(make):
    above = "urn:pulumi:dev::tiny::model-serving:index:Endpoint::fraud"
    made = {
        "text": make("role", "aws:iam/role:Role", above),
        "no parent": make("role", "aws:iam/role:Role"),
        "empty parent": make("tiny-dev", "pulumi:pulumi:Stack", ""),
        "named later": make(pulumi.Output.from_input("role"), "aws:iam/role:Role", above),
        "parent later": make("role", "aws:iam/role:Role", pulumi.Output.from_input(above)),
        "member of an enumeration": make(Role.MODEL, "aws:iam/role:Role", above),
        "other stack": make("role", "aws:iam/role:Role", None, "other", "prod"),
    }
    return {name: await told(each) for name, each in made.items()}

@pulumi.input_type
class Rule:
    """Arguments as the SDKs have them; of dictionaries too."""

    def __init__(self, port):
        pulumi.set(self, "port", port)

    @property
    @pulumi.getter
    def port(self):
        return pulumi.get(self, "port")

    def __repr__(self):
        return f"Rule({self.port})"

async def soon():
    return "awaited"

async def values(make):
    later, secret = pulumi.Output.from_input("later"), pulumi.Output.secret("hidden")
    plain = {"list": [1, 2.5, True, None, "text"], "empty": [{}, [], ()], "tuple": ("a", ["b"])}
    given = {
        "text": "text", "plain": plain, "list": [plain], "tuple": (plain,), "empty": {},
        "output inside": {"deep": [{"key": later}]}, "secret inside": [("a", secret)],
        "unknown inside": {"key": [UNKNOWN]}, "key that is an output": {later: 1},
        "key that is a number": {1: "x"}, "number inside": {"a": {1: "x"}},
        "awaitable inside": [soon()], "arguments inside": [Rule(later)], "object": [OTHER.name],
    }
    found = {name: await told(make(each)) for name, each in given.items()}
    for empty in ({}, []):
        inside = (await make({"key": [empty]})._data).value["key"][0]
        found[f"kept: {empty}"] = inside is empty and (await make(empty)._data).value is empty
    found["as JSON"] = await told(pulumi.Output.json_dumps({"b": [1, later], "a": {"c": None}}))
    return found

async def called():
    """The SDK looks its functions up by the names that are replaced."""
    found = []
    class Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args):
            return args.name, args.inputs
        def call(self, args):
            return {}
    pulumi.runtime.set_mocks(Mocks())
    def noted(name, function):
        return lambda *given: found.append(name) or function(*given)
    rpc.transfer_properties = noted("transfer_properties", ours[0])
    sdk.create_urn = noted("create_urn", ours[1])
    made = pulumi.CustomResource("aws:sns/topic:Topic", "told", {"arn": None})
    await made.urn.future()
    return sorted(set(found))

async def with_values(make):
    pulumi.Output.from_input = staticmethod(make)
    return await values(make)

async def main():
    return {
        "resolved": [await resolved(each[0]) for each in (theirs, ours)],
        "urns": [await urns(each[1]) for each in (theirs, ours)],
        "values": [await with_values(each[2]) for each in (theirs, ours)],
        "called": [["create_urn", "transfer_properties"], await called()],
    }

print(json.dumps(asyncio.run(main())))
'''


@pytest.fixture(scope="module")
def compared() -> dict[str, list[object]]:
    """What the SDK's functions and those in their place made, side by side."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", ["resolved", "urns", "values", "called"])
def test_as_the_sdk_makes_them(what: str, compared: dict[str, list[object]]) -> None:
    theirs, ours = compared[what]
    assert theirs == ours
    assert theirs
