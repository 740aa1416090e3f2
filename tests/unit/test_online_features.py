"""Online features in a model's file: what the runtime gets of them, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.target_examples import EXAMPLES, SITE
from facts.lambda_serving import variables_bytes
from runtime.features import read_features
from runtime.tensors import TensorSpec
from stacks import targets
from stacks.settings.online_features import FEATURES_VARIABLE
from tests.unit.settings_project import Project, changed, project

REDIS: dict[str, Any] = {
    "store": "redis",
    "url": "rediss://features.example:6379/0",
    "entities": {"customer_id": "integer"},
    "key": "customer:{customer_id}",
    "features": ["age", "balance"],
    "defaults": {"balance": 0.5},
}
FEAST: dict[str, Any] = {
    "store": "feast",
    "url": "http://feast.features:6566",
    "entities": {"customer_id": "string"},
    "features": ["customers:age", "accounts:balance"],
    "timeout_ms": 250,
}
TARGETS = {
    "lambda": "environment_variables",
    "cloud_run": "environment_variables",
    "azure_functions": "environment_variables",
    "kubernetes": "env",
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=SITE["targets"])
    return made


def file(target: str, **more: object) -> dict[str, Any]:
    return {**EXAMPLES[target], **more}


@pytest.mark.parametrize("features", [REDIS, FEAST], ids=["redis", "feast"])
@pytest.mark.parametrize(("target", "key"), TARGETS.items())
def test_the_runtime_reads_what_the_file_says(
    site: Project, target: str, key: str, features: dict[str, Any]
) -> None:
    site.model("prices", file(target, features=features, **{key: {"LEVEL": "b"}}))
    given = targets.arguments(site.root, site.load(), "prices")[key]
    assert given["LEVEL"] == "b"
    said = json.loads(given[FEATURES_VARIABLE])
    assert said == features
    row = (TensorSpec("features", "float32", (2,)),)
    read = read_features(said, row, {})
    assert read.names == ("age", "balance")
    assert read.timeout_seconds == features.get("timeout_ms", 100) / 1000


@pytest.mark.parametrize(("target", "key"), TARGETS.items())
def test_without_features_nothing_is_said(site: Project, target: str, key: str) -> None:
    site.model("prices", file(target))
    assert FEATURES_VARIABLE not in (
        targets.arguments(site.root, site.load(), "prices").get(key) or {}
    )


def test_the_secret_comes_from_the_targets_own_key(site: Project) -> None:
    features = {**REDIS, "secret_variable": "REDIS_PASSWORD"}
    secret = {"REDIS_PASSWORD": "redis/password"}
    site.model("prices", file("kubernetes", features=features, secret_env=secret))
    assert site.problems() == []


MISTAKES: list[tuple[str, str, dict[str, Any], str]] = [
    ("MS0580", "url", {**REDIS, "url": "http://x:1"}, "redis:// or rediss://"),
    ("MS0580", "url", {**FEAST, "url": "redis://x:1"}, "http:// or https://"),
    ("MS0580", "key", {**FEAST, "key": "{customer_id}"}, "with Redis alone"),
    ("MS0580", "username", {**FEAST, "username": "models"}, "with Redis alone"),
    ("MS0580", "features", {**FEAST, "features": ["age"]}, "view:feature"),
    ("MS0580", "features", {k: v for k, v in FEAST.items() if k != "features"}, "view:feature"),
    ("MS0580", "features", {**REDIS, "features": ["age", "age"], "defaults": {}}, "each once"),
    ("MS0580", "key", {**REDIS, "key": "customer"}, "each of {customer_id} once"),
    ("MS0580", "key", {**REDIS, "key": "{customer_id!r}"}, "each of {customer_id} once"),
    ("MS0580", "key", {**REDIS, "key": "{customer_id"}, "each of {customer_id} once"),
    ("MS0580", "defaults", {**REDIS, "defaults": {"size": 1}}, "age, balance"),
    ("MS0582", "secret_variable", {**REDIS, "secret_variable": "PASSWORD"}, "secret_env"),
]


@pytest.mark.parametrize(("code", "key", "features", "allowed"), MISTAKES)
def test_what_fits_no_store_is_told(
    site: Project, code: str, key: str, features: dict[str, Any], allowed: str
) -> None:
    site.model("prices", file("kubernetes", features=features))
    (found,) = site.problems()
    assert (found.code, found.key) == (code, f"features.{key}")
    assert allowed in found.allowed


def test_a_secret_that_is_given_wrongly_is_told_once(site: Project) -> None:
    features = {**REDIS, "secret_variable": "REDIS_PASSWORD"}
    secret = {"REDIS_PASSWORD": "redis-password/3"}
    site.model("prices", file("cloud_run", features=features, secret_environment_variables=secret))
    assert [found.key for found in site.problems()] == [
        "secret_environment_variables.REDIS_PASSWORD"
    ]


def test_lambda_has_no_key_for_a_secret(site: Project) -> None:
    site.model("prices", file("lambda", features={**REDIS, "secret_variable": "PASSWORD"}))
    (found,) = site.problems()
    assert found.code == "MS0582"
    assert "private network" in found.fix


@pytest.mark.parametrize("features", [None, REDIS], ids=["alone", "with features"])
def test_lambdas_4_kb_hold_the_runtimes_own_variables_too(
    site: Project, features: dict[str, Any] | None
) -> None:
    """Which the component counts the same: the file is as large as it can be, and a byte more."""
    asked = file("lambda", features=features) if features else file("lambda")
    site.model("prices", asked | {"environment_variables": {"LEVEL": ""}})
    settings = targets.arguments(site.root, site.load(), "prices")
    own = {
        "MODEL_SERVING_MODEL_NAME": "prices",
        "MODEL_SERVING_MODEL_VERSION": settings["model_version"],
        "MODEL_SERVING_MODEL_DIGEST": settings["model_digest"],
    }
    room = 4096 - variables_bytes(own | settings["environment_variables"])
    site.model("prices", asked | {"environment_variables": {"LEVEL": "x" * room}})
    assert site.problems() == []
    site.model("prices", asked | {"environment_variables": {"LEVEL": "x" * (room + 1)}})
    (found,) = site.problems()
    assert found.key == ("features" if features else "environment_variables")
    assert "4097 bytes" in found.message
    assert "of them for the runtime itself" in found.message


def test_a_variable_beside_it_is_told(site: Project) -> None:
    variables = {FEATURES_VARIABLE: "{}"}
    site.model("prices", file("lambda", features=REDIS, environment_variables=variables))
    (found,) = site.problems()
    assert (found.code, found.key) == ("MS0581", f"environment_variables.{FEATURES_VARIABLE}")


@pytest.mark.parametrize(
    "change",
    [
        {"url": "rediss://user:canary@features.example:6379"},
        {"url": "features.example"},
        {"entities": {}},
        {"entities": {"customer-id": "integer"}},
        {"entities": {"customer_id": "number"}},
        {"features": []},
        {"timeout_ms": 0},
        {"timeout_ms": 60_001},
        {"max_connections": 1001},
        {"cache": "memory"},
    ],
)
def test_what_no_store_has_is_told_by_the_key(site: Project, change: dict[str, Any]) -> None:
    site.model("prices", file("lambda", features={**REDIS, **change}))
    assert {found.key.partition(".")[0] for found in site.problems()} == {"features"}


def test_other_targets_do_not_run_the_runtime(site: Project) -> None:
    site.model("prices", changed(EXAMPLES["sagemaker"], features=REDIS))
    assert [found.key for found in site.problems()] == ["features"]


def test_one_wrong_key_hides_no_other(site: Project) -> None:
    features = {**REDIS, "timeout_ms": 0, "key": "customer"}
    site.model("prices", file("lambda", features=features))
    assert {found.key for found in site.problems()} == {"features.timeout_ms", "features.key"}
