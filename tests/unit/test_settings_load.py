"""Good input: layers, values as Pulumi gives them, and that nothing ends in a traceback."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stacks.settings import yaml_source
from stacks.settings.kserve import KServeModel
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.load import Settings, load
from stacks.settings.sagemaker import SageMakerModel
from tests.unit.settings_project import (
    CANDIDATE,
    KSERVE,
    LAMBDA,
    SAGEMAKER,
    TARGETS,
    Project,
    changed,
    project,
)

ROOT = Path(__file__).resolve().parents[2]


def _fraud(settings: Settings) -> SageMakerModel:
    model = settings.models["fraud"]
    assert isinstance(model, SageMakerModel)
    return model


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_examples_load(environment: str) -> None:
    loaded = load(ROOT, environment)
    assert {name: model.target for name, model in loaded.models.items()} == {
        "chat-assistant": "kserve",
        "churn": "kserve",
        "fraud": "sagemaker",
        "iris-classifier": "lambda",
        "ranker": "kubernetes",
    }
    shares = {"dev": 50, "prod": 10}
    assert _fraud(loaded).canary_percent == shares[environment]


def test_the_layers_in_their_order(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, max_replicas=5, tags={"a": "file", "b": "file"}))
    site.environment(
        tags={"a": "environment", "c": "environment"},
        defaults={"min_replicas": 2, "max_replicas": 9, "canary_percent": 3},
        models={"fraud": {"canary_percent": 20, "candidate": CANDIDATE}},
    )
    loaded = site.load()
    model = _fraud(loaded)
    assert (model.min_replicas, model.max_replicas, model.canary_percent) == (2, 5, 20)
    assert model.tags == {"a": "file", "b": "file", "c": "environment"}
    assert model.data_classification == "internal"
    layers = {path: origin.layer for path, origin in loaded.origins["fraud"].items()}
    assert layers["min_replicas",] == "environment's defaults"
    assert layers["max_replicas",] == "model file"
    assert layers["canary_percent",] == "environment's entry for the model"
    assert layers["tags", "a"] == "model file"
    assert layers["tags", "c"] == "environment's tags"
    assert str(loaded.place("fraud", ("max_replicas",))) == "stacks/models/fraud.yaml:7:15"
    assert loaded.place("fraud", ("candidate", "version")).file == "Pulumi.dev.yaml"


def test_a_default_that_a_target_does_not_have_is_left_out_for_it(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    site.model("churn", KSERVE)
    site.environment(defaults={"instance_type": "ml.c6i.large", "concurrency_target": 7})
    models = site.load().models
    fraud, churn = models["fraud"], models["churn"]
    assert isinstance(fraud, SageMakerModel)
    assert fraud.instance_type == "ml.c6i.large"
    assert isinstance(churn, KServeModel)
    assert churn.concurrency_target == 7


def test_the_cluster_says_namespace_and_mode_for_those_who_do_not(site: Project) -> None:
    site.model("churn", KSERVE)
    site.model("other", changed(KSERVE, namespace="own"))
    kubernetes = {"context": "c", "namespace": "shared", "deployment_mode": "standard"}
    site.environment(targets={"kubernetes": kubernetes})
    models = site.load().models
    churn, other = models["churn"], models["other"]
    assert isinstance(churn, KServeModel)
    assert isinstance(other, KServeModel)
    assert (churn.namespace, churn.deployment_mode) == ("shared", "standard")
    assert other.namespace == "own"


def test_null_in_an_environment_takes_the_candidate_away(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE))
    assert _fraud(site.load()).candidate is not None
    site.environment(models={"fraud": {"candidate": None}})
    assert _fraud(site.load()).candidate is None


def test_a_team_has_its_own_models_alone(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    site.model("churn", KSERVE)
    site.environment(team="team-risk")
    assert sorted(site.load().models) == ["fraud"]


def test_no_models_and_no_environment_file(tmp_path: Path) -> None:
    assert load(tmp_path, "new").models == {}


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [("10", 10), (10.0, 10), ("10.0", 10), (" 10 ", 10), ("1e1", 10), (10, 10)],
)
def test_numbers_that_came_as_text_are_numbers(
    site: Project, given_value: object, expected: int
) -> None:
    site.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE))
    values = {"targets": TARGETS, "models": {"fraud": {"canary_percent": given_value}}}
    assert _fraud(site.load(values=values)).canary_percent == expected


@pytest.mark.parametrize("value", ["ten", "", "0x10", True, "1_0", "10 %", "9" * 50, "١٠", [], {}])
def test_what_is_not_a_number_is_told(site: Project, value: object) -> None:
    site.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE))
    values = {"targets": TARGETS, "models": {"fraud": {"canary_percent": value}}}
    (problem,) = site.problems(values=values)
    assert problem.key == "model-serving:models.fraud.canary_percent"
    assert problem.code in {"MS0103", "MS0104"}


def test_an_account_id_that_came_as_a_number(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    values = {"targets": {"aws": {"account_id": 123456789012, "region": "eu-west-1"}}}
    aws = site.load(values=values).site.targets.aws
    assert aws is not None
    assert aws.account_id == "123456789012"


def test_pulumis_values_win_over_the_file(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE))
    site.environment(models={"fraud": {"canary_percent": 5}})
    values = {"targets": TARGETS, "models": {"fraud": {"canary_percent": 6}}}
    assert _fraud(site.load(values=values)).canary_percent == 6
    assert _fraud(site.load()).canary_percent == 5


def test_anchors_and_merge_keys(site: Project) -> None:
    site.model(
        "fraud",
        "target: sagemaker\nowner: &o team-risk\ndescription: *o\nmodel: &m\n"
        '  uri: s3://m/1.4.0/m\n  version: "1.4.0"\n  framework: xgboost\n'
        'candidate:\n  <<: {uri: s3://m/1.5.0/m, version: "1.5.0"}\n',
    )
    model = _fraud(site.load())
    assert model.description == "team-risk"
    assert model.candidate is not None
    assert model.candidate.version == "1.5.0"


def test_words_that_older_yaml_took_for_truth_values_stay_words(site: Project) -> None:
    site.model("fraud", 'target: sagemaker\nowner: yes\nmodel: {uri: "s3://m/1/m", version: "1"}\n')
    assert {problem.code for problem in site.problems()} == {"MS0205"}


def test_unicode(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, owner="équipe-risque", description="Betrug 🕵"))
    model = _fraud(site.load())
    assert (model.owner, model.description) == ("équipe-risque", "Betrug 🕵")


def test_lambda_defaults(site: Project) -> None:
    site.model("iris", LAMBDA)
    model = site.load().models["iris"]
    assert isinstance(model, LambdaModel)
    assert (model.min_replicas, model.architecture) == (0, "arm64")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*SageMakerModel.model_fields, "fraud", "models", "uri", "version", "aws"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
SLOW_FIXTURE = [HealthCheck.function_scoped_fixture]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=SLOW_FIXTURE)
@given(JSON, JSON, st.sampled_from(["kserve", "sagemaker", "lambda"]))
def test_no_settings_end_in_a_traceback(
    site: Project, model: object, values: object, target: str
) -> None:
    content = (
        {"target": target, **cast("dict[str, object]", model)} if isinstance(model, dict) else model
    )
    site.model("fraud", json.dumps(content))
    given_values: dict[str, Any] = {"targets": TARGETS, "models": {"fraud": values}}
    found = site.problems(values=given_values)
    found += site.problems(
        values=cast("dict[str, Any]", values) if isinstance(values, dict) else {}
    )
    assert all(problem.lines() for problem in found)


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="a:{}[]&*-?|>!%@`'\"\n\t #1.<,", max_size=80))
def test_no_bytes_end_in_a_traceback(raw: bytes | str) -> None:
    data = raw.encode() if isinstance(raw, str) else raw
    source = yaml_source.parse(data, "fraud.yaml")
    assert all(problem.place.file == "fraud.yaml" for problem in source.problems)


def test_a_value_from_the_command_line_gets_no_innocent_line(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, candidate=CANDIDATE))
    site.environment(models={"fraud": {"canary_percent": 5, "min_replicas": 0}})
    entry = {"canary_percent": 130, "min_replicas": 0}
    values = {"targets": TARGETS, "models": {"fraud": entry}}
    places = {problem.code: str(problem.place) for problem in site.problems(values=values)}
    assert places == {"MS0104": "Pulumi.dev.yaml:3:5", "MS0304": "Pulumi.dev.yaml:5:21"}
    entry["canary_percent"] = 5
    (problem,) = site.problems(values=values)
    assert str(problem.place) == "Pulumi.dev.yaml:5:21"


def test_a_file_is_parsed_once_and_left_as_it_was_read(site: Project) -> None:
    """A second reading of the same bytes is the first one's, so nobody may write into it."""
    site.environment(
        tags={"cost-centre": "ml"},
        defaults={"max_replicas": 3},
        models={"fraud": {"min_replicas": 2, "tags": {"tier": "one"}}},
    )
    site.model("fraud", changed(SAGEMAKER, tags={"team": "risk"}, max_replicas=None))
    path = site.root / "stacks/models/fraud.yaml"
    first = yaml_source.read(path, "stacks/models/fraud.yaml")
    written = json.dumps(first.data)
    settings = [load(site.root, "dev") for _ in range(2)]
    assert _fraud(settings[0]) == _fraud(settings[1])
    assert yaml_source.read(path, "stacks/models/fraud.yaml") is first
    assert json.dumps(first.data) == written
