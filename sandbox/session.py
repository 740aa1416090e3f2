"""One configured provider: its account, its place, and what all calls about resources share."""

import contextlib
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sandbox import faults, settings
from sandbox.check import Problem, Shape
from sandbox.clouds.base import Call, Cloud, RefusedError, Scope, text_of
from sandbox.diff import Plan
from sandbox.masking import Mask
from sandbox.readiness import Readiness
from sandbox.schema import Resource
from sandbox.store import Event, Fault, Store, StoreError
from sandbox.values import at

__all__ = ["NOTHING", "HalfDoneError", "Result", "Session", "secret_names", "token_of"]

NOTHING: Mapping[str, Any] = MappingProxyType({})


class HalfDoneError(RefusedError):
    """The cloud has done it, but nobody saw it become ready: the state must remember it."""

    def __init__(self, reason: str, result: "Result") -> None:
        super().__init__(reason)
        self.result = result


@dataclass(frozen=True, slots=True)
class Result:
    """A resource as the engine hears of it; `secrets` are names of properties."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    secrets: frozenset[str] = frozenset()


class Session:
    """The provider of one cloud in one store."""

    def __init__(self, cloud: Cloud, store: Store) -> None:
        self.cloud = cloud
        self.store = store
        self._scope: Scope | None = None
        self.urn = ""
        self.readiness = Readiness(cloud, store)
        self.shape = Shape(
            cloud.library,
            coerces=cloud.coerces,
            closed_enums=cloud.closed_enums,
            further=cloud.further_values,
        )

    # ---- the provider ----

    def check_settings(self, values: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with the shape of the provider's settings."""
        declared = self.provider()
        return self.shape.problems(declared.inputs, settings.decoded(values, declared))

    def diff_settings(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
        """What changes between settings of the provider; what replaces, does so with everything."""
        return settings.plan(self.cloud, self.provider(), old, new)

    def configure(self, values: Mapping[str, Any], urn: str = "") -> None:
        """Use an account; `urn` is the provider's own.

        Raises:
            RefusedError: It is not there or not allowed.
        """
        self.urn = urn
        self._scope = self.cloud.configure(settings.decoded(values, self.provider()), self.store)

    def cancel(self) -> None:
        """Wait for nothing any more: what is not ready yet is told as such."""
        self.readiness.cancel()

    # ---- for all calls ----

    def provider(self) -> Resource:
        """The declaration of the provider itself."""
        return self.cloud.library.resource(f"pulumi:providers:{self.cloud.provider}")

    def configured(self) -> Scope:
        """Where it works; a provider that was never configured works where its defaults lead."""
        if self._scope is None:
            self._scope = self.cloud.configure({}, self.store)
        return self._scope

    def call(
        self,
        urn: str,
        inputs: Mapping[str, Any],
        declared: Resource | None,
        changed: frozenset[str] = frozenset(),
        state: Mapping[str, Any] = NOTHING,
    ) -> Call:
        """A call about one resource; `state` has the outputs that Pulumi knows."""
        return Call(
            store=self.store,
            scope=self.configured(),
            token=token_of(urn),
            urn=urn,
            inputs={
                name: value
                for name, value in inputs.items()
                if not name.startswith("__") and value is not None
            },
            declared=declared,
            changed=changed,
            home=text_of(state.get("region")),
        )

    def hit(self, call: Call, operation: str, names: list[str]) -> Fault | None:
        """Apply what hits a call before the cloud acts; answer a fault that acts later."""
        provider, pause = self.cloud.provider, self.readiness.pause
        fault = faults.before(self.store, provider, call.token, operation, names, wait=pause)
        name = next(iter(names), "")
        faults.echoed(fault, provider, call, operation, name)
        return fault

    def names(self, call: Call, resource_id: str = "") -> list[str]:
        """What a rule can call a resource by, the first to be shown."""
        naming = self.cloud.naming(call.token)
        path = naming.property if naming is not None else "name"
        own = text_of(at(call.inputs, *path.split(".")))
        return [name for name in (resource_id, own, call.logical_name) if name]

    @contextlib.contextmanager
    def refusals_logged(
        self, call: Call, operation: str, mask: Mask, resource_id: str = ""
    ) -> Generator[None]:
        """Log what the cloud refuses, and say it, without the values of secret properties."""
        try:
            yield
        except RefusedError as error:
            reason = mask.text(str(error))
            half = error.result if isinstance(error, HalfDoneError) else None
            event = Event(
                operation,
                self.cloud.provider,
                call.token,
                resource_id or call.logical_name,
                call.scope.account,
                call.region,
                outcome="refused" if half is None else "not ready",
                detail=reason,
            )
            self.store.log(event)
            if half is not None:
                raise HalfDoneError(reason, half) from None
            if reason != str(error) and not isinstance(error, faults.EchoedError):
                raise RefusedError(reason) from None
            raise
        except StoreError as error:
            raise StoreError(mask.text(str(error))) from None


def token_of(urn: str) -> str:
    """The type of a URN, `urn:pulumi:stack::project::parent$type::name`, without its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def secret_names(declared: Resource | None, secrets: Collection[str]) -> frozenset[str]:
    """The properties that hold secrets: by the program, or by the type's declaration."""
    more = declared.secrets if declared is not None else frozenset[str]()
    return frozenset(secrets) | more
