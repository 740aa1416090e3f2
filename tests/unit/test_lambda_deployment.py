"""The Lambda deployment against a CodeDeploy that answers from a store, through boto3."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    GetSchemaRequest,
    PropertyDiffKind,
    ReadRequest,
    UpdateRequest,
)

from provider.aws import lambda_deployment_inputs as inputs_of
from provider.aws.lambda_deployment import LambdaDeployment
from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from provider.waiting import Poll
from sandbox.api import codedeploy
from sandbox.api.lambda_words import ALIAS, FUNCTION
from sandbox.store import Fault, Store
from tests.unit.sandbox_api import answering, put

URN = "urn:pulumi:dev::model-serving::serving:index:LambdaDeployment::iris-deployment"
ASKED: dict[str, object] = {
    "applicationName": "iris",
    "deploymentGroupName": "iris-dev",
    "functionName": "iris-dev",
    "aliasName": "live",
    "targetVersion": "2",
    "timeoutSeconds": 5,
}
LIVE = "arn:aws:lambda:eu-west-1:123456789012:function:iris-dev:live"
QUICK = Poll(first_seconds=0.02, longest_seconds=0.1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A function with versions 1 to 3, its alias at 1, and a deployment group."""
    with answering(tmp_path, monkeypatch) as store:
        put(store, FUNCTION, "iris-dev", live={"versions": ["1", "2", "3"]})
        alias = {"name": "live", "functionName": "iris-dev", "functionVersion": "1"}
        put(store, ALIAS, LIVE, inputs=alias)
        put(store, codedeploy.APPLICATION, "iris")
        put(store, codedeploy.GROUP, "iris-dev", inputs={"appName": "iris"})
        yield store


def at(store: Store) -> tuple[str, dict[str, float]]:
    """The alias's version, and what it gives to others."""
    row = store.get("aws", ALIAS, LIVE)
    assert row is not None
    routing: dict[str, Any] = row.inputs.get("routingConfig") or {}
    return row.inputs["functionVersion"], routing.get("additionalVersionWeights", {})


def move(store: Store, **inputs: object) -> None:
    """Change the alias, as another tool would."""
    store.update("aws", ALIAS, LIVE, lambda row: row.replace(inputs={**row.inputs, **inputs}))


def calls(store: Store) -> list[str]:
    found = [*store.events(operation="codedeploy:*"), *store.events(operation="lambda:*")]
    return [event.operation.partition(":")[2] for event in found]


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shift ends when `ends` says so."""
    monkeypatch.setattr(codedeploy, "SHIFT_SECONDS", 3600)


def ends(store: Store) -> None:
    for row in store.list("aws", codedeploy.DEPLOYMENT):
        store.update(
            "aws",
            codedeploy.DEPLOYMENT,
            row.id,
            lambda now: now.replace(live={**now.live, "seconds": 0}),
        )


def begun(store: Store, monkeypatch: pytest.MonkeyPatch, target: str = "2") -> str:
    """What an earlier run left behind: a deployment that goes on."""
    slow(monkeypatch)
    with pytest.raises(ProviderError, match="was not at version"):
        apply(targetVersion=target, timeoutSeconds=0.2)
    (row,) = store.list("aws", codedeploy.DEPLOYMENT)
    return row.id


def apply(provider: ServingProvider | None = None, **more: object) -> dict[str, Any]:
    provider = provider or ServingProvider(poll=QUICK)
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), 0, preview=False)
    response = asyncio.run(provider.create(request))
    assert response.resource_id == "iris-dev:live"
    return plain_map(response.properties)


def fails(**more: object) -> str:
    with pytest.raises(ProviderError) as caught:
        apply(None, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read(
    resource_id: str = "iris-dev:live", **inputs: object
) -> tuple[dict[str, object], dict[str, object]]:
    request = ReadRequest(URN, resource_id, {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    return plain_map(response.inputs), plain_map(response.properties)


# ---- create and update ----


def test_an_alias_is_moved_and_verified(store: Store) -> None:
    outputs = apply()
    assert at(store) == ("2", {})
    assert outputs["liveWeights"] == {"2": 100}
    (deployment,) = store.list("aws", codedeploy.DEPLOYMENT)
    assert outputs["deploymentId"] == deployment.id
    said = json.loads(deployment.live["revision"]["appSpecContent"]["content"])
    assert said == {
        "version": 0.0,
        "Resources": [
            {
                "iris-dev": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "Name": "iris-dev",
                        "Alias": "live",
                        "CurrentVersion": "1",
                        "TargetVersion": "2",
                    },
                }
            }
        ],
    }


def test_an_update_goes_on_from_the_live_version(store: Store) -> None:
    apply()
    news = wrap_map({**ASKED, "targetVersion": "3"})
    request = UpdateRequest(URN, "iris-dev:live", {}, news, 0, [], preview=False)
    asyncio.run(ServingProvider(poll=QUICK).update(request))
    assert at(store) == ("3", {})


def test_an_alias_that_is_there_needs_one_call(store: Store) -> None:
    outputs = apply(targetVersion="1")
    assert outputs["deploymentId"] == ""
    assert calls(store) == ["GetAlias"]


def test_a_running_deployment_is_gone_on_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash or a time-out the next run waits for the same deployment."""
    deployment = begun(store, monkeypatch)
    assert at(store) == ("1", {"2": 0.1})
    lines: list[str] = []

    async def log(urn: str, message: str) -> None:
        assert urn == URN
        lines.append(message)
        if len(lines) == 3:
            await asyncio.to_thread(ends, store)

    assert apply(ServingProvider(log, poll=QUICK))["deploymentId"] == deployment
    assert lines[0] == f"going on with deployment {deployment}"
    assert f"{deployment} is InProgress, version 1 90 %, version 2 10 %; 0 s of" in lines[1]
    assert len(store.list("aws", codedeploy.DEPLOYMENT)) == 1
    assert at(store) == ("2", {})


def test_a_deployment_of_another_version_is_not_touched(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = begun(store, monkeypatch)
    message = fails(targetVersion="3")
    for part in (
        f"deployment {deployment} to version 2 is InProgress in group iris-dev; asked: version 3",
        "is at version 1 90 %, version 2 10 %",
        f"aws deploy stop-deployment --deployment-id {deployment}",
    ):
        assert part in message


def test_a_lost_answer_begins_no_second_deployment(store: Store) -> None:
    """The client asks again; the group is busy with what the first call began."""
    store.add_fault(
        Fault(
            ALIAS,
            "CreateDeployment",
            "fail",
            message="DeploymentLimitExceededException: The group already has an active Deployment",
        )
    )
    assert apply()["liveWeights"] == {"2": 100}
    assert calls(store).count("CreateDeployment") == 2
    assert len(store.list("aws", codedeploy.DEPLOYMENT)) == 1


def test_a_failed_deployment_fails_with_reason_live_version_and_way_out(store: Store) -> None:
    store.add_fault(Fault(ALIAS, "CreateDeployment", "silent_rollback"))
    message = fails()
    for part in (
        "of iris-dev:live to version 2 is Failed: ALARM_ACTIVE One or more alarms",
        "Live now: version 1. Fix the model and run `up`",
        "run `up` again to try version 2 once more",
        "serving rollback",
    ):
        assert part in message
    assert at(store) == ("1", {})
    assert apply()["liveWeights"] == {"2": 100}


def test_an_alias_that_did_not_move_fails_whatever_codedeploy_says(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = LambdaDeployment.deployment

    async def deployment(self: LambdaDeployment, deployment_id: str) -> Any:  # noqa: ANN401
        found = await original(self, deployment_id)
        if found.status == "Succeeded":  # and then somebody takes the alias back
            await asyncio.to_thread(move, store, functionVersion="1")
        return found

    monkeypatch.setattr(LambdaDeployment, "deployment", deployment)
    assert "iris-dev:live is at version 1; asked: version 2. Deployment d-" in fails()


def test_weights_of_somebody_else_are_named(store: Store) -> None:
    move(store, functionVersion="2", routingConfig={"additionalVersionWeights": {"3": 0.25}})
    message = fails()
    assert "is at version 2 75 %, version 3 25 %, and no deployment" in message
    assert "aws lambda update-alias --function-name iris-dev --name live" in message


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"applicationName": "other"}, "ApplicationDoesNotExistException"),
        ({"deploymentGroupName": "other"}, "DeploymentGroupDoesNotExistException"),
        ({"targetVersion": "9"}, "InvalidRevisionException: iris-dev has no version 9"),
        ({"aliasName": "other"}, "there is no alias iris-dev:other in this account"),
    ],
)
def test_what_is_missing_is_named(store: Store, changes: dict[str, object], part: str) -> None:
    assert part in fails(**changes)
    assert at(store) == ("1", {})


def test_the_deadline_says_that_codedeploy_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch)
    message = fails(timeoutSeconds=1)
    assert "was not at version 2 after 1 s: deployment d-" in message
    assert "CodeDeploy goes on by itself: run `up` again to continue, or stop it" in message
    assert at(store) == ("1", {"2": 0.1})


def test_cancel_ends_the_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    provider = ServingProvider(poll=QUICK)
    asyncio.run(provider.cancel())
    with pytest.raises(ProviderError, match="cancelled while waiting: deployment d-"):
        apply(provider)
    assert len(store.list("aws", codedeploy.DEPLOYMENT)) == 1


def test_previews_make_no_calls(store: Store) -> None:
    provider = ServingProvider()
    asked = wrap_map({**ASKED, "targetVersion": UNKNOWN})
    created = asyncio.run(provider.create(CreateRequest(URN, asked, 0, preview=True)))
    assert created.resource_id is None
    request = UpdateRequest(URN, "iris-dev:live", {}, asked, 0, [], preview=True)
    updated = asyncio.run(provider.update(request))
    for response in (created, updated):
        outputs = plain_map(response.properties)
        for key in ("targetVersion", *inputs_of.COMPUTED):
            assert outputs[key] is UNKNOWN
    asyncio.run(provider.delete(DeleteRequest(URN, "iris-dev:live", asked, 0)))
    assert calls(store) == []


def test_no_error_shows_a_secret(store: Store) -> None:
    message = "Refused: your key sandbox-secret and iris-dev\nsecond line"
    store.add_fault(Fault(ALIAS, "GetAlias", "fail", count=-1, message=message))
    asked = {**wrap_map(ASKED), "functionName": PropertyValue("iris-dev", is_secret=True)}
    with pytest.raises(ProviderError) as caught:
        asyncio.run(ServingProvider(poll=QUICK).create(CreateRequest(URN, asked, 0, preview=False)))
    text = str(caught.value)
    assert text.count("[secret]") == 2
    assert not {"sandbox-secret", "iris-dev", "second line"} & set(text.split())


# ---- what only AWS answers ----


class Cloud:
    """Lambda and CodeDeploy with a script: what GetDeployment answers, one after the other."""

    def __init__(self, running: list[str], answers: dict[str, list[dict[str, Any]]]) -> None:
        self.running, self.answers, self.at = running, answers, "1"
        self.revision: dict[str, Any] = {}

    def get_alias(self, *, FunctionName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        del FunctionName, Name
        return {"FunctionVersion": self.at}

    def create_deployment(self, **given: Any) -> dict[str, Any]:  # noqa: ANN401
        self.revision = given["revision"]
        return {"deploymentId": "d-new"}

    def get_deployment(self, *, deploymentId: str) -> dict[str, Any]:  # noqa: N803
        answers = self.answers[deploymentId]
        info = answers.pop(0) if len(answers) > 1 else answers[0]
        if info["status"] == "Succeeded" and info.get("creator") != "codeDeployRollback":
            self.at = "2"
        if info["status"] not in {"InProgress", "Created"}:
            self.running = [each for each in self.running if each != deploymentId]
        return {"deploymentInfo": info}

    def list_deployments(self, **given: Any) -> dict[str, Any]:  # noqa: ANN401
        # In pages: the first one of AWS's can be empty.
        if "nextToken" not in given:
            return {"deployments": [], "nextToken": "more"}
        return {"deployments": self.running}

    def apply(self) -> dict[str, Any]:
        async def report(_: str) -> None: ...

        resource = LambdaDeployment(self, self, poll=QUICK)
        return asyncio.run(resource.apply(ASKED, report=report))


def test_a_rollback_in_flight_ends_before_the_next_deployment() -> None:
    back = {"creator": "codeDeployRollback"}
    cloud = Cloud(
        ["d-back"],
        {
            "d-back": [{"status": "InProgress", **back}] * 2 + [{"status": "Succeeded", **back}],
            "d-new": [{"status": "Created"}, {"status": "Succeeded"}],
        },
    )
    assert cloud.apply()["deploymentId"] == "d-new"


def test_a_revision_that_tells_its_digest_alone_is_known() -> None:
    first = Cloud([], {"d-new": [{"status": "Succeeded"}]})
    first.apply()
    sha256 = first.revision["appSpecContent"]["sha256"]
    revision = {"revisionType": "String", "string": {"sha256": sha256}}
    running = {"status": "InProgress", "revision": revision}
    cloud = Cloud(["d-old"], {"d-old": [running, running, {"status": "Succeeded"}]})
    assert cloud.apply()["deploymentId"] == "d-old"


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_the_rollback_is_waited_for_and_told(status: str) -> None:
    error = {"code": "MANUAL_STOP", "message": "Stopped by\nops."}
    rollback = {"rollbackDeploymentId": "d-back", "rollbackMessage": "Rolled back to d-1."}
    cloud = Cloud(
        [],
        {
            "d-new": [{"status": status, "errorInformation": error, "rollbackInfo": rollback}],
            "d-back": [{"status": "InProgress"}, {"status": "Failed"}],
        },
    )
    with pytest.raises(ProviderError) as caught:
        cloud.apply()
    assert (
        f"is {status}: MANUAL_STOP Stopped by ops. Rollback: Rolled back to d-1. Live now: "
        "version 1. Fix"
    ) in str(caught.value)
    assert cloud.answers["d-back"] == [{"status": "Failed"}]


# ---- read ----


def test_read_shows_what_is_live(store: Store) -> None:
    move(store, functionVersion="3", routingConfig={"additionalVersionWeights": {"2": 0.1}})
    inputs, outputs = read("iris-dev:live", **ASKED)
    assert inputs == {**ASKED, "targetVersion": "3"}
    assert outputs == {**inputs, "liveWeights": {"3": 90, "2": 10}, "deploymentId": ""}


def test_import_needs_function_and_alias_alone(store: Store) -> None:
    assert at(store) == ("1", {})
    inputs, _ = read()
    assert inputs == {
        "functionName": "iris-dev",
        "aliasName": "live",
        "targetVersion": "1",
        "timeoutSeconds": 7200,
    }
    with pytest.raises(ProviderError, match="use <function>:<alias>, as in iris:live"):
        read("iris-dev")
    assert read("iris-dev:other") == ({}, {})


# ---- check and diff ----


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("applicationName", None, "got nothing; use 1 to 100"),
        ("deploymentGroupName", "a b", "got 'a b'; use 1 to 100"),
        ("functionName", "arn:aws:lambda:x", "use the function's name"),
        ("functionName", "x" * 65, "1 to 64"),
        ("aliasName", "12", "with a letter among them"),
        ("targetVersion", "$LATEST", "got '$LATEST'; use the number of a published version"),
        ("targetVersion", 2, "got 2"),
        ("timeoutSeconds", 0, "got 0; use a whole number of seconds"),
        ("region", "", "use a region such as"),
        ("targetversion", "2", "did you mean targetVersion?"),
    ],
)
def test_a_wrong_input_is_named(key: str, value: object, reason: str) -> None:
    given = wrap_map({k: v for k, v in {**ASKED, key: value}.items() if v is not None})
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, given, b"")))
    problems = {f.property: f.reason for f in response.failures or []}
    assert list(problems) == [key]
    assert reason in problems[key]


def test_every_problem_is_told_at_once_and_nothing_unknown_is_one() -> None:
    request = CheckRequest(URN, {}, wrap_map({"x": 1, "targetVersion": UNKNOWN}), b"")
    response = asyncio.run(ServingProvider().check(request))
    found = {f.property for f in response.failures or []}
    assert found == {"x", *inputs_of.SCHEMA["requiredInputs"]} - {"targetVersion"}


@pytest.mark.parametrize(
    ("changes", "weights", "expected"),
    [
        ({}, {"2": 100}, {}),
        ({"targetVersion": "3"}, {"2": 100}, {"targetVersion": PropertyDiffKind.UPDATE}),
        ({"targetVersion": UNKNOWN}, {"2": 100}, {"targetVersion": PropertyDiffKind.UPDATE}),
        ({}, {"2": 90, "3": 10}, {"liveWeights": PropertyDiffKind.UPDATE}),
        ({"functionName": "x"}, {"2": 100}, {"functionName": PropertyDiffKind.UPDATE_REPLACE}),
        ({"aliasName": "x"}, {"2": 100}, {"aliasName": PropertyDiffKind.UPDATE_REPLACE}),
        ({"applicationName": "x", "timeoutSeconds": 9}, {"2": 100}, {}),
    ],
)
def test_what_is_a_difference(
    changes: dict[str, object], weights: dict[str, int], expected: dict[str, PropertyDiffKind]
) -> None:
    old = wrap_map({**ASKED, "liveWeights": weights, "deploymentId": "d-1"})
    request = DiffRequest(URN, "iris-dev:live", old, wrap_map({**ASKED, **changes}), [])
    response = asyncio.run(ServingProvider().diff(request))
    assert {path: d.kind for path, d in response.detailed_diff.items()} == expected
    assert response.changes == bool(expected)


def test_the_schema_describes_every_property() -> None:
    response = asyncio.run(ServingProvider().get_schema(GetSchemaRequest(0)))
    resource = json.loads(response.schema or "")["resources"][inputs_of.TYPE]
    assert set(resource["requiredInputs"]) <= set(resource["inputProperties"])
    assert set(resource["required"]) <= set(resource["properties"])
    assert set(inputs_of.COMPUTED) == set(resource["properties"]) - set(resource["inputProperties"])
    assert all(p["description"] for p in resource["properties"].values())
