"""Online features behind the frames: the server as a process, and the Lambda handler as one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from runtime.features import source
from runtime.tensors import TensorSpec
from tests.unit.feature_stores import fake_redis, free_port
from tests.unit.inference_server import SETOSA, Local, example, ready, running

NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
IRIS = (TensorSpec("features", "float32", (4,)),)
KEY = "canary-key"
CLIENTS: Any = redis.Redis  # Its options have no types.


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("model"))


def features(url: str, **more: object) -> str:
    given = {
        "store": "redis",
        "url": url,
        "entities": {"flower": "string"},
        "key": "flower:{flower}",
        "features": NAMES,
        "timeout_ms": 10_000,
    }
    return json.dumps({**given, **more})


def fill(url: str, **more: str) -> None:
    client: Any = CLIENTS.from_url(url)
    with client:
        values = dict(zip(NAMES, map(str, SETOSA), strict=True))
        client.hset(f"flower:{KEY}", mapping=values)
        client.hset("flower:broken", mapping={**values, **more})


def test_the_server_answers_by_entities_and_logs_neither_keys_nor_values(model: Path) -> None:
    with fake_redis() as url:
        fill(url, petal_width="canary-value")
        with ready(model, FEATURES=features(url)) as server:
            asked: list[object] = [
                {"entities": [{"flower": KEY}]},
                {"instances": [SETOSA]},
                {"entities": [{"flower": "unknown"}]},
                {"entities": [{"flower": "broken"}]},
            ]
            answers = [httpx.post(f"{server.url}/predict", json=one, timeout=60) for one in asked]
            metrics = httpx.get(f"{server.url}/metrics", timeout=60).text
            assert server.end() == 0
    assert [answer.status_code for answer in answers] == [200, 200, 400, 500]
    assert answers[0].json() == answers[1].json()
    assert answers[2].json() == {"error": "entities[0]: the feature store has nothing for it"}
    told = "entities[0]: the feature store's petal_width is no float32"
    assert answers[3].json()["error"] == told
    (line,) = (line for line in server.lines if line.get("status") == 500)
    assert (line["error"], line["reason"], line["why"]) == ("FeatureFault", "feature_store", told)
    counted = 'model_server_faults_total{protocol="predict",reason="feature_store"} 1.0'
    assert counted in metrics.splitlines()
    log = json.dumps(server.lines)
    # Neither whom a request is about nor what is known of them.
    assert "canary" not in log
    assert "canary" not in "".join(answer.text for answer in answers)


def test_without_the_store_entities_are_503_and_rows_are_answered(model: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    found = source(json.loads(features(url)), IRIS, environment={})
    local = Local({"MODEL_SERVING_FEATURES": features(url)}, model, found)
    away = local.call("POST", "/predict", json={"entities": [{"flower": KEY}]})
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert local.call("POST", "/predict", json={"instances": [SETOSA]}).status_code == 200
    assert local.call("GET", "/health/ready").status_code == 200


def test_settings_that_do_not_fit_the_model_end_the_start(model: Path) -> None:
    wrong = features("redis://127.0.0.1:1", features=NAMES[:3], timeout_ms=0)
    with running(model, FEATURES=wrong, FAILED_SECONDS="0") as server:
        assert server.wait() != 0
        log = json.dumps(server.lines)
    assert "features.features: got 3; the model takes" in log
    assert "features.timeout_ms: use a whole number from 1 to 60000" in log


def test_the_lambda_handler_answers_by_entities(model: Path) -> None:
    events = [
        {"body": json.dumps({"entities": [{"flower": flower}]})}
        for flower in (KEY, "broken", "unknown")
    ]
    code = "import json; from runtime.lambda_handler import handler; "
    code += f"told = [handler(one, None) for one in json.loads({json.dumps(events)!r})]; "
    code += "print('answer', json.dumps(told))"
    with fake_redis() as url:
        fill(url, petal_width="nan")
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "MODEL_SERVING_MODEL_PATH": str(model),
                "MODEL_SERVING_FEATURES": features(url),
            },
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    *log, answer = done.stdout.splitlines()
    told = json.loads(answer.removeprefix("answer "))
    assert [one["statusCode"] for one in told] == [200, 500, 400]
    missing = "entities[0]: the feature store has no petal_width for it"
    assert json.loads(told[1]["body"])["error"] == missing
    (fault,) = (line for line in map(json.loads, log) if line.get("status") == 500)
    assert (fault["faults"], fault["reason"], fault["why"]) == (1, "feature_store", missing)
    assert "canary" not in "".join(log)
