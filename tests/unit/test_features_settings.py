"""Settings of online features: what they mean, and every mistake in one error."""

from typing import Any

import pytest

from runtime.features import FeatureSettingsError, read_features, source
from runtime.tensors import TensorSpec

ROW = (TensorSpec("features", "float32", (2,)),)
COLUMNS = (TensorSpec("age", "int64", (1,)), TensorSpec("plan", "str", ()))
REDIS: dict[str, Any] = {
    "store": "redis",
    "url": "redis://127.0.0.1:6379/0",
    "entities": {"customer_id": "integer"},
    "features": ["age", "balance"],
}
FEAST: dict[str, Any] = {
    **REDIS,
    "store": "feast",
    "url": "http://127.0.0.1:6566",
    "features": ["customers:age", "accounts:balance"],
}


def test_without_settings_there_is_no_source() -> None:
    assert source(None, ROW) is None


def test_a_model_with_one_input_takes_the_features_in_the_lists_order() -> None:
    found = read_features(REDIS, ROW, {})
    assert (found.references, found.names) == (("age", "balance"), ("age", "balance"))
    assert found.dtypes == {"age": "float32", "balance": "float32"}
    assert (found.key, found.timeout_seconds) == ("customer_id:{customer_id}", 0.1)


def test_a_model_with_several_inputs_takes_the_feature_of_each_inputs_name() -> None:
    given = {key: value for key, value in REDIS.items() if key != "features"}
    found = read_features(given, COLUMNS, {})
    assert (found.names, found.dtypes) == (("age", "plan"), {"age": "int64", "plan": "str"})
    asked = read_features({**FEAST, "features": ["a:plan", "b:age"]}, COLUMNS, {})
    assert (asked.references, asked.names) == (("a:plan", "b:age"), ("plan", "age"))


def test_several_keys_make_one_text_and_a_template_may_say_which() -> None:
    entities = {"shop": "string", "customer_id": "integer"}
    found = read_features({**REDIS, "entities": entities}, ROW, {})
    assert found.key == "shop:{shop}:customer_id:{customer_id}"
    key = "f:{customer_id}@{shop}"
    assert read_features({**REDIS, "entities": entities, "key": key}, ROW, {}).key == key


@pytest.mark.parametrize("key", ["{a}{b}", "{a}-{b}", "x:{b}4{a}", "{a}/:{b}"])
def test_no_two_entities_have_one_key(key: str) -> None:
    """`{a}-{b}` would be `x-1-2` for both (`x`, `1-2`) and (`x-1`, `2`)."""
    entities = {"a": "string", "b": "integer"}
    with pytest.raises(FeatureSettingsError, match=r"^features\.key: after \{[ab]\} use a char"):
        read_features({**REDIS, "entities": entities, "key": key}, ROW, {})


@pytest.mark.parametrize("key", ["{a}:{b}", "{b}_{a}", "{a}{{{b}}}", "{b}@{a}-"])
def test_what_separates_keys_is_in_none_of_them(key: str) -> None:
    entities = {"a": "string", "b": "integer"}
    assert read_features({**REDIS, "entities": entities, "key": key}, ROW, {}).key == key


def test_the_secret_is_the_variables_value_and_is_not_printed() -> None:
    given = {**REDIS, "secret_variable": "REDIS_PASSWORD", "username": "models"}
    found = read_features(given, ROW, {"REDIS_PASSWORD": "canary"})
    assert (found.secret, found.username) == ("canary", "models")
    assert "canary" not in repr(found)


@pytest.mark.parametrize("timeout", [1, 60_000])
def test_both_ends_of_the_time_limit_are_taken(timeout: int) -> None:
    found = read_features({**REDIS, "timeout_ms": timeout}, ROW, {})
    assert found.timeout_seconds == timeout / 1000


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"store": "memcached"}, "features.store: use one of redis, feast"),
        ({"url": "http://x:1"}, "features.url: use redis://host:port or rediss://host:port"),
        ({"url": "redis://:6379"}, "features.url: use redis://"),
        ({"url": "redis://x:0"}, "features.url: use redis://"),
        ({"url": "redis://x:65536"}, "features.url: use redis://"),
        ({"url": 7}, "features.url: use redis://"),
        ({"entities": {}}, 'features.entities: use an object such as {"customer_id": "integer"}'),
        ({"entities": {"a-b": "integer"}}, "features.entities.a-b: use letters, digits and _"),
        ({"entities": {"a": "number"}}, "features.entities.a: use one of integer, string"),
        ({"features": []}, 'features.features: use a list of names such as ["age"]'),
        ({"features": ["age", 7]}, "features.features: use a list of names"),
        ({"features": "age"}, "features.features: use a list of names"),
        ({"features": ["age"]}, "features.features: got 1; the model takes features: float32"),
        ({"features": ["age", "age"]}, "features.features: a name is there twice"),
        ({"key": "customer"}, "features.key: use a text that has each of {customer_id} once"),
        ({"key": "{customer_id}{customer_id}"}, "features.key: use a text"),
        ({"key": "{customer_id!r}"}, "features.key: use a text"),
        ({"key": "{customer_id}:{customer_id!r}"}, "features.key: use a text"),
        ({"key": "{customer_id.__class__}"}, "features.key: use a text"),
        ({"key": "{"}, "features.key: use a text"),
        ({"key": 7}, "features.key: use a text"),
        ({"defaults": {"height": 1}}, "features.defaults.height: use one of age, balance"),
        ({"defaults": {"age": "old"}}, "features.defaults.age: use a value that is a float32"),
        ({"defaults": {"age": 1e39}}, "features.defaults.age: use a value that is a float32"),
        ({"defaults": {"age": True}}, "features.defaults.age: use a value that is a float32"),
        ({"defaults": [1]}, 'features.defaults: use an object such as {"age": 0}'),
        ({"timeout_ms": 0}, "features.timeout_ms: use a whole number from 1 to 60000"),
        ({"timeout_ms": 60_001}, "features.timeout_ms: use a whole number from 1 to 60000"),
        ({"timeout_ms": 1.5}, "features.timeout_ms: use a whole number from 1 to 60000"),
        ({"max_connections": 1001}, "features.max_connections: use a whole number from 1 to 1000"),
        ({"max_connections": True}, "features.max_connections: use a whole number"),
        ({"secret_variable": "A"}, "features.secret_variable: the environment has no A"),
        ({"secret_variable": "a b"}, "features.secret_variable: use the name of an environment"),
        ({"username": 7}, "features.username: it is the text that names Redis's user"),
        ({"cache": "memory"}, "features.cache: there is no such key"),
    ],
)
def test_a_mistake_is_named_with_its_place(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(FeatureSettingsError) as caught:
        read_features({**REDIS, **change}, ROW, {})
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"url": "redis://x:1"}, "features.url: use http://host:port or https://host:port"),
        ({"features": ["age", "balance"]}, "features.features: use Feast's full names"),
        ({"key": "{customer_id}"}, "features.key: only Redis has keys"),
        ({"username": "x"}, "features.username: it is the text that names Redis's user"),
    ],
)
def test_feast_has_its_own_mistakes(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(FeatureSettingsError) as caught:
        read_features({**FEAST, **change}, ROW, {})
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("inputs", "features", "problem"),
    [
        (COLUMNS, ["age", "city"], "use one for each input of the model: age, plan"),
        ((*ROW, TensorSpec("age", "int64", ())), ["features", "age"], "one feature is no row"),
        ((TensorSpec("image", "float32", (2, 2)),), ["a", "b"], "got 2; the model takes image"),
        (
            (*COLUMNS, TensorSpec("rate", "float32", (), scalar=True)),
            ["age", "plan", "rate"],
            "one feature is no row of the model's input rate: one float32",
        ),
    ],
)
def test_features_have_to_be_the_models(
    inputs: tuple[TensorSpec, ...], features: list[str], problem: str
) -> None:
    with pytest.raises(FeatureSettingsError, match=problem):
        read_features({**REDIS, "features": features}, inputs, {})


@pytest.mark.parametrize("option", ["db=canary", "socket_timeout=canary"])
def test_an_option_in_the_address_that_redis_does_not_take_is_a_mistake(option: str) -> None:
    given = {**REDIS, "url": f"redis://127.0.0.1:6379?{option}"}
    with pytest.raises(FeatureSettingsError, match=r"^features\.url: ") as caught:
        source(given, ROW)
    assert "canary" not in str(caught.value)


def test_all_mistakes_come_at_once_and_no_address_is_repeated() -> None:
    given = {**REDIS, "url": "http://user:canary@x", "timeout_ms": -1, "more": 1}
    with pytest.raises(FeatureSettingsError) as caught:
        read_features(given, ROW, {})
    text = str(caught.value)
    assert [part.split(":")[0] for part in text.split("; ") if part.startswith("features.")] == [
        "features.more",
        "features.url",
        "features.timeout_ms",
    ]
    assert "canary" not in text


def test_redis_without_its_package_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, Any] = {}
    monkeypatch.setattr("importlib.util.find_spec", nothing.get)
    with pytest.raises(FeatureSettingsError, match="needs the package redis, which is not"):
        source(REDIS, ROW, environment={})
    assert source(FEAST, ROW, environment={}) is not None
