"""A kubeconfig reaches the clusters that were made in the sandbox's own clouds."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.clouds.clusters import CLUSTERS, contents
from sandbox.console.drift import removed
from sandbox.rows import Row
from sandbox.store import Store
from tests.unit.sandbox_life import Made, Stack, urn

ROOT = Path(__file__).parents[2]
_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
_GKE = "gcp:container/cluster:Cluster"
_UNPROTECTED = {"deletionProtection": False}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path / "store.sqlite"


def _kubeconfig(server: str) -> str:
    return json.dumps(
        {
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {}}],
            "current-context": "c",
        }
    )


def _cluster(path: Path, name: str, endpoint: str, region: str = "") -> None:
    with closing(Store(path)) as store:
        row = Row("gcp", _GKE, name, "example-models", region, name=name, inputs=_UNPROTECTED)
        store.insert(row.replace(outputs={"endpoint": endpoint}))


def _config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {}}


def test_by_the_url_of_its_api(path: Path) -> None:
    _cluster(path, "gpus", "10.0.0.2")
    stack = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.2")})
    made = stack.create(_CONFIG_MAP, "x", **_config_map("x"))
    assert made.outputs["metadata"]["namespace"] == "default"
    with closing(Store(path)) as store:
        accounts = {row.account for row in store.list("kubernetes", _CONFIG_MAP)}
    # A cluster of the same name of another cloud would be another one.
    assert accounts == {"gcp/gpus"}


def test_a_new_cluster_of_the_same_name_is_empty(path: Path) -> None:
    _cluster(path, "gpus", "10.0.0.2")
    first = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.2")})
    first.create(_CONFIG_MAP, "x", **_config_map("x"))
    with closing(Store(path)) as store:
        (row,) = store.list("gcp", _GKE)
        store.remove(row)
    _cluster(path, "gpus", "10.0.0.3")
    again = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.3")})
    again.create(_CONFIG_MAP, "x", **_config_map("x"))


def test_what_is_in_a_cluster_goes_with_it(path: Path) -> None:
    _cluster(path, "gpus", "10.0.0.2")
    first = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.2")})
    first.create(_CONFIG_MAP, "x", **_config_map("x"))
    gcp = Stack("gcp", path, {"project": "example-models", "region": "europe-west1"})
    gcp.delete(Made(urn(_GKE, "gpus"), "gpus", _UNPROTECTED, {}))
    with closing(Store(path)) as store:
        assert store.list("gcp", _GKE) == []
        assert store.list("kubernetes", account="gcp/gpus") == []


def test_a_cluster_of_the_same_name_that_lives_keeps_what_is_in_it(path: Path) -> None:
    for region, endpoint in (("europe-west1", "10.0.0.2"), ("europe-west4", "10.0.0.3")):
        _cluster(path, "gpus", endpoint, region)
        one = Stack("kubernetes", path, {"kubeconfig": _kubeconfig(f"https://{endpoint}")})
        one.create(_CONFIG_MAP, "x", **_config_map("x"))
    with closing(Store(path)) as store:
        old = next(row for row in store.list("gcp", _GKE) if row.region == "europe-west1")
        assert contents([old], store) == []
        removed(store, old)
        (new,) = store.list("gcp", _GKE)
        assert store.list("kubernetes", _CONFIG_MAP, account="gcp/gpus")
        assert contents([new], store)


def test_what_is_made_in_a_cluster_until_its_end_goes_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cluster(path, "gpus", "10.0.0.2")
    config = {"kubeconfig": _kubeconfig("https://10.0.0.2")}
    inside = Stack("kubernetes", path, config)
    inside.create(_CONFIG_MAP, "x", **_config_map("x"))
    gcp = Stack("gcp", path, {"project": "example-models", "region": "europe-west1"})

    def meanwhile(_: Row) -> None:
        assert not inside.read(Made(urn(_CONFIG_MAP, "x"), "default/x", {}, {}))
        Stack("kubernetes", path, config).create(_CONFIG_MAP, "y", **_config_map("y"))

    monkeypatch.setattr(gcp.life.readiness, "awaited_removal", meanwhile)
    monkeypatch.setattr("sandbox.life.eventual.is_passing", Mock(return_value=True))
    gcp.delete(Made(urn(_GKE, "gpus"), "gpus", _UNPROTECTED, {}))
    with closing(Store(path)) as store:
        assert store.list("kubernetes", account="gcp/gpus") == []


def test_what_is_in_a_cluster_goes_with_the_group_that_it_is_in(path: Path) -> None:
    group = Row("azure-native", "azure-native:resources:ResourceGroup", "/g", "s", name="g")
    cluster = Row("azure-native", dict(CLUSTERS)["azure-native"], "/g/c", "s", name="c")
    with closing(Store(path)) as store:
        store.insert(cluster.replace(outputs={"fqdn": "c.example.com"}))
    config = {"kubeconfig": _kubeconfig("https://c.example.com")}
    Stack("kubernetes", path, config).create(_CONFIG_MAP, "x", **_config_map("x"))
    with closing(Store(path)) as store:
        there = next(row for row in store.list("azure-native") if row.id == "/g/c")
        assert {row.id for row in contents([group, there], store)} > {"default/x", "default"}


def test_plugins_of_other_clouds_do_without_kubernetes() -> None:
    code = "import sys, sandbox.plugin, sandbox.life; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "sandbox.life" in loaded
    assert not [name for name in loaded if name.startswith("sandbox.clouds.kubernetes")]


@pytest.mark.parametrize("server", ["https://10.0.0.9", "https://10.0.0.2.example.com", ""])
def test_where_no_cluster_answers(path: Path, server: str) -> None:
    _cluster(path, "gpus", "10.0.0.2")
    with pytest.raises(RefusedError, match='context "c" does not exist'):
        Stack("kubernetes", path, {"kubeconfig": _kubeconfig(server)})


def _lost(path: Path, **settings: object) -> tuple[Stack, Made]:
    """What was made in a cluster that somebody deleted since, and a provider of it."""
    _cluster(path, "gpus", "10.0.0.2")
    config = {"kubeconfig": _kubeconfig("https://10.0.0.2")}
    made = Stack("kubernetes", path, config).create(_CONFIG_MAP, "x", **_config_map("x"))
    with closing(Store(path)) as store:
        (row,) = store.list("gcp", _GKE)
        gone = removed(store, row)
        assert {each.id for each in gone} > {"default/x", "gpus"}
        assert not store.list("kubernetes", account="gcp/gpus")
    return Stack("kubernetes", path, {**config, **settings}), made


@pytest.mark.parametrize("asked", ["read", "delete"])
def test_a_cluster_that_is_gone_says_what_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    stack, made = _lost(path)
    ask = {"read": stack.read, "delete": stack.delete}[asked]
    # As the provider reads it.
    for value in ("", "1", "True"):
        monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", value)
        with pytest.raises(RefusedError, match=r'PULUMI_K8S_DELETE_UNREACHABLE .* "true"'):
            ask(made)
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    assert ask(made) is None


def test_in_a_cluster_that_is_gone_nothing_is_made_or_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    stack, made = _lost(path)
    for ask in (
        lambda: stack.create(_CONFIG_MAP, "y", **_config_map("y")),
        lambda: stack.update(made, data={"a": "b"}),
    ):
        with pytest.raises(RefusedError, match=r"unreachable: .*https://10.0.0.2 does not answer"):
            ask()
    # What does not change is not asked for.
    assert stack.plan(made).changes == []


def test_the_provider_s_own_setting_counts_more_than_the_variable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    stack, made = _lost(path, deleteUnreachable=False)
    with pytest.raises(RefusedError):
        stack.read(made)
    monkeypatch.delenv("PULUMI_K8S_DELETE_UNREACHABLE")
    config = {"kubeconfig": _kubeconfig("https://10.0.0.2"), "deleteUnreachable": True}
    assert Stack("kubernetes", path, config).read(made) is None


def test_a_cluster_that_was_made_again_is_empty_and_answers(path: Path) -> None:
    _, made = _lost(path)
    # By the same address, too.
    _cluster(path, "gpus", "10.0.0.2")
    again = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.2")})
    assert again.read(made) is None
    again.create(_CONFIG_MAP, "x", **_config_map("x"))


def test_a_release_of_helm_in_a_cluster_that_is_gone_is_forgotten_only_when_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    stack, _ = _lost(path)
    release = Made(urn("kubernetes:helm.sh/v3:Release", "keda"), "keda/keda", {}, {})
    assert stack.read(release) is None
    with pytest.raises(RefusedError, match="can't delete Helm Release with unreachable cluster"):
        stack.delete(release)


def test_a_cluster_that_is_gone_stays_so_when_another_of_its_name_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, made = _lost(path)
    _cluster(path, "gpus", "10.0.0.3")
    new = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.3")})
    new.create(_CONFIG_MAP, "x", **_config_map("x"))
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    old = Stack("kubernetes", path, {"kubeconfig": _kubeconfig("https://10.0.0.2")})
    assert old.read(made) is None
    assert new.read(made) is not None
