"""The API models of AWS, as botocore has them, and the vendor's pages about them."""

import functools
import gzip
import importlib.metadata
import importlib.util
import json
from pathlib import Path
from typing import Any

from sandbox.limits.aws.attributes import described

__all__ = ["VERSION", "Service", "data", "service", "services"]

VERSION = importlib.metadata.version("botocore")

_DOCS = "https://docs.aws.amazon.com/"
# Where the pages `API_<call or shape>.html` of a service are.
_PAGES = {
    "application-autoscaling": "autoscaling/application/APIReference",
    "autoscaling": "autoscaling/ec2/APIReference",
    "cloudwatch": "AmazonCloudWatch/latest/APIReference",
    "codedeploy": "codedeploy/latest/APIReference",
    "dynamodb": "amazondynamodb/latest/APIReference",
    "ec2": "AWSEC2/latest/APIReference",
    "ecr": "AmazonECR/latest/APIReference",
    "eks": "eks/latest/APIReference",
    "events": "eventbridge/latest/APIReference",
    "iam": "IAM/latest/APIReference",
    "kms": "kms/latest/APIReference",
    "lambda": "lambda/latest/api",
    "logs": "AmazonCloudWatchLogs/latest/APIReference",
    "s3": "AmazonS3/latest/API",
    "sagemaker": "sagemaker/latest/APIReference",
    "scheduler": "scheduler/latest/APIReference",
    "secretsmanager": "secretsmanager/latest/apireference",
    "sns": "sns/latest/api",
    "sqs": "AWSSimpleQueueService/latest/APIReference",
    "ssm": "systems-manager/latest/APIReference",
}


class Service:
    """One service: its operations and shapes, as the JSON of its model."""

    def __init__(self, name: str, model: dict[str, Any]) -> None:
        self.name = name
        self.operations: dict[str, Any] = model["operations"]
        # By names without case.
        self.spelt = {operation.lower(): operation for operation in self.operations}
        self._shapes: dict[str, dict[str, Any]] = model["shapes"]
        self._uid = str(model["metadata"].get("uid", ""))

    def shape(self, name: str) -> dict[str, Any]:
        """A shape by its name: `type`, `members`, `enum`, `min` and the like."""
        return self._shapes[name]

    def attributes(self, name: str, member: str) -> str:
        """A structure of the keys of a map that a structure has, as they are told in words."""
        made = f"{name}.{member}"
        if made not in self._shapes:
            found = described(self.shape(name)["members"][member].get("documentation", ""))
            self._shapes |= {f"{made}.{key}": shape for key, shape in found.items()}
            members = {key: {"shape": f"{made}.{key}"} for key in found}
            self._shapes[made] = {"type": "structure", "members": members}
        return made

    def input(self, operation: str) -> str:
        """The name of the shape that an operation takes, empty for none."""
        return str(self.operations[operation].get("input", {}).get("shape", ""))

    def page(self, name: str) -> str:
        """The vendor's page of a call or of a structure; empty where there is none."""
        if self.name in _PAGES:
            return f"{_DOCS}{_PAGES[self.name]}/API_{name}.html"
        if self.name == "apigatewayv2":
            return self._page_of_path(name)
        # The vendor forwards from here, as botocore's own documentation does.
        return f"{_DOCS}goto/WebAPI/{self._uid}/{name}" if self._uid else ""

    def _page_of_path(self, name: str) -> str:
        """A page for each path: that of `/v2/apis/{apiId}/routes` is `apis-apiid-routes`."""
        if name not in self.operations:
            return ""
        path = str(self.operations[name]["http"]["requestUri"]).removeprefix("/v2/").lower()
        file = path.replace("{", "").replace("}", "").replace("/", "-")
        return f"{_DOCS}apigatewayv2/latest/api-reference/{file}.html"


@functools.cache
def services() -> tuple[str, ...]:
    """Every service that botocore has a model of."""
    return tuple(sorted({file.parts[-3] for file in data().glob("*/*/service-2.json*")}))


@functools.lru_cache(maxsize=16)
def service(name: str) -> Service:
    """A service by botocore's name for it; its newest version."""
    file = max(data().glob(f"{name}/*/service-2.json*"))
    read = gzip.decompress if file.suffix == ".gz" else bytes
    return Service(name, json.loads(read(file.read_bytes())))


def data() -> Path:
    """Where botocore keeps its models; the package itself is not imported."""
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("botocore is not installed")
    return Path(found.origin).parent / "data"
