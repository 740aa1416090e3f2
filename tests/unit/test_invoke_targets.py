"""`serving invoke`: how each target is called, or why it is not."""

import base64
import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from delivery.invoking.targets import CALLS, REFUSALS
from sandbox.serving.keys import ACCESS_KEY_ID
from sandbox.serving.signatures import signer
from sandbox.store import Store
from stacks.targets import TARGETS
from tests.unit.invoking import BODY, SAGEMAKER, URLS, Endpoint, Invoke, answering, command


@pytest.fixture
def endpoint() -> Generator[Endpoint]:
    with answering() as made:
        yield made


@pytest.fixture
def invoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Invoke:
    return command(tmp_path, monkeypatch, capfd)


# ---- targets ----


def test_every_target_is_called_or_refused() -> None:
    assert set(TARGETS) <= CALLS.keys() | REFUSALS.keys()
    assert not CALLS.keys() & REFUSALS.keys()


@pytest.mark.parametrize("target", sorted(REFUSALS))
def test_what_takes_no_requests_says_what_does(invoke: Invoke, target: str) -> None:
    invoke.state(target)
    answer = invoke()
    assert (answer.code, answer.out) == (2, "")
    assert f"iris ({target}) takes no requests: " in answer.err
    assert "\n  fix: " in answer.err
    assert "{" not in answer.err


@pytest.mark.parametrize(
    ("target", "option"),
    [("lambda", "--path"), ("cloud_run", "--path"), ("kserve", "--target-model")],
)
def test_an_option_of_other_targets_is_not_passed_over(
    invoke: Invoke, endpoint: Endpoint, target: str, option: str
) -> None:
    invoke.state(target)
    answer = invoke("--via", endpoint.url, "--token", "t", option, "x")
    assert (answer.code, answer.out, endpoint.asked) == (2, "", [])
    assert f"iris ({target}) takes no {option}" in answer.err


def test_an_http_api_is_asked_with_a_signature_for_its_own_host(
    invoke: Invoke, endpoint: Endpoint, tmp_path: Path
) -> None:
    assert invoke("--via", endpoint.url).code == 0
    asked = endpoint.last
    assert asked.headers["host"] == "abc.execute-api.eu-west-1.amazonaws.com"
    assert asked.path == "/predict"
    with closing(Store(tmp_path / "store.sqlite")) as store:
        assert signer(store, asked, "execute-api", "eu-west-1") == ACCESS_KEY_ID


def test_the_region_of_a_domain_is_that_of_the_right_to_call_it(
    invoke: Invoke, endpoint: Endpoint
) -> None:
    policy = '{"Resource": ["arn:aws:execute-api:eu-south-2:123456789012:abc/*/POST/predict"]}'
    url = "https://iris.example.com/predict"
    invoke.state(outputs={"url": url, "invoke_policy": policy})
    assert invoke("--via", endpoint.url).code == 0
    assert "/eu-south-2/execute-api/" in endpoint.last.headers["authorization"]
    assert endpoint.last.headers["host"] == "iris.example.com"


def test_without_credentials_nothing_is_sent(invoke: Invoke, endpoint: Endpoint) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        invoke.monkeypatch.delenv(name)
    invoke.monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    invoke.monkeypatch.setenv("HOME", str(invoke.site.root))
    answer = invoke("--via", endpoint.url)
    assert answer.code == 3
    assert "there are no AWS credentials\n  fix: log in" in answer.err
    assert endpoint.asked == []


def test_callers_with_a_token(invoke: Invoke, endpoint: Endpoint) -> None:
    route = {"type": "aws:apigatewayv2/route:Route", "inputs": {"authorizationType": "JWT"}}
    invoke.state("lambda", route)
    answer = invoke("--via", endpoint.url)
    assert answer.code == 3
    assert "--token, or in MODEL_SERVING_TOKEN" in answer.err
    assert invoke("--via", endpoint.url, "--token", "abc").code == 0
    assert endpoint.last.headers["authorization"] == "Bearer abc"
    invoke.monkeypatch.setenv("MODEL_SERVING_TOKEN", "def")
    assert invoke("--via", endpoint.url).code == 0
    assert endpoint.last.headers["authorization"] == "Bearer def"


def test_the_candidate_of_a_function_is_invoked_by_its_version(
    invoke: Invoke, endpoint: Endpoint
) -> None:
    part = {"type": "aws:lambda/function:Function", "outputs": {"version": "7"}}
    invoke.state("lambda", part, candidate_version="1.1.0")
    invoke.monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    endpoint.headers = {"X-Amz-Executed-Version": "7"}
    endpoint.body = json.dumps(
        {"statusCode": 200, "body": json.dumps({"model_version": "1.1.0"})}
    ).encode()
    answer = invoke("--candidate")
    assert answer.code == 0, answer.err
    assert endpoint.last.path == "/2015-03-31/functions/iris-dev/invocations?Qualifier=7"
    assert _body_of_event(endpoint) == BODY.encode()
    assert "by version 1.1.0 (version 7)" in answer.err
    endpoint.headers = {"X-Amz-Function-Error": "Unhandled"}
    endpoint.body = b'{"errorType": "X", "errorMessage": "no start"}'
    answer = invoke("--candidate")
    assert answer.code == 4
    assert "answered 502" in answer.err
    assert "no start" in answer.err


def test_bytes_that_are_no_text_reach_the_candidate_as_they_are(
    invoke: Invoke, endpoint: Endpoint, tmp_path: Path
) -> None:
    file = tmp_path / "rows.bin"
    file.write_bytes(b"\xff\x00\xe9")
    part = {"type": "aws:lambda/function:Function", "outputs": {"version": "7"}}
    invoke.state("lambda", part, candidate_version="1.1.0")
    invoke.monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    given = ("--candidate", "--content-type", "application/octet-stream")
    assert invoke(*given, data=f"@{file}").code == 0
    assert _body_of_event(endpoint) == b"\xff\x00\xe9"


def _body_of_event(endpoint: Endpoint) -> bytes:
    event = json.loads(endpoint.last.body)
    return base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()


def test_sagemaker_says_the_variant(invoke: Invoke, endpoint: Endpoint) -> None:
    invoke.monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    region = {"url": SAGEMAKER}
    invoke.state("sagemaker", outputs=region, candidate_version="1.1.0")
    endpoint.headers = {"x-Amzn-Invoked-Production-Variant": "stable"}
    answer = invoke("--json")
    said = json.loads(answer.out)
    assert (said["version"], said["variant"]) == ("1.0.0", "stable")
    assert endpoint.last.path == "/endpoints/iris-dev/invocations"
    endpoint.headers = {"x-Amzn-Invoked-Production-Variant": "candidate"}
    said = json.loads(invoke("--candidate", "--json").out)
    assert (said["version"], said["variant"]) == ("1.1.0", "candidate")
    assert endpoint.last.headers["x-amzn-sagemaker-target-variant"] == "candidate"
    invoke.state("sagemaker_component", outputs={**region, "component_name": "iris-c"})
    assert invoke().code == 0
    assert endpoint.last.headers["x-amzn-sagemaker-inference-component"] == "iris-c"
    many = {"primaryContainer": {"mode": "MultiModel"}}
    invoke.state("sagemaker", {"type": "aws:sagemaker/model:Model", "inputs": many}, outputs=region)
    answer = invoke()
    assert answer.code == 2
    assert "--target-model" in answer.err
    assert invoke("--target-model", "a.tar.gz").code == 0
    assert endpoint.last.headers["x-amzn-sagemaker-target-model"] == "a.tar.gz"


def test_sagemaker_passes_the_models_own_refusal_on(invoke: Invoke, endpoint: Endpoint) -> None:
    invoke.monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    region = {"url": SAGEMAKER}
    invoke.state("sagemaker", outputs=region)
    endpoint.status, endpoint.headers = 424, {"x-amzn-ErrorType": "ModelError"}
    endpoint.body = json.dumps(
        {"Message": "from container", "OriginalStatusCode": 400, "OriginalMessage": "bad row"}
    ).encode()
    answer = invoke()
    assert answer.code == 2
    assert "answered 400" in answer.err
    assert "bad row" in answer.err
    endpoint.body = b'{"Message": "timed out while waiting", "OriginalStatusCode": 0}'
    answer = invoke()
    assert answer.code == 4
    assert "answered 424" in answer.err
    endpoint.status, endpoint.headers = 400, {"x-amzn-ErrorType": "ThrottlingException"}
    answer = invoke()
    assert answer.code == 4
    assert "answered 429" in answer.err


def test_awss_own_client_has_its_own_way_to_another_address(
    invoke: Invoke, endpoint: Endpoint
) -> None:
    invoke.state("sagemaker", outputs={"url": SAGEMAKER})
    answer = invoke("--via", endpoint.url)
    assert (answer.code, answer.out, endpoint.asked) == (2, "", [])
    assert f"AWS_ENDPOINT_URL={endpoint.url}" in answer.err


def test_sagemakers_answer_may_break_off(invoke: Invoke, endpoint: Endpoint) -> None:
    invoke.monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    invoke.state("sagemaker", outputs={"url": SAGEMAKER})
    endpoint.headers = {"Content-Length": "1000"}
    answer = invoke()
    assert (answer.code, answer.out) == (1, "")
    assert "AWS: " in answer.err


def test_vertex_names_the_deployed_model(invoke: Invoke, endpoint: Endpoint) -> None:
    part = {
        "type": "serving:index:VertexDeployedModel",
        "outputs": {"deployedModelId": "42", "displayName": "iris-dev 1.1.0"},
    }
    invoke.state("vertex", part, candidate_version="1.1.0")
    endpoint.body = b'{"predictions": [1], "deployedModelId": "42"}'
    said = json.loads(invoke("--via", endpoint.url, "--token", "t", "--json").out)
    assert (said["version"], said["variant"]) == ("1.1.0", "42")
    assert endpoint.last.headers["host"] == "europe-west4-aiplatform.googleapis.com"
    answer = invoke("--candidate")
    assert answer.code == 2
    assert "a caller of Vertex AI cannot choose" in answer.err


def test_azure_ml_names_the_deployment(invoke: Invoke, endpoint: Endpoint) -> None:
    parts = [
        {
            "type": "azure-native:machinelearningservices:OnlineDeployment",
            "inputs": {"deploymentName": name, "tags": {"model-serving:model-version": version}},
        }
        for name, version in (("v1-0-0-aa", "1.0.0"), ("v1-1-0-bb", "1.1.0"))
    ]
    policy = '{"auth_mode": "key"}'
    invoke.state("azure_ml", *parts, outputs={"invoke_policy": policy}, candidate_version="1.1.0")
    answer = invoke("--via", endpoint.url)
    assert answer.code == 3
    assert "az ml online-endpoint get-credentials --name iris-dev" in answer.err
    endpoint.headers = {"azureml-model-deployment": "v1-1-0-bb"}
    answer = invoke("--via", endpoint.url, "--token", "k", "--candidate")
    assert answer.code == 0
    assert endpoint.last.headers["azureml-model-deployment"] == "v1-1-0-bb"
    assert "by version 1.1.0 (v1-1-0-bb)" in answer.err


def test_cloud_run_asks_the_tagged_revision(invoke: Invoke, endpoint: Endpoint) -> None:
    candidate = {"candidate_url": "https://candidate---iris-1.europe-west1.run.app"}
    invoke.state("cloud_run", outputs=candidate, candidate_version="1.1.0")
    assert invoke("--via", endpoint.url, "--token", "t").code == 0
    assert endpoint.last.headers["host"] == "iris-1.europe-west1.run.app"
    assert invoke("--via", endpoint.url, "--token", "t", "--candidate").code == 0
    assert endpoint.last.headers["host"] == "candidate---iris-1.europe-west1.run.app"
    assert endpoint.last.path == "/predict"


def test_a_function_app_takes_tokens_and_names_a_slot_in_the_query(
    invoke: Invoke, endpoint: Endpoint
) -> None:
    url = {"url": "https://iris-dev.azurewebsites.net/predict"}
    invoke.state("azure_functions", outputs=url, candidate_version="1.1.0")
    answer = invoke("--via", endpoint.url)
    assert answer.code == 3
    assert "MODEL_SERVING_TOKEN" in answer.err
    assert invoke("--via", endpoint.url, "--token", "t").code == 0
    assert endpoint.last.path == "/predict"
    assert invoke("--via", endpoint.url, "--token", "t", "--candidate").code == 0
    assert endpoint.last.path == "/predict?x-ms-routing-name=candidate"


@pytest.mark.parametrize(
    "case",
    [
        ("kserve", BODY, "/v1/models/iris:predict"),
        ("kserve", '{"inputs": []}', "/v2/models/iris/infer"),
        ("kserve", '{"messages": []}', "/openai/v1/chat/completions"),
        ("kserve", '{"prompt": ""}', "/openai/v1/completions"),
        ("kubernetes", '{"x": 1}', "/predict", "--path", "predict"),
        ("kubernetes", '{"x": 1}', "/a%20b/%C3%A9?c=%20", "--path", "/a b/é?c=%20"),
        ("seldon", '{"inputs": []}', "/v2/models/iris/infer"),
    ],
)
def test_servers_on_a_cluster(invoke: Invoke, endpoint: Endpoint, case: tuple[str, ...]) -> None:
    target, data, path, *arguments = case
    invoke.state(target, outputs={"openai_url": f"{URLS[target]}/openai/v1"})
    assert invoke("--via", endpoint.url, *arguments, data=data).code == 0
    assert endpoint.last.path == path
    assert endpoint.last.headers["host"] == URLS[target].split("/")[2]
    assert endpoint.last.headers.get("seldon-model") == ("iris" if target == "seldon" else None)


def test_a_path_that_is_not_known_is_asked_for(invoke: Invoke, endpoint: Endpoint) -> None:
    invoke.state("kubernetes")
    answer = invoke("--via", endpoint.url, data='{"x": 1}')
    assert answer.code == 2
    assert "say it by --path" in answer.err


def test_what_is_within_the_cluster_is_reached_by_a_port_forward(invoke: Invoke) -> None:
    provider = {"type": "pulumi:providers:kubernetes", "inputs": {"context": "serving-dev"}}
    invoke.state("kserve_llm", provider)
    answer = invoke(data='{"messages": []}')
    assert answer.code == 1
    assert (
        "kubectl --context serving-dev -n models port-forward service/iris 8080:8000, then run "
        "this again with --via https://127.0.0.1:8080"
    ) in answer.err


def test_a_host_that_is_not_known_says_how_to_reach_the_gateway(invoke: Invoke) -> None:
    invoke.state("kserve", outputs={"url": "http://iris.models.invalid"})
    answer = invoke()
    assert answer.code == 1
    assert "iris.models.invalid is not known from here" in answer.err
    assert "service/istio-ingressgateway 8080:80" in answer.err


@pytest.mark.parametrize("target", ["lambda", "sagemaker", "azure_ml", "cloud_run", "kserve"])
def test_a_candidate_that_is_not_there(invoke: Invoke, target: str) -> None:
    region = {"url": SAGEMAKER}
    invoke.state(target, outputs=region if target == "sagemaker" else {})
    answer = invoke("--candidate", "--token", "t", "--via", "http://127.0.0.1:9")
    assert answer.code == 2
    assert "iris has no candidate in what is deployed" in answer.err
