"""The environment's variables: typed, with every problem in one message."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import settings
from runtime.settings import PREFIX, Settings, SettingsError

DIGEST = f"sha256:{'a1' * 32}"


def read(**variables: str) -> Settings:
    return settings.read({PREFIX + name: text for name, text in variables.items()})


def test_without_variables_there_are_the_defaults() -> None:
    found = settings.read({})
    assert found == Settings()
    assert found.model_path == Path(settings.__file__).parents[1] / "model.onnx"
    assert (found.max_rows, found.max_body_bytes) == (1000, 1024 * 1024)
    assert (found.timeout_seconds, found.threads, found.features) == (None, None, None)
    assert read(MODEL_NAME="  ", TIMEOUT_SECONDS="") == found


def test_a_container_in_which_nothing_can_be_written_has_settings_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(settings.tempfile, "gettempdir", nowhere)
    assert settings.read({}).model_folder == Path("/tmp")  # noqa: S108 - the name alone


def test_each_variable_is_read() -> None:
    found = read(
        MODEL_URI="s3://models/a b.onnx?versionId=1",
        MODEL_FOLDER="/mnt/models",
        MODEL_DIGEST=DIGEST,
        MAX_MODEL_BYTES="5",
        MODEL_NAME="fraud",
        MODEL_VERSION="2026-11-26",
        MAX_BODY_BYTES="6291456",
        MAX_ROWS="1",
        TIMEOUT_SECONDS="0.5",
        THREADS="2",
        FEATURES='{"store": "redis"}',
        METRICS_NAMESPACE="Shop/Models",
    )
    assert found == Settings(
        model_uri="s3://models/a b.onnx?versionId=1",
        model_folder=Path("/mnt/models"),
        model_digest=DIGEST,
        max_model_bytes=5,
        model_name="fraud",
        model_version="2026-11-26",
        max_body_bytes=6291456,
        max_rows=1,
        timeout_seconds=0.5,
        threads=2,
        features={"store": "redis"},
        metrics_namespace="Shop/Models",
    )
    assert read(MODEL_PATH="/models").model_path == Path("/models")
    assert read(METRICS_NAMESPACE="off").metrics_namespace == ""


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("MODEL_URI", "http://host/model.onnx", "got scheme http; use file:, s3://"),
        ("MODEL_URI", "model.onnx", "got scheme model.onnx; use"),
        ("MODEL_URI", "https://host/a\x1b[2Jb", "unprintable"),
        ("MODEL_DIGEST", DIGEST.upper(), "64 hexadecimal digits, lower case"),
        ("MODEL_DIGEST", DIGEST + "0", "64 hexadecimal digits"),
        ("MODEL_DIGEST", "md5:" + "0" * 32, "use sha256:"),
        ("MAX_ROWS", "0", "use a whole number of at least 1"),
        ("MAX_ROWS", "1.5", "use a whole number"),
        ("MAX_ROWS", "1\n2", "got 1?2; use a whole number"),
        ("MAX_BODY_BYTES", "1e6", "use a whole number"),
        ("THREADS", "-1", "use a whole number"),
        ("TIMEOUT_SECONDS", "0", "use a number of seconds over 0"),
        ("TIMEOUT_SECONDS", "inf", "use a number of seconds over 0"),
        ("TIMEOUT_SECONDS", "nan", "use a number of seconds over 0"),
        ("TIMEOUT_SECONDS", "soon", "use a number of seconds over 0"),
        ("FEATURES", "[1]", "use a JSON object"),
        ("FEATURES", "{", "use a JSON object"),
        ("FEATURES", "[" * 100_000, "use a JSON object"),
        ("METRICS_NAMESPACE", "AWS/Lambda", "not AWS/ first"),
        ("METRICS_NAMESPACE", "Ü", "use letters, digits"),
    ],
)
def test_a_wrong_value_says_what_is_allowed(name: str, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: text})
    assert f"{PREFIX}{name}: " in str(caught.value)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


def test_all_problems_are_in_one_message() -> None:
    with pytest.raises(SettingsError) as caught:
        read(MAX_ROWS="0", MODEL_DIGEST="none", MODEL_PATH="/a", MODEL_URI="s3://b/c")
    parts = str(caught.value).split("; ")
    assert len([part for part in parts if PREFIX in part]) == 3
    assert "not both" in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    ["https://[secret/m.onnx", "s3://[secret/m.onnx", "https://host:secret/m.onnx", "https:///a"],
)
def test_an_address_that_is_none_is_a_problem_like_the_others(uri: str) -> None:
    with pytest.raises(SettingsError, match="MODEL_SERVING_MODEL_URI: it is no address") as caught:
        read(MODEL_URI=uri)
    assert "secret" not in str(caught.value)


def test_a_bucket_may_be_the_arn_of_an_access_point() -> None:
    uri = "s3://arn:aws:s3:eu-west-1:111111111111:accesspoint:models/iris.onnx"
    assert read(MODEL_URI=uri).model_uri == uri


def test_a_signed_address_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        read(MODEL_URI="wasbs://account/model.onnx?sig=secret")
    assert "secret" not in str(caught.value)


NAMES = [
    *("MODEL_PATH", "MODEL_URI", "MODEL_FOLDER", "MODEL_DIGEST", "MODEL_NAME", "MODEL_VERSION"),
    *("MAX_MODEL_BYTES", "MAX_BODY_BYTES", "MAX_ROWS", "TIMEOUT_SECONDS", "THREADS", "FEATURES"),
    "METRICS_NAMESPACE",
]


@given(
    variables=st.dictionaries(
        st.sampled_from(NAMES), st.text(max_size=30) | st.integers().map(str) | st.just("{}")
    )
)
def test_nothing_but_a_settings_error_is_raised(variables: dict[str, Any]) -> None:
    try:
        shown = str(read(**variables).max_rows)
    except SettingsError as error:
        shown = str(error)
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MODEL_DIGST", "MODEL_DIGEST"),
        ("MODEL_DIGESTS", "MODEL_DIGEST"),
        ("MODEL_PTAH", "MODEL_PATH"),
        ("MODELURI", "MODEL_URI"),
    ],
)
def test_a_slip_in_a_name_of_the_models_is_no_silence(name: str, meant: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"{PREFIX}{name} is not known; did .* {PREFIX}{meant}"
    ):
        read(**{name: "anything"})


@pytest.mark.parametrize(
    "name", ["READ_TIMEOUT_SECONDS", "PORT", "SANDBOX_HOME", "ENDPOINT_NAME", "SERVICE_HOST"]
)
def test_what_others_call_theirs_is_let_be(name: str) -> None:
    assert read(**{name: "anything"}) == read()


def test_the_table_of_the_module_has_every_variable() -> None:
    for name in NAMES:
        assert f"`{PREFIX}{name}`" in str(settings.__doc__)
