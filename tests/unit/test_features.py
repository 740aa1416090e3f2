"""Online features: rows in the model's order from either store, and what a caller is told."""

import contextlib
import json
import threading
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis

from runtime import train_example
from runtime.errors import FeatureFault, StoreFault
from runtime.features import FeatureSource, source
from runtime.inference import Model
from runtime.requests import Answer, Entities, RefusedError, answer, failure
from runtime.tensors import TensorSpec
from tests.unit.feature_stores import FeastServer, fake_redis, feast_server, free_port, valkey

ROW = (TensorSpec("features", "float32", (2,)),)
COLUMNS = (
    TensorSpec("age", "int64", (1,)),
    TensorSpec("plan", "str", ()),
    TensorSpec("member", "bool", (1,)),
)
REDIS: dict[str, Any] = {
    "store": "redis",
    "entities": {"customer_id": "integer"},
    "features": ["balance", "age"],
    # Long, so that a busy machine fails no test; those of hanging stores have their own.
    "timeout_ms": 10_000,
    "key": "customer:{customer_id}",
}
FEAST: dict[str, Any] = {
    "store": "feast",
    "entities": {"customer_id": "integer"},
    "features": ["accounts:balance", "customers:age"],
    "timeout_ms": 10_000,
}
ENTITIES = [{"customer_id": 7}, {"customer_id": 8}]
METADATA = {"feature_names": ["balance", "age"]}
CLIENTS: Any = redis.Redis  # Its options have no types.
A_ROW = {"values": [7, 1.5, 2], "statuses": ["PRESENT"] * 3}


def made(
    settings: Mapping[str, Any], url: str, inputs: Sequence[TensorSpec] = ROW
) -> FeatureSource:
    found = source({**settings, "url": url}, inputs, environment={"SECRET": "canary"})
    assert found is not None
    return found


@pytest.fixture(scope="module", params=["fake", "valkey"])
def redis_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[str]:
    """A store of Redis's protocol with two customers."""
    is_fake = request.param == "fake"
    with fake_redis() if is_fake else valkey(tmp_path_factory.mktemp("valkey")) as url:
        fill(url)
        yield url


def fill(url: str) -> None:
    client: Any = CLIENTS.from_url(url)
    with client:
        client.hset("customer:7", mapping={"age": "41", "balance": "12.5", "plan": "gold ü"})
        client.hset("customer:7", "member", "true")
        client.hset("customer:8", mapping={"balance": "-3", "age": "23", "other": "x"})
        client.hset("customer:9", "age", "50")
        client.set("customer:10", "no hash")


@pytest.fixture
def feast() -> Generator[FeastServer]:
    with feast_server() as server:
        server.rows = {7: {"age": 41, "balance": 12.5}, 8: {"age": 23, "balance": -3}}
        yield server


def test_redis_gives_rows_in_the_models_order(redis_url: str) -> None:
    found = made(REDIS, redis_url)
    assert found.rows(ENTITIES) == [[12.5, 41.0], [-3.0, 23.0]]
    found.close()


def test_a_model_with_several_inputs_gets_a_column_for_each(redis_url: str) -> None:
    features = ["plan", "member", "age"]
    found = made({**REDIS, "features": features}, redis_url, COLUMNS)
    assert found.rows([{"customer_id": 7}]) == {
        "age": [[41]],
        "plan": ["gold ü"],
        "member": [[True]],
    }
    found.close()


def test_an_entity_that_redis_does_not_have_is_refused_unless_there_are_defaults(
    redis_url: str,
) -> None:
    asked = [{"customer_id": 7}, {"customer_id": 11}]
    for defaults in ({}, {"balance": 0}):
        found = made({**REDIS, "defaults": defaults}, redis_url)
        with pytest.raises(RefusedError) as caught:
            found.rows(asked)
        told = "entities[1]: the feature store has nothing for it"
        assert (caught.value.status, str(caught.value)) == (400, told)
        found.close()
    lenient = made({**REDIS, "defaults": {"balance": 0, "age": 30}}, redis_url)
    assert lenient.rows(asked) == [[12.5, 41.0], [0, 30]]
    lenient.close()


def test_a_feature_that_is_missing_beside_others_is_a_fault_of_ours(redis_url: str) -> None:
    asked = [{"customer_id": 7}, {"customer_id": 9}]
    found = made(REDIS, redis_url)
    with pytest.raises(FeatureFault) as caught:
        found.rows(asked)
    assert str(caught.value) == "entities[1]: the feature store has no balance for it"
    found.close()
    lenient = made({**REDIS, "defaults": {"balance": 0}}, redis_url)
    assert lenient.rows(asked) == [[12.5, 41.0], [0, 50.0]]
    lenient.close()


def test_a_key_that_is_no_hash_is_a_fault_of_ours(redis_url: str) -> None:
    found = made(REDIS, redis_url)
    with pytest.raises(StoreFault, match="a key may be no hash: ResponseError") as caught:
        found.rows([{"customer_id": 10}])
    assert caught.value.__cause__ is None
    found.close()


def test_one_client_serves_many_threads(redis_url: str) -> None:
    found = made({**REDIS, "max_connections": 2}, redis_url)
    rows: list[Any] = []
    threads = [
        threading.Thread(target=lambda: rows.append(found.rows(ENTITIES))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows == [[[12.5, 41.0], [-3.0, 23.0]]] * 16
    found.close()


def test_redis_that_went_away_is_tried_again_and_no_redis_is_503(tmp_path: Path) -> None:
    with valkey(tmp_path) as url:
        with CLIENTS.from_url(url) as client:
            client.config_set("requirepass", "canary")
        found = made({**REDIS, "secret_variable": "SECRET"}, url)
        with pytest.raises(RefusedError, match="nothing for it"):
            found.rows([{"customer_id": 7}])
        client: Any = CLIENTS.from_url(url, password="canary")
        with client:
            # What a server or a proxy does with connections that are idle for long.
            client.client_kill_filter(_type="normal", skipme=True)
        with pytest.raises(RefusedError, match="nothing for it"):
            found.rows([{"customer_id": 7}])
        refused = made(REDIS, url)
        with pytest.raises(StoreFault, match="refuses the user or the password"):
            refused.rows([{"customer_id": 7}])
        refused.close()
    unavailable(found)
    found.close()


def unavailable(found: FeatureSource) -> None:
    with pytest.raises(RefusedError) as caught:
        found.rows([{"customer_id": 7}])
    assert caught.value.status == 503
    assert str(caught.value).startswith("the feature store does not answer: ")
    # Its own text names the command, and so the customer.
    assert caught.value.__cause__ is None
    assert "7" not in str(caught.value)


@pytest.mark.parametrize(("settings", "scheme"), [(REDIS, "redis"), (FEAST, "http")])
def test_a_store_that_is_not_there_is_503(settings: dict[str, Any], scheme: str) -> None:
    found = made(settings, f"{scheme}://127.0.0.1:{free_port()}")
    unavailable(found)
    found.close()


def test_redis_that_hangs_is_503() -> None:
    with feast_server() as silent:
        # It waits for an HTTP request that never ends: a socket that is open, and no answer.
        found = made({**REDIS, "timeout_ms": 50}, silent.url.replace("http", "redis"))
        unavailable(found)
        found.close()


def test_feast_gives_rows_by_the_names_of_its_answer(feast: FeastServer) -> None:
    found = made({**FEAST, "secret_variable": "SECRET"}, feast.url)
    assert found.rows(ENTITIES) == [[12.5, 41.0], [-3.0, 23.0]]
    assert found.rows(ENTITIES[:1]) == [[12.5, 41.0]]
    assert feast.connections == 1
    headers, body = feast.requests[0]
    assert headers["authorization"] == "Bearer canary"
    assert body == {
        "features": ["accounts:balance", "customers:age"],
        "entities": {"customer_id": [7, 8]},
    }
    found.close()


def test_what_feast_has_not_is_refused_unless_there_is_a_default(feast: FeastServer) -> None:
    found = made(FEAST, feast.url)
    with pytest.raises(RefusedError, match=r"entities\[0\]: .* has nothing for it"):
        found.rows([{"customer_id": 77}])
    lenient = made({**FEAST, "defaults": {"balance": 0, "age": 30}}, feast.url)
    assert lenient.rows([{"customer_id": 77}]) == [[0, 30]]
    found.close()
    lenient.close()


def test_a_connection_that_feast_closed_is_opened_again() -> None:
    with feast_server() as first:
        first.rows = {7: {"age": 1, "balance": 2}}
        found = made(FEAST, first.url)
        assert found.rows([{"customer_id": 7}]) == [[2.0, 1.0]]
        # As a server or a proxy does with a connection that is idle for long.
        first.drop()
        assert found.rows([{"customer_id": 7}]) == [[2.0, 1.0]]
        assert first.connections == 2
    unavailable(found)
    found.close()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_feast_that_cannot_answer_now_is_503(feast: FeastServer, status: int) -> None:
    feast.answer = (status, b'"secret detail"')
    found = made(FEAST, feast.url)
    with pytest.raises(RefusedError) as caught:
        found.rows(ENTITIES)
    assert caught.value.status == 503
    assert str(caught.value) == f"the feature store answers {status}; try again"
    found.close()


def test_feast_that_hangs_is_503_and_holds_no_connection(feast: FeastServer) -> None:
    feast.pause = threading.Event()
    found = made({**FEAST, "max_connections": 1, "timeout_ms": 50}, feast.url)
    unavailable(found)
    unavailable(found)
    feast.pause.set()
    feast.pause = None
    rows: list[Any] = []
    for _ in range(100):
        # On a busy machine it may take longer than it may now, too.
        with contextlib.suppress(RefusedError):
            rows.append(found.rows(ENTITIES[:1]))
            break
    assert rows == [[[12.5, 41.0]]]
    found.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"module": "feast.errors"}'),
        (200, b"no JSON"),
        (200, b"[]"),
        (200, b"[" * 100_000),
        (200, b'{"metadata": {"feature_names": ["balance"]}, "results": []}'),
        (200, b'{"metadata": {"feature_names": ["balance", "age"]}, "results": [{}, {}]}'),
        # One row per entity, as old versions had it.
        (200, json.dumps({"metadata": METADATA, "results": [A_ROW, A_ROW]}).encode()),
    ],
)
def test_an_answer_that_is_none_of_feasts_is_a_fault_of_ours(
    feast: FeastServer, status: int, body: bytes
) -> None:
    feast.answer = (status, body)
    found = made(FEAST, feast.url)
    with pytest.raises(StoreFault, match="feature server"):
        found.rows(ENTITIES)
    found.close()


def test_rows_of_the_store_that_the_model_refuses_are_no_fault_of_the_caller(
    tmp_path: Path,
) -> None:
    """The same rows, by a caller who sends them and by one who names an entity."""
    _, content = train_example.train(train_example.VERSIONS[0])
    train_example.write(tmp_path / "model.onnx", content)
    model = Model(tmp_path / "model.onnx")
    short: list[object] = [[5.1]]

    def asked(body: object) -> Answer:
        return answer(
            model, lambda: json.dumps(body).encode(), request_id="r", entities=lambda _: short
        )

    assert asked({"instances": short}).status == 400
    refused = asked({"entities": [{"flower": "a-1"}]})
    assert refused.status == 500
    assert "does not take what the feature store has" in json.loads(refused.body)["error"]
    assert refused.fault["reason"] == "feature_store"


def test_a_request_with_entities_is_answered_as_one_with_rows(tmp_path: Path) -> None:
    _, content = train_example.train(train_example.VERSIONS[0])
    train_example.write(tmp_path / "model.onnx", content)
    model = Model(tmp_path / "model.onnx")
    row = [5.1, 3.5, 1.4, 0.2]
    features = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    with fake_redis() as url:
        client: Any = CLIENTS.from_url(url)
        with client:
            client.hset("flower:a-1", mapping=dict(zip(features, row, strict=True)))
        given = {**REDIS, "entities": {"flower": "string"}, "features": features}
        found = made({**given, "key": "flower:{flower}"}, url, model.inputs)

        def asked(body: object, entities: Entities | None = found.rows) -> Answer:
            return answer(
                model, lambda: json.dumps(body).encode(), request_id="r", entities=entities
            )

        by_name = asked({"entities": [{"flower": "a-1"}]})
        assert by_name == asked({"instances": [row]})
        assert by_name.status == 200
        assert asked({"entities": [{"flower": "a-2"}]}).status == 400
        assert asked({"entities": 7, "instances": []}).status == 400
        # What is written wrong is none of the caller's fault, and no value is told.
        with client:
            client.hset("flower:a-1", "petal_width", "canary")
        broken = asked({"entities": [{"flower": "a-1"}]})
        told = "entities[0]: the feature store's petal_width is no float32"
        assert (broken.status, json.loads(broken.body)) == (500, {"error": told, "request_id": "r"})
        assert (broken.fault["reason"], broken.fault["why"]) == ("feature_store", told)
        # Settings are told to the log alone.
        hidden = failure(StoreFault("refuses the password"), "r")
        assert json.loads(hidden.body)["error"] == "internal error"
        assert (hidden.fault["reason"], hidden.fault["why"]) == (
            "feature_store",
            "refuses the password",
        )
        without = asked({"entities": [{"flower": "a-1"}]}, None)
        assert json.loads(without.body) == {"error": 'use one key, "instances" or "inputs"'}
    down = asked({"entities": [{"flower": "a-1"}]})
    assert (down.status, down.headers["retry-after"]) == (503, "5")
    found.close()
