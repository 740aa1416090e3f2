"""LambdaEndpoint's parts through the real engine: what boto3 reads, and what Lambda was asked."""

import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Fault, Store
from tests.engine.aws_client import aws_clients
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_NAME = "iris-dev"
_ALIAS = "aws:lambda/alias:Alias"
_DOMAIN = "aws:apigatewayv2/domainName:DomainName"
_FUNCTION = "aws:lambda/function:Function"
_URL = "aws:lambda/functionUrl:FunctionUrl"
_BUCKET = "s3://example-models/iris"
_QUEUE = "arn:aws:sqs:eu-west-1:123456789012:failed"
_SETUP = """
queue = pulumi_aws.sqs.Queue("failed", name="failed",
                             opts=pulumi.ResourceOptions(provider=providers[0]))
zone = pulumi_aws.route53.Zone("zone", name="example.com",
                               opts=pulumi.ResourceOptions(provider=providers[0]))
certificate = pulumi_aws.acm.Certificate(
    "certificate", domain_name="iris.example.com", validation_method="DNS",
    opts=pulumi.ResourceOptions(provider=providers[0]))
made_before = {"ZONE": zone.zone_id, "CERTIFICATE": certificate.arn}
asked["args"] = {key: made_before.get(value, value) if isinstance(value, str) else value
                 for key, value in asked["args"].items()}
"""


def _zip(path: Path, content: str, size: int = 0) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("handler.py", content)
        archive.writestr("weights", bytes(size))
    return str(path)


def _project(sandbox: Sandbox, tmp_path: Path, setup: str = "", **more: object) -> ComponentProject:
    arguments: dict[str, Any] = {
        "environment": "dev",
        "owner": "team-botany",
        "model_version": "1.0.0",
        "model_uri": f"{_BUCKET}/1.0.0/model.onnx",
        "code_path": _zip(tmp_path / "code.zip", "version = 1"),
        **more,
    }
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.lambda_.lambda_endpoint",
        "LambdaEndpoint",
        "iris",
        arguments,
        setup,
    )


@contextmanager
def _boto3(sandbox: Sandbox) -> Generator[Any]:
    with aws_clients(sandbox) as aws:
        yield aws("lambda")


def _alias(sandbox: Sandbox) -> dict[str, Any]:
    """Version, weights of others and stable model of the live alias, as boto3 reads them."""
    with _boto3(sandbox) as api:
        found = api.get_alias(FunctionName=_NAME, Name="live")
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return {"at": found["FunctionVersion"], "beside": weights, "stable": found["Description"]}


def _calls(store: Store, after: int) -> list[tuple[str, str]]:
    """What was changed at the vendor since then, by kind of resource and operation."""
    return [
        (event.token.rpartition(":")[2], event.operation)
        for event in store.events(after=after)
        if event.token in {_ALIAS, _FUNCTION} and event.operation in {"create", "update", "delete"}
    ]


def test_a_held_canary_of_pulled_models(sandbox: Sandbox, tmp_path: Path) -> None:
    """0, 10, 50, 100 and back; added, promoted, added again and removed: each by its one call."""
    project = _project(sandbox, tmp_path, pull_model=True)
    project.up()
    candidate: dict[str, Any] = {
        "candidate_version": "1.1.0",
        "candidate_uri": f"{_BUCKET}/1.1.0/model.onnx",
    }
    gone: dict[str, Any] = dict.fromkeys((*candidate, "canary_percent"))

    with sandbox.store() as store:

        def step(expected: list[tuple[str, str]], changes: dict[str, Any]) -> dict[str, Any]:
            after = store.events()[-1].sequence
            project.up(**changes)
            assert _calls(store, after) == expected
            return _alias(sandbox)

        function, alias = ("Function", "update"), ("Alias", "update")
        stable = {"at": "1", "stable": "1.0.0"}
        assert step([function], {**candidate, "canary_percent": 0}) == {**stable, "beside": {}}
        for percent in (10, 50, 100, 10):
            shares = {"2": percent / 100}
            assert step([alias], {"canary_percent": percent}) == {**stable, "beside": shares}
        assert step([alias], {"canary_percent": 0}) == {**stable, "beside": {}}
        step([alias], {"canary_percent": 50})
        with _boto3(sandbox) as api:
            found = api.get_function_configuration(FunctionName=_NAME)["Environment"]["Variables"]
        assert found["MODEL_SERVING_MODEL_URI"] == candidate["candidate_uri"]
        assert found["MODEL_SERVING_MODEL_VERSION"] == "1.1.0"

        # Promoted: the role can read the last stable one until no instance of it answers.
        promoted = project.up(model_version="1.1.0", model_uri=candidate["candidate_uri"], **gone)
        assert promoted.steps == {"iris-alias": ["update"], "iris-reads-v1-0-0": ["delete"]}
        assert promoted.order[-1] == ("delete", "iris-reads-v1-0-0")
        assert _alias(sandbox) == {"at": "2", "beside": {}, "stable": "1.1.0"}

        # Added and taken away again: what comes back is a new version with the stable settings.
        newer = {"candidate_version": "1.2.0", "candidate_uri": f"{_BUCKET}/1.2.0/model.onnx"}
        assert step([function, alias], {**newer, "canary_percent": 10})["beside"] == {"3": 0.1}
        refused = project.up(fails=True, dead_letter_arn=_QUEUE)
        assert "dead_letter_arn changes from None" in refused.output
        removed = step([function, alias], {"dead_letter_arn": None, **gone})
        assert removed == {"at": "4", "beside": {}, "stable": "1.1.0"}
        assert project.up().steps == {}
        assert project.refresh().names("update") == set()


def _read_back(api: Any, function_url: str) -> None:  # noqa: ANN401 - boto3 has no types
    """What boto3 reads is what was asked."""
    url = api.get_function_url_config(FunctionName=_NAME, Qualifier="live")
    assert (url["AuthType"], url["FunctionUrl"]) == ("AWS_IAM", function_url)
    asked = api.get_function_event_invoke_config(FunctionName=_NAME, Qualifier="live")
    assert asked["DestinationConfig"]["OnFailure"] == {"Destination": _QUEUE}
    assert (asked["MaximumRetryAttempts"], asked["MaximumEventAgeInSeconds"]) == (1, 120)
    found = api.get_function_configuration(FunctionName=_NAME)
    assert found["SnapStart"]["ApplyOn"] == "PublishedVersions"
    assert found["VpcConfig"]["SubnetIds"] == ["subnet-0dev00000000000a1"]
    assert found["LoggingConfig"]["ApplicationLogLevel"] == "WARN"
    reserved = api.get_function_concurrency(FunctionName=_NAME)
    assert reserved["ReservedConcurrentExecutions"] == 20
    assert api.get_function_recursion_config(FunctionName=_NAME)["RecursiveLoop"] == "Terminate"
    managed = api.get_runtime_management_config(FunctionName=_NAME)
    assert managed["UpdateRuntimeOn"] == "FunctionUpdate"


def _another_domain_and_none(sandbox: Sandbox, project: ComponentProject) -> None:
    """The API always has an address."""
    # Made at once with the domain, the API would lose its address by chance: a fault may be first.
    needed = project.resource("iris-api")["dependencies"]
    assert any(urn.endswith("::iris-domain") for urn in needed)
    # Another name is there before the last one goes.
    renamed = project.up(domain="flowers.example.com")
    assert renamed.names("update") == set()
    assert renamed.replaced_in_turn("iris-domain")
    own = {key: project.args[key] for key in ("domain", "certificate_arn", "zone_id")}
    none: dict[str, Any] = dict.fromkeys(own)
    back = project.up(**none)
    assert back.names("delete") == {"iris-domain", "iris-mapping", "iris-record"}
    assert back.names("update") == {"iris-api"}
    assert project.outputs()["url"].startswith("https://")
    assert "execute-api" in project.outputs()["url"]
    # A domain that cannot be made leaves the API the address that it has.
    with sandbox.store() as store:
        store.add_fault(Fault(_DOMAIN, "create", "fail", code="BadRequestException", count=1))
    failed = project.up(fails=True, **own)
    assert failed.names("update") == set()
    project.up(**none)


def test_callers_domain_and_cold_starts(sandbox: Sandbox, tmp_path: Path) -> None:
    project = _project(
        sandbox,
        tmp_path,
        _SETUP,
        snap_start=True,
        function_url=True,
        on_failure_arn=_QUEUE,
        retries=1,
        max_age_seconds=120,
        domain="iris.example.com",
        certificate_arn="CERTIFICATE",
        zone_id="ZONE",
        subnet_ids=["subnet-0dev00000000000a1"],
        security_group_ids=["sg-0dev00000000000a0"],
        runtime_updates="function_update",
        log_level="WARN",
        reserved_concurrency=20,
    )
    created = project.up()
    assert {"iris-url", "iris-asynchronous", "iris-domain", "iris-record"} <= created.names(
        "create"
    )
    assert project.up().steps == {}
    outputs = project.outputs()
    assert outputs["url"] == "https://iris.example.com/predict"
    with _boto3(sandbox) as api:
        _read_back(api, outputs["function_url"])

    # Opened by hand: a refresh sees it, and the next update closes it.
    with sandbox.store() as store:
        (row,) = store.list("aws", _URL)
        opened = {**row.inputs, "authorizationType": "NONE"}
        store.update("aws", _URL, row.id, lambda found: found.replace(inputs=opened))
    assert project.refresh().names("update") == {"iris-url"}
    assert project.up().steps == {"iris-url": ["update"]}

    # Each change touches what it is of, and no version is published for it.
    assert project.up(retries=0).steps == {"iris-asynchronous": ["update"]}
    assert project.up(reserved_concurrency=30).steps == {"iris-function": ["update"]}
    assert _alias(sandbox)["at"] == "1"
    assert project.up(function_url=None).names("delete") == {"iris-url"}
    _another_domain_and_none(sandbox, project)
    assert project.up().steps == {}

    # Lambda needs the rights of a network until the function has left it.
    left = project.up(subnet_ids=None, security_group_ids=None)
    assert left.steps["iris-joins-network"] == ["delete"]
    assert left.order.index(("update", "iris-function")) < left.order.index(
        ("delete", "iris-joins-network")
    )
    assert "iris-role-policy" not in left.steps

    # From a snapshot to warm instances in one update, and back.
    warm = project.up(snap_start=None, provisioned_concurrency=2, max_provisioned_concurrency=6)
    assert warm.names("create") == {
        "iris-warm",
        "iris-warm-scaling-target",
        "iris-warm-scaling-policy",
    }
    with _boto3(sandbox) as api:
        key = {"FunctionName": _NAME, "Qualifier": "live"}
        api.put_provisioned_concurrency_config(**key, ProvisionedConcurrentExecutions=5)
        assert project.refresh().names("update") <= {"iris-warm"}
        assert "iris-warm" not in project.up(timeout_seconds=12).names("update")
        kept = api.get_provisioned_concurrency_config(**key)
        assert kept["RequestedProvisionedConcurrentExecutions"] == 5
    cold: dict[str, Any] = dict.fromkeys(("provisioned_concurrency", "max_provisioned_concurrency"))
    snapped = project.up(snap_start=True, **cold)
    assert "iris-warm" in snapped.names("delete")
    assert "iris-ready" in snapped.names("create")
    with _boto3(sandbox) as api:
        found = api.get_function_configuration(FunctionName=_NAME, Qualifier="live")
        assert (found["State"], found["SnapStart"]["OptimizationStatus"]) == ("Active", "On")
        with pytest.raises(api.exceptions.ProvisionedConcurrencyConfigNotFoundException):
            api.get_provisioned_concurrency_config(**key)
    assert project.up().steps == {}
    assert project.refresh().names("update") == set()
    destroyed = project.destroy()
    assert destroyed.names("delete") >= {"iris-function", "iris-alias", "iris-api"}


def test_packages_by_s3_and_steps_of_ones_own(sandbox: Sandbox, tmp_path: Path) -> None:
    """A large package is another object when its content is, and a shift's steps are made."""
    large = 51 * 1024 * 1024
    first = _zip(tmp_path / "large-1.zip", "version = 1", large)
    refused = _project(sandbox, tmp_path, code_path=first)
    assert "package_bucket too: the zip has 51.0 MiB" in refused.preview(fails=True).output

    project = refused
    shift: dict[str, Any] = {"shift": "canary", "shift_size_percent": 25, "shift_wait_seconds": 300}
    created = project.up(package_bucket="example-models", **shift)
    assert {"iris-package", "iris-shift-config"} <= created.names("create")
    # The same content at another place, and at another time, changes nothing.
    same = _zip(tmp_path / "again.zip", "version = 1", large)
    Path(same).write_bytes(Path(first).read_bytes())
    assert project.up(code_path=same).steps == {}

    second = _zip(tmp_path / "large-2.zip", "version = 2", large)
    with sandbox.store() as store:
        store.add_fault(Fault(_FUNCTION, "update", "fail", code="ServiceException", count=1))
    halfway = project.up(fails=True, code_path=second, model_version="2.0.0")
    assert "iris-package" in halfway.names("create-replacement")
    assert _alias(sandbox)["at"] == "1"
    resumed = project.up()
    assert resumed.names("update") >= {"iris-function", "iris-deployment"}
    assert _alias(sandbox) == {"at": "2", "beside": {}, "stable": "1.0.0"}

    # Other steps are another configuration: there before the group leaves the last one.
    other = project.up(shift="linear", shift_size_percent=20, shift_wait_seconds=120)
    assert other.names("replace") == {"iris-shift-config"}
    assert other.replaced_in_turn("iris-shift-config")
    assert other.names("update") >= {"iris-deployment-group"}
    assert project.up().steps == {}
    small = project.up(code_path=_zip(tmp_path / "small.zip", "version = 3"))
    assert "iris-package" in small.names("delete")
    assert _alias(sandbox)["at"] == "3"
    project.destroy()
