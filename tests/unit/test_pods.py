"""Rules about pods that the settings and the components both keep."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from facts.pods import (
    blocked_eviction,
    clashing_folders,
    clashing_ports,
    is_fetched,
    looks_like_a_secret,
    share_of,
    startup_budget_seconds,
    startup_failures,
    wrong_artifact,
)

_AMOUNT = some.integers(0, 1000).map(str) | some.integers(0, 100).map("{}%".format)


@pytest.mark.parametrize(
    ("amount", "pods", "number"),
    [
        ("2", 5, 2),
        ("50%", 5, 3),
        ("1%", 5, 1),
        ("0%", 5, 0),
        ("100%", 5, 5),
        ("101%", 5, None),
        ("-1", 5, None),
        ("1.5", 5, None),
        ("half", 5, None),
        ("", 5, None),
    ],
)
def test_amounts(amount: str, pods: int, number: int | None) -> None:
    assert share_of(amount, pods) == number


@given(pods=some.integers(1, 1000), amount=_AMOUNT)
def test_what_is_not_refused_lets_a_pod_go(pods: int, amount: str) -> None:
    """As the disruption controller counts: healthy pods beyond those that have to stay."""
    number = share_of(amount, pods)
    assert number is not None
    kept = min(pods, number)
    assert bool(blocked_eviction(pods, amount, None)) == (pods - kept < 1)
    assert bool(blocked_eviction(pods, None, amount)) == (number < 1)


@given(load=some.integers(1, 7200), delay=some.integers(0, 3600), period=some.integers(1, 600))
def test_the_startup_budget_covers_the_load(load: int, delay: int, period: int) -> None:
    failures = startup_failures(load, delay, period)
    assert startup_budget_seconds(delay, period, failures) >= load
    assert failures <= 1 + math.ceil(load / period)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("API_KEY", "abc", True),
        ("STORE_PASSWORD", "x", True),
        ("AWS_ACCESS_KEY_ID", "x", True),
        ("TOKENIZER", "x", False),
        ("TOKEN_COUNT", "x", False),
        ("PAD_TOKEN", "[PAD]", False),
        ("KEY", "AKIA" + "A" * 16, True),
        ("URL", "postgres://user:word@db/x", True),
        ("URL", "postgres://db/x", False),
        ("STORE", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b==", True),
        ("BUS", "Endpoint=sb://a/;SharedAccessKeyName=b;SharedAccessKey=c=", True),
        ("BUS", "Endpoint=sb://a/;SharedAccessKeyName=b", False),
        ("URL", "https://a.blob.core.windows.net/b/c?sp=r&sig=d", True),
        ("URL", "https://a.s3.amazonaws.com/b?X-Amz-Signature=c", True),
        ("URL", "https://a/b?X-Goog-Signature=c", True),
        ("URL", "https://a/b?design=c", False),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("PASSWORD_FILE", "/run/secrets/a", False),
        ("PASSWORD", "/run/secrets/a", False),
    ],
)
def test_secrets_are_known_by_name_or_value(name: str, value: str, *, secret: bool) -> None:
    assert looks_like_a_secret(name, value) == secret


@pytest.mark.parametrize(
    ("folders", "clash"),
    [
        (["/a", "/b"], ""),
        (["/a", "/ab"], ""),
        (["/a", "/a"], "/a is there twice"),
        (["/a", "/a/b"], "/a/b lies in /a"),
        (["/a/b", "/a"], "/a hides /a/b"),
        (["a"], "a is no absolute path of plain names"),
        (["/a/../b"], "/a/../b is no absolute path of plain names"),
        (["/"], "/ is no absolute path of plain names"),
        (["/proc/x"], "/proc/x hides the system's /proc"),
    ],
)
def test_folders(folders: list[str], clash: str) -> None:
    assert clashing_folders(folders) == clash


def test_ports() -> None:
    assert not clashing_ports({"port": 1, "grpc_port": 2, "metrics_port": None})
    assert clashing_ports({"port": 1, "grpc_port": 1}) == "grpc_port and port are both 1"


@pytest.mark.parametrize(
    ("uri", "wrong", "fetched"),
    [
        ("s3://a/b", False, True),
        ("https://a/b", False, True),
        ("image:/a/b", False, False),
        ("image:a", True, False),
        ("image:/a b", True, False),
        ("pvc://a/b", False, False),
        ("pvc://a", False, False),
        ("pvc://A/b", True, False),
        (f"oci://a/b@sha256:{'0' * 64}", False, False),
        ("oci://a/b:1", True, False),
    ],
)
def test_where_artifacts_are(uri: str, *, wrong: bool, fetched: bool) -> None:
    assert wrong_artifact(uri) == wrong
    assert is_fetched(uri) == fetched
