"""Captured requests in stores: which files are looked at, and what of them is read."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from moto import mock_aws  # pyright: ignore[reportMissingTypeStubs]

from runtime import model_source
from runtime.drift import stored
from runtime.drift.__main__ import EXIT_DRIFT, EXIT_WRONG, main
from runtime.drift.stored import chosen, store_of
from runtime.errors import SourceError
from tests.unit.model_store import Answer, ModelStore, serving
from tests.unit.test_drift_captured import PROFILE, record

DRIFTED = json.dumps(record({"instances": [[20, "basic"], [20, "pro"]] * 600})).encode()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client: Any = boto3
        made = client.resource("s3").Bucket("captured")
        made.create()
        yield made


def test_a_prefix_of_s3_is_a_folder_and_its_time_counts(bucket: Any) -> None:  # noqa: ANN401
    for key in ("fraud/a.json", "fraud/b/c.json", "fraud/d.csv", "fraud-2/e.json"):
        bucket.put_object(Key=key, Body=b"{}")
    now = datetime.now(UTC)
    for place in ("s3://captured/fraud", "s3://captured/fraud/"):
        store = store_of(place)
        assert sorted(store.names(None)) == ["fraud/a.json", "fraud/b/c.json"]
        assert sorted(store.names(now - timedelta(minutes=5))) == sorted(store.names(None))
        assert list(store.names(now + timedelta(minutes=5))) == []
    assert len(list(store_of("s3://captured").names(None))) == 3


def test_all_pages_of_s3_are_listed(
    bucket: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "4")  # In a page; of S3's own, 1000.
    for number in range(9):
        bucket.put_object(Key=f"fraud/{number}.json", Body=b"{}")
    (first, *_) = bucket.meta.client.get_paginator("list_objects_v2").paginate(Bucket="captured")
    assert first["IsTruncated"]
    assert len(set(store_of("s3://captured/fraud").names(None))) == 9


def test_profile_and_requests_come_from_s3(
    bucket: Any,  # noqa: ANN401
    capsys: pytest.CaptureFixture[str],
) -> None:
    bucket.put_object(Key="profile.json", Body=PROFILE.text().encode())
    bucket.put_object(Key="fraud/predictor/captured/1-request.json", Body=DRIFTED)
    command = ["compare", "s3://captured/profile.json", "s3://captured/fraud", "--hours", "1"]
    assert main(command) == EXIT_DRIFT
    assert "of 1200 rows" in capsys.readouterr().out
    assert main([*command[:2], "s3://no-such-bucket/fraud"]) == EXIT_WRONG
    told = "error: s3://no-such-bucket/fraud: S3 answered 404 NoSuchBucket"
    assert capsys.readouterr().err.strip() == told


def test_what_is_too_large_is_not_read(
    bucket: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for size, content in ((2, b"{}"), (1, None)):
        monkeypatch.setattr(stored, "MAX_BYTES", size)
        bucket.put_object(Key="a.json", Body=b"{}")
        (tmp_path / "a.json").write_bytes(b"{}")
        assert store_of("s3://captured").read("a.json") == content
        folder = store_of(str(tmp_path))
        assert [folder.read(name) for name in folder.names(None)] == [content]


def _cloud_storage(objects: dict[str, tuple[str, bytes]]) -> Any:  # noqa: ANN401 - a route
    """Two objects a page, as the JSON API answers."""

    def route(path: str, _headers: dict[str, str]) -> Answer:
        asked, query = urlsplit(path), parse_qs(urlsplit(path).query)
        _, mark, name = asked.path.partition("/b/captured/o/")
        if mark:
            found = objects.get(unquote(name))
            return (200, {}, found[1]) if found else (404, {}, b"")
        names = [each for each in sorted(objects) if each.startswith(query["prefix"][0])]
        begin = int(query.get("pageToken", ["0"])[0])
        page: dict[str, Any] = {
            "items": [{"name": n, "updated": objects[n][0]} for n in names[begin : begin + 2]]
        }
        if begin + 2 < len(names):
            page["nextPageToken"] = str(begin + 2)
        return 200, {}, json.dumps(page).encode()

    return route


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelStore]:
    with serving() as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"127.0.0.1:{server.server_port}")
        yield server


def test_cloud_storage_is_listed_page_by_page_and_read(
    emulator: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    objects = {f"fraud/a b#{number}.json": (new, DRIFTED) for number in range(4)}
    objects["fraud/old.json"] = ("2026-01-01T00:00:00.000Z", b"{}")
    objects["fraud/profile.txt"] = (new, PROFILE.text().encode())
    emulator.route = _cloud_storage(objects)
    store = store_of("gs://captured/fraud")
    assert sorted(store.names(datetime.now(UTC) - timedelta(hours=1))) == [
        f"fraud/a b#{number}.json" for number in range(4)
    ]
    assert store.read("fraud/a b#1.json") == DRIFTED
    command = ["compare", "gs://captured/fraud/profile.txt", "gs://captured/fraud", "--hours", "1"]
    assert main(command) == EXIT_DRIFT
    monkeypatch.setattr(stored, "MAX_BYTES", 10)
    assert store.read("fraud/a b#1.json") is None


def test_what_breaks_off_is_asked_for_again(
    emulator: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_source, "_WAITS", (0.0,))
    right = _cloud_storage({"fraud/a.json": ("2026-11-26T18:00:00.000Z", DRIFTED)})

    def cut_off(path: str, headers: dict[str, str]) -> Answer:
        status, more, body = right(path, headers)
        if len(emulator.asked) % 2:
            return status, {**more, "Content-Length": str(len(body))}, body[:-1]
        return status, more, body

    emulator.route = cut_off
    store = store_of("gs://captured/fraud")
    assert list(store.names(None)) == ["fraud/a.json"]
    assert store.read("fraud/a.json") == DRIFTED
    assert len(emulator.asked) == 4


def test_a_list_that_is_none_is_told(emulator: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_source, "_WAITS", ())
    emulator.route = lambda _path, _headers: (200, {}, b"<html>")
    with pytest.raises(SourceError, match="no JSON"):
        list(store_of("gs://captured/fraud").names(None))
    emulator.route = lambda _path, _headers: (503, {}, b"")
    with pytest.raises(SourceError, match="answered 503"):
        list(store_of("gs://captured/fraud").names(None))


def test_a_folders_files_of_another_kind_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "old.json").write_text("{}")
    os.utime(tmp_path / "old.json", (0, 0))
    store = store_of(str(tmp_path))
    since = datetime.now(UTC) - timedelta(hours=1)
    assert list(store.names(since)) == [str(tmp_path / "a.json")]
    with pytest.raises(SourceError, match="cannot be read"):
        store.read(str(tmp_path / "gone.json"))


@pytest.mark.parametrize("most", [1, 10, 99, 100, 101])
def test_so_many_are_chosen_and_each_once(most: int) -> None:
    names = [str(number) for number in range(100)]
    found = chosen(iter(names), most)
    assert len(found) == len(set(found)) == min(most, 100)
    assert set(found) <= set(names)


def test_late_names_are_chosen_as_often_as_early_ones() -> None:
    names = [str(number) for number in range(100)]
    late = sum(int(name) >= 50 for _ in range(400) for name in chosen(names, 10))
    # Of 4000 names half, give or take six standard deviations.
    assert 1810 < late < 2190
