"""The judge of clocks: what it tries, and the clocks that it sets wrong."""

import ctypes
import mmap
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from sandbox import bootstrap
from tests.judges.clocks import built
from tests.judges.clocks.judge import JUMPS, WAYS, Clock, cases, failures

# By each of the C library's functions, and a clock that nobody sets.
_LOOKS: Final = """
import ctypes, datetime, time
libc, two = ctypes.CDLL(None), (ctypes.c_long * 2)()
libc.gettimeofday(two, None)
libc.time.restype = ctypes.c_long
print(time.time(), datetime.datetime.now().timestamp(), two[0], libc.time(None), time.monotonic())
"""


def test_each_way_and_jump_is_tried_at_as_many_events() -> None:
    found = cases(200, 3)
    assert Counter((each.way, each.jump) for each in found) == {
        (way, jump): 3 for way in WAYS for jump in JUMPS
    }
    assert len({each.name for each in found}) == len(found)
    assert found == cases(200, 3)
    assert all(1 < each.event < 170 for each in found)


def test_a_clock_jumps_for_those_who_look_at_it_already(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    with clock.file.open("rb") as opened:
        seen = mmap.mmap(opened.fileno(), 8, access=mmap.ACCESS_READ)
    clock.jump(-86400)
    assert ctypes.c_int64.from_buffer_copy(seen[:8]).value == -86400


def test_what_asks_the_c_library_sees_the_jump(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler, on Linux")
    library = tmp_path / "shifted.so"
    built.preloaded(compiler, library)
    clock = Clock(tmp_path / "clock")
    clock.jump(JUMPS["a day"])
    answers = [
        subprocess.run(
            [sys.executable, "-c", _LOOKS], env=env, capture_output=True, text=True, check=True
        ).stdout.split()
        for env in ({}, {"LD_PRELOAD": str(library), built.VARIABLE: str(clock.file)})
    ]
    (*right, steady), (*wrong, also_steady) = ([float(each) for each in one] for one in answers)
    assert len(right) == 4
    assert all(86390 < b - a < 86700 for a, b in zip(right, wrong, strict=True))
    assert abs(also_steady - steady) < 300


@pytest.mark.parametrize("known", [True, False])
def test_a_go_of_another_shape_is_refused(tmp_path: Path, known: bool) -> None:  # noqa: FBT001
    source = tmp_path / "go" / "src" / "time"
    source.mkdir(parents=True)
    now = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {\n" if known else "\treturn\n"
    (source / "time.go").write_text(f"func Now() Time {{\n{now}}}\n")
    go = tmp_path / "go.sh"
    go.write_text(f"#!/bin/sh\necho {tmp_path / 'go'}\n")
    go.chmod(0o755)
    if not known:
        with pytest.raises(RuntimeError, match="begins otherwise"):
            built.overlay(str(go), tmp_path)
        return
    built.overlay(str(go), tmp_path)
    assert "runtimeNow()\n\tsec += *shift\n" in (tmp_path / "time.go").read_text()


def test_the_engine_of_the_judge_is_the_one_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    engine = cache / "judges" / "clock" / "engine"
    engine.mkdir(parents=True)
    for name in ("pulumi", bootstrap.HOST):
        (engine / name).write_text(f"#!/bin/sh\necho v{bootstrap.pinned_version()}\n")
        (engine / name).chmod(0o755)
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(cache))
    monkeypatch.delenv("MODEL_SERVING_ENGINE", raising=False)
    monkeypatch.setattr(built, "programs", lambda: built.Programs(engine, tmp_path / "none.so"))
    clock = Clock(tmp_path / "clock")
    with clock.told():
        assert bootstrap.ensure().pulumi.resolve() == engine / "pulumi"
        assert os.environ[built.VARIABLE] == str(clock.file)
    assert built.VARIABLE not in os.environ
    assert "MODEL_SERVING_ENGINE" not in os.environ


def test_what_is_wrong_is_a_failure() -> None:
    assert [*failures({"wrong": ["after a kill, a day, event 7: locks: 1"]})] == [
        "clocks: after a kill, a day, event 7: locks: 1"
    ]
