"""Services of Cloud Run in the sandbox: revisions by name, GPUs, sizes, probes, archives."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.store import Fault
from tests.unit.sandbox_gcp import BUCKET, OBJECT, PROJECT, SERVICE
from tests.unit.sandbox_life import Made, Stack

REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
AT = {"name": "score", "location": "europe-west4"}
GPU: dict[str, Any] = {
    "cpuIdle": False,
    "limits": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"},
}


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": PROJECT})


def template(revision: str | None = None, **container: object) -> dict[str, Any]:
    named = {"revision": revision} if revision else {}
    return {"containers": [{"image": "docker.io/library/i", **container}], **named}


def to(**percent: int) -> list[dict[str, Any]]:
    return [
        {"type": REVISION, "revision": f"score-{name}", "percent": share}
        for name, share in percent.items()
    ]


def named(gcp: Stack) -> Made:
    return gcp.create(SERVICE, "s", **AT, template=template("score-a"), traffics=to(a=100))


def revisions(gcp: Stack, made: Made) -> list[str]:
    row = gcp.store.get("gcp", SERVICE, made.id)
    assert row is not None
    return row.live["revisions"]


def test_a_revisions_name_stands_for_one_template(gcp: Stack) -> None:
    made = named(gcp)
    with pytest.raises(RefusedError, match="409: Revision named 'score-a' with different config"):
        gcp.update(made, template=template("score-a", image="docker.io/library/other"))
    other = template("score-b", image="docker.io/library/other")
    second = gcp.update(made, template=other, traffics=to(a=90, b=10))
    assert revisions(gcp, made) == ["score-a", "score-b"]
    # Back to what there is: nothing is made, and it is the latest that is ready.
    back = gcp.update(second, template=template("score-a"), traffics=to(a=100))
    assert revisions(gcp, made) == ["score-a", "score-b"]
    assert back.outputs["latestReadyRevision"].endswith("/revisions/score-a")


def test_requests_stay_where_they_went_until_a_revision_is_ready(gcp: Stack) -> None:
    made = named(gcp)
    gcp.store.add_fault(Fault(SERVICE, "update", "never_ready", message="it does not listen"))
    bad = {"template": template("score-b", image="docker.io/library/bad"), "traffics": to(b=100)}
    with pytest.raises(HalfDoneError, match="it does not listen") as stuck:
        gcp.update(made, **bad)
    (status,) = stuck.value.result.outputs["trafficStatuses"]
    assert status["revision"] == "score-a"
    # As the engine does: of what failed it keeps the old inputs, and asks again.
    with pytest.raises(HalfDoneError, match="become ready"):
        gcp.update(made, **bad)
    good = gcp.update(made)
    assert good.outputs["trafficStatuses"][0]["revision"] == "score-a"
    assert good.outputs["reconciling"] is False


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"template": template("other-a")}, "template.revision", 'must have prefix "score-"'),
        ({"template": template("score-A")}, "template.revision", "only lowercase"),
        ({"template": template("score-" + "a" * 58)}, "template.revision", "less than 64"),
        (
            {"traffics": [{"percent": 100, "tag": "t"}, {"percent": 0, "tag": "t"}]},
            *("traffics[1].tag", "is there twice"),
        ),
        ({"traffics": [{"percent": 100, "tag": "T"}]}, "traffics[0].tag", "lower-case"),
        ({"traffics": [{"percent": 100, "tag": "t" * 42}]}, "traffics[0].tag", "exceed 46"),
        ({"template": {**template(), "timeout": "3601s"}}, "template.timeout", "1s to 3600s"),
        (
            {"template": {**template(), "maxInstanceRequestConcurrency": 1001}},
            *("template.maxInstanceRequestConcurrency", "1 to 1000"),
        ),
        (
            {"template": template(resources={"limits": {"cpu": "3"}})},
            *("template.containers[0].resources.limits.cpu", "1, 2, 4, 6, 8"),
        ),
        (
            {"template": template(resources={"limits": {"cpu": "1000m", "memory": "4097Mi"}})},
            *("template.containers[0].resources.limits.memory", "0 to 4 GiB"),
        ),
        (
            {"template": template(resources={"limits": {"cpu": "8", "memory": "2Gi"}})},
            *("template.containers[0].resources.limits.memory", "4 to 32 GiB"),
        ),
        (
            {"template": template(startupProbe={"periodSeconds": 10, "failureThreshold": 25})},
            *("template.containers[0].startupProbe.failureThreshold", "at most 240 s"),
        ),
        (
            {"template": template(livenessProbe={"periodSeconds": 5, "timeoutSeconds": 6})},
            *("template.containers[0].livenessProbe.timeoutSeconds", "at most periodSeconds"),
        ),
        (
            {"template": template(resources=GPU)},
            *("template.nodeSelector.accelerator", "a container asks"),
        ),
        (
            {"template": {**template(resources=GPU), "nodeSelector": {"accelerator": "nvidia-t4"}}},
            *("template.nodeSelector.accelerator", "nvidia-l4"),
        ),
        (
            {"template": {**template(), "nodeSelector": {"accelerator": "nvidia-l4"}}},
            *("template.containers[0].resources.limits.nvidia.com/gpu", "exactly 1"),
        ),
        (
            {
                "template": {
                    **template(resources={**GPU, "cpuIdle": True}),
                    "nodeSelector": {"accelerator": "nvidia-l4"},
                }
            },
            *("template.containers[0].resources.cpuIdle", "must be false"),
        ),
        (
            {
                "template": {
                    **template(resources=GPU),
                    "nodeSelector": {"accelerator": "nvidia-rtx-pro-6000"},
                }
            },
            *("template.containers[0].resources.limits.memory", "at least 80Gi"),
        ),
        (
            {
                "location": "europe-west3",
                "template": {
                    **template(resources=GPU),
                    "nodeSelector": {"accelerator": "nvidia-l4"},
                },
            },
            *("location", "has no nvidia-l4"),
        ),
        (
            {
                "template": template(
                    sourceCode={"cloudStorageSource": {"bucket": "b", "object": "o"}}
                )
            },
            *("template.containers[0].baseImageUri", "missing"),
        ),
        (
            {
                "template": template(
                    sourceCode={"cloudStorageSource": {"bucket": "b", "object": "o"}},
                    baseImageUri="r/python313",
                )
            },
            *("template.containers[0].image", '"scratch"'),
        ),
    ],
)
def test_what_the_api_refuses(gcp: Stack, inputs: dict[str, Any], path: str, reason: str) -> None:
    asked = {**AT, "template": template(), **inputs}
    found = {problem.path: problem.reason for problem in gcp.problems(SERVICE, asked)}
    assert reason in found[path]


@pytest.mark.parametrize(
    "inputs",
    [
        {"template": template("score-" + "a" * 57)},
        {"traffics": [{"percent": 100, "tag": "t" * 41}]},
        {"template": {**template(), "timeout": "3600s", "maxInstanceRequestConcurrency": 1000}},
        {"template": template(resources={"limits": {"cpu": "0.5", "memory": "512Mi"}})},
        {"template": template(resources={"limits": {"cpu": "8", "memory": "32Gi"}})},
        {"template": template(startupProbe={"periodSeconds": 10, "failureThreshold": 24})},
        {
            "template": {
                **template(resources=GPU),
                "nodeSelector": {"accelerator": "nvidia-l4"},
            }
        },
    ],
)
def test_what_the_api_takes(gcp: Stack, inputs: dict[str, Any]) -> None:
    assert gcp.problems(SERVICE, {**AT, "template": template(), **inputs}) == []


def test_an_archive_is_there(gcp: Stack) -> None:
    gcp.create(BUCKET, "b", name="packages", location="EU")
    source = {"cloudStorageSource": {"bucket": "packages", "object": "a.zip"}}
    archived = template(image="scratch", baseImageUri="r/python313", sourceCode=source)
    with pytest.raises(RefusedError, match=r"no object a\.zip in the bucket packages"):
        gcp.create(SERVICE, "s", **AT, template=archived)
    gcp.create(OBJECT, "o", bucket="packages", name="a.zip", content="zip")
    assert gcp.create(SERVICE, "s", **AT, template=archived).outputs["latestReadyRevision"]
