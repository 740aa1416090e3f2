"""The locks of a stack: a dead process's goes, any other stays."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.failure import Failure
from delivery.recovery import locks
from facts.engine_lock import parsed


def lock(process: int, host: str = "", since: datetime | None = None, user: str = "ann") -> bytes:
    when = (since or datetime.now(UTC)).isoformat()
    told = {"pid": process, "username": user, "hostname": host or socket.gethostname()}
    return json.dumps(told | {"timestamp": when}).encode()


DEAD = 2**22 + 1  # More than Linux gives out.
LONG_AGO = datetime.now(UTC) - timedelta(days=4000)


@pytest.mark.parametrize(
    "content",
    [lock(DEAD), lock(os.getpid(), since=LONG_AGO)],
    ids=["no such process", "a younger process"],
)
def test_the_lock_of_a_dead_process_goes_alone(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when another process has its number since."""
    stack = _stack(tmp_path, monkeypatch)
    (stack / "a.json").write_bytes(content)
    other = stack.with_name("prod")
    other.mkdir()
    (other / "b.json").write_bytes(lock(DEAD))
    (cleared,) = locks.clear_dead(locks.of_stack(tmp_path, "dev"), "dev")
    assert cleared.user == "ann"
    assert not list(stack.iterdir())
    assert list(other.iterdir())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="told by /proc alone")
def test_a_process_that_nobody_asked_how_it_ended_is_dead() -> None:
    """As in a container whose first process asks late, or never."""
    with subprocess.Popen(["true"]) as ended:
        stat = Path(f"/proc/{ended.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        told = parsed(lock(ended.pid))
        assert told
        assert told.is_dead()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lock(os.getpid()), f"locked by process {os.getpid()} of ann@{socket.gethostname()}"),
        (lock(DEAD, "elsewhere"), f"locked by process {DEAD} of ann@elsewhere"),
        (b'{"pid": 1', "no whole lock: a.json"),
    ],
    ids=["alive", "another host", "half-written"],
)
def test_any_other_lock_stays_and_its_owner_is_named(
    content: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = _stack(tmp_path, monkeypatch)
    (stack / "a.json").write_bytes(content)
    with pytest.raises(Failure) as stopped:
        locks.clear_dead(locks.of_stack(tmp_path, "dev"), "dev")
    assert says in str(stopped.value)
    assert (stack / "a.json").read_bytes() == content


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="told by /proc alone")
@pytest.mark.parametrize("jump", [-86400, -3600, 3600, 86400])
def test_a_living_engine_keeps_its_lock_when_the_clock_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """After it is set forward the kernel says of every process that it began later."""
    stack = _stack(tmp_path, monkeypatch)
    engine = tmp_path / ".pulumi-wrapped"
    engine.symlink_to(shutil.which("sleep") or "")
    with subprocess.Popen([engine, "60"]) as living:
        try:
            before = datetime.now(UTC) - timedelta(seconds=jump)
            (stack / "a.json").write_bytes(lock(living.pid, since=before))
            with pytest.raises(Failure, match=f"locked by process {living.pid} of ann@"):
                locks.clear_dead(locks.of_stack(tmp_path, "dev"), "dev")
            assert list(stack.iterdir())
        finally:
            living.kill()
    locks.clear_dead(locks.of_stack(tmp_path, "dev"), "dev")
    assert not list(stack.iterdir())


def test_a_bucket_loses_the_one_dead_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the keys that the engine writes; the client is botocore's, its answers are prepared."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket/team?region=eu-west-1")
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    from botocore.stub import Stubber  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    me = pwd.getpwuid(os.getuid()).pw_name
    found: Any = locks.of_stack(tmp_path, "dev")
    folder = "team/.pulumi/locks/organization/tiny/dev"
    at = {"Bucket": "bucket", "Key": f"{folder}/a.json"}
    stubber: Any = Stubber(found.client)
    with stubber as stub:
        listed = {"Contents": [{"Key": at["Key"]}, {"Key": f"{folder}/b.attrs"}]}
        stub.add_response("list_objects_v2", listed, {"Bucket": "bucket", "Prefix": f"{folder}/"})
        stub.add_response("get_object", {"Body": _Body(lock(DEAD, user=me))}, at)
        stub.add_response("delete_object", {}, at)
        assert len(locks.clear_dead(found, "dev")) == 1
        stub.assert_no_pending_responses()


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content


def _stack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder}")
    (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    made = folder / ".pulumi" / "locks" / "organization" / "tiny" / "dev"
    made.mkdir(parents=True)
    return made
