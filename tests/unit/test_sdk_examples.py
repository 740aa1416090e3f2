"""Examples of the SDKs' documentation, as the judges run them."""

import subprocess
import sys

_ASKED = """
import sys, types
from tests.judges.corpora.sdk_examples import loaded

loaded("gcp", ['network = gcp.compute.Network("n")', "no = gcp.nothing.Of()"])
print(type(sys.modules["pulumi_gcp.compute"]) is types.ModuleType)
"""


def test_what_examples_name_is_there_before_the_first_runs() -> None:
    """An SDK's module is loaded at its first use, and one that time ends there stays half of it."""
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
