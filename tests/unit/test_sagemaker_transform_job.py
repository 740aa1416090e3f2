"""`serving:index:SageMakerTransformJob` against a SageMaker that answers from a store, by boto3."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    ReadRequest,
    UpdateRequest,
)

from facts import sagemaker_batch
from provider.aws import sagemaker_transform_job_inputs as inputs_of
from provider.errors import HalfMadeError, ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, secret_keys, wrap_map
from sandbox import eventual
from sandbox.store import Fault, Row, Store
from tests.unit.sagemaker_live_endpoint import QUICK, store
from tests.unit.sandbox_api import ACCOUNT, REGION, Client, clients

__all__ = ["store"]

URN = "urn:pulumi:dev::model-serving::serving:index:SageMakerTransformJob::scores-job"
JOB = "aws:sagemaker/transformJob:TransformJob"
ASKED: dict[str, object] = {
    "namePrefix": "scores-dev",
    "modelName": "scores-model",
    "inputUri": "s3://data/customers/",
    "outputUri": "s3://data/scores/",
    "instanceType": "ml.m5.xlarge",
    "instanceCount": 1,
    "waitForCompletion": True,
    "timeoutSeconds": 5,
}
NAME = inputs_of.identity(ASKED)


@pytest.fixture(autouse=True)
def model(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model that is asked for; jobs end at once."""
    monkeypatch.setenv(eventual.VARIABLE, "0")
    store.put(
        Row(
            provider="aws",
            token="aws:sagemaker/model:Model",
            id="scores-model",
            name="scores-model",
            account=ACCOUNT,
            region=REGION,
        )
    )


@pytest.fixture
def client(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    with clients(store.path, monkeypatch) as make:
        yield make


def create(**more: object) -> tuple[str, dict[str, Any]]:
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), 0, preview=False)
    made = asyncio.run(ServingProvider(poll=QUICK).create(request))
    assert made.resource_id is not None
    return made.resource_id, plain_map(made.properties)


def update(before: dict[str, object] | None = None, **more: object) -> dict[str, Any]:
    asked = wrap_map({**ASKED, **more})
    request = UpdateRequest(URN, NAME, wrap_map(before or ASKED), asked, 0, [], preview=False)
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).update(request)).properties)


def delete() -> None:
    request = DeleteRequest(URN, NAME, wrap_map(ASKED), 0)
    asyncio.run(ServingProvider(poll=QUICK).delete(request))


def read(
    name: str = NAME, inputs: dict[str, object] | None = None
) -> tuple[dict[str, object], dict[str, object]]:
    request = ReadRequest(URN, name, {}, wrap_map(inputs or {}))
    found = asyncio.run(ServingProvider(poll=QUICK).read(request))
    return plain_map(found.inputs), plain_map(found.properties)


def check(**changes: object) -> dict[str, str]:
    """Problems by property path, of the asked inputs with changes (None takes a key away)."""
    merged = {k: v for k, v in {**ASKED, **changes}.items() if v is not None}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(merged), b"")))
    return {f.property: f.reason for f in response.failures or []}


def diff(old: dict[str, object], new: dict[str, object]) -> tuple[list[str], list[str]]:
    """What differs, and what makes another run."""
    request = DiffRequest(URN, NAME, wrap_map(old), wrap_map(new), [])
    found = asyncio.run(ServingProvider().diff(request))
    return sorted(found.diffs or []), sorted(found.replaces or [])


def begun(store: Store) -> list[str]:
    events = store.events(operation="sagemaker:CreateTransformJob")
    return [each.id for each in events if each.outcome == "ok"]


def test_a_run_is_begun_and_waited_for(store: Store) -> None:
    made, outputs = create()
    assert made == NAME == outputs["jobName"]
    assert outputs["status"] == "Completed"
    assert outputs["jobArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/{NAME}"
    assert begun(store) == [NAME]


def test_an_update_that_was_killed_finds_its_run_again(store: Store) -> None:
    create()
    _, outputs = create()
    assert outputs["jobName"] == NAME
    assert begun(store) == [NAME]


def test_a_run_that_failed_says_why_and_is_begun_again(store: Store) -> None:
    store.add_fault(Fault(JOB, "CreateTransformJob", "silent_rollback", count=2))
    with pytest.raises(HalfMadeError, match="FailureReason: AlgorithmError") as caught:
        create()
    # It stays in state, so that the next update goes on with it.
    assert caught.value.resource_id == NAME
    kept = plain_map(caught.value.properties)
    assert (kept["status"], kept["jobName"]) == ("Failed", NAME)
    assert "/aws/sagemaker/TransformJobs" in str(caught.value)
    with pytest.raises(HalfMadeError):
        update(kept)
    assert update(kept)["jobName"] == f"{NAME}-3"
    assert begun(store) == [NAME, f"{NAME}-2", f"{NAME}-3"]
    assert read(inputs=ASKED)[1]["jobName"] == f"{NAME}-3"


def test_what_nobody_waits_for_is_left_as_it_is(store: Store) -> None:
    store.add_fault(Fault(JOB, "CreateTransformJob", "silent_rollback"))
    _, outputs = create(waitForCompletion=False)
    # Read a moment after it was begun: the sandbox's time is up at once.
    assert outputs["status"] == "Failed"
    assert update(waitForCompletion=False)["jobName"] == NAME
    assert update(waitForCompletion=True)["jobName"] == f"{NAME}-2"
    assert begun(store) == [NAME, f"{NAME}-2"]


def test_a_run_that_takes_too_long_is_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0.005")
    with pytest.raises(HalfMadeError, match=r"after 0\.3 s and was stopped: it is Stopped"):
        create(timeoutSeconds=0.3)
    assert len(store.events(operation="sagemaker:StopTransformJob")) == 1


def test_a_cancelled_wait_is_taken_up_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0.002")

    async def cancelled() -> None:
        provider = ServingProvider(poll=QUICK)
        asked = CreateRequest(URN, wrap_map(ASKED), 0, preview=False)
        waiting = asyncio.create_task(provider.create(asked))
        for _ in range(1000):
            if begun(store):
                break
            await asyncio.sleep(0.02)
        await provider.cancel()
        await waiting

    with pytest.raises(HalfMadeError, match="Run `up` again to wait for the same job") as caught:
        asyncio.run(cancelled())
    kept = plain_map(caught.value.properties)
    assert kept["status"] == "InProgress"
    assert update(kept)["status"] == "Completed"
    assert begun(store) == [NAME]


def test_a_role_that_is_new_is_waited_for(store: Store) -> None:
    refusal = "ValidationException: No S3 objects found; the role needs s3:ListBucket permissions"
    store.add_fault(Fault(JOB, "CreateTransformJob", "fail", count=3, message=refusal))
    assert create()[1]["status"] == "Completed"
    assert begun(store) == [NAME]
    other = {"inputUri": "s3://data/nobodys/"}
    store.add_fault(Fault(JOB, "CreateTransformJob", "fail", count=-1, message=refusal))
    with pytest.raises(ProviderError, match="No S3 objects found"):
        create(**other)


def test_deleting_stops_what_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0.005")
    create(waitForCompletion=False)
    delete()
    assert read(inputs=ASKED)[1]["status"] == "Stopped"
    assert [each.id for each in store.events(operation="sagemaker:StopTransformJob")] == [NAME]


def test_what_was_deleted_and_is_asked_for_anew_runs_anew(store: Store) -> None:
    create()
    delete()
    assert store.events(operation="sagemaker:StopTransformJob") == []
    _, outputs = create()
    assert outputs["jobName"] == f"{NAME}-2"
    # And that one is found again.
    create()
    assert begun(store) == [NAME, f"{NAME}-2"]


def test_deleting_what_is_not_there_is_done(store: Store) -> None:
    delete()
    assert begun(store) == []


def test_another_ones_job_of_the_name_is_not_taken(store: Store) -> None:
    create()

    def other(row: Row) -> Row:
        described = {**row.live["described"], "ModelName": "theirs"}
        return row.replace(live={**row.live, "described": described})

    store.update("aws", JOB, NAME, other, account=ACCOUNT, region=REGION)
    with pytest.raises(ProviderError, match=r"modelName: transform job .* has theirs; asked: sco"):
        create()


def test_tags_change_on_the_job(store: Store) -> None:
    _, before = create(tags={"owner": "a", "cost-centre": "ml"})
    update(before, tags={"owner": "b"})
    assert read(inputs=ASKED)[0]["tags"] == {"owner": "b"}
    assert begun(store) == [NAME]


FULL: dict[str, object] = {
    "instanceCount": 2,
    "contentType": "text/csv",
    "splitType": "Line",
    "compressionType": "Gzip",
    "accept": "application/json",
    "assembleWith": "Line",
    "batchStrategy": "SingleRecord",
    "maxPayloadMib": 10,
    "maxConcurrentTransforms": 10,
    "invocationTimeoutSeconds": 60,
    "invocationRetries": 1,
    "environment": {"MODE": "fast"},
    "outputKeyId": "arn:aws:kms:eu-west-1:123456789012:key/a",
    "captureUri": "s3://data/captured/",
    "captureKeyId": "arn:aws:kms:eu-west-1:123456789012:key/b",
    "volumeKeyId": "arn:aws:kms:eu-west-1:123456789012:key/c",
    "inputFilter": "$[1:]",
    "outputFilter": "$[0,-1]",
    "joinSource": "Input",
    "tags": {"owner": "team"},
    "timeoutSeconds": 3600,
}


@pytest.mark.usefixtures("store")
def test_an_import_has_every_input_and_shows_no_difference() -> None:
    assert {*ASKED, *FULL, "region"} == inputs_of.SCHEMA["inputProperties"].keys()
    name, _ = create(**FULL)
    inputs, outputs = read(name)
    assert diff(outputs, {**ASKED, **FULL}) == ([], [])
    assert inputs["namePrefix"] == "scores-dev"
    assert inputs == {**ASKED, **FULL}
    # What is said and is what SageMaker does anyway is no difference either.
    assert diff(outputs, {**ASKED, **FULL, "timeoutSeconds": 60})[0] == []


@pytest.mark.usefixtures("store")
def test_what_the_environment_holds_is_a_secret_of_an_import_and_as_said_otherwise() -> None:
    asked = wrap_map({**ASKED, **FULL})
    name, _ = create(**FULL)
    for inputs, secret in ((dict[str, Any](), {"environment"}), (asked, set[str]())):
        request = ReadRequest(URN, name, {}, inputs)
        found = asyncio.run(ServingProvider(poll=QUICK).read(request))
        assert secret_keys(found.inputs) == secret
        assert secret_keys(found.properties) == secret


def test_defaults_said_or_not_are_the_same_run() -> None:
    said = {"splitType": "None", "maxPayloadMib": 6.0, "instanceCount": 1.0, "invocationRetries": 3}
    assert inputs_of.identity({**ASKED, **said}) == NAME
    assert diff(ASKED, {**ASKED, **said}) == ([], [])


@pytest.mark.parametrize("key", sorted(FULL.keys() - {"tags", "timeoutSeconds"}))
def test_another_value_is_another_run(key: str) -> None:
    changed = {**ASKED, key: FULL[key]}
    assert diff(ASKED, changed) == ([key], [key])
    assert inputs_of.identity(changed) != NAME


def test_how_it_is_watched_makes_no_other_run() -> None:
    assert diff(ASKED, {**ASKED, "timeoutSeconds": 60}) == ([], [])
    assert diff(ASKED, {**ASKED, "tags": {"a": "b"}}) == (["tags"], [])
    unwatched: dict[str, object] = {**ASKED, "waitForCompletion": False}
    assert diff(ASKED, unwatched) == ([], [])
    assert diff(unwatched, ASKED) == (["waitForCompletion"], [])
    failed: dict[str, object] = {**ASKED, "status": "Failed"}
    assert diff(failed, ASKED) == (["status"], [])
    assert diff(failed, unwatched) == ([], [])


def test_another_ones_job_can_be_imported(client: Client) -> None:
    asked = sagemaker_batch.request(inputs_of.run(ASKED), "nightly", {})
    client("sagemaker").create_transform_job(**asked)
    inputs, outputs = read("nightly")
    assert (inputs["namePrefix"], outputs["status"]) == ("nightly", "Completed")
    found, _ = read("not-there")
    assert found == {}


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("namePrefix", "-x", "use 1 to 51 letters"),
        ("namePrefix", "x" * 52, "use 1 to 51 letters"),
        ("modelName", None, "got nothing; use the name of a model"),
        ("inputUri", "gs://x/y", "use an S3 URI"),
        ("outputUri", "s3://x/" + "y" * 1020, "use an S3 URI"),
        ("instanceType", "ml.m5.xlarges", "such as ml.m5.xlarge (https://docs.aws.amazon.com/"),
        ("instanceType", "ml.p5.48xlarge", "use an instance type of batch transform"),
        ("instanceCount", 101, "use a whole number, 1 to 100 instances (https://docs.aws"),
        ("instanceCount", 0, "1 to 100"),
        ("splitType", "line", "use one of None, Line, RecordIO, TFRecord"),
        ("batchStrategy", "MultiRecord", "use splitType Line, RecordIO or TFRecord"),
        ("maxPayloadMib", 101, "0 to 100 MB"),
        ("maxConcurrentTransforms", 17, "17 of 6 MB each, 102 MB together; use at most 100 MB"),
        ("invocationTimeoutSeconds", 3601, "1 to 3600 seconds"),
        ("invocationRetries", 4, "0 to 3 times"),
        ("environment", {str(n): "" for n in range(17)}, "use at most 16 of them"),
        ("environment", "x", "use a map from text to text"),
        ("waitForCompletion", "yes", "use true or false"),
        ("timeoutSeconds", 0, "whole number of seconds"),
        ("jobName", "x", "is no input"),
    ],
)
def test_bad_inputs(key: str, value: object, reason: str) -> None:
    problems = check(**{key: value})
    assert list(problems) == [key]
    assert reason in problems[key]


@pytest.mark.parametrize(
    "good",
    [
        {"maxConcurrentTransforms": 16},
        {"maxPayloadMib": 100, "maxConcurrentTransforms": 1},
        {"maxPayloadMib": 0, "maxConcurrentTransforms": 100},
        {"batchStrategy": "MultiRecord", "splitType": "Line"},
        {"instanceCount": 100},
        {"namePrefix": "x" * 51},
        {"modelName": UNKNOWN, "environment": {"A": UNKNOWN}},
    ],
)
def test_good_inputs(good: dict[str, object]) -> None:
    assert check(**good) == {}


@given(
    st.fixed_dictionaries(
        {}, optional={key: st.sampled_from([value]) for key, value in FULL.items()}
    )
)
def test_a_description_gives_the_run_back(more: dict[str, object]) -> None:
    run = inputs_of.run({**ASKED, **more})
    request = sagemaker_batch.request(run, "x", {})
    assert sagemaker_batch.run_of(request) == run


# ---- what boto3 is answered ----


def test_boto3_begins_lists_and_stops_jobs(
    store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = client("sagemaker")
    first = sagemaker_batch.request(inputs_of.run({**ASKED, **FULL}), "one", {"a": "b"})
    arn = api.create_transform_job(**first)["TransformJobArn"]
    assert api.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    monkeypatch.setenv(eventual.VARIABLE, "0.01")
    api.create_transform_job(**{**first, "TransformJobName": "two"})
    jobs = api.list_transform_jobs(SortOrder="Ascending")["TransformJobSummaries"]
    assert [(each["TransformJobName"], each["TransformJobStatus"]) for each in jobs] == [
        ("one", "Completed"),
        ("two", "InProgress"),
    ]
    api.stop_transform_job(TransformJobName="two")
    assert api.describe_transform_job(TransformJobName="two")["TransformJobStatus"] == "Stopping"
    store.update("aws", JOB, "two", eventual.released, account=ACCOUNT, region=REGION)
    found = api.list_transform_jobs(StatusEquals="Stopped")["TransformJobSummaries"]
    assert [each["TransformJobName"] for each in found] == ["two"]
    with pytest.raises(ClientError, match="cannot be stopped"):
        api.stop_transform_job(TransformJobName="two")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ModelName": "no"}, 'Could not find model "arn:aws:sagemaker'),
        ({"MaxPayloadInMB": 20, "MaxConcurrentTransforms": 6}, "must not exceed 100"),
        ({"BatchStrategy": "MultiRecord"}, "needs a SplitType"),
        ({"BatchStrategy": "Many"}, "Member must satisfy enum value set: [MultiRecord"),
        (
            {"TransformResources": {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1}},
            "at 'transformResources.instanceType' failed to satisfy constraint",
        ),
        (
            {"ModelClientConfig": {"InvocationsMaxRetries": 4}},
            "less than or equal to 3",
        ),
    ],
)
def test_boto3_is_refused_what_sagemaker_refuses(
    client: Client, change: dict[str, Any], said: str
) -> None:
    asked = sagemaker_batch.request(inputs_of.run(ASKED), "one", {})
    with pytest.raises(ClientError) as caught:
        client("sagemaker").create_transform_job(**{**asked, **change})
    assert said in str(caught.value)


def test_a_name_is_taken_once(client: Client) -> None:
    asked = sagemaker_batch.request(inputs_of.run(ASKED), "one", {})
    client("sagemaker").create_transform_job(**asked)
    with pytest.raises(ClientError, match=r"ResourceInUse.*Job name must be unique"):
        client("sagemaker").create_transform_job(**asked)
    with pytest.raises(ClientError, match=r"Could not find transform job .*two"):
        client("sagemaker").describe_transform_job(TransformJobName="two")
