"""The life of resources in a stand-in cloud, in plain Python: what a provider does for the engine.

`sandbox.provider` translates the engine's protocol into these calls. Every call may run beside
every other; what must be one step, as checking a reference and writing a row, is one transaction.
"""

import contextlib
import dataclasses
import time
from collections.abc import Collection, Mapping
from typing import Any

from sandbox import errors, eventual, faults, functions, takeover
from sandbox.check import Problem, nearest, once
from sandbox.clouds.base import Call, NotAnsweredError, RefusedError
from sandbox.clouds.clusters import contents
from sandbox.diff import Change, Plan, changes, top_level
from sandbox.masking import Mask
from sandbox.naming import Autonaming, automatic, is_fixed
from sandbox.protocol import provider_pb2
from sandbox.schema import Resource, UnknownTokenError
from sandbox.session import (
    NOTHING,
    HalfDoneError,
    Result,
    Session,
    secret_names,
    token_of,
)
from sandbox.store import Fault, Row
from sandbox.wire import UNKNOWN

__all__ = ["HalfDoneError", "Life", "Result", "token_of"]

# How soon a provider asks again.
_REPEAT_SECONDS = 0.05


class Life(Session):
    """Resources of one cloud in one store."""

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
        added |= self.cloud.defaults(self.call(urn, {**new, **added}, declared), old)
        inputs = {**new, **added}
        found = once(
            [] if declared is None else self.shape.problems(declared.inputs, inputs),
            self.cloud.limits.problems(token, inputs),
            self.cloud.rules.problems(token, inputs),
            self.cloud.constraints(self.call(urn, inputs, declared)),
        )
        return added, Mask(secret_names(declared, secrets), inputs).problems(
            found
        ) if found else found

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
        call = self.call(urn, new, self.cloud.declared(token))
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
        call = self.call(urn, inputs, declared)
        outputs: dict[str, Any] = {}
        if declared is not None:
            names = [name for name in declared.outputs if name not in declared.inputs]
            outputs = dict.fromkeys(names, UNKNOWN)
        outputs |= call.inputs
        outputs |= self.cloud.previewed(call)
        return Result("", outputs, secrets=secret_names(declared, secrets))

    def doubts(self, urn: str, inputs: Mapping[str, Any], secrets: set[str]) -> list[Problem]:
        """What passes though it may be wrong."""
        declared = self.cloud.declared(token_of(urn))
        found = self.cloud.doubts(self.call(urn, inputs, declared))
        return Mask(secret_names(declared, secrets), inputs).problems(found) if found else found

    def create(self, urn: str, inputs: Mapping[str, Any], secrets: set[str]) -> Result:
        """Make a resource.

        Raises:
            HalfDoneError: It is there, but not ready.
            RefusedError: The cloud refuses; nothing was made.
        """
        token = token_of(urn)
        declared = self.cloud.declared(token)
        call = self.call(urn, inputs, declared)
        mask = Mask(secret_names(declared, secrets), call.inputs)
        with self.refusals_logged(call, "create", mask):
            self.cloud.answers(call, "create")
            names = self.names(call)
            fault = self.hit(call, "create", names)
            self._await_references(call)
            with self.store.transaction():
                _refuse(self.cloud.references(call), token, call.logical_name)
                row = self.cloud.create(call)
                taken = self.cloud.taken(call, row)
                if taken is None:
                    self._refuse_too_many(row)
                    row = self.cloud.placed(call, row)
                    row = self.store.insert(self.readiness.begun(call, row, "create", fault))
                elif self.cloud.overwrites(call):
                    row = self.store.put(row.replace(created=taken.created), operation="update")
                else:
                    raise RefusedError(takeover.advice(self.cloud, call, taken, self.urn))
            faults.after(fault, wait=self.readiness.pause)
            row, reason = self.readiness.awaited(row, fault)
            row, reason = self._watched(call, row, reason)
            if not faults.is_found(self.store, token, names, fault, wait=self.readiness.pause):
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
        call = self.call(urn, known, declared, state=state)
        with self.refusals_logged(call, "read", Mask(secret_names(declared, secrets), known)):
            if not self.cloud.answers(call, "read"):
                return None
            fault = self.hit(call, "read", self.names(call, resource_id))
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
        call = self.call(urn, new, declared, changed=self._changed(urn, old, new), state=outputs)
        call = self._upon(call, self.cloud.row_of(call, resource_id))
        call = dataclasses.replace(call, ignored=tuple(ignored))
        expected = {name: value for name, value in outputs.items() if name not in old}
        expected |= call.inputs
        expected |= dict.fromkeys(self.cloud.volatile(call), UNKNOWN)
        expected |= self.cloud.previewed(call)
        return Result(resource_id, expected, secrets=secret_names(declared, secrets))

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
        call = self.call(urn, new, declared, changed=self._changed(urn, old, new), state=state)
        call = dataclasses.replace(call, ignored=tuple(ignored))
        mask = Mask(secret_names(declared, secrets), call.inputs, old)
        with self.refusals_logged(call, "update", mask, resource_id):
            self.cloud.answers(call, "update")
            fault = self.hit(call, "update", self.names(call, resource_id))
            with self.store.transaction():
                row = self.cloud.row_of(call, resource_id)
                if row is None:
                    raise RefusedError(
                        f"{token} {resource_id} does not exist in {call.scope.account}: it was"
                        " deleted outside of Pulumi. Run `pulumi refresh`, then `pulumi up`"
                    )
                call = self._upon(call, row)
                _refuse(self.cloud.references(call), token, resource_id)
                changed = faults.rolled_back(fault, row, self.cloud.update(call, row))
                changed = self.readiness.begun(call, changed, "update", fault)
                if not self.cloud.recovers(call):
                    changed = eventual.carried(row, changed)
                changed = self.store.put(changed, operation="update")
            faults.after(fault, wait=self.readiness.pause)
            changed, reason = self.readiness.awaited(changed, fault)
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
        call = self.call(urn, inputs, None, state=state)
        with self.refusals_logged(call, "delete", Mask(secrets, inputs), resource_id):
            if not self.cloud.answers(call, "delete"):
                return
            fault = self.hit(call, "delete", self.names(call, resource_id))
            with self.store.transaction():
                row = self.cloud.row_of(call, resource_id)
                if row is not None:
                    _refuse(self.cloud.deletion(call, row), token, resource_id)
                    self.cloud.released(call, row)
                    below = self.cloud.dependents(call, row)
                    for gone in [*contents([*below, row], self.store), *below]:
                        self.store.remove(gone)
                    row = self.readiness.begun(call, row, "delete", fault)
                    if eventual.is_passing(row):
                        self.store.put(row, operation="deleting")
                    else:
                        self.store.remove(row)
            faults.after(fault, wait=self.readiness.pause)
            if row is not None and eventual.is_passing(row):
                self.readiness.awaited_removal(row)
                with self.store.transaction():
                    # Whoever knew it has made things in it until its end.
                    for gone in contents([row], self.store):
                        self.store.remove(gone)
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
        faults.before(self.store, self.cloud.provider, token, "invoke", wait=self.readiness.pause)
        given = {name: value for name, value in arguments.items() if value is not None}
        with contextlib.suppress(UnknownTokenError):
            problems = self.shape.problems(self.cloud.function(token).arguments, given)
            if problems:
                return {}, problems
        scope = self.configured()
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
        return self.cloud.construct(request, self.store, self.configured())

    # ---- inside ----

    def _changes(self, token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
        rules = self.cloud.rules.of(token)
        return changes(old, new) if rules is None else changes(old, new, rules.likeness)

    def _changed(self, urn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        return top_level(self._changes(token_of(urn), old, new))

    def _upon(self, call: Call, row: Row | None) -> Call:
        """A call about what exists: some of it stays as it is when it is no longer given."""
        rules = self.cloud.rules.of(call.token)
        kept: dict[str, Any] = {}
        if rules is not None and row is not None:
            kept = {
                name: value
                for name, value in row.inputs.items()
                if name in rules.likeness.kept and name not in call.inputs
            }
        return dataclasses.replace(call, previous=row, inputs={**call.inputs, **kept})

    def _await_references(self, call: Call) -> None:
        """Let arrive what is made beside it, where the provider repeats a refused creation."""
        end = time.monotonic() + self.cloud.patience(call)
        while time.monotonic() < end and self.cloud.references(call):
            if self.readiness.pause(_REPEAT_SECONDS):
                return

    def _watched(self, call: Call, row: Row, reason: str) -> tuple[Row, str]:
        """Let become ready what needs others that are made beside it."""
        end = time.monotonic() + self.cloud.watching(call)
        missing = ""
        while not reason:
            row, missing = self.cloud.watched(call, row)
            if not missing or time.monotonic() >= end or self.readiness.pause(_REPEAT_SECONDS):
                break
        return row, reason or missing

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
        result = Result(row.id, outputs, row.inputs, secret_names(declared, secrets))
        if reason:
            raise HalfDoneError(reason, result)
        return result

    def _no_such_type(self, token: str) -> str:
        meant = nearest(token, self.cloud.library.tokens())
        hint = f"; did you mean {meant}?" if meant else ""
        return f"{self.cloud.provider} {self.cloud.library.version} has no type {token}{hint}"


def _is_ignored(change: Change, ignored: list[str]) -> bool:
    return any(
        change.path == path or change.path.startswith((f"{path}.", f"{path}[")) for path in ignored
    )


def _timeout(fault: Fault | None) -> str:
    if fault is None or fault.mode != "timeout":
        return ""
    return fault.message or "timeout while waiting for the resource to become ready"


def _refuse(problems: list[Problem], token: str, name: str) -> None:
    if problems:
        lines = "".join(f"\n  - {problem.path}: {problem.reason}" for problem in problems)
        raise RefusedError(f"{token} {name} is refused:{lines}")
