import multiprocessing
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import seed
from sandbox.store import (
    AlreadyExistsError,
    Event,
    Fault,
    Identity,
    NotFoundError,
    Quota,
    Row,
    Store,
    StoreError,
    default_path,
)

TOKEN = "aws:test/thing:Thing"


def row(resource_id: str, **columns: object) -> Row:
    return Row("aws", TOKEN, resource_id).replace(**columns)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite", seeded=False)


def test_what_is_put_is_read_by_key_name_and_text(store: Store) -> None:
    put = store.put(row("a", name="fraud", outputs={"arn": "arn:a"}, live={"status": "InService"}))
    assert store.get("aws", TOKEN, "a") == put
    assert store.by_name("aws", TOKEN, "fraud") == put
    assert store.find("arn:a") == store.find("fraud") == store.find("a") == [put]
    assert store.get("aws", TOKEN, "b") is None
    assert put.created == put.updated != ""


def test_scopes_are_apart_and_a_global_row_is_seen_from_every_region(store: Store) -> None:
    here = store.insert(row("a", account="1", region="eu-west-1"))
    there = store.insert(row("a", account="1", region="us-east-1"))
    everywhere = store.insert(row("role", account="1"))
    assert store.get("aws", TOKEN, "a", account="1", region="us-east-1") == there
    assert store.list("aws", account="1", region="eu-west-1") == [here, everywhere]
    assert store.list("aws", account="2") == []


def test_ids_that_are_unique_in_a_parent_only(store: Store) -> None:
    store.insert(row("$default", parent="api-1"))
    two = store.insert(row("$default", parent="api-2"))
    assert store.get("aws", TOKEN, "$default", parent="api-2") == two
    assert store.delete("aws", TOKEN, "$default", parent="api-2")
    assert [left.parent for left in store.list()] == ["api-1"]


def test_an_insert_does_not_replace(store: Store) -> None:
    store.insert(row("a", name="first"))
    with pytest.raises(AlreadyExistsError, match="Thing a exists"):
        store.insert(row("a", name="second"))
    assert store.list()[0].name == "first"


def test_an_update_keeps_the_creation_time_and_needs_the_row(store: Store) -> None:
    before = store.insert(row("a"))
    after = store.update("aws", TOKEN, "a", lambda current: current.replace(live={"x": 1}))
    assert (after.created, after.live) == (before.created, {"x": 1})
    with pytest.raises(NotFoundError):
        store.update("aws", TOKEN, "b", lambda current: current)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.insert(row("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.list() == []
    assert store.events() == []


def test_lists_by_glob(store: Store) -> None:
    store.insert(row("a"))
    store.insert(Row("aws", "aws:other/x:X", "b"))
    assert [found.id for found in store.list("aws", "aws:test/*")] == ["a"]


def test_every_write_is_an_event(store: Store) -> None:
    store.insert(row("a"))
    store.put(row("a", name="n"), operation="update")
    store.delete("aws", TOKEN, "a")
    store.log(Event("create", "aws", TOKEN, "b", outcome="refused", detail="why"))
    assert [(e.operation, e.outcome) for e in store.events()] == [
        ("create", "ok"),
        ("update", "ok"),
        ("delete", "ok"),
        ("create", "refused"),
    ]
    first = store.events()[0].sequence
    assert len(store.events(after=first)) == 3
    assert [e.id for e in store.events(operation="delete")] == ["a"]


def test_a_fault_skips_then_counts_down(store: Store) -> None:
    store.add_fault(Fault("aws:test/*", "create", "fail", count=2, skip=1, message="no"))
    taken = [store.take_fault(TOKEN, "create") for _ in range(4)]
    assert [fault.message if fault else None for fault in taken] == [None, "no", "no", None]
    assert store.take_fault(TOKEN, "delete") is None
    assert store.faults() == []


def test_a_fault_without_a_count_stays_until_it_is_cleared(store: Store) -> None:
    rule = store.add_fault(Fault("*", "*", "slow", count=-1))
    assert all(store.take_fault(TOKEN, "read") for _ in range(3))
    assert store.clear_faults(rule) == 1
    assert store.take_fault(TOKEN, "read") is None


def test_a_fault_of_one_resource(store: Store) -> None:
    store.add_fault(Fault("aws:test/*", "*", "fail", count=-1, resource="fraud-*"))
    assert store.take_fault(TOKEN, "create") is None
    assert store.take_fault(TOKEN, "create", ("logs", "/logs")) is None
    assert store.take_fault(TOKEN, "create", ("logs", "fraud-dev")) is not None


def test_a_fault_by_chance_is_the_same_for_the_same_seed(store: Store) -> None:
    def drawn(seed: int) -> list[bool]:
        rule = store.add_fault(Fault("*", "create", "fail", -1, probability=0.3, seed=seed))
        hits = [store.take_fault(TOKEN, "create") is not None for _ in range(100)]
        store.clear_faults(rule)
        return hits

    first = drawn(1)
    assert first == drawn(1)
    assert first != drawn(2)
    assert 15 < sum(first) < 45


def test_quotas_are_of_an_account_and_region(store: Store) -> None:
    for name in "ab":
        store.insert(row(name, account="1", region="r"))
    assert store.exceeded(row("c", account="1", region="r")) is None
    store.set_quota(Quota("aws:test/*", 2))
    assert store.exceeded(row("c", account="1", region="r")) == Quota("aws:test/*", 2)
    assert store.exceeded(row("c", account="2", region="r")) is None
    assert store.exceeded(row("c", account="1", region="s")) is None
    assert store.exceeded(Row("aws", "aws:other/thing:Thing", "c", "1", "r")) is None
    store.set_quota(Quota("aws:test/*", 3))
    assert store.exceeded(row("c", account="1", region="r")) is None
    assert store.quotas() == [Quota("aws:test/*", 3)]
    assert (store.clear_quotas("aws:no/*"), store.clear_quotas()) == (0, 1)


# Every look-up that a creation, update or deletion makes, and the columns that it is found by.
LOOKUPS: dict[str, tuple[Callable[[Store], object], str]] = {
    "get": (lambda s: s.get("aws", TOKEN, "a", account="1", region="r"), "(token=? AND id=?)"),
    "name": (lambda s: s.by_name("aws", TOKEN, "a", account="1"), "(name=? AND token=?)"),
    "type": (lambda s: s.list("aws", TOKEN, account="1", region="r"), "(token=?)"),
    "types": (lambda s: s.list("aws", "aws:test/*", account="1"), "(token>? AND token<?)"),
    "below": (lambda s: s.below("aws", "a/", account="1"), "(id>? AND id<?)"),
    "mentioning": (lambda s: s.mentioning("aws", "aws:test/*", ["a"]), "(token>? AND token<?)"),
    "quota": (lambda s: s.exceeded(row("a")), "(token>? AND token<?)"),
}


@pytest.mark.parametrize("lookup", list(LOOKUPS))
def test_look_ups_read_what_they_look_for_alone(store: Store, lookup: str) -> None:
    store.set_quota(Quota("aws:test/*", 9))
    look, by = LOOKUPS[lookup]
    (plan,) = _plans(store, look)
    assert re.fullmatch(r"SEARCH resources USING (COVERING )?INDEX \S+ .*", plan)
    assert plan.endswith(by)


def test_a_find_uses_an_index_for_each_of_what_it_compares(store: Store) -> None:
    plans = _plans(store, lambda s: s.find("arn:aws:x"))
    assert not [plan for plan in plans if "SCAN" in plan]
    used = {plan.partition("INDEX ")[2].partition(" ")[0] for plan in plans if "INDEX " in plan}
    assert used >= {"resources_by_id", "resources_by_name", "resources_by_arn"}


def _plans(store: Store, look: Callable[[Store], object]) -> list[str]:
    """How SQLite reads the resources for a look-up."""
    asked: list[str] = []
    store.connection().set_trace_callback(asked.append)
    look(store)
    store.connection().set_trace_callback(None)
    return [
        plan
        for text in asked
        if " resources" in text
        for *_, plan in store.query(f"EXPLAIN QUERY PLAN {text}")
        if plan.startswith(("SEARCH", "SCAN"))
    ]


def test_what_is_below_or_mentions(store: Store) -> None:
    for name in ("a/x", "a/y", "ab", "b/x"):
        store.insert(row(name, inputs={"bucket": name}))
    assert [found.id for found in store.below("aws", "a/")] == ["a/x", "a/y"]
    assert [r.id for r in store.mentioning("aws", TOKEN, ["a/"])] == ["a/x", "a/y"]
    assert [r.id for r in store.mentioning("aws", TOKEN, ["b/x", "ab"])] == ["ab", "b/x"]
    assert store.mentioning("aws", TOKEN, []) == []


def test_one_fault_hits_one_of_many_calls(store: Store) -> None:
    store.add_fault(Fault("*", "create", "fail"))
    hits: list[bool] = []

    def ask() -> None:
        hits.append(store.take_fault(TOKEN, "create") is not None)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(hits) == [False] * 15 + [True]


def test_a_new_store_has_the_accounts_and_what_a_platform_has(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    assert [identity.id for identity in store.identities("aws_account")] == [seed.AWS_ACCOUNT]
    assert [c.id for c in store.identities("cluster")] == ["serving-dev", "serving-prod"]
    assert store.by_name("aws", "aws:eks/cluster:Cluster", "serving-dev") is not None
    subnet = store.get("aws", "aws:ec2/subnet:Subnet", "subnet-0dev00000000000a1")
    assert subnet is not None
    assert subnet.outputs["vpcId"] == "vpc-0dev00000000000a0"
    store.add_identity(Identity("aws_account", "210987654321", {}))
    assert len(store.identities("aws_account")) == 2


def test_the_environment_says_where_the_store_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MODEL_SERVING_SANDBOX_STORE", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_HOME", str(tmp_path))
    assert default_path() == tmp_path / "store.sqlite"
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_STORE", str(tmp_path / "other"))
    assert default_path() == tmp_path / "other"


# ---- when things go wrong ----


@pytest.mark.parametrize("damage", ["head", "middle"])
def test_a_damaged_store_is_said_so_and_left_alone(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "store.sqlite"
    Store(path).close()
    content = bytearray(path.read_bytes())
    start = 0 if damage == "head" else 4096
    content[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"(?s)store\.sqlite: .*left as it is: restore a copy"):
        Store(path)
    assert path.read_bytes() == bytes(content)


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("hello " * 1000)
    with pytest.raises(StoreError, match="not a database"):
        Store(path)
    assert path.read_text().startswith("hello")


def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="has schema version 99"):
        Store(path)


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(path, seeded=False)
    store.insert(row("a", name="kept"))
    store.close()
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP INDEX resources_by_id_in_any_case; DROP INDEX resources_by_token;"
        "DROP INDEX resources_by_arn; DROP TABLE quotas; DROP TABLE shortages;"
        "ALTER TABLE faults DROP COLUMN resource; ALTER TABLE faults DROP COLUMN code;"
        "ALTER TABLE faults DROP COLUMN probability; ALTER TABLE faults DROP COLUMN seed;"
        "ALTER TABLE faults DROP COLUMN drawn;"
        "ALTER TABLE resources RENAME TO now; DROP INDEX resources_by_name;"
        "DROP INDEX resources_by_id; CREATE TABLE resources (provider TEXT NOT NULL, account TEXT"
        " NOT NULL, region TEXT NOT NULL, token TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT"
        " NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL, live TEXT NOT NULL, created TEXT NOT"
        " NULL, updated TEXT NOT NULL, PRIMARY KEY (provider, account, region, token, id))"
        " WITHOUT ROWID; INSERT INTO resources SELECT provider, account, region, token, id, name,"
        " inputs, outputs, live, created, updated FROM now; DROP TABLE now;"
        "CREATE INDEX resources_by_name ON resources (provider, token, name);"
        "CREATE INDEX resources_by_id ON resources (id); PRAGMA user_version = 1;"
    )
    connection.close()
    store = Store(path)
    assert [(found.id, found.name, found.parent) for found in store.list()] == [("a", "kept", "")]
    assert store.query(_SCHEMA) == Store(tmp_path / "new.sqlite").query(_SCHEMA)
    store.add_fault(Fault("*", "create", "fail", code="Busy", probability=0.5))
    assert [fault.code for fault in store.faults()] == ["Busy"]


_SCHEMA = "SELECT type, name FROM sqlite_schema ORDER BY type, name"
FULL = """
import resource, signal, sys
from sandbox.store import Row, Store, StoreError
store = Store(sys.argv[1], seeded=False)
store.insert(Row("aws", "aws:test/thing:Thing", "before"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    for number in range(1000):
        store.insert(Row("aws", "aws:test/thing:Thing", str(number), name="x" * 4000))
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert store.get("aws", "aws:test/thing:Thing", "before")
store.insert(Row("aws", "aws:test/thing:Thing", "after"))
"""


def test_a_full_disk_is_said_so_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )
    assert "free some space and repeat the command: nothing was half written" in done.stdout
    assert Store(path).get("aws", TOKEN, "after") is not None


def test_a_commit_that_fails_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(sqlite3.Connection):
        fails = False

        def commit(self) -> None:
            if Full.fails:
                raise sqlite3.OperationalError("database or disk is full")
            super().commit()

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Full, **k))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    store = Store(tmp_path / "store.sqlite", seeded=False)
    Full.fails = True
    with pytest.raises(StoreError, match="free some space"):
        store.insert(row("lost"))
    Full.fails = False
    store.insert(row("after"))
    # As another process sees it: what was acknowledged, and nothing else.
    found = connect(store.path).execute("SELECT id FROM resources").fetchall()
    assert found == [("after",)]


THREADS = 8  # Of each process: 64 writers in all.


def _write_until_killed(path: Path, writer: int, acknowledged: Path) -> None:
    store = Store(path)

    def write(thread: int) -> None:
        with acknowledged.with_suffix(f".{thread}").open("a", buffering=1) as file:
            for number in range(100_000):
                name = f"{writer}-{thread}-{number}"
                store.insert(row(name, outputs={"text": "x" * 500}))
                file.write(f"{name}\n")

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Store(path, seeded=False).close()
    spawn = multiprocessing.get_context("spawn")
    logs = [tmp_path / f"acknowledged-{writer}" for writer in range(8)]
    writers = [
        spawn.Process(target=_write_until_killed, args=(path, number, log))
        for number, log in enumerate(logs)
    ]
    for process in writers:
        process.start()
    files = [log.with_suffix(f".{thread}") for log in logs for thread in range(THREADS)]
    deadline = time.monotonic() + 120
    while not all(
        any(f.exists() and f.stat().st_size for f in files if f.stem == log.name) for log in logs
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    chance = random.Random(1)  # noqa: S311 - a test
    for process in writers:
        time.sleep(chance.random() / 10)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    store = Store(path)
    found = [each.id for each in store.list("aws", TOKEN)]
    # A line that was cut off was not acknowledged in full.
    lines = [file.read_text().split("\n")[:-1] for file in files if file.exists()]
    acknowledged = {line for each in lines for line in each}
    assert len(acknowledged) >= len(writers)
    assert acknowledged <= set(found)
    assert len(found) == len(set(found))
    # What was written and not acknowledged yet: one row of each thread at most.
    assert len(set(found) - acknowledged) <= len(writers) * THREADS
    assert store.query("PRAGMA integrity_check") == [("ok",)]


READ_ONLY = """
import os, sys
from sandbox.store import Row, Store, StoreError
if os.geteuid() == 0:
    os.setuid(65534)  # The administrator may write anywhere.
try:
    store = Store(sys.argv[1])
    store.insert(Row("aws", "aws:test/thing:Thing", "a"))
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_is_read_only_is_said_so(*, there: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if there:
            Store(folder / "store.sqlite", seeded=False).close()
        folder.chmod(0o555)
        try:
            done = subprocess.run(
                [sys.executable, "-c", READ_ONLY, str(folder / "store.sqlite")],
                capture_output=True,
                text=True,
                check=True,
            )
        finally:
            folder.chmod(0o755)
    assert f"the sandbox's store {name}/store.sqlite: " in done.stdout
    assert "check the path and its permissions" in done.stdout


def test_concurrent_updates_are_not_lost(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite", seeded=False)
    store.insert(row("a", live={"n": 0}))

    def count() -> None:
        for _ in range(25):
            store.update("aws", TOKEN, "a", lambda r: r.replace(live={"n": r.live["n"] + 1}))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.get("aws", TOKEN, "a")
    assert found is not None
    assert found.live == {"n": 200}


def test_processes_that_open_a_new_store_at_once_make_one(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    code = "import sys; from sandbox.store import Store; print(len(Store(sys.argv[1]).list()))"
    opened = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    counts = {process.communicate()[0] for process in opened}
    assert len(counts) == 1
    assert all(process.returncode == 0 for process in opened)
