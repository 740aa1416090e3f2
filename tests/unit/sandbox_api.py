"""The sandbox's HTTP API and boto3 against it, for tests."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.loaders import Loader  # pyright: ignore[reportMissingTypeStubs]

from sandbox import environment
from sandbox.api import server
from sandbox.store import Row, Store

# The API models of botocore are read once and not once per client: most of a test's time.
LOADER: Any = Loader()
ACCOUNT, REGION = "123456789012", "eu-west-1"
Client = Callable[..., Any]


@contextmanager
def clients(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, enums: bool = True
) -> Generator[Client]:
    """Makes clients of a store; each answer is held to the model that botocore has of it.

    `enums`: enumerations too, where values are not made up.
    """
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: LOADER)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    running = server.start(path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")

    def make(service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        session: Any = boto3.Session(region_name=REGION)
        client = session.client(service, config=Config(retries={"total_max_attempts": 1}))
        client.meta.events.register(
            "response-received", _judge(client.meta.service_model, enums=enums)
        )
        return client

    try:
        yield make
    finally:
        running.close()


@contextmanager
def answering(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Store]:
    """A store that vendors' clients get their answers from, by the environment alone."""
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: LOADER)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    store = Store(folder / "store.sqlite")
    running = server.start(store.path)
    for name, value in {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox-secret",
        "AWS_REGION": REGION,
        **environment.google(running.url),
        **environment.azure(running.url),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    try:
        yield store
    finally:
        running.close()
        store.close()


def put(store: Store, token: str, row_id: str, **columns: Any) -> None:  # noqa: ANN401
    """A row of AWS, named by the last part of its id."""
    name = row_id.rpartition(":")[2]
    store.put(Row("aws", token, row_id, ACCOUNT, REGION, name=name, **columns))


def _judge(model: Any, *, enums: bool) -> Callable[..., None]:  # noqa: ANN401
    def judge(response_dict: dict[str, Any], event_name: str, **_: Any) -> None:  # noqa: ANN401
        body: bytes = response_dict["body"]
        if response_dict["status_code"] >= 300 or not body.startswith(b"{"):
            return
        operation = event_name.rpartition(".")[2]
        shape = model.operation_model(operation).output_shape
        wrong = [] if shape is None else list(_wrong(json.loads(body), shape, operation))
        wrong = [each for each in wrong if enums or "none of" not in each]
        assert not wrong, wrong

    return judge


_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str),
}


def _wrong(value: Any, shape: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    """What of an answer the vendor's model does not have, or misses."""
    if shape.type_name == "structure":
        yield from _wrong_members(value, shape, at)
    elif shape.type_name == "list":
        if not isinstance(value, list):
            yield f"{at} is no list"
            return
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _wrong(item, shape.member, f"{at}[]")
    elif shape.type_name == "map":
        for item in value.values():
            yield from _wrong(item, shape.value, f"{at}{{}}")
    elif not isinstance(value, _KINDS.get(shape.type_name, (object,))):
        yield f"{at}: {value!r} is no {shape.type_name}"
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{at}: {value!r} is none of {shape.enum}"


def _wrong_members(value: Any, shape: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    members = {m.serialization.get("name", name): m for name, m in shape.members.items()}
    yield from (f"{at}.{name} is missing" for name in shape.required_members if name not in value)
    for name, item in value.items():
        if name in members:
            yield from _wrong(item, members[name], f"{at}.{name}")
        else:
            yield f"{at}.{name} is unknown"


def code(caught: Any) -> str:  # noqa: ANN401 - an ExceptionInfo of botocore
    """The vendor's code of a refusal."""
    return str(caught.value.response["Error"]["Code"])
