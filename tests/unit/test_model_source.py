"""Where a model's file comes from: each way over its own protocol, and what goes wrong on it."""

import http.client
import http.server
import multiprocessing
import os
import ssl
from pathlib import Path
from typing import Any, Final

import pytest

from runtime import model_source
from runtime.errors import LoadError, SourceError
from runtime.model_source import model_file
from runtime.settings import Settings
from tests.unit.model_store import (
    Answer,
    Handler,
    ModelStore,
    Route,
    certificate,
    digest,
    model,
    redirect,
    secure,
    settings,
)

__all__ = ["certificate", "model", "secure"]

NO_HEADERS: Final[dict[str, str]] = {}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(model_source, "_WAITS", (0.0, 0.0))


def test_an_https_address_is_pulled_once(secure: ModelStore, model: bytes, tmp_path: Path) -> None:
    secure.route = lambda _path, _headers: (200, {}, model)
    wanted = settings(secure.url("/models/iris.onnx?sig=secret"), tmp_path)
    path = model_file(wanted)
    assert path.read_bytes() == model
    # The name in answers and logs, where neither settings nor metadata have one.
    assert path.name == "iris.onnx"
    assert model_file(wanted) == path
    assert [asked for asked, _ in secure.asked] == ["/models/iris.onnx?sig=secret"]
    assert path.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.rglob(".part-*"))


def test_what_is_stored_is_pulled_again_when_it_has_changed(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    secure.route = lambda _path, _headers: (200, {}, model)
    wanted = settings(secure.url(), tmp_path, model_digest=digest(model))
    path = model_file(wanted)
    path.write_bytes(b"changed by others")
    assert model_file(wanted).read_bytes() == model
    assert len(secure.asked) == 2


def test_another_digest_leaves_nothing(secure: ModelStore, model: bytes, tmp_path: Path) -> None:
    secure.route = lambda _path, _headers: (200, {}, model + b"\0")
    with pytest.raises(SourceError, match="has the digest"):
        model_file(settings(secure.url(), tmp_path, model_digest=digest(model)))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size]
    # A wrong file does not become right by asking again.
    assert len(secure.asked) == 1


def _answers(*answers: Answer) -> Route:
    waiting = iter(answers)
    return lambda _path, _headers: next(waiting)


def test_what_may_pass_by_itself_is_tried_again(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    cut_off = {"Content-Length": str(len(model)), "Connection": "close"}
    secure.route = _answers((503, {}, b""), (200, cut_off, model[:-9]), (200, {}, model))
    assert model_file(settings(secure.url(), tmp_path)).read_bytes() == model
    assert len(secure.asked) == 3


@pytest.mark.parametrize(
    ("answer", "message", "times"),
    [
        ((404, NO_HEADERS, b"internals"), "the server answered 404 Not Found$", 1),
        ((403, NO_HEADERS, b"internals"), "the server answered 403 Forbidden$", 1),
        ((500, NO_HEADERS, b"internals"), "the server answered 500 Internal Server Error$", 3),
        ((200, {"Content-Length": "2000000"}, b""), "has 2000000 bytes; at most 1000000", 1),
        ((200, {"Content-Length": "900000"}, b"\x08\x09"), "2 of 900000 bytes came", 3),
        ((200, NO_HEADERS, b"<html>"), "is a page of HTML or XML", 1),
    ],
)
def test_what_does_not_come_whole_is_no_model(
    secure: ModelStore, tmp_path: Path, answer: Answer, message: str, times: int
) -> None:
    secure.route = lambda _path, _headers: (
        answer[0],
        {"Connection": "close"} | answer[1],
        answer[2],
    )
    with pytest.raises(Exception, match=message) as caught:
        model_file(settings(secure.url("/a?sig=secret"), tmp_path, max_model_bytes=1_000_000))
    assert "secret" not in str(caught.value)
    assert len(secure.asked) == times
    assert not list(tmp_path.rglob("*.onnx"))


def test_a_body_without_a_length_is_measured_while_it_comes(
    secure: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_header(handler: Any, name: str, value: str) -> None:  # noqa: ANN401
        if name != "Content-Length":
            http.server.BaseHTTPRequestHandler.send_header(handler, name, value)

    monkeypatch.setattr(Handler, "send_header", send_header)
    secure.route = lambda _path, _headers: (200, {}, b"\x08\x09" * 600_000)
    with pytest.raises(SourceError, match="has more than 1000000 bytes"):
        model_file(settings(secure.url(), tmp_path, max_model_bytes=1_000_000))


def test_a_redirect_to_another_host_needs_a_digest(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    """With the digest it does not matter who gives the bytes."""
    elsewhere = secure.url("/elsewhere", host="127.0.0.1")
    secure.route = lambda path, _headers: (
        (200, {}, model) if path == "/elsewhere" else redirect(elsewhere)
    )
    with pytest.raises(SourceError, match="redirects to the host 127"):
        model_file(settings(secure.url(), tmp_path))
    found = model_file(settings(secure.url(), tmp_path, model_digest=digest(model)))
    assert found.read_bytes() == model


def test_a_redirect_on_the_same_host_is_followed(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    secure.route = lambda path, _headers: (200, {}, model) if path == "/b" else redirect("/b")
    assert model_file(settings(secure.url(), tmp_path)).read_bytes() == model


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("http://localhost/model.onnx", "redirects to http, not to https"),
        ("file:///etc/passwd", "the server answered 302 Found"),
    ],
)
def test_a_redirect_to_less_than_https_is_never_followed(
    secure: ModelStore, tmp_path: Path, target: str, message: str
) -> None:
    secure.route = lambda _path, _headers: redirect(target)
    with pytest.raises(SourceError, match=message):
        model_file(settings(secure.url(), tmp_path, model_digest=f"sha256:{'0' * 64}"))


def test_redirects_without_an_end_are_left(secure: ModelStore, tmp_path: Path) -> None:
    secure.route = lambda path, _headers: redirect(f"{path}a")
    with pytest.raises(SourceError, match="the server answered 302"):
        model_file(settings(secure.url("/a"), tmp_path))
    assert len(secure.asked) < 10


def test_a_certificate_that_is_not_trusted_is_refused(
    secure: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(SourceError, match="the connection failed: SSLCertVerificationError"):
        model_file(settings(secure.url(), tmp_path))
    assert not secure.asked


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("file:///nowhere/model.onnx", "cannot be read: No such file"),
        ("file:relative.onnx", "an absolute path without"),
        ("file://host/model.onnx", "an absolute path without"),
        ("file:///models/../etc/passwd", "an absolute path without"),
        ("file:///models/%2e%2e/etc/passwd", "an absolute path without"),
        ("file:///models/%00.onnx", "an absolute path without"),
    ],
)
def test_a_file_is_named_by_its_absolute_path(tmp_path: Path, uri: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        model_file(settings(uri, tmp_path))


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2Fescaped.onnx",
        "%2Fetc%2Fpasswd",
        "...",
        ".hidden",
        "a%20b",
        "%C3%A4.onnx",
        "x" * 300,
    ],
)
def test_no_name_leaves_the_folder(
    secure: ModelStore, model: bytes, tmp_path: Path, name: str
) -> None:
    secure.route = lambda _path, _headers: (200, {}, model)
    folder = tmp_path / "store"
    path = model_file(settings(secure.url(f"/{name}"), folder))
    assert path.resolve().is_relative_to(folder.resolve())
    assert path.suffix == ".onnx"
    assert not path.name.startswith(".")


def test_a_folder_that_others_can_write_to_is_not_trusted(model: bytes, tmp_path: Path) -> None:
    source = tmp_path / "model.onnx"
    source.write_bytes(model)
    own = tmp_path / "store" / f"model-serving-{os.getuid()}"
    own.mkdir(parents=True)
    own.chmod(0o777)
    with pytest.raises(SourceError, match="others can write to it"):
        model_file(settings(source.as_uri(), tmp_path / "store"))
    own.chmod(0o700)
    assert model_file(settings(source.as_uri(), tmp_path / "store")).read_bytes() == model
    other = tmp_path / "other"
    other.mkdir()
    (other / own.name).symlink_to(own)
    with pytest.raises(SourceError, match="belongs to others"):
        model_file(settings(source.as_uri(), other))


def test_a_full_disk_is_said_before_anything_is_written(secure: ModelStore, tmp_path: Path) -> None:
    secure.route = lambda _path, _headers: (200, {"Content-Length": str(2**60)}, b"")
    with pytest.raises(SourceError, match=r"has \d+ bytes; \d+ are free"):
        model_file(settings(secure.url(), tmp_path, max_model_bytes=2**62))


def test_a_file_system_that_does_not_say_its_size_is_not_full(
    model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one in memory without a limit."""
    (tmp_path / "model.onnx").write_bytes(model)
    real = os.fstatvfs

    def unlimited(file: int) -> os.statvfs_result:
        fields = [*real(file)]
        fields[2:5] = [0, 0, 0]
        return os.statvfs_result(fields)

    monkeypatch.setattr(os, "fstatvfs", unlimited)
    uri = (tmp_path / "model.onnx").as_uri()
    assert model_file(settings(uri, tmp_path / "store")).read_bytes() == model


def test_what_a_killed_pull_left_is_taken_away(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    """A container that is started again has the folder of the one before it, and fills it."""
    secure.route = lambda _path, _headers: (404, {}, b"")
    wanted = settings(secure.url(), tmp_path)
    with pytest.raises(SourceError, match="404"):
        model_file(wanted)
    (folder,) = (path for path in tmp_path.glob("*/*") if path.is_dir())
    (folder / ".part-killed").write_bytes(model[:-9])
    secure.route = lambda _path, _headers: (200, {}, model)
    path = model_file(wanted)
    assert list(folder.iterdir()) == [path]


def test_an_address_may_have_letters_that_are_none_of_http(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    secure.route = lambda _path, _headers: (200, {}, model)
    model_file(settings(secure.url("/modèle 1%20a.onnx?sig=a%2Bb"), tmp_path))
    assert [asked for asked, _ in secure.asked] == ["/mod%C3%A8le%201%20a.onnx?sig=a%2Bb"]


def test_a_length_that_is_no_number_is_none(
    secure: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(*_: object) -> str:
        return "²"

    monkeypatch.setattr(http.client.HTTPMessage, "get", get)
    secure.route = lambda _path, _headers: (200, {"Connection": "close"}, b"<html>")
    with pytest.raises(LoadError, match="is a page of HTML"):
        model_file(settings(secure.url(), tmp_path))


def test_a_connection_whose_encryption_breaks_is_tried_again(
    secure: ModelStore, model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.route = lambda _path, _headers: (200, {}, model)

    def broken(*_: object) -> bytes:
        raise ssl.SSLError(1, "decryption failed or bad record mac")

    monkeypatch.setattr(http.client.HTTPResponse, "read", broken)
    with pytest.raises(SourceError, match="the connection failed: SSLError"):
        model_file(settings(secure.url(), tmp_path))
    assert len(secure.asked) == 3


COUNT: Final = 4


def _pull(uri: str, folder: str, barrier: Any, results: Any) -> None:  # noqa: ANN401
    barrier.wait()
    results.put(model_file(settings(uri, Path(folder))).read_bytes())


def test_processes_that_start_at_once_pull_one_file_once(
    secure: ModelStore, model: bytes, tmp_path: Path
) -> None:
    """As the workers of one server do."""
    secure.route = lambda _path, _headers: (200, {}, model)
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(COUNT), context.Queue()
    workers = [
        context.Process(target=_pull, args=(secure.url(), str(tmp_path), barrier, results))
        for _ in range(COUNT)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    results.close()
    assert found == [model] * COUNT
    assert len(secure.asked) == 1


def test_a_file_or_folder_that_is_there_is_used_in_place(model: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(SourceError, match="there is no model at"):
        model_file(Settings(model_path=path))
    path.write_bytes(model)
    assert model_file(Settings(model_path=path, model_digest=digest(model))) == path
    assert model_file(Settings(model_path=tmp_path)) == path
    (tmp_path / "other.onnx").write_bytes(model)
    with pytest.raises(SourceError, match=r"has 2 files \*.onnx; name the file"):
        model_file(Settings(model_path=tmp_path))
