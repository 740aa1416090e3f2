"""Where a model's data may be, and what a cluster without internet cannot run."""

from pathlib import Path
from typing import Any

import pytest

from stacks.targets import arguments
from tests.unit.settings_project import (
    AKS_TARGETS,
    BATCH,
    DIGEST,
    GKE_TARGETS,
    KSERVE,
    KSERVE_LLM,
    MODEL_SERVER,
    SAGEMAKER,
    TARGETS,
    Project,
    changed,
    project,
)

_OWN = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/a@{DIGEST}"
_HUB = f"docker.io/seldonio/mlserver@{DIGEST}"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _cluster(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any setting
    return {**TARGETS, "kubernetes": {"context": "c", **more}}


_IN_A_ZONE = {**GKE_TARGETS, "gke": {"cluster_name": "c", "location": "europe-west4-a"}}


@pytest.mark.parametrize(
    ("model", "targets", "region", "named_by"),
    [
        (SAGEMAKER, TARGETS, "eu-west-1", "aws"),
        (KSERVE, TARGETS, "eu-west-1", "eks"),
        (KSERVE, _IN_A_ZONE, "europe-west4", "gke"),
        (KSERVE, AKS_TARGETS, "westeurope", "aks"),
        (KSERVE, _cluster(region="on-premises-1"), "on-premises-1", "kubernetes"),
    ],
)
def test_residency(
    site: Project, model: dict[str, Any], targets: dict[str, Any], region: str, named_by: str
) -> None:
    site.model("fraud", changed(model, data_classification="confidential"))
    site.environment(targets=targets, residency={"confidential": [region]})
    assert site.problems() == []
    site.environment(targets=targets, residency={"confidential": ["us-east-1", "us-west-2"]})
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0247", "data_classification")
    assert f"would run in {region} (model-serving:targets.{named_by})" in str(problem)
    assert "us-east-1, us-west-2" in problem.allowed
    # Other classes may go anywhere.
    site.environment(targets=targets, residency={"restricted": ["us-east-1"]})
    assert site.problems() == []


def test_a_cluster_that_nobody_places(site: Project) -> None:
    site.model("churn", KSERVE)
    targets = {"kubernetes": {"context": "c"}}
    site.environment(targets=targets, residency={"internal": ["eu-west-1"]})
    (problem,) = site.problems()
    assert "a region that nobody names" in str(problem)
    assert problem.fix.endswith("`region: …` under `model-serving:targets.kubernetes`")


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (changed(KSERVE_LLM), "model.uri"),
        (changed(MODEL_SERVER, model__image=_HUB), "model.image"),
        (changed(MODEL_SERVER, download_image=_HUB), "download_image"),
        (changed(BATCH, model__image=_HUB), "model.image"),
        (
            changed(MODEL_SERVER, parts={"tok": {"image": _HUB}}, strategy="blue_green"),
            "parts.tok.image",
        ),
        (changed(KSERVE, transformer={"image": _HUB}), "transformer.image"),
    ],
)
def test_without_internet(site: Project, model: dict[str, Any], key: str) -> None:
    site.model("thing", model)
    site.environment(targets=_cluster(internet=False))
    problems = {problem.key: problem for problem in site.problems()}
    assert list(problems) == [key]
    assert problems[key].code == "MS0248"
    site.environment(targets=_cluster())
    assert site.problems() == []
    # Images can be copied by a mirror; an artifact has to be.
    site.environment(targets=_cluster(internet=False, image_mirror="mirror.corp/hub"))
    assert [p.key for p in site.problems()] == (["model.uri"] if key == "model.uri" else [])


def test_the_clouds_own_stores_need_no_internet(site: Project) -> None:
    """Azure's have the scheme that the internet's files have too."""
    site.environment(targets=_cluster(internet=False))
    for host, keys in (("models.blob.core.windows.net", []), ("example.com", ["model.uri"])):
        site.model("ranker", changed(MODEL_SERVER, model__uri=f"https://{host}/ranker/1.2.0/m.bin"))
        assert [problem.key for problem in site.problems()] == keys


@pytest.mark.parametrize(
    ("registry", "mirror", "keys"),
    [
        ("quay.io", None, ["model.uri"]),
        ("quay.io", "mirror.corp/hub", ["model.uri"]),
        ("mirror.corp/hub/quay.io", "mirror.corp/hub", []),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", None, []),
    ],
)
def test_artifacts_that_are_images(
    site: Project, registry: str, mirror: str | None, keys: list[str]
) -> None:
    uri = f"oci://{registry}/ranker@{DIGEST}"
    site.model("ranker", changed(MODEL_SERVER, model__uri=uri, image_volumes=True))
    site.environment(
        targets=_cluster(internet=False, **({"image_mirror": mirror} if mirror else {}))
    )
    assert [problem.key for problem in site.problems()] == keys


def test_a_mirror_moves_images_and_nothing_else(site: Project) -> None:
    site.model("ranker", changed(MODEL_SERVER, model__image=_HUB, download_image=_OWN))
    site.environment(targets=_cluster(image_mirror="mirror.corp/hub"))
    made = arguments(site.root, site.load(), "ranker")
    assert made["image"] == f"mirror.corp/hub/{_HUB}"
    assert made["download_image"] == _OWN
    site.environment(targets=_cluster())
    plain = arguments(site.root, site.load(), "ranker")
    assert {**plain, "image": made["image"]} == made


def test_of_a_wrong_target_nobody_knows_the_region(site: Project) -> None:
    site.environment(residency={"internal": ["us-east-1"]})
    site.model("x", changed(KSERVE, target="kserv"))
    assert [problem.key for problem in site.problems()] == ["target"]
