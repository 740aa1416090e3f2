"""What the operations of every service share: the call, its caller, a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["AwsError", "Call", "Caller", "Operation"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks and where, from the request's signature."""

    account: str
    region: str
    access_key: str


class AwsError(Exception):
    """A refusal, as AWS words it. `status` is the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation. `rolls_back`: a rule wants it taken, answered well and undone."""

    store: Store
    caller: Caller
    parameters: dict[str, Any]
    rolls_back: bool = False

    def text(self, name: str) -> str:
        """A parameter that must be there."""
        value = self.parameters.get(name)
        if not isinstance(value, str) or not value:
            raise AwsError("ValidationException", f"{name}: must not be null")
        return value

    def items(self, name: str) -> list[Any]:
        """A parameter that is a list; empty when it is not given."""
        return listed(self.parameters.get(name))

    def members(self, name: str) -> dict[str, Any]:
        """A parameter that is an object; empty when it is not given."""
        return mapped(self.parameters.get(name))

    def named(self, token: str, name: str) -> Row | None:
        """The resource of this name in the caller's account and region."""
        return self.store.by_name(
            "aws", token, name, account=self.caller.account, region=self.caller.region
        )

    def all(self, token: str) -> list[Row]:
        """The resources of a type in the caller's account and region."""
        return self.store.list("aws", token, account=self.caller.account, region=self.caller.region)


@dataclass(frozen=True, slots=True)
class Operation:
    """What answers an operation, and the Pulumi token that rules and events know it by.

    `rule` is the stand-in provider's operation whose rules hit it too, as `update`.
    """

    answer: Callable[[Call], dict[str, Any]]
    token: str
    rule: str = ""
