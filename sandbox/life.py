"""The life of resources in a stand-in cloud, in plain Python: what a provider does for the engine.

`sandbox.provider` translates the engine's protocol into these calls. Every call may run beside
every other; what must be one step, as checking a reference and writing a row, is one transaction.
"""

import contextlib
import dataclasses
import time
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sandbox import errors, eventual, faults, functions, settings, takeover
from sandbox.check import Problem, Shape, nearest, once
from sandbox.clouds.base import Call, Cloud, NotAnsweredError, RefusedError, Scope, text_of
from sandbox.diff import Change, Plan, changes, top_level
from sandbox.masking import Mask
from sandbox.naming import Autonaming, automatic, is_fixed
from sandbox.protocol import provider_pb2
from sandbox.readiness import Readiness
from sandbox.schema import Resource, UnknownTokenError
from sandbox.store import Event, Fault, Row, Store
from sandbox.values import at
from sandbox.wire import UNKNOWN

__all__ = ["HalfDoneError", "Life", "Result", "token_of"]

# How soon a provider asks again.
_REPEAT_SECONDS = 0.05
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


class Life:
    """Resources of one cloud in one store."""

    def __init__(self, cloud: Cloud, store: Store) -> None:
        self.cloud = cloud
        self.store = store
        self._scope: Scope | None = None
        self._urn = ""
        self._readiness = Readiness(cloud, store)
        self._shape = Shape(
            cloud.library,
            coerces=cloud.coerces,
            closed_enums=cloud.closed_enums,
            further=cloud.further_values,
        )

    # ---- the provider ----

    def check_settings(self, values: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with the shape of the provider's settings."""
        declared = self._provider()
        return self._shape.problems(declared.inputs, settings.decoded(values, declared))

    def diff_settings(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
        """What changes between settings of the provider; what replaces, does so with everything."""
        return settings.plan(self.cloud, self._provider(), old, new)

    def configure(self, values: Mapping[str, Any], urn: str = "") -> None:
        """Use an account; `urn` is the provider's own.

        Raises:
            RefusedError: It is not there or not allowed.
        """
        self._urn = urn
        self._scope = self.cloud.configure(settings.decoded(values, self._provider()), self.store)

    def cancel(self) -> None:
        """Wait for nothing any more: what is not ready yet is told as such."""
        self._readiness.cancel()

    # ---- before anything is done ----

    def check(
        self,
        urn: str,
        new: Mapping[str, Any],
        old: Mapping[str, Any],
        autonaming: Autonaming,
        secrets: Collection[str] = (),
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Inputs to add to the given ones, and everything that is wrong with all of them."""
        token = token_of(urn)
        try:
            declared = self.cloud.declared(token)
        except UnknownTokenError:
            return {}, [Problem("", self._no_such_type(token))]
        logical = urn.rpartition("::")[2]
        added = automatic(self.cloud, token, logical, new=new, old=old, autonaming=autonaming)
        added |= self.cloud.defaults(self._call(urn, {**new, **added}, declared), old)
        inputs = {**new, **added}
        found = once(
            [] if declared is None else self._shape.problems(declared.inputs, inputs),
            self.cloud.limits.problems(token, inputs),
            self.cloud.rules.problems(token, inputs),
            self.cloud.constraints(self._call(urn, inputs, declared)),
        )
        return added, Mask(_secret(declared, secrets), inputs).problems(found) if found else found

    def diff(
        self,
        urn: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        ignored: list[str],
        *,
        state: Mapping[str, Any] = NOTHING,
    ) -> Plan:
        """What an update from old to new inputs would do; `state` has the outputs."""
        token = token_of(urn)
        call = self._call(urn, new, self.cloud.declared(token))
        found = self.cloud.relocated(call, self._changes(token, old, new), state)
        found = [change for change in found if not _is_ignored(change, ignored)]
        rules = self.cloud.replaces(call)
        replacing = frozenset(change.path for change in found if rules.needs(change))
        fixed = self.cloud.deletes_first(old)
        if fixed is None:
            fixed = is_fixed(self.cloud.naming(token), old, new)
        known = self.cloud.rules.of(token)
        fixed = fixed or (known is not None and known.delete_first)
        delete_first = bool(replacing) and fixed
        return Plan(found, replacing, delete_first)

    # ---- life ----

    def preview_creation(self, urn: str, inputs: Mapping[str, Any], secrets: set[str]) -> Result:
        """What a creation would answer, with what is not known yet."""
        declared = self.cloud.declared(token_of(urn))
        call = self._call(urn, inputs, declared)
        outputs: dict[str, Any] = {}
        if declared is not None:
            names = [name for name in declared.outputs if name not in declared.inputs]
            outputs = dict.fromkeys(names, UNKNOWN)
        outputs |= call.inputs
        outputs |= self.cloud.previewed(call)
        return Result("", outputs, secrets=_secret(declared, secrets))

    def create(self, urn: str, inputs: Mapping[str, Any], secrets: set[str]) -> Result:
        """Make a resource.

        Raises:
            HalfDoneError: It is there, but not ready.
            RefusedError: The cloud refuses; nothing was made.
        """
        token = token_of(urn)
        declared = self.cloud.declared(token)
        call = self._call(urn, inputs, declared)
        mask = Mask(_secret(declared, secrets), call.inputs)
        with self._refusals_logged(call, "create", mask):
            names = self._names(call)
            fault = self._hit(call, "create", names)
            self._await_references(call)
            with self.store.transaction():
                _refuse(self.cloud.references(call), token, call.logical_name)
                row = self.cloud.create(call)
                taken = self.cloud.taken(call, row)
                if taken is None:
                    self._refuse_too_many(row)
                    row = self.store.insert(self._readiness.begun(call, row, "create", fault))
                elif self.cloud.overwrites(call):
                    row = self.store.put(row.replace(created=taken.created), operation="update")
                else:
                    raise RefusedError(takeover.advice(self.cloud, call, taken, self._urn))
            faults.after(fault)
            row, reason = self._readiness.awaited(row, fault)
            row, reason = self._watched(call, row, reason)
            if not faults.is_found(self.store, token, names, fault, wait=self._readiness.pause):
                reason = f"reading {token} {row.id} back: couldn't find resource"
            return self._answer(row, declared, secrets, reason or _timeout(fault))

    def read(
        self,
        urn: str,
        resource_id: str,
        known: Mapping[str, Any],
        secrets: set[str],
        *,
        state: Mapping[str, Any] = NOTHING,
    ) -> Result | None:
        """The resource as it is now; None when it is gone.

        Raises:
            RefusedError: There is no such type, or reading fails.
        """
        token = token_of(urn)
        try:
            declared = self.cloud.declared(token)
        except UnknownTokenError:
            raise RefusedError(self._no_such_type(token)) from None
        call = self._call(urn, known, declared, state=state)
        with self._refusals_logged(call, "read", Mask(_secret(declared, secrets), known)):
            fault = self._hit(call, "read", self._names(call, resource_id))
            row = self.cloud.row_of(call, resource_id)
        if row is None or (fault is not None and fault.mode == "not_found"):
            return None
        notes = {name: value for name, value in known.items() if name.startswith("__")}
        inputs = {**self.cloud.inputs_of(row, declared), **notes}
        return dataclasses.replace(self._answer(row, declared, secrets), inputs=inputs)

    def preview_update(
        self,
        urn: str,
        resource_id: str,
        *,
        outputs: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        secrets: set[str],
        ignored: Collection[str] = (),
    ) -> Result:
        """What an update would answer, with what is not known yet.

        Raises:
            RefusedError: The cloud says beforehand that it refuses.
        """
        declared = self.cloud.declared(token_of(urn))
        call = self._call(urn, new, declared, changed=self._changed(urn, old, new), state=outputs)
        previous = self.cloud.row_of(call, resource_id)
        call = dataclasses.replace(call, previous=previous, ignored=tuple(ignored))
        expected = {name: value for name, value in outputs.items() if name not in old}
        expected |= call.inputs
        expected |= dict.fromkeys(self.cloud.volatile(call), UNKNOWN)
        expected |= self.cloud.previewed(call)
        return Result(resource_id, expected, secrets=_secret(declared, secrets))

    def update(
        self,
        urn: str,
        resource_id: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        secrets: set[str],
        *,
        state: Mapping[str, Any] = NOTHING,
        ignored: Collection[str] = (),
    ) -> Result:
        """Change a resource.

        Raises:
            HalfDoneError: It is changed, but not ready.
            RefusedError: The cloud refuses; nothing was changed.
        """
        token = token_of(urn)
        declared = self.cloud.declared(token)
        call = self._call(urn, new, declared, changed=self._changed(urn, old, new), state=state)
        call = dataclasses.replace(call, ignored=tuple(ignored))
        mask = Mask(_secret(declared, secrets), call.inputs, old)
        with self._refusals_logged(call, "update", mask, resource_id):
            fault = self._hit(call, "update", self._names(call, resource_id))
            with self.store.transaction():
                row = self.cloud.row_of(call, resource_id)
                if row is None:
                    raise RefusedError(
                        f"{token} {resource_id} does not exist in {call.scope.account}: it was"
                        " deleted outside of Pulumi. Run `pulumi refresh`, then `pulumi up`"
                    )
                call = dataclasses.replace(call, previous=row)
                _refuse(self.cloud.references(call), token, resource_id)
                changed = faults.rolled_back(fault, row, self.cloud.update(call, row))
                changed = self._readiness.begun(call, changed, "update", fault)
                changed = self.store.put(eventual.carried(row, changed), operation="update")
            faults.after(fault)
            changed, reason = self._readiness.awaited(changed, fault)
            changed, reason = self._watched(call, changed, reason)
            return self._answer(changed, declared, secrets, reason or _timeout(fault))

    def delete(
        self,
        urn: str,
        resource_id: str,
        inputs: Mapping[str, Any],
        secrets: Collection[str] = (),
        *,
        state: Mapping[str, Any] = NOTHING,
    ) -> None:
        """Remove a resource with what cannot be without it; one that is gone is no error.

        Raises:
            RefusedError: The cloud refuses; nothing was removed.
        """
        token = token_of(urn)
        call = self._call(urn, inputs, None, state=state)
        with self._refusals_logged(call, "delete", Mask(secrets, inputs), resource_id):
            fault = self._hit(call, "delete", self._names(call, resource_id))
            with self.store.transaction():
                row = self.cloud.row_of(call, resource_id)
                if row is not None:
                    _refuse(self.cloud.deletion(call, row), token, resource_id)
                    self.cloud.released(call, row)
                    for gone in self.cloud.dependents(call, row):
                        self.store.remove(gone)
                    row = self._readiness.begun(call, row, "delete", fault)
                    if eventual.is_passing(row):
                        self.store.put(row, operation="deleting")
                    else:
                        self.store.remove(row)
            faults.after(fault)
            if row is not None and eventual.is_passing(row):
                self._readiness.awaited_removal(row)
                self.store.remove(row)
            if fault is not None and fault.mode == "timeout":
                raise RefusedError(fault.message or "timeout while waiting for the deletion")

    # ---- functions ----

    def invoke(
        self, token: str, arguments: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Problem]]:
        """The answer of a function, or what is wrong with its arguments.

        Raises:
            RefusedError: There is no such function, or what is asked for is not there.
        """
        faults.before(self.store, self.cloud.provider, token, "invoke", wait=self._readiness.pause)
        given = {name: value for name, value in arguments.items() if value is not None}
        with contextlib.suppress(UnknownTokenError):
            problems = self._shape.problems(self.cloud.function(token).arguments, given)
            if problems:
                return {}, problems
        scope = self._configured()
        try:
            return self.cloud.invoke(token, given, self.store, scope), []
        except NotAnsweredError:
            return functions.answer(self.cloud, token, given, self.store, scope), []

    # ---- components ----

    def construct(self, request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
        """Build a component that the provider itself builds.

        Raises:
            RefusedError: The sandbox does not build it, or what it is made of is wrong.
        """
        return self.cloud.construct(request, self.store, self._configured())

    # ---- inside ----

    def _changes(
        self, token: str, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> list[Change]:
        rules = self.cloud.rules.of(token)
        return changes(old, new) if rules is None else changes(old, new, rules.likeness)

    def _changed(self, urn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        return top_level(self._changes(token_of(urn), old, new))

    def _await_references(self, call: Call) -> None:
        """Let arrive what is made beside it, where the provider repeats a refused creation."""
        end = time.monotonic() + self.cloud.patience(call)
        while time.monotonic() < end and self.cloud.references(call):
            if self._readiness.pause(_REPEAT_SECONDS):
                return

    def _watched(self, call: Call, row: Row, reason: str) -> tuple[Row, str]:
        """Let become ready what needs others that are made beside it."""
        end = time.monotonic() + self.cloud.watching(call)
        missing = ""
        while not reason:
            row, missing = self.cloud.watched(call, row)
            if not missing or time.monotonic() >= end or self._readiness.pause(_REPEAT_SECONDS):
                break
        return row, reason or missing

    def _provider(self) -> Resource:
        return self.cloud.library.resource(f"pulumi:providers:{self.cloud.provider}")

    def _configured(self) -> Scope:
        if self._scope is None:
            self._scope = self.cloud.configure({}, self.store)
        return self._scope

    def _call(
        self,
        urn: str,
        inputs: Mapping[str, Any],
        declared: Resource | None,
        changed: frozenset[str] = frozenset(),
        state: Mapping[str, Any] = NOTHING,
    ) -> Call:
        return Call(
            store=self.store,
            scope=self._configured(),
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

    def _hit(self, call: Call, operation: str, names: list[str]) -> Fault | None:
        provider, pause = self.cloud.provider, self._readiness.pause
        return faults.before(self.store, provider, call.token, operation, names, wait=pause)

    def _names(self, call: Call, resource_id: str = "") -> list[str]:
        """What a rule can call a resource by, the first to be shown."""
        naming = self.cloud.naming(call.token)
        path = naming.property if naming is not None else "name"
        own = text_of(at(call.inputs, *path.split(".")))
        return [name for name in (resource_id, own, call.logical_name) if name]

    def _refuse_too_many(self, row: Row) -> None:
        quota = self.store.exceeded(row)
        if quota is None:
            return
        provider = self.cloud.provider
        code = errors.default(provider, "quota")
        said = errors.worded(provider, row.token, "create", row.name or row.id, code=code)
        raise RefusedError(
            f"{said} (the sandbox's quota of {quota.token} is {quota.maximum}: `sandbox/cloud quota"
            " set` changes it)"
        )

    def _answer(
        self, row: Row, declared: Resource | None, secrets: Collection[str], reason: str = ""
    ) -> Result:
        outputs = {**row.inputs, **row.outputs}
        result = Result(row.id, outputs, row.inputs, _secret(declared, secrets))
        if reason:
            raise HalfDoneError(reason, result)
        return result

    @contextlib.contextmanager
    def _refusals_logged(
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
            if reason != str(error):
                raise RefusedError(reason) from None
            raise

    def _no_such_type(self, token: str) -> str:
        meant = nearest(token, self.cloud.library.tokens())
        hint = f"; did you mean {meant}?" if meant else ""
        return f"{self.cloud.provider} {self.cloud.library.version} has no type {token}{hint}"


def token_of(urn: str) -> str:
    """The type of a URN, `urn:pulumi:stack::project::parent$type::name`, without its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def _is_ignored(change: Change, ignored: list[str]) -> bool:
    return any(
        change.path == path or change.path.startswith((f"{path}.", f"{path}[")) for path in ignored
    )


def _timeout(fault: Fault | None) -> str:
    if fault is None or fault.mode != "timeout":
        return ""
    return fault.message or "timeout while waiting for the resource to become ready"


def _secret(declared: Resource | None, secrets: Collection[str]) -> frozenset[str]:
    more = declared.secrets if declared is not None else frozenset[str]()
    return frozenset(secrets) | more


def _refuse(problems: list[Problem], token: str, name: str) -> None:
    if problems:
        lines = "".join(f"\n  - {problem.path}: {problem.reason}" for problem in problems)
        raise RefusedError(f"{token} {name} is refused:{lines}")
