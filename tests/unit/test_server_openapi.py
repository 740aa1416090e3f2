"""The server's OpenAPI document, and what schemathesis makes of it against a process."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from runtime.requests import failure
from tests.unit.inference_server import NAME, SETOSA, Local, Running, example, identity, ready

_ALL = cast(Any, list(HealthCheck))
PATHS = {
    "/health/live": "get",
    "/health/ready": "get",
    "/health/startup": "get",
    "/metrics": "get",
    "/predict": "post",
    "/v1/models": "get",
    "/v1/models/{name}": "get",
    "/v1/models/{name}:predict": "post",
    "/v2": "get",
    "/v2/health/live": "get",
    "/v2/health/ready": "get",
    "/v2/models/{name}": "get",
    "/v2/models/{name}/ready": "get",
    "/v2/models/{name}/infer": "post",
    "/v2/models/{name}/versions/{version}": "get",
    "/v2/models/{name}/versions/{version}/ready": "get",
    "/v2/models/{name}/versions/{version}/infer": "post",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with ready(example(tmp_path_factory.mktemp("model"))) as running:
        yield running


@pytest.fixture(scope="module")
def document(server: Running) -> dict[str, Any]:
    return httpx.get(f"{server.url}/openapi.json").json()


def test_it_has_every_path(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    found = {path: next(iter(methods)) for path, methods in document["paths"].items()}
    assert found == PATHS
    operations = [next(iter(methods.values())) for methods in document["paths"].values()]
    assert len({each["operationId"] for each in operations}) == len(PATHS)
    # FastAPI's own, which never happens here.
    assert not [each for each in operations if "422" in each["responses"]]


def test_predictions_tell_of_each_status(document: dict[str, Any]) -> None:
    for path, method in PATHS.items():
        if method != "post":
            continue
        statuses = set(document["paths"][path]["post"]["responses"])
        named = {"404"} if "{name}" in path else set[str]()
        expected = {"200", "400", "408", "413", "415", "500", "503", "504"} | named
        assert statuses == expected
        assert "Retry-After" in document["paths"][path]["post"]["responses"]["503"]["headers"]


def test_a_request_is_described_as_narrowly_as_the_model_takes_it(tmp_path: Path) -> None:
    schemas = Local(model=example(tmp_path)).fastapi.openapi()["components"]["schemas"]
    validator: Any = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/PredictRequest", "components": {"schemas": schemas}}
    )
    good = [{"instances": [SETOSA]}, {"inputs": {"features": [SETOSA] * 1000}}]
    bad: list[Any] = [
        {"instances": []},
        {"instances": [SETOSA[:3]]},
        {"instances": [[*SETOSA, 1]]},
        {"instances": [["a", 1, 2, 3]]},
        {"instances": [[1e39, 1, 2, 3]]},
        {"instances": [SETOSA] * 1001},
        {"instances": [SETOSA], "more": 1},
        {"inputs": {"other": [SETOSA]}},
        {"entities": [{"id": 1}]},
    ]
    assert [validator.is_valid(each) for each in (*good, *bad)] == [True] * 2 + [False] * len(bad)


def test_a_model_with_several_inputs_is_described_by_name(tmp_path: Path) -> None:
    path = identity(tmp_path, a=(1, [None]), b=(9, [None, "n", 2]), c=(8, [3]))
    schemas = Local(model=path).fastapi.openapi()["components"]["schemas"]
    (only,) = schemas["PredictRequest"]["anyOf"]
    columns = only["properties"]["inputs"]["properties"]
    assert columns["b"]["items"]["items"]["minItems"] == 2
    assert columns["b"]["items"]["items"]["items"] == {"type": "boolean"}
    assert (columns["c"]["minItems"], columns["c"]["maxItems"]) == (3, 3)
    assert schemas["InferenceInput"]["properties"]["datatype"]["enum"] == ["BOOL", "BYTES", "FP32"]


def test_before_the_model_is_loaded_it_has_what_holds_for_any() -> None:
    server = Local()
    document = server.fastapi.openapi()
    assert set(document["paths"]) == set(PATHS)
    assert "features" not in str(document)


def test_an_error_is_as_described(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Error"]
    for error in (ValueError("x"), TimeoutError()):
        answer = failure(error, "id-1")
        jsonschema.validate(httpx.Response(200, text=answer.body).json(), schema)


@pytest.fixture(scope="module")
def schema(server: Running) -> Any:  # noqa: ANN401 - schemathesis's
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


# What is only read takes nothing that could be wrong but a name.
FUZZED = [
    (path, mode, 25 if method == "post" else 10)
    for path, method in PATHS.items()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if method == "post" or mode is GenerationMode.POSITIVE
]


@pytest.mark.parametrize(("path", "mode", "examples"), FUZZED)
def test_no_request_causes_a_fault_and_each_answer_is_as_described(
    schema: Any,  # noqa: ANN401 - schemathesis's
    path: str,
    mode: GenerationMode,
    examples: int,
) -> None:
    """Made from the document, and against it: what is right is predicted, what is wrong refused."""
    operation = schema[path][PATHS[path].upper()]
    # How many values a tensor has follows from its shape, which no JSON Schema can say.
    accepted: Any = cast(Any, checks).positive_data_acceptance
    excluded = [accepted] if path.endswith("/infer") else []
    ours = {"name": NAME, "version": "1.0.0"}

    @settings(max_examples=examples, suppress_health_check=_ALL, database=None)
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def check(case: Any, known: bool) -> None:  # noqa: ANN401, FBT001 - hypothesis gives them
        for name in ours.keys() & case.path_parameters.keys():
            if known:
                case.path_parameters[name] = ours[name]
        response = case.call()
        case.validate_response(response, excluded_checks=excluded)
        assert response.status_code < 500

    check()
