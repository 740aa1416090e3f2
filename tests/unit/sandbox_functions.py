"""A function in a store, with its code on this machine, and an HTTP API in front: for tests."""

import json
import sys
import textwrap
import urllib.error
import urllib.request
import zipfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials  # pyright: ignore[reportMissingTypeStubs]

from sandbox.api import server
from sandbox.serving import packages
from sandbox.serving.keys import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from sandbox.store import Row, Store
from sandbox.wire import ARCHIVE, SIGNATURE

__all__ = ["ACCOUNT", "HOST", "REGION", "Estate", "Said", "code", "estate", "zipped"]

ACCOUNT, REGION, NAME = "123456789012", "eu-west-1", "iris-dev"
HOST = f"abcdefghij.execute-api.{REGION}.amazonaws.com"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
# The Python and processor of this machine: the whole zip runs.
HERE = {"runtime": f"python{sys.version_info.major}.{sys.version_info.minor}"}


def zipped(path: Path, **modules: str) -> Path:
    """A zip of modules by name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", textwrap.dedent(text))
    return path


def code(path: Path) -> dict[str, Any]:
    """An archive as Pulumi sends it."""
    return {SIGNATURE: ARCHIVE, "path": str(path), "hash": "0" * 64}


@dataclass(frozen=True)
class Said:
    """An answer over HTTP."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Estate:
    """The store, and the server that answers from it."""

    store: Store
    url: str
    folder: Path
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])

    def function(self, handler: str, *, version: str = "1", **inputs: object) -> None:
        """Deploy code: `handler` is the text of a module that has a function `handler`."""
        path = zipped(self.folder / f"{version}.zip", app=handler)
        given = {
            "name": NAME,
            "handler": "app.handler",
            **HERE,
            "timeout": 5,
            "code": code(path),
            **inputs,
        }
        given = {key: value for key, value in given.items() if value is not None}
        with self.store.transaction():
            before = self.store.by_name("aws", packages.FUNCTION, NAME)
            snapshots = packages.snapshots(self.store, before, given, version, same_code=False)
            known = list[str](before.live["versions"] if before else [])
            live: dict[str, Any] = {
                "versions": [*known, version],
                "snapshots": snapshots,
                "status": "Active",
            }
            self._put(packages.FUNCTION, NAME, given, {"arn": ARN}, live=live, name=NAME)

    def alias(self, version: str = "1", weights: dict[str, float] | None = None) -> None:
        """The alias `live`, with the weights of further versions."""
        inputs: dict[str, Any] = {"functionVersion": version, "functionName": NAME, "name": "live"}
        if weights:
            inputs["routingConfig"] = {"additionalVersionWeights": weights}
        self._put("aws:lambda/alias:Alias", f"{ARN}:live", inputs, name="live")

    def api(
        self,
        *,
        route: dict[str, Any] | None = None,
        stage: dict[str, Any] | None = None,
        integration: dict[str, Any] | None = None,
        permission: dict[str, Any] | None = None,
    ) -> None:
        """The HTTP API of the components: `POST /predict`, signed callers."""
        kind, at = "aws:apigatewayv2/", "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31"
        execution = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abcdefghij"
        self._put(f"{kind}api:Api", "abcdefghij", {}, {"executionArn": execution})
        self._put(f"{kind}stage:Stage", "$default", {"apiId": "abcdefghij", **(stage or {})})
        self._put(
            f"{kind}integration:Integration",
            "int",
            {
                "apiId": "abcdefghij",
                "integrationType": "AWS_PROXY",
                "payloadFormatVersion": "2.0",
                "integrationUri": f"{at}/functions/{ARN}:live/invocations",
                **(integration or {}),
            },
        )
        self._put(
            f"{kind}route:Route",
            "route",
            {
                "apiId": "abcdefghij",
                "routeKey": "POST /predict",
                "authorizationType": "AWS_IAM",
                "target": "integrations/int",
                **(route or {}),
            },
        )
        self._put(
            "aws:lambda/permission:Permission",
            "permission",
            {
                "function": NAME,
                "qualifier": "live",
                "principal": "apigateway.amazonaws.com",
                "sourceArn": f"{execution}/*/POST/predict",
                **(permission or {}),
            },
        )

    def put(self, token: str, row_id: str, inputs: dict[str, Any], **outputs: object) -> None:
        """Any further resource."""
        self._put(token, row_id, inputs, outputs)

    def _put(
        self,
        token: str,
        row_id: str,
        inputs: dict[str, Any],
        outputs: dict[str, Any] | None = None,
        *,
        live: dict[str, Any] | None = None,
        name: str = "",
    ) -> None:
        self.store.put(
            Row(
                provider="aws",
                token=token,
                id=row_id,
                name=name or row_id,
                account=ACCOUNT,
                region=REGION,
                inputs=inputs,
                outputs=outputs or {},
                live=live or {},
            )
        )

    def send(
        self,
        body: object = None,
        *,
        host: str = HOST,
        path: str = "/predict",
        method: str = "POST",
        key: str = ACCESS_KEY_ID,
        secret: str = SECRET_ACCESS_KEY,
        service: str = "execute-api",
        signed: bool = True,
        content_type: str = "application/json",
        **headers: str,
    ) -> Said:
        """Send a request for a host, signed by botocore unless told otherwise."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"host": host, "content-type": content_type, **headers}
        if signed:
            request: Any = AWSRequest(method, f"https://{host}{path}", data=data, headers=given)
            signer: Any = SigV4Auth(Credentials(key, secret), service, REGION)
            signer.add_auth(request)
            given = dict(request.headers.items())
        call = urllib.request.Request(f"{self.url}{path}", data, given, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:  # noqa: S310
                return _said(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return _said(error.code, error.read(), error.headers)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """boto3 on the server."""
        session: Any = boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=REGION,
        )
        config: Any = Config(retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self.url, config=config)


def _said(status: int, body: bytes, headers: Any) -> Said:  # noqa: ANN401 - a message
    try:
        document = json.loads(body)
    except ValueError:
        document = body.decode(errors="replace")
    return Said(status, document, {name.lower(): value for name, value in headers.items()})


@contextmanager
def estate(folder: Path) -> Generator[Estate]:
    """A store in a folder, and its server."""
    running = server.start(folder / "store.sqlite")
    try:
        with closing(Store(folder / "store.sqlite")) as store:
            yield Estate(store, running.url, folder)
    finally:
        running.close()
