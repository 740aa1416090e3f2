"""One model on its cluster: what is wrong is said before anything is registered."""

from pathlib import Path
from typing import Any

import pytest

from facts.stores import STORE_OF
from tests.unit.settings_project import (
    BATCH,
    CANDIDATE,
    KSERVE,
    MODEL_SERVER,
    SELDON,
    TARGETS,
    Project,
    changed,
    project,
)

_AZURE = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_group": "models",
    "location": "westeurope",
    "oidc_issuer_url": "https://issuer.example/",
}
_BLOBS = "https://examplemodels.blob.core.windows.net"
_DIGEST = f"sha256:{'1' * 64}"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _environment(site: Project, **keys: object) -> None:
    clouds = {"gcp": {"project": "example-models"}, "azure": _AZURE}
    site.environment(
        targets=TARGETS | clouds | {"kubernetes": {"context": "serving-dev", **keys}},
    )


@pytest.mark.parametrize(
    ("identity", "wrong", "right"),
    [
        ("eks_pod_identity", "s3://scores", "s3://scores/churn"),
        ("eks_irsa", "s3:/scores/churn/", "s3://scores/churn/"),
        # In a policy it would stand for every team's folder.
        ("eks_pod_identity", "s3://scores/*/churn/", "s3://scores/all/churn/"),
        ("eks_irsa", "s3://scores/${aws:userid}/", "s3://scores/userid/"),
        ("gke", "gs://scores/", "gs://scores/churn"),
        ("aks", f"{_BLOBS}/scores", f"{_BLOBS}/scores/churn"),
        # A quote would end the condition's text.
        ("aks", f"{_BLOBS}/scores/o'neill", f"{_BLOBS}/scores/oneill"),
    ],
)
@pytest.mark.parametrize("key", ["input_uri", "output_uri"])
def test_a_right_is_about_a_path(
    site: Project, key: str, identity: str, wrong: str, right: str
) -> None:
    site.model("churn", changed(BATCH, **{key: wrong}))
    _environment(site, identity=identity)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0237", key)
    assert problem.place.file == "stacks/models/churn.yaml"
    assert problem.allowed == STORE_OF[identity].shape
    site.model("churn", changed(BATCH, **{key: right}))
    assert site.problems() == []


@pytest.mark.parametrize(
    "keys", [{}, {"identity": "none"}, {"identity": "gke"}], ids=["unsaid", "none", "gke"]
)
def test_without_a_right_in_that_store_a_bucket_may_be_named(
    site: Project, keys: dict[str, Any]
) -> None:
    site.model("churn", changed(BATCH, input_uri="s3://data"))
    _environment(site, **keys)
    assert site.problems() == []


def test_an_own_service_account_may_read_what_it_may(site: Project) -> None:
    site.model("churn", changed(BATCH, input_uri="s3://data", service_account_name="own"))
    _environment(site, identity="eks_irsa")
    assert site.problems() == []


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        (changed(KSERVE, model__uri="s3:churn", model__digest=_DIGEST), ["model.uri"]),
        (
            changed(KSERVE, candidate={**CANDIDATE, "uri": "s3:churn", "digest": _DIGEST}),
            ["candidate.uri"],
        ),
        (
            changed(MODEL_SERVER, parts={"tokenizer": {"image": "a", "uri": "s3:x"}}),
            ["parts.tokenizer.uri"],
        ),
    ],
)
def test_so_with_models_and_their_parts(
    site: Project, settings: dict[str, Any], keys: list[str]
) -> None:
    site.model("churn", settings)
    _environment(site, identity="eks_pod_identity")
    assert [p.key for p in site.problems() if p.code == "MS0237"] == keys


@pytest.mark.parametrize(
    ("keys", "place", "allowed"),
    [
        (
            {"storage_cidrs": ["10.20.0.0/33"]},
            "storage_cidrs[0]",
            "a block of addresses, such as 10.0.0.0/16",
        ),
        (
            {"artifact_key_arn": "alias/models"},
            "artifact_key_arn",
            "the ARN of a KMS key: arn:aws:kms:eu-west-1:123456789012:key/…",
        ),
    ],
)
def test_what_the_component_would_refuse_is_refused_first(
    site: Project, keys: dict[str, Any], place: str, allowed: str
) -> None:
    site.model("churn", BATCH)
    _environment(site, **keys)
    (problem,) = site.problems()
    assert problem.code == "MS0106"
    assert problem.key == f"model-serving:targets.kubernetes.{place}"
    assert problem.allowed == allowed


@pytest.mark.parametrize("place", ["features:99999", "features:0", "10.1.0.0/40:80", "Shop:80"])
def test_places_that_nobody_can_reach(site: Project, place: str) -> None:
    site.model("churn", changed(BATCH, egress=[place]))
    _environment(site)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0106", "egress[0]")
    site.model("churn", changed(BATCH, egress=["features:65535", "10.1.0.0/16:1", "::/0:443"]))
    assert site.problems() == []


def test_servers_of_seldon_have_rights_of_their_own(site: Project) -> None:
    settings = changed(SELDON, model__uri="gs://models-2.1.0")
    site.model("churn", settings)
    _environment(site, identity="gke")
    assert site.problems() == []
    site.model("churn", changed(KSERVE, model__uri="gs://models-2.1.0"))
    assert "MS0237" in [problem.code for problem in site.problems()]


def test_a_wrong_account_is_one_problem(site: Project) -> None:
    site.model("churn", changed(BATCH, input_uri="s3://data", service_account_name="Own"))
    _environment(site, identity="eks_irsa")
    (problem,) = site.problems()
    assert problem.key == "service_account_name"


@pytest.mark.parametrize("namespace", ["kube-system", "default", "istio-system"])
def test_a_namespace_that_the_stack_must_not_make(site: Project, namespace: str) -> None:
    site.model("churn", changed(BATCH, namespace=namespace))
    _environment(site)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0238", "namespace")
    assert problem.place.file == "stacks/models/churn.yaml"
    # Somebody else made it, and looks after it.
    _environment(site, create_namespaces=False)
    assert site.problems() == []


def test_a_namespace_of_the_environment_is_said_where_it_is_written(site: Project) -> None:
    site.model("churn", BATCH)
    site.model("ranker", MODEL_SERVER)
    _environment(site, namespace="default")
    assert {(p.code, p.place.file) for p in site.problems()} == {("MS0238", "Pulumi.dev.yaml")}


def test_what_azure_wants_is_said(site: Project) -> None:
    site.model("churn", BATCH)
    azure = _AZURE | {"subscription_id": "models", "oidc_issuer_url": "http://issuer.example/"}
    site.environment(targets=TARGETS | {"azure": azure})
    assert [problem.allowed for problem in site.problems()] == [
        "the id, as `az account show --query id` says it",
        "the URL of the cluster's issuer: https://…",
    ]
