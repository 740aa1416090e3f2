"""GcpPrivateNetwork through the real engine: the internet comes and goes in place."""

import pytest

from tests.engine.component_project import GOOGLE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_OUT = {"dev-allow-internet", "dev-internet", "dev-router", "dev-nat"}


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.gcp.gcp_private_network",
        "GcpPrivateNetwork",
        "dev",
        {"environment": "dev", "region": "europe-west4"},
        setup=GOOGLE,
    )
    created = project.up().names("create")
    assert created >= {"dev-network", "dev-subnet", "dev-google-apis", "dev-deny-egress"}
    outputs = project.outputs()
    assert outputs["subnetwork"] == project.resource("dev-subnet")["id"]
    assert outputs["network"] == project.resource("dev-network")["id"]
    assert project.up().steps == {}

    # Nothing that carries traffic is touched when the way out opens, or closes.
    opened = project.up(internet=True)
    assert opened.steps == {name: ["create"] for name in _OUT}
    closed = project.up(internet=False)
    assert closed.steps == {name: ["delete"] for name in _OUT}

    # What is no longer reached privately loses its names, and no more; GPUs get networks of theirs.
    changed = project.up(services=["api", "logs"], gpu_network_count=4)
    assert changed.names("delete") == {
        f"dev-{domain}{record}"
        for domain in ("pkg-dev", "gcr-io")
        for record in ("", "-a", "-cname")
    }
    assert len(changed.names("create")) == 4 * 3
    assert set(changed.steps) == changed.names("create", "delete")
    assert project.outputs()["gpu_networks"][3] == project.resource("dev-gpu4-network")["id"]
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"dev-network", "dev-subnet"}
