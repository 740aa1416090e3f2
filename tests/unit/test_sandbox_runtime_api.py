"""Lambda's Runtime API of the sandbox, against AWS's own runtime interface client and by hand."""

import http.client
import json
import threading
import time
import zipfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving.instance import Function
from sandbox.serving.pool import Pool, ThrottledError
from sandbox.serving.runtime_api import Answer, Event, RuntimeApi
from sandbox.serving.task import prepared
from tests.unit.sandbox_functions import HERE, zipped

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:iris:live"


def function(folder: Path, text: str, **snapshot: object) -> Function:
    package = zipped(folder / "package.zip", app=text)
    given = {"handler": "app.handler", **HERE, "timeout": 5, "memorySize": 256, **snapshot}
    return Function("iris", "7", "123456789012", "eu-west-1", given, prepared(package, given))


@contextmanager
def pool(**variables: str) -> Generator[Pool]:
    made = Pool(variables)
    try:
        yield made
    finally:
        made.close()


def event(payload: object = None, seconds: float = 5) -> Event:
    return Event(json.dumps(payload).encode(), ARN, seconds, request_id="r-1")


def test_a_handler_gets_its_event_and_context_and_answers(tmp_path: Path) -> None:
    text = """
        import os

        count = 0
        def handler(event, context):
            global count
            count += 1
            print("a line of the handler")
            return {
                "event": event,
                "id": context.aws_request_id,
                "arn": context.invoked_function_arn,
                "name": context.function_name,
                "version": context.function_version,
                "memory": context.memory_limit_in_mb,
                "time": context.get_remaining_time_in_millis() > 4000,
                "own": os.environ["GREETING"],
                "away": os.environ.get("SECRET_OF_THE_MACHINE"),
                "count": count,
            }
        """
    deployed = function(tmp_path, text, environment={"variables": {"GREETING": "hello"}})
    with pytest.MonkeyPatch.context() as patch, pool(AWS_ACCESS_KEY_ID="k") as instances:
        patch.setenv("SECRET_OF_THE_MACHINE", "x")
        first = instances.invoke("key", deployed, event({"a": 1}), most=None)
        second = instances.invoke("key", deployed, event({"a": 1}), most=None)
    said = json.loads(first.payload)
    assert said == {
        "event": {"a": 1},
        "id": "r-1",
        "arn": ARN,
        "name": "iris",
        "version": "7",
        "memory": "256",
        "time": True,
        "own": "hello",
        "away": None,
        "count": 1,
    }
    assert "a line of the handler" in first.log
    assert first.log[0] == "START RequestId: r-1 Version: 7"
    assert first.log[-1].startswith("REPORT RequestId: r-1")
    assert "Init Duration" in first.log[-1]
    # The same instance, kept warm.
    assert json.loads(second.payload)["count"] == 2
    assert "Init Duration" not in second.log[-1]


@pytest.mark.parametrize(
    ("text", "snapshot", "kind", "message"),
    [
        ("import nope", {}, "Runtime.ImportModuleError", "No module named 'nope'"),
        ("x = (", {}, "Runtime.UserCodeSyntaxError", "Syntax error"),
        ("", {}, "Runtime.HandlerNotFound", "Handler 'handler' missing"),
        ("raise ValueError('no start')", {}, "ValueError", "no start"),
        ("def handler(e, c): raise ValueError('no answer')", {}, "ValueError", "no answer"),
        ("def handler(e, c): return object()", {}, "Runtime.MarshalError", "Unable to marshal"),
        (
            "import os\ndef handler(e, c): os._exit(3)",
            {},
            "Runtime.ExitError",
            "Runtime exited with error: exit status 3",
        ),
        ("import os\nos._exit(4)", {}, "Runtime.ExitError", "exit status 4"),
        (
            "import time\ndef handler(e, c): time.sleep(30)",
            {"timeout": 1},
            "Sandbox.Timedout",
            "Task timed out after 1.00 seconds",
        ),
        (
            "import time\ndef handler(e, c): x = bytearray(400 * 2**20); time.sleep(30)",
            {},
            "Runtime.ExitError",
            "Runtime exited with error: signal: killed",
        ),
        (
            "def handler(e, c): return 'x' * (6 * 2**20 + 1)",
            {},
            "Function.ResponseSizeTooLarge",
            "Exceeded maximum allowed payload size",
        ),
    ],
)
def test_what_goes_wrong_is_said_as_lambda_says_it(
    tmp_path: Path, text: str, snapshot: dict[str, Any], kind: str, message: str
) -> None:
    deployed = function(tmp_path, text, **snapshot)
    with pool() as instances:
        failed = instances.invoke("key", deployed, event(seconds=deployed.timeout_seconds), most=1)
        # What failed is not kept, and what comes next starts anew.
        again = instances.invoke("key", deployed, event(seconds=deployed.timeout_seconds), most=1)
    for outcome in (failed, again):
        assert outcome.error == "Unhandled"
        said = json.loads(outcome.payload)
        assert said["errorType"] == kind
        assert message in said["errorMessage"]


def test_nothing_of_the_environment_is_there_but_what_lambda_brings(tmp_path: Path) -> None:
    text = """
        import importlib.util as util
        names = ["numpy", "pydantic", "boto3", "runtime"]
        def handler(event, context):
            return [util.find_spec(name) is not None for name in names]
        """
    with pool() as instances:
        outcome = instances.invoke("key", function(tmp_path, text), event(), most=None)
    assert json.loads(outcome.payload) == [False, False, True, False]


def test_another_processor_s_compiled_packages_are_stood_in_for(tmp_path: Path) -> None:
    package = tmp_path / "arm.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("numpy/core.cpython-313-aarch64-linux-gnu.so", b"\x7fELF")
        archive.writestr("numpy/__init__.py", "raise ImportError('of another processor')")
        archive.writestr("plain/__init__.py", "value = 5")
        archive.writestr(
            "app.py", "import numpy, plain\ndef handler(e, c): return [numpy.__name__, plain.value]"
        )
    given = {"handler": "app.handler", "runtime": "python3.13", "architectures": ["arm64"]}
    deployed = Function("iris", "1", "1", "eu-west-1", given, prepared(package, given))
    with pool() as instances:
        outcome = instances.invoke("key", deployed, event(), most=None)
    assert json.loads(outcome.payload) == ["numpy", 5]


def test_no_more_instances_than_there_may_be(tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    text = f"""
        import pathlib, time
        def handler(event, context):
            pathlib.Path({str(begun)!r}).touch()
            while not pathlib.Path({str(go_on)!r}).exists():
                time.sleep(0.01)
        """
    deployed = function(tmp_path, text, timeout=60)
    with pool() as instances:
        asked = ("key", deployed, event(seconds=60))
        beside = threading.Thread(target=instances.invoke, args=asked, kwargs={"most": 1})
        beside.start()
        while not begun.exists():
            time.sleep(0.01)
        with pytest.raises(ThrottledError):
            instances.invoke(*asked, most=1)
        go_on.touch()
        beside.join()
        assert not instances.invoke(*asked, most=1).error


# ---- by hand ----


def ask(
    api: RuntimeApi, method: str, path: str, body: bytes = b"", **headers: str
) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection(api.address, timeout=10)) as connection:
        connection.request(method, f"/2018-06-01/runtime/{path}", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer


def test_only_the_event_that_runs_is_answered() -> None:
    with closing(RuntimeApi()) as api:
        api.send(Event(b"{}", ARN, 3, request_id="one", trace_id="Root=1", client_context="{}"))
        taken = ask(api, "GET", "invocation/next")
        assert taken.headers["Lambda-Runtime-Aws-Request-Id"] == "one"
        assert taken.headers["Lambda-Runtime-Trace-Id"] == "Root=1"
        assert taken.headers["Lambda-Runtime-Client-Context"] == "{}"
        assert ask(api, "POST", "invocation/two/response", b"1").status == 403
        assert ask(api, "POST", "invocation/one/response", b"1").status == 202
        assert ask(api, "POST", "invocation/one/response", b"2").status == 403
        assert api.answered(0) == Answer("response", b"1", "", "application/json")


def test_errors_have_the_type_of_their_header_or_of_their_body() -> None:
    with closing(RuntimeApi()) as api:
        header = {"Lambda-Runtime-Function-Error-Type": "Runtime.X"}
        assert ask(api, "POST", "init/error", b"{}", **header).status == 202
        started = api.started(0)
        assert isinstance(started, Answer)
        assert (started.kind, started.error) == ("init_error", "Runtime.X")
    with closing(RuntimeApi()) as api:
        api.send(Event(b"{}", ARN, 3, request_id="one"))
        ask(api, "GET", "invocation/next")
        assert ask(api, "POST", "invocation/one/error", b'{"errorType": "Y"}').status == 202
        answer = api.answered(0)
        assert answer is not None
        assert (answer.kind, answer.error) == ("error", "Y")


def test_other_paths_are_not_found() -> None:
    with closing(RuntimeApi()) as api:
        assert ask(api, "GET", "nonsense").status == 404
        assert ask(api, "POST", "invocation/one/nonsense").status == 404
        assert ask(api, "GET", "restore/next").status == 200
