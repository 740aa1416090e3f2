"""What functions answer where no cloud is asked: what a provider's own configuration says.

Everything else is unknown, as what a resource computes is in a preview. A function that is called
for its plain value has to answer at once: it says nothing, and a program that goes on with what it
would have said is judged by the engine alone.
"""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import invoke
from pulumi.runtime.rpc import UNKNOWN

from delivery.checking.stand_ins import resolved
from facts.pools.offers import Offer
from policies.properties import UNKNOWN_MARKERS

__all__ = ["Answers", "telling_plain_calls"]

_PLAIN: ContextVar[bool] = ContextVar("called for its plain value", default=False)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_PARTITIONS: Final = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
}
_CLUSTER: Final = ("kind", "cluster_name", "endpoint", "kubeconfig", "oidc_issuer_url")


@contextmanager
def telling_plain_calls() -> Generator[None]:
    """While this lasts, a call for a plain value is told from one for an output.

    The protocol does not tell them; the SDKs of all providers call the first by this name.
    """
    runtime: Any = pulumi.runtime

    def plainly(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function it stands for
        token = _PLAIN.set(True)
        try:
            return invoke(*given, **named)
        finally:
            _PLAIN.reset(token)

    runtime.invoke = plainly
    try:
        yield
    finally:
        runtime.invoke = invoke


@dataclass(frozen=True)
class Answers:
    """The answers of one environment.

    `offers` are what the pools of its platform's stack offer, None where nobody here knows;
    `store` is the scheme of its cloud's own store of objects.
    """

    offers: Mapping[str, Offer] | None = None
    store: str = "s3"

    def of(
        self, token: str, asked: Mapping[str, Any], provider: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The answer as it goes over the wire; None where it is unknown."""
        if answer := _BY_PROVIDER.get(token):
            found = answer(provider)
        elif ours := _OURS.get(token):
            found = ours(self, asked)
        else:
            found = None
        return {} if found is None and _PLAIN.get() else found


def _region(provider: Mapping[str, Any]) -> dict[str, Any] | None:
    region = _known(provider.get("region"))
    return {"region": region, "name": region, "id": region} if region else None


def _partition(provider: Mapping[str, Any]) -> dict[str, Any] | None:
    region = _known(provider.get("region"))
    if not region:
        return None
    partition, suffix = next(
        (said for begins, said in _PARTITIONS.items() if region.startswith(begins)),
        ("aws", "amazonaws.com"),
    )
    return {"partition": partition, "id": partition, "dnsSuffix": suffix}


def _account(provider: Mapping[str, Any]) -> dict[str, Any] | None:
    """The account, where no other one is allowed."""
    try:
        allowed: object = json.loads(provider.get("allowedAccountIds", ""))
    except (TypeError, ValueError):
        return None
    accounts = cast("list[str]", allowed) if isinstance(allowed, list) else []
    return {"accountId": accounts[0], "id": accounts[0]} if len(accounts) == 1 else None


def _known(value: object) -> str:
    """A text; empty for what is absent or unknown."""
    return value if isinstance(value, str) and value not in UNKNOWN_MARKERS else ""


def _outputs_of_stack(answers: Answers, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Of a platform's stack, or of the last update of this one, where one model is judged."""
    del asked
    pools: Any = UNKNOWN
    if answers.offers is not None:
        pools = {
            name: {"pool_name": name, "offer": offer.as_output()}
            for name, offer in answers.offers.items()
        }
    cluster = {key: f"not asked for: {key}" for key in _CLUSTER}
    return {"outputs": {"gpu_node_pools": pools, "cluster": cluster}}


def _models(answers: Answers, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"models": [resolved(str(one["uri"]), answers.store) for one in asked["references"]]}


def _files(answers: Answers, asked: Mapping[str, Any]) -> dict[str, Any]:
    del answers
    return {
        "artifacts": [
            {"uri": one["uri"], "verdict": "safe", "store": "", "said": ""}
            for one in asked["artifacts"]
        ]
    }


def _copies(answers: Answers, asked: Mapping[str, Any]) -> dict[str, Any]:
    del answers
    return {"copies": [{"there": True, "fileCount": 1, "sizeBytes": 1} for _ in asked["copies"]]}


_BY_PROVIDER: Final[dict[str, Callable[[Mapping[str, Any]], dict[str, Any] | None]]] = {
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getCallerIdentity:getCallerIdentity": _account,
}
_OURS: Final[dict[str, Callable[[Answers, Mapping[str, Any]], dict[str, Any]]]] = {
    "pulumi:pulumi:readStackOutputs": _outputs_of_stack,
    "serving:index:resolveModels": _models,
    "serving:index:judgeModelFiles": _files,
    "serving:index:lookUpCopies": _copies,
}
