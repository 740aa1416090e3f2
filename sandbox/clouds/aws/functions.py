"""Functions of pulumi-aws that the sandbox answers."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.clouds.aws.compute import CLUSTER, SUBNET, VPC
from sandbox.clouds.base import RefusedError, Scope
from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["FUNCTIONS", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a function is asked, and where."""

    arguments: Mapping[str, Any]
    store: Store
    scope: Scope

    @property
    def region(self) -> str:
        """The region that is asked about."""
        return str(self.arguments.get("region") or self.scope.region)

    def rows(self, token: str) -> list[Row]:
        """Resources of a type in the account and region."""
        return self.store.list("aws", token, account=self.scope.account, region=self.region)


def _caller_identity(question: Question) -> dict[str, Any]:
    account = question.scope.account
    return {
        "accountId": account,
        "id": account,
        "arn": f"arn:aws:sts::{account}:assumed-role/sandbox/session",
        "userId": "AROASANDBOXSANDBOX000:session",
    }


def _region(question: Question) -> dict[str, Any]:
    name = str(question.arguments.get("name") or question.region)
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": "Europe (Ireland)" if name == "eu-west-1" else name,
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


def _partition(question: Question) -> dict[str, Any]:
    del question
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _regions(question: Question) -> dict[str, Any]:
    """The commercial regions; `filters` leave those whose `region-name` has a value of theirs."""
    from sandbox.clouds.aws.registries import regions  # noqa: PLC0415 - a table

    names = regions()
    for each in listed(question.arguments.get("filters")):
        if mapped(each).get("name") == "region-name":
            names = [name for name in names if name in listed(mapped(each).get("values"))]
    return {"id": "aws", "names": names}


def _zones(question: Question) -> dict[str, Any]:
    names = [f"{question.region}{zone}" for zone in "abc"]
    return {
        "id": question.region,
        "names": names,
        "zoneIds": [f"euw1-az{n}" for n in (1, 2, 3)],
        "groupNames": [question.region],
    }


def _listed(value: Any) -> Any:  # noqa: ANN401
    """One value stays a value, several are a sorted list, as the real function writes them."""
    items = cast("list[Any]", value)
    return items[0] if len(items) == 1 else sorted(items, reverse=True)


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {}
    if given.get("sid"):
        statement["Sid"] = given["sid"]
    statement["Effect"] = given.get("effect") or "Allow"
    for wire, name in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if given.get(wire):
            statement[name] = _listed(given[wire])
    for wire, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(wire):
            statement[name] = _principals(given[wire])
    if given.get("conditions"):
        conditions: dict[str, dict[str, Any]] = {}
        for condition in given["conditions"]:
            values = condition["values"]
            value = values[0] if len(values) == 1 else values
            conditions.setdefault(condition["test"], {})[condition["variable"]] = value
        statement["Condition"] = conditions
    return statement


def _principals(given: list[dict[str, Any]]) -> Any:  # noqa: ANN401
    found: dict[str, list[str]] = {}
    for principal in given:
        kind, names = principal["type"], principal["identifiers"]
        if kind == "*" and names == ["*"]:
            return "*"
        found.setdefault(kind, []).extend(names)
    return {kind: _listed(names) for kind, names in found.items()}


def _policy_document(question: Question) -> dict[str, Any]:
    given = question.arguments
    sources = [given.get("sourceJson"), *listed(given.get("sourcePolicyDocuments"))]
    overrides = [given.get("overrideJson"), *listed(given.get("overridePolicyDocuments"))]
    document: dict[str, Any] = {"Version": given.get("version") or "2012-10-17"}
    if given.get("policyId"):
        document["Id"] = given["policyId"]
    statements: list[dict[str, Any]] = []
    for text in sources:
        statements += _merged(text)
    statements += [_statement(item) for item in listed(given.get("statements"))]
    for text in overrides:
        for statement in _merged(text):
            sid = statement.get("Sid")
            statements = [s for s in statements if not sid or s.get("Sid") != sid]
            statements.append(statement)
    document["Statement"] = statements
    return {
        "id": str(zlib.crc32(json.dumps(document).encode())),
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _merged(text: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    if not text:
        return []
    try:
        found: Any = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"a source or override policy document is not one: {error}") from error
    return cast("list[dict[str, Any]]", found if isinstance(found, list) else [found])


def _filters(row: Row, question: Question) -> bool:
    properties = row.inputs | row.outputs
    tags = mapped(properties.get("tags"))
    wanted = mapped(question.arguments.get("tags"))
    if any(tags.get(key) != value for key, value in wanted.items()):
        return False
    names = {
        "vpc-id": properties.get("vpcId"),
        "subnet-id": row.id,
        "availability-zone": properties.get("availabilityZone"),
        "cidr-block": properties.get("cidrBlock"),
    }
    for item in map(mapped, listed(question.arguments.get("filters"))):
        name = str(item["name"])
        value = tags.get(name.removeprefix("tag:")) if name.startswith("tag:") else names.get(name)
        if value not in item["values"]:
            return False
    return True


def _one(question: Question, token: str, key: str = "id") -> dict[str, Any]:
    wanted = question.arguments.get(key)
    rows = [
        row
        for row in question.rows(token)
        if (not wanted or wanted in (row.id, row.name)) and _filters(row, question)
    ]
    noun = token.rpartition(":")[2]
    if len(rows) != 1:
        found = "no matching" if not rows else f"{len(rows)} matching"
        raise RefusedError(
            f"{found} {noun} found for {dict(question.arguments)} in {question.scope.account}"
            f" {question.region}"
        )
    return {**rows[0].inputs, **rows[0].outputs, "id": rows[0].id}


def _subnets(question: Question) -> dict[str, Any]:
    ids = [row.id for row in question.rows(SUBNET) if _filters(row, question)]
    return {"id": question.region, "ids": ids}


def _cluster(question: Question) -> dict[str, Any]:
    found = _one(question, CLUSTER, "name")
    return {
        **found,
        "certificateAuthorities": [found.get("certificateAuthority", {})],
        "vpcConfig": found.get("vpcConfig"),
    }


def _cluster_token(question: Question) -> dict[str, Any]:
    name = str(question.arguments.get("name"))
    return {"id": name, "name": name, "token": "k8s-aws-v1.sandbox"}


def _key_alias(question: Question) -> dict[str, Any]:
    name = str(question.arguments.get("name"))
    for row in question.rows("aws:kms/alias:Alias"):
        if row.name == name:
            target = str(row.outputs.get("targetKeyArn"))
            return {
                **row.outputs,
                "id": row.outputs.get("arn"),
                "targetKeyId": target.rpartition("/")[2],
            }
    if name.startswith("alias/aws/"):
        arn = f"arn:aws:kms:{question.region}:{question.scope.account}"
        # AWS makes its managed keys when they are first asked for.
        key = "00000000-0000-4000-8000-" + name.encode().hex()[-12:]
        return {
            "id": f"{arn}:{name}",
            "arn": f"{arn}:{name}",
            "targetKeyId": key,
            "targetKeyArn": f"{arn}:key/{key}",
        }
    raise RefusedError(f"NotFoundException: alias {name} is not found")


def _parameter(question: Question) -> dict[str, Any]:
    """AMI parameters that AWS publishes for EKS, and the stack's own parameters."""
    name = str(question.arguments.get("name"))
    own = [r for r in question.rows("aws:ssm/parameter:Parameter") if r.name == name]
    if own:
        return {**own[0].inputs, **own[0].outputs, "id": name}
    if name.startswith("/aws/service/"):
        # The value is stable per parameter, and looks like what it stands for.
        digits = name.encode().hex()[-17:]
        value = "1.34.1-20260105" if name.endswith("release_version") else f"ami-{digits}"
        return {
            "id": name,
            "name": name,
            "arn": f"arn:aws:ssm:{question.region}::parameter{name}",
            "type": "String",
            "value": value,
            "insecureValue": value,
            "version": 1,
        }
    raise RefusedError(f"ParameterNotFound: {name}")


def _prebuilt_image(question: Question) -> dict[str, Any]:
    from sandbox.clouds.aws.registries import registry  # noqa: PLC0415 - a table

    given = question.arguments
    name, region = str(given["repositoryName"]), question.region
    account = registry(name, region)
    tag = given.get("imageTag") or "1"
    suffix = given.get("dnsSuffix") or "amazonaws.com"
    return {
        "id": account,
        "registryId": account,
        "imageTag": tag,
        "dnsSuffix": suffix,
        "registryPath": f"{account}.dkr.ecr.{region}.{suffix}/{name}:{tag}",
    }


FUNCTIONS: dict[str, Callable[[Question], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getRegions:getRegions": _regions,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:iam/getRole:getRole": lambda q: _one(q, "aws:iam/role:Role", "name"),
    "aws:ec2/getVpc:getVpc": lambda q: _one(q, VPC),
    "aws:ec2/getSubnet:getSubnet": lambda q: _one(q, SUBNET),
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:eks/getCluster:getCluster": _cluster,
    "aws:eks/getClusterAuth:getClusterAuth": _cluster_token,
    "aws:kms/getAlias:getAlias": _key_alias,
    "aws:s3/getBucket:getBucket": lambda q: _one(q, "aws:s3/bucket:Bucket", "bucket"),
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage": _prebuilt_image,
}
