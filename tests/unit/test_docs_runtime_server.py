"""What docs/runtime.md says of the server is what the server does."""

import re
from pathlib import Path

from runtime.server import metrics, settings
from runtime.settings import PREFIX

ROOT = Path(__file__).resolve().parents[2]
SECTION = (ROOT / "docs/runtime.md").read_text(encoding="utf-8").partition("\n## The server\n")[2]


def rows(text: str, begin: str) -> set[str]:
    """The names in the first cells of a table's rows."""
    lines = [line for line in text.splitlines() if line.startswith(f"| `{begin}")]
    return {name for line in lines for name in re.findall(r"`([^`]+)`", line.split(" | ")[0])}


def test_it_names_each_variable_of_the_server() -> None:
    assert rows(SECTION, PREFIX) == rows(settings.__doc__ or "", PREFIX)


def test_it_names_each_metric() -> None:
    assert rows(SECTION, "model_server_") == rows(metrics.__doc__ or "", "model_server_")
