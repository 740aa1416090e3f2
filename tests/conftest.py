"""What all tests share: hypothesis without a clock, what saves time, the age of judges' figures."""

import gc
import json
import os
import signal
import sys
from typing import Any

import pytest
from hypothesis import settings

from sandbox.bootstrap import cache
from tests.engine.warm_shared import WarmRun
from tests.judges.report import FIGURES, older

# Kept where nothing else would be, too, and for the processes that tests start: else each worker
# compiles all tests, 40 s of CPU, and each of those processes what it imports of the SDKs.
sys.dont_write_bytecode = False
sys.pycache_prefix = str(cache() / "bytecode")
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# A shell without job control starts what is in the background deaf to ^C, which the processes that
# tests interrupt would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# A slow machine is nobody's mistake; speed is kept by benchmarks/.
settings.register_profile("no-clock", deadline=None)
settings.load_profile("no-clock")
# Fixtures by which a component made before may be another one, or have said what a test hears.
_DIFFERS = {"monkeypatch", "capsys", "capfd", "caplog", "recwarn"}


def pytest_configure(config: pytest.Config) -> None:
    """Workers share what they start; this is the process that starts them, or is alone."""
    if not hasattr(config, "workerinput"):
        config.add_cleanup(WarmRun.begin().end)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """One more than there are cores, as each waits at times for what it started; with 2 GiB each.

    PYTEST_XDIST_AUTO_NUM_WORKERS says otherwise.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it.
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(cores + 1, memory // (2 << 30)))


def pytest_collection_finish() -> None:
    """Do not look at all tests and modules for garbage again and again: a sixth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # As stacks/startup.py.


@pytest.fixture(autouse=True)
def components_are_shared(request: pytest.FixtureRequest) -> None:
    """Let components be made once for many cases, but for those which change or hear something."""
    mocks: Any = sys.modules.get("tests.unit.component_mocks")
    if mocks:
        mocks.sharing = _DIFFERS.isdisjoint(request.fixturenames)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    judged: dict[str, Any] = (
        json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    )
    if found := older(judged):
        terminalreporter.write_line(
            f"The figures of the judges are older than what they judge ({', '.join(found)}): run"
            " `make judges` before a release.",
            yellow=True,
        )
