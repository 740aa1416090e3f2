"""A model file for Azure Functions: what is wrong with it, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest

from stacks import artifacts
from stacks.settings.azure_functions_checks import azure_functions
from stacks.settings.common import Artifact, Common
from stacks.settings.load import Settings
from stacks.settings.problems import Place, SettingsError
from stacks.targets import check_artifacts
from tests.unit.azure_functions_spaces import make_packages
from tests.unit.settings_project import (
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    Project,
    changed,
    project,
)
from tests.unit.settings_to_component import arguments_taken

_GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
_SUBNETS = f"{_GROUP}/Microsoft.Network/virtualNetworks/models/subnets"
_CANDIDATE = {
    "uri": "https://examplemodels.blob.core.windows.net/models/fraud/1.5.0/model.onnx",
    "version": "1.5.0",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("MODEL_SERVING_CACHE", raising=False)
    made = project(tmp_path)
    made.environment(targets=AZURE_FUNCTIONS_TARGETS)
    make_packages(made)
    return made


def arguments(site: Project, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - settings of any type
    """What the component is given, and takes."""
    site.model("fraud", changed(AZURE_FUNCTIONS, **changes))
    return arguments_taken(site, "fraud")


def of_fraud(loaded: Settings) -> Artifact:
    """Its model."""
    found = loaded.models["fraud"]
    assert isinstance(found, Common)
    return found.model


def test_the_least_file(site: Project) -> None:
    found = arguments(site)
    assert found["resource_group"] == found["storage_resource_group"] == "models"
    assert (found["plan"], found["timeout_seconds"]) == ("flex", 30)
    assert found["public_access"] is False
    assert found["code_path"].endswith("artifacts/without-model/any/azure-functions.zip")
    assert "min_replicas" not in found


def test_the_environments_words_and_the_models_own(site: Project) -> None:
    ours = {
        **AZURE_FUNCTIONS_TARGETS["azure_functions"],
        "resource_group": "apps",
        "public_access": True,
        "flex_subnet_id": f"{_SUBNETS}/flex",
        "premium_subnet_id": f"{_SUBNETS}/premium",
        "endpoint_subnet_id": f"{_SUBNETS}/endpoints",
        "log_retention_days": 90,
    }
    site.environment(targets={**AZURE_FUNCTIONS_TARGETS, "azure_functions": ours})
    found = arguments(site)
    assert (found["resource_group"], found["storage_resource_group"]) == ("apps", "models")
    assert (found["subnet_id"], found["log_retention_days"]) == (f"{_SUBNETS}/flex", 90)
    assert found["public_access"] is True
    premium = arguments(site, plan="premium", public_access=False)
    assert premium["subnet_id"] == f"{_SUBNETS}/premium"
    assert premium["public_access"] is False
    # Each plan has a usual number of its own.
    assert "max_replicas" not in premium
    assert "min_replicas" not in premium


@pytest.mark.parametrize(
    ("cold_start", "said", "ready"),
    [
        ({}, {}, None),
        ({"budget_ms": 500}, {}, 1),
        ({"mode": "provisioned"}, {}, 1),
        ({"mode": "provisioned"}, {"min_replicas": 3}, 3),
        ({}, {"min_replicas": 0}, 0),
    ],
)
def test_a_budget_keeps_an_instance_ready(
    site: Project, cold_start: dict[str, Any], said: dict[str, Any], ready: int | None
) -> None:
    assert arguments(site, cold_start=cold_start, **said).get("min_replicas") == ready


def test_a_candidate_has_a_package_of_its_own_where_models_are_packed(site: Project) -> None:
    found = arguments(site, plan="premium", candidate=_CANDIDATE, canary_percent=10)
    assert found["candidate_version"] == "1.5.0"
    assert found["candidate_code_path"] == found["code_path"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"timeout_seconds": 1, "slo": {"latency_p95_ms": 1000}}, "requests fail before they are"),
        ({"model": {**AZURE_FUNCTIONS["model"], "framework": None}}, "MS0205"),
        ({"environment_variables": {"WEBSITE_RUN_FROM_PACKAGE": "1"}}, "Flex Consumption refuses"),
        ({"environment_variables": {"AzureWebJobsStorage": "a"}}, "set for every app"),
        ({"environment_variables": {"MODEL_SERVING_MAX_ROWS_2": "1"}}, "set for every app"),
        (
            {"environment_variables": {"AzureFunctionsJobHost__functionTimeout": "-1"}},
            "set for every app",
        ),
        ({"environment_variables": {"a b": "c"}}, "no name of a variable"),
        ({"environment_variables": {"AWS_SECRET_ACCESS_KEY": "a"}}, "a key of a cloud"),
        ({"environment_variables": {"DB_PASSWORD": "hunter2"}}, "looks like a secret"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(
    site: Project, changes: dict[str, Any], told: str
) -> None:
    asked = changed(AZURE_FUNCTIONS, **changes)
    asked["model"] = {key: value for key, value in asked["model"].items() if value is not None}
    site.model("fraud", asked)
    (problem,) = site.problems()
    assert told in str(problem)
    assert "hunter2" not in str(problem)
    assert problem.place.line > 0


def test_a_name_that_no_host_can_have(site: Project) -> None:
    site.model("fraud", AZURE_FUNCTIONS)
    settings = site.load().models["fraud"]

    def where(path: object, *, key: bool = False) -> Place:
        del path, key
        return Place("fraud.yaml", 1, 1)

    assert azure_functions("a" * 39, "europe", settings, where, None) == []
    (problem,) = azure_functions("a" * 39, "europe1", settings, where, None)
    assert "2 to 46 characters" in str(problem)


def test_packages_are_there_before_anything_is_registered(site: Project) -> None:
    site.model("fraud", AZURE_FUNCTIONS)
    loaded = site.load()
    check_artifacts(site.root, loaded)
    artifacts.azure_functions_package(site.root, of_fraud(loaded)).unlink()
    with pytest.raises(SettingsError) as caught:
        check_artifacts(site.root, loaded)
    (problem,) = caught.value.problems
    assert "runtime.package --target azure_functions --without-model" in str(problem)

    packed = {**AZURE_FUNCTIONS["model"], "uri": "file:fraud/1.4.0/model.onnx"}
    site.model("fraud", changed(AZURE_FUNCTIONS, model={**packed, "digest": f"sha256:{'1' * 64}"}))
    loaded = site.load()
    path = artifacts.model_path(site.root, of_fraud(loaded))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another model")
    path.with_name("azure-functions.zip").write_bytes(b"")
    with pytest.raises(SettingsError, match="find out which of the two is meant"):
        check_artifacts(site.root, loaded)


def test_an_environment_without_azure_functions_says_what_it_lacks(site: Project) -> None:
    site.environment(targets={"azure": AZURE_FUNCTIONS_TARGETS["azure"]})
    site.model("fraud", AZURE_FUNCTIONS)
    (problem,) = site.problems()
    assert "jwt_issuer: …, jwt_audience: …" in str(problem)


_WORKSPACE = f"{_GROUP}/Microsoft.OperationalInsights/workspaces/shared"
_ZONE = f"{_GROUP}/Microsoft.Network/privateDnsZones/privatelink.azurewebsites.net"
_PRIVATE = {"storage_public_access": False, "endpoint_subnet_id": f"{_SUBNETS}/endpoints"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"log_workspace_id": _WORKSPACE, "log_retention_days": 60}, "keeps its own time"),
        ({"private_zones": {"privatelink.azurewebsites.com": _ZONE}}, "azurewebsites.net"),
        ({**_PRIVATE, "premium_subnet_id": f"{_SUBNETS}/premium"}, "flex_subnet_id"),
        ({"storage_public_access": False}, "apps of that plan are in no network"),
        ({"log_workspace_id": _WORKSPACE}, ""),
        ({"private_zones": {"privatelink.azurewebsites.net": _ZONE}}, ""),
        ({**_PRIVATE, "flex_subnet_id": f"{_SUBNETS}/flex"}, ""),
    ],
)
def test_what_the_environment_says_fits_together(
    site: Project, words: dict[str, Any], told: str
) -> None:
    ours = {**AZURE_FUNCTIONS_TARGETS["azure_functions"], **words}
    site.environment(targets={**AZURE_FUNCTIONS_TARGETS, "azure_functions": ours})
    if not told:
        assert arguments(site)
        return
    site.model("fraud", AZURE_FUNCTIONS)
    (problem,) = site.problems()
    assert told in str(problem)
