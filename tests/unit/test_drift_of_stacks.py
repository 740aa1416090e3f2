"""`serving drift`: what is told of the steps of a refresh, in each form."""

import json
from typing import Any

import pytest

from delivery import drift as module
from delivery.drift import drifted
from delivery.exits import Exit
from delivery.failure import Failure

STACK = "urn:pulumi:dev::x::pulumi:pulumi:Stack::x-dev"
FRAUD = "urn:pulumi:dev::x::model-serving:index:SageMakerEndpoint::fraud"
BELOW = FRAUD.rpartition("::")[0] + "$aws:sagemaker/endpoint:Endpoint::fraud-endpoint"
ALARM = FRAUD.rpartition("::")[0] + "$aws:cloudwatch/metricAlarm:MetricAlarm::fraud-errors"
POOL = "urn:pulumi:dev::x::aws:eks/nodeGroup:NodeGroup::pool"
CANARY = "s3cret-value"


def step(op: str, urn: str, parent: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    state = {"urn": urn, "parent": parent, "inputs": {"password": CANARY}}
    return {"op": op, "urn": urn, "oldState": state, **more}


STEPS = [
    step("refresh", STACK, ""),
    step("refresh", FRAUD, STACK),
    step("update", POOL, STACK, diffReasons=["scaling"]),
    step(
        "update",
        BELOW,
        FRAUD,
        detailedDiff={"tags.owner": {"kind": "update"}, "tags.a": {"kind": "add"}},
        diffReasons=["tags"],
    ),
    step("delete", ALARM, FRAUD),
]


def told(
    steps: list[dict[str, Any]],
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str]:
    def read(*_asked: object) -> object:
        return {"steps": steps}

    def model_names(_folder: object) -> list[str]:
        return ["fraud"]

    monkeypatch.setattr(module.engine, "read", read)
    monkeypatch.setattr(module, "model_names", model_names)
    code = module.drift("dev", form=form)
    return code, capsys.readouterr().out


def test_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(STEPS, "text", monkeypatch, capsys)
    assert code == Exit.CHANGES
    assert out.splitlines()[:-1] == [
        "dev: 3 resources are not as the last update left it",
        "  fraud",
        "    - MetricAlarm fraud-errors: gone",
        "    ~ Endpoint fraud-endpoint: changed: tags.a, tags.owner",
        "  (platform)",
        "    ~ NodeGroup pool: changed: scaling",
    ]
    assert "serving up --env dev -- --refresh" in out


def test_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for form, said in [("text", "dev: everything"), ("markdown", "`dev`: everything")]:
        code, out = told(STEPS[:2], form, monkeypatch, capsys)
        assert code == Exit.OK
        assert out.startswith(said)


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told(STEPS, "json", monkeypatch, capsys)
    found = json.loads(out)
    assert found["resources"][0] == {
        "model": "fraud",
        "urn": ALARM,
        "what": "gone",
        "paths": [],
    }
    assert found["resources"][2]["model"] is None


@pytest.mark.parametrize("form", module.FORMATS)
def test_no_value_is_told(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out = told(STEPS, form, monkeypatch, capsys)
    assert CANARY not in out


def test_text_of_a_cloud_stays_in_its_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key of a tag is anybody's who may change the resource."""
    diff = {"tags.`|<img src=x>\n# x": {"kind": "add"}}
    _, out = told(
        [step("update", BELOW, FRAUD, detailedDiff=diff)], "markdown", monkeypatch, capsys
    )
    (row,) = [line for line in out.splitlines() if "img" in line]
    assert row.endswith("| changed: `tags.'\\|<img src=x> # x` |")


def test_a_change_of_which_nothing_is_said() -> None:
    (found,) = drifted([step("update", BELOW, FRAUD)], ["fraud"])
    assert found.paths == ("(all)",)


PRICES = "urn:pulumi:dev::x::model-serving:index:AzureMlEndpoint$"
LIVE = f"{PRICES}serving:index:AzureMlLiveValues::prices-live"
ML = "azure-native:machinelearningservices"
OF_OTHERS = [
    ("OnlineEndpoint", "properties.traffic"),
    ("OnlineEndpoint", 'properties.traffic["v1"]'),
    ("OnlineEndpoint", "properties.mirrorTraffic.v2"),
    ("OnlineDeployment", "sku.capacity"),
    ("BatchEndpoint", "properties.defaults"),
    ("BatchEndpoint", "properties.defaults.deploymentName"),
]


def azure_ml(kind: str, path: str, *more: str, reads: str = LIVE) -> list[tuple[str, ...]]:
    """What is told of an Azure ML resource that is not as it was, which reads what is live."""
    found = step("update", f"{PRICES}{ML}:{kind}::prices", PRICES)
    found["oldState"]["propertyDependencies"] = {path.partition(".")[0]: [reads], "tags": []}
    found["detailedDiff"] = {each: {"kind": "update"} for each in (path, *more)}
    return [each.paths for each in drifted([found], ["prices"])]


@pytest.mark.parametrize(("kind", "path"), OF_OTHERS)
def test_what_others_set_of_azure_ml_is_no_drift(kind: str, path: str) -> None:
    assert azure_ml(kind, path) == []
    assert azure_ml(kind, path, "properties.authMode") == [("properties.authMode",)]
    # Of one that was written by hand nobody else sets anything.
    assert azure_ml(kind, path, reads=FRAUD) == [(path,)]


@pytest.mark.parametrize(
    ("kind", "path"),
    [("OnlineEndpoint", "sku.capacity"), ("OnlineEndpoint", "properties.trafficMode")],
)
def test_what_nobody_else_sets_of_azure_ml_is_drift(kind: str, path: str) -> None:
    assert azure_ml(kind, path) == [(path,)]


def test_what_only_reads_is_gone_with_what_it_reads() -> None:
    endpoint = f"{PRICES}{ML}:OnlineEndpoint::prices"
    found = drifted([step("delete", urn, PRICES) for urn in (LIVE, endpoint)], ["prices"])
    assert [each.urn for each in found] == [endpoint]
    assert drifted([step("update", LIVE, PRICES, diffReasons=["writes"])], ["prices"]) == []


def test_a_form_that_is_none() -> None:
    with pytest.raises(Failure, match="text, json, markdown"):
        module.drift("dev", form="xml")
