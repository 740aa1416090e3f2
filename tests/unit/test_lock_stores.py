"""Locks where the engine keeps its state: each store's own client, asked of the sandbox."""

import json
import os
import pwd
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.recovery import locks, recover
from delivery.recovery.lock_stores.protocol import NotLookedAtError, folder_of, is_true
from sandbox.api.contents import kept
from sandbox.store import Row, Store
from tests.unit.http_answers import serving
from tests.unit.sandbox_api import answering

DEAD = 2**22 + 1  # More than Linux gives out.
ACCOUNT = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
    "/Microsoft.Storage/storageAccounts/pulumistates"
)
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/states"
PLACE = Row("azure-native", "azure-native:storage:BlobContainer", CONTAINER, name="states")
URLS = {
    "s3": "s3://states/team?region=eu-west-1",
    "gs": "gs://states/team",
    "azblob": "azblob://states/team?storage_account=pulumistates",
}
TOKENS = {"s3": "s3:Object", "gs": "gcs:Object", "azblob": "azure-native:storage:Blob"}
ME = pwd.getpwuid(os.getuid()).pw_name
FOLDER = "team/.pulumi/locks/organization/tiny"


def lock(process: int, host: str = "", user: str = ME) -> bytes:
    told = {"pid": process, "username": user, "hostname": host or socket.gethostname()}
    return json.dumps(told | {"timestamp": datetime.now(UTC).isoformat()}).encode()


class Bucket:
    """What is in the bucket, or container, of one store."""

    def __init__(self, store: Store, scheme: str) -> None:
        self.store = store
        self.scheme = scheme

    def put(self, name: str, content: bytes) -> None:
        key = f"{FOLDER}/{name}"
        token, held = TOKENS[self.scheme], kept(self.store, content)
        if self.scheme == "azblob":
            outputs: dict[str, Any] = {**held, "contentLength": len(content), "metadata": {}}
            row = f"{CONTAINER}/blobs/{key}"
            self.store.put(Row("azure-native", token, row, name=key, outputs=outputs))
            return
        live = {"versions": [held | {"version_id": "1"}]}
        row = f"states/{key}"
        self.store.put(Row("registries", token, row, name=row, live=live))

    def names(self) -> set[str]:
        rows = self.store.query("SELECT id FROM resources WHERE token = ?", (self.token,))
        return {row[0].partition(f"{FOLDER}/")[2] for row in rows if FOLDER in row[0]}

    @property
    def token(self) -> str:
        return TOKENS[self.scheme]


@pytest.fixture(params=URLS)
def bucket(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bucket]:
    monkeypatch.setenv("PULUMI_BACKEND_URL", URLS[request.param])
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    with answering(tmp_path, monkeypatch) as store:
        for token in ("s3:Bucket", "gcs:Bucket"):
            store.put(Row("registries", token, "states", name="states"))
        account = "azure-native:storage:StorageAccount"
        store.put(Row("azure-native", account, ACCOUNT, name="pulumistates"))
        store.put(PLACE)
        yield Bucket(store, request.param)


def cleared(folder: Path) -> list[str]:
    return [each.user for each in locks.clear_dead(locks.of_stack(folder, "dev"), "dev")]


def test_a_dead_process_loses_its_lock_and_no_other_goes(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("dev/a.json", lock(DEAD))
    bucket.put("dev-2/b.json", lock(DEAD))
    bucket.put("prod/c.json", lock(DEAD))
    assert cleared(tmp_path) == [ME]
    assert bucket.names() == {"dev-2/b.json", "prod/c.json"}
    assert cleared(tmp_path) == []


def test_a_container_is_not_sure_that_a_lock_is_its_own(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine's container may have the same name, and counts its processes for itself."""
    bucket.put("dev/a.json", lock(DEAD))
    elsewhere = Path("pid:[4026532448]")

    def counted_apart(_: Path) -> Path:
        return elsewhere

    monkeypatch.setattr(Path, "readlink", counted_apart)
    with pytest.raises(Failure, match=f"locked by process {DEAD} of {ME}@"):
        cleared(tmp_path)
    assert bucket.names() == {"dev/a.json"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lock(os.getpid()), f"locked by process {os.getpid()} of {ME}@{socket.gethostname()}"),
        (lock(DEAD, "elsewhere"), f"locked by process {DEAD} of {ME}@elsewhere"),
        (lock(DEAD, user="ann"), f"locked by process {DEAD} of ann@{socket.gethostname()}"),
        (b"", "no whole lock: team/.pulumi/locks/organization/tiny/dev/a.json"),
    ],
    ids=["alive", "another host", "another user", "empty"],
)
def test_any_other_lock_stays_and_its_owner_is_named(
    bucket: Bucket, tmp_path: Path, content: bytes, says: str
) -> None:
    bucket.put("dev/a.json", content)
    with pytest.raises(Failure, match="dev is locked by") as stopped:
        cleared(tmp_path)
    assert says in str(stopped.value)
    assert bucket.names() == {"dev/a.json"}


def test_every_page_is_read(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The living one is the last of more than a page."""
    for api in ("registries.s3", "registries.gcs", "azure_blobs"):
        monkeypatch.setattr(f"sandbox.api.{api}._PAGE", 2)
    for number in range(5):
        bucket.put(f"dev/{number}.attrs", b"")
    bucket.put("dev/z.json", lock(os.getpid()))
    with pytest.raises(Failure, match=f"locked by process {os.getpid()} of {ME}@"):
        cleared(tmp_path)


def test_a_store_that_refuses_is_told_with_the_way_out(bucket: Bucket, tmp_path: Path) -> None:
    for token in ("s3:Bucket", "gcs:Bucket"):
        bucket.store.remove(bucket.store.get("registries", token, "states") or PLACE)
    bucket.store.remove(bucket.store.get("azure-native", PLACE.token, CONTAINER) or PLACE)
    with pytest.raises(
        NotLookedAtError, match=r"be looked at: .*(does not exist|ContainerNotFound)"
    ) as refused:
        cleared(tmp_path)
    assert f"the locks in {bucket.scheme}://states" in str(refused.value)
    assert "fix: log in" in str(refused.value)
    assert refused.value.code is Exit.ERROR


def test_a_profile_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states?profile=nobody")
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    says = r"be looked at: The config profile \(nobody\) could not be"
    with pytest.raises(NotLookedAtError, match=says):
        locks.of_stack(tmp_path, "dev")


Hindrance = Callable[[pytest.MonkeyPatch], None]


def without(module: str) -> Hindrance:
    return lambda patch: patch.setitem(sys.modules, module, None)


def refusing(patch: pytest.MonkeyPatch) -> None:
    """As behind a proxy whose authority Python does not know."""
    patch.setenv("AWS_ACCESS_KEY_ID", "a")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "b")


UNSEEN: dict[str, tuple[str, Hindrance, str]] = {
    "gs, no client": (URLS["gs"], without("google.auth.transport.requests"), "is not installed"),
    "azblob, no client": (URLS["azblob"], without("azure.storage.blob"), "is not installed"),
    "azblob, no login": (URLS["azblob"], without("azure.identity"), "is not installed"),
    "gs, no login": (
        URLS["gs"],
        lambda patch: patch.setenv("GOOGLE_CREDENTIALS", "/nowhere.json"),
        "GOOGLE_CREDENTIALS are none: No such file or directory",
    ),
    "s3, no profile": ("s3://states?profile=nobody", refusing, "profile (nobody)"),
    "s3, no answer": ("s3://states?region=x&endpoint=http://127.0.0.1:9", refusing, "connect to"),
    "s3, no address": ("s3://states?region=x&endpoint=https://", refusing, "nvalid endpoint"),
}


@pytest.fixture(params=UNSEEN)
def unseen(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A project whose locks cannot be looked at, and why."""
    url, hinder, says = UNSEEN[request.param]
    for name in [each for each in os.environ if each.startswith(("AZURE_STORAGE", "GOOGLE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    (tmp_path / "models").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    hinder(monkeypatch)
    monkeypatch.setattr("delivery.state.deployment", lambda *_: {})  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    return tmp_path, says


def test_an_update_goes_on_where_locks_cannot_be_looked_at(
    unseen: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine looks itself."""
    folder, says = unseen
    recover.before_update(folder, "dev")
    told = capsys.readouterr().err
    assert says in told
    assert told.count("going on without: the engine looks itself") == 1
    assert "fix: " in told


def test_recovery_goes_on_where_locks_cannot_be_looked_at(
    unseen: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, says = unseen
    monkeypatch.chdir(folder)
    assert recover.recover("dev", yes=True, as_json=False, adopt=[], forget=[]) is Exit.OK
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == "Nothing to recover: no operation is pending.\n"
    assert recover.recover("dev", yes=True, as_json=True, adopt=[], forget=[]) is Exit.OK
    assert says in json.loads(capsys.readouterr().out)["locks_not_looked_at"]


def test_somebody_elses_lock_stops_an_update(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("dev/a.json", lock(os.getpid()))
    with pytest.raises(Failure, match="dev is locked by"):
        recover.before_update(tmp_path, "dev")


PLACES: list[tuple[str, str]] = [
    ("s3://b", "a/b"),
    ("gs://b/", "a/b"),
    ("azblob://b/team", "team/a/b"),
    ("s3://b/team/", "team/a/b"),
    ("gs://b//team//", "team//a/b"),
    ("gs://b/one%20team", "one team/a/b"),
    ("s3://b?prefix=team/", "team/a/b"),
    ("gs://b?prefix=team", "teama/b"),
    ("azblob://b/inner?prefix=team/", "team/inner/a/b"),
    ("s3://b?prefix=%2Fteam/&prefix=other/", "/team/a/b"),
]


@pytest.mark.parametrize(("url", "place"), PLACES)
def test_a_folder_is_where_the_engine_has_it(url: str, place: str) -> None:
    assert folder_of(url, "a/b") == place


@pytest.mark.parametrize("store", ["s3://b?region=x&", "gs://b?", "azblob://b?storage_account=a&"])
def test_every_store_puts_the_prefix_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    url = f"{store}prefix=team/".replace("b?", "b/inner?")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    found: Any = locks.of_stack(tmp_path, "dev")
    assert found.folder == "team/inner/.pulumi/locks/organization/tiny/dev"


def test_words_are_true_as_for_go() -> None:
    words = ["1", "t", "T", "true", "True", "TRUE", "tRUE", "yes", "0", "", None]
    assert [each for each in words if is_true(each)] == words[:6]


def test_a_pull_request_leads_no_token_to_another_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backend's URL comes from Pulumi.yaml; the engine ignores the parameter."""
    asked: list[list[str]] = []

    def default(*, scopes: list[str]) -> tuple[object, str]:
        asked.append(scopes)
        return AnonymousCredentials(), "project"

    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("google.auth.default", default)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://b?universe_domain=elsewhere.example")
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    found: Any = locks.of_stack(tmp_path, "dev")
    assert found.host == "https://storage.googleapis.com"
    assert asked == [["https://www.googleapis.com/auth/devstorage.read_write"]]


ROLE = "arn:aws:iam::123456789012:role/state"
ASSUMED = """\
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
"""
WHO = {"": "Credential=OWN/", f"&role={ROLE}": "Credential=ASSUMED/", "&anonymous=1": ""}


@pytest.mark.parametrize("asked", WHO)
def test_a_bucket_is_asked_by_whom_the_parameters_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    signed: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        if request.command == "POST":  # STS
            return 200, ASSUMED.encode()
        signed.append(request.headers.get("Authorization", ""))
        return 200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"

    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    with serving(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OWN")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        backend = f"s3://b?region=eu-west-1&use_path_style=1{asked}"
        monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
        assert cleared(tmp_path) == []
    (said,) = signed
    assert WHO[asked] in said
    assert bool(said) == bool(WHO[asked])


# Without TLS no token is sent.
KEY = {"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "eA=="}
AZURE: list[tuple[str, dict[str, str], str]] = [
    ("azblob://c?storage_account=a", {}, "https://a.blob.core.windows.net/c"),
    ("azblob://c", {"AZURE_STORAGE_ACCOUNT": "a"}, "https://a.blob.core.windows.net/c"),
    (
        "azblob://c?storage_account=b",
        {"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_DOMAIN": "blob.core.usgovcloudapi.net"},
        "https://b.blob.core.usgovcloudapi.net/c",
    ),
    (
        "azblob://c?storage_account=a&domain=localhost:1&protocol=http",
        KEY,
        "http://localhost:1/a/c",
    ),
    (
        "azblob://c?storage_account=a&domain=azurite:1&protocol=http&localemu=true",
        KEY,
        "http://azurite:1/a/c",
    ),
    ("azblob://c?storage_account=a&domain=x.azureedge.net&cdn=1", {}, "https://x.azureedge.net/c"),
    (
        "azblob://c",
        {"AZURE_STORAGE_CONNECTION_STRING": "AccountName=z;AccountKey=eA==;EndpointSuffix=x.net"},
        "https://z.blob.x.net/c",
    ),
]


@pytest.mark.parametrize(("url", "environment", "address"), AZURE)
def test_a_container_is_where_the_engine_finds_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    environment: dict[str, str],
    address: str,
) -> None:
    """By parameters first, then by the environment; as gocloud.dev/blob/azureblob."""
    for name in [each for each in os.environ if each.startswith("AZURE_STORAGE")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    found: Any = locks.of_stack(tmp_path, "dev")
    assert found.client.url == address


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stack's locks are on a disk."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    made = tmp_path / ".pulumi/locks/organization/tiny/dev"
    made.mkdir(parents=True)
    return made


TMP = "a.json.18d1c2.tmp"


def test_what_a_kill_left_of_a_lock_on_a_disk_goes(folder: Path, tmp_path: Path) -> None:
    """Before it was renamed: whole, with attributes or cut off."""
    (folder / TMP).write_bytes(lock(DEAD))
    (folder / "a.json.attrs").write_text('{"user.cache_con')
    assert cleared(tmp_path) == [ME]
    (folder / TMP).write_bytes(b'{"pid": 1')
    an_hour_ago = time.time() - 3600
    os.utime(folder / TMP, (an_hour_ago, an_hour_ago))
    assert cleared(tmp_path) == []
    assert not list(folder.glob("*.tmp"))


def test_a_lock_that_is_being_written_stays(folder: Path, tmp_path: Path) -> None:
    for content, says in ((lock(os.getpid()), "locked by process"), (b"", "no whole lock")):
        (folder / TMP).write_bytes(content)
        with pytest.raises(Failure, match=says):
            cleared(tmp_path)
        assert (folder / TMP).read_bytes() == content


def test_a_lock_on_a_disk_goes_with_its_attributes(folder: Path, tmp_path: Path) -> None:
    (folder / "a.json").write_bytes(lock(DEAD))
    (folder / "a.json.attrs").write_text("")
    (folder / "b.json.attrs").write_text("{}")
    assert cleared(tmp_path) == [ME]
    assert [each.name for each in folder.iterdir()] == ["b.json.attrs"]
