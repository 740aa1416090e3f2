"""Where models and images may come from, as the environment says it."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings_project import (
    ASYNC,
    BATCH,
    CANDIDATE,
    COMPONENT,
    DIGEST,
    KSERVE,
    SAGEMAKER,
    SERVERLESS,
    SHARED_ENDPOINT,
    TARGETS,
    TRANSFORM,
    Project,
    changed,
    project,
)

_FOREIGN = f"210987654321.dkr.ecr.eu-west-1.amazonaws.com/scorer@{DIGEST}"
_OWN = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/scorer@{DIGEST}"
# The account of AWS's deep learning containers.
_AWS = f"763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference@{DIGEST}"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize(
    ("prefixes", "refused"),
    [
        ([], []),
        (["s3://models/"], []),
        (["gs://other/", "s3://models/fraud/"], []),
        (["s3:"], []),
        (["s3://models-prod/"], ["model.uri", "candidate.uri"]),
        # A bucket whose name only begins like it is another one.
        (["s3://model/"], ["model.uri", "candidate.uri"]),
        (["s3://models/fraud/1.4.0/"], ["candidate.uri"]),
    ],
)
def test_artifacts_come_from_the_places_that_are_named(
    site: Project, prefixes: list[str], refused: list[str]
) -> None:
    site.environment(artifact_prefixes=prefixes)
    site.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE))
    found = site.problems()
    assert [(p.code, p.key) for p in found] == [("MS0251", key) for key in refused]
    assert all(prefix in found[0].allowed for prefix in prefixes if found)


def test_a_shared_endpoint_reads_and_pulls_from_nowhere_else_either(site: Project) -> None:
    site.environment(artifact_prefixes=["s3://models/"])
    prefixes, images = ["s3://models/team/", "s3://elsewhere/"], [_OWN, _FOREIGN]
    site.model("pool", changed(SHARED_ENDPOINT, artifact_prefixes=prefixes, images=images))
    found = [(each.code, each.key) for each in site.problems()]
    assert found == [("MS0251", "artifact_prefixes[1]"), ("MS0252", "images[1]")]


@pytest.mark.parametrize("prefix", ["s3://models", "models/", "s3 ://a/", ""])
def test_a_place_ends_where_a_folder_does(site: Project, prefix: str) -> None:
    """`s3://models` would let in s3://models-of-somebody."""
    site.environment(artifact_prefixes=[prefix])
    site.model("fraud", SAGEMAKER)
    (found,) = site.problems()
    assert found.key == "model-serving:artifact_prefixes[0]"
    assert "up to a /" in found.allowed


@pytest.mark.parametrize(
    ("image", "accounts", "refused"),
    [
        (_OWN, [], False),
        (_AWS, [], False),
        (_FOREIGN, [], True),
        (_FOREIGN, ["210987654321"], False),
        (_FOREIGN, ["210987654320"], True),
    ],
)
def test_images_come_from_accounts_that_let_this_one_pull(
    site: Project, image: str, accounts: list[str], *, refused: bool
) -> None:
    site.environment(targets={**TARGETS, "aws": {**TARGETS["aws"], "image_accounts": accounts}})
    site.model("fraud", changed(SAGEMAKER, model={**SAGEMAKER["model"], "image": image}))
    found = site.problems()
    assert [p.code for p in found] == ["MS0252"] * refused
    if refused:
        assert "account 210987654321" in found[0].message
        assert "image_accounts" in found[0].fix


@pytest.mark.parametrize("model", [SAGEMAKER, SERVERLESS, ASYNC, TRANSFORM, COMPONENT])
def test_sagemaker_pulls_from_no_other_region(site: Project, model: dict[str, Any]) -> None:
    for region, refused in (("eu-west-1", []), ("us-east-1", ["MS0415"])):
        image = _OWN.replace("eu-west-1", region)
        site.model("fraud", changed(model, model={**model["model"], "image": image}))
        assert [each.code for each in site.problems()] == refused


@pytest.mark.parametrize("model", [KSERVE, BATCH])
def test_what_a_cluster_pulls_is_its_nodes_business(site: Project, model: dict[str, Any]) -> None:
    site.model("churn", changed(model, model={**model["model"], "image": _FOREIGN}))
    assert "MS0252" not in [p.code for p in site.problems()]
