"""Kubernetes through the engine: who owns a field, no endless diff, what is refused or late."""

from pathlib import Path

import pytest

from sandbox.store import Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
PROGRAM = """
import pulumi, pulumi_kubernetes as k8s
config = pulumi.Config()
on = pulumi.ResourceOptions(provider=k8s.Provider("cluster", context="serving-dev"))
space = k8s.core.v1.Namespace("space", metadata={"name": "tests",
    "labels": {"pod-security.kubernetes.io/enforce": config.get("level") or "baseline"}}, opts=on)
settings = k8s.core.v1.ConfigMap("settings", metadata={"name": "settings", "namespace": "tests"},
    data={"a": "b"}, opts=pulumi.ResourceOptions.merge(on,
        pulumi.ResourceOptions(depends_on=[space])))
labels = {"app": "web"}
web = k8s.apps.v1.Deployment("web", metadata={"name": "web", "namespace": space.metadata.name},
    spec={"selector": {"match_labels": labels}, "template": {"metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": config.get("image") or "web:1",
            "env_from": [{"config_map_ref": {"name": "settings"}}]}]}}}, opts=on)
scaler = k8s.autoscaling.v2.HorizontalPodAutoscaler("scaler",
    metadata={"name": "web", "namespace": space.metadata.name},
    spec={"scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": "web"},
          "min_replicas": 1, "max_replicas": config.get_int("most") or 9}, opts=on)
"""


def deploy(sandbox: Sandbox, **config: object) -> Path:
    return sandbox.project(PROGRAM, {f"tiny:{name}": value for name, value in config.items()})


def test_an_autoscaler_keeps_what_it_owns(sandbox: Sandbox) -> None:
    project = deploy(sandbox)
    sandbox.new_stack(project)
    sandbox.up(project)
    refresh = ("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    sandbox.pulumi(*refresh, cwd=project)
    sandbox.up(project, "--expect-no-changes")

    change = ("set", "tests/web", "--token", DEPLOYMENT, "spec.replicas=5")
    cloud = Path(__file__).parents[2] / "sandbox" / "cloud"
    sandbox.run(cloud, *change, "--manager=kube-controller-manager")
    sandbox.pulumi(*refresh, cwd=project)
    sandbox.up(project, "--expect-no-changes")

    deploy(sandbox, image="web:2")
    sandbox.up(project)
    row = Store(sandbox.home / "store.sqlite").get("kubernetes", DEPLOYMENT, "tests/web")
    assert row is not None
    assert row.outputs["spec"]["replicas"] == 5
    assert row.outputs["spec"]["template"]["spec"]["containers"][0]["image"] == "web:2"
    sandbox.up(project, "--expect-no-changes")


def test_what_the_server_refuses_is_said_before(sandbox: Sandbox) -> None:
    project = deploy(sandbox, most=-1)
    sandbox.new_stack(project)
    asked = ("preview", "--non-interactive", "--stack", "dev")
    answer = sandbox.pulumi(*asked, cwd=project, check=False)
    assert answer.returncode
    assert "spec.maxReplicas: got -1; use at least 1" in answer.stdout + answer.stderr


def test_pods_that_never_come_are_said_and_the_next_run_goes_on(sandbox: Sandbox) -> None:
    project = deploy(sandbox, level="restricted")
    sandbox.new_stack(project)
    failed = sandbox.up(project, check=False)
    assert failed.returncode
    text = failed.stdout + failed.stderr
    assert '"tests/web" failed to fully initialize or become live: [FailedCreate]' in text
    assert 'violates PodSecurity "restricted:latest"' in text
    deploy(sandbox, level="baseline")
    sandbox.up(project)
    sandbox.up(project, "--expect-no-changes")
