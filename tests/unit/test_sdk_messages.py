"""The SDK's debug messages are off in our program, and on where they are asked for."""

import os
import subprocess
import sys

import pytest

from stacks.sdk_messages import VARIABLE

_PROGRAM = """
import pulumi
import stacks.sdk_messages

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
