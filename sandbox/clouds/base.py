"""What the stand-in of any cloud does: the seam between the plugin and the clouds.

The plugin (`sandbox.provider`) speaks the engine's protocol and checks shapes; a cloud knows its
accounts, names, constraints, references, computed properties and functions. A cloud never sees a
secret's wrapping, and what is unknown in a preview is `UNKNOWN`.
"""

import abc
import datetime as dt
import random
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from sandbox import liveshape
from sandbox.check import Problem
from sandbox.diff import Change, Replaces
from sandbox.eventual import Transition
from sandbox.limits import Limits
from sandbox.protocol import provider_pb2
from sandbox.rules import Rules
from sandbox.schema import Function, Library, Resource, UnknownTokenError
from sandbox.store import Row, Store

__all__ = [
    "Call",
    "Cloud",
    "Depth",
    "Naming",
    "NotAnsweredError",
    "RefusedError",
    "Scope",
    "hexadecimal",
    "letters",
    "moment",
    "text_of",
]


class RefusedError(Exception):
    """The cloud refuses a call; the message is as the vendor words it, with what to do."""


class NotAnsweredError(Exception):
    """A cloud knows nothing of its own to answer a function with."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a configured provider works, and its settings, decoded."""

    account: str
    region: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    # Why nothing answers there; empty where something does.
    unreachable: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call about one resource."""

    store: Store
    scope: Scope
    token: str
    urn: str
    inputs: dict[str, Any]
    declared: Resource | None
    # Set when the resource exists: updates and deletions.
    previous: Row | None = None
    # Top-level names of inputs that an update changes.
    changed: frozenset[str] = frozenset()
    # Where Pulumi's state has the resource, which the provider may have left since.
    home: str = ""
    # Paths whose changes an update ignores, where the program says so.
    ignored: tuple[str, ...] = ()

    @property
    def logical_name(self) -> str:
        """The name that the program gave."""
        return self.urn.rpartition("::")[2]

    @property
    def region(self) -> str:
        """Where the resource is; one that is not made yet: its own region, or the provider's."""
        return self.home or text_of(self.inputs.get("region")) or self.scope.region


@dataclass(frozen=True, slots=True)
class Naming:
    """How a type is named when the program does not name it."""

    property: str
    max_length: int = 255
    lower: bool = False
    prefix: str = ""
    # What follows the program's own name: a separator and random digits; none: it is the name.
    separator: str = "-"
    digits: int = 7
    # The name is a random UUID.
    uuid: bool = False
    # What the name is unique in, where a change of it leaves room for the same name.
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Depth:
    """How deeply a type is checked, beyond its declared shape.

    Attributes:
        limits: How many of its properties the vendor's model or the provider's validators limit;
            `source` names those of them that do.
        rules: How many rules of the provider's own there are: inputs that exclude or need others.
        references: Whether what it points to must exist.
        own: The sandbox has checks or states of its own for it.
        replaces: How many properties are known to need a new resource; this refuses nothing.
    """

    limits: int = 0
    source: str = ""
    rules: int = 0
    references: bool = False
    own: bool = False
    replaces: int = 0

    @property
    def shape_only(self) -> bool:
        """Whether nothing but the declared shape is checked."""
        return not (self.limits or self.rules or self.references or self.own)


class Cloud(abc.ABC):
    """One provider's stand-in."""

    provider: str
    # See sandbox.check.Shape.
    coerces = False
    closed_enums = True
    further_values: Mapping[str, frozenset[str]] = MappingProxyType({})
    # The provider notes which inputs it filled in, as Terraform's do.
    notes_defaults = False
    # What a row's `live` must look like, by type; see sandbox.liveshape.
    live_shapes: Mapping[str, liveshape.Shape] = MappingProxyType({})

    def __init__(self, library: Library) -> None:
        self.library = library
        # What the vendor's model allows, and what the provider itself decides.
        self.limits = Limits(self.provider, library.version)
        self.rules = Rules(self.provider, coerces=self.coerces)

    # ---- provider ----

    @abc.abstractmethod
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        """The scope that settings lead to.

        Raises:
            RefusedError: The account, project, subscription or cluster is not there or not allowed.
        """

    def moves(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """Settings whose change makes another provider, so that all its resources are replaced."""
        del old, new
        return frozenset()

    def answers(self, call: Call, operation: str) -> bool:
        """Whether it does; not where what is asked about counts as gone.

        Args:
            call: what is asked.
            operation: `create`, `read`, `update` or `delete`.

        Raises:
            RefusedError: Nothing answers there, and nothing is known of what was asked.
        """
        del call, operation
        return True

    # ---- before anything is done ----

    def declared(self, token: str) -> Resource | None:
        """The declaration of a type; None for a type of free form.

        Raises:
            UnknownTokenError: There is no such type.
        """
        return self.library.resource(token)

    def tokens(self) -> list[str]:
        """Every type: the SDK's, and others that are known here."""
        return list(self.library.tokens())

    def naming(self, token: str) -> Naming | None:
        """How the type is named automatically; None where it is not."""
        declared = self.declared(token)
        if declared is None or "name" not in declared.inputs:
            return None
        name = declared.inputs["name"]
        return Naming("name") if not name.required and name.type.kind == "string" else None

    def automatic_name(self, token: str, inputs: dict[str, Any], name: str) -> dict[str, Any]:
        """The inputs to add for an automatic name."""
        naming = self.naming(token)
        del inputs
        return {} if naming is None else {naming.property: name}

    def defaults(self, call: Call, old: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs that the provider fills in beside the automatic name; `old`: those of before."""
        del call, old
        return {}

    def deletes_first(self, old: Mapping[str, Any]) -> bool | None:
        """Whether a replacement deletes the old resource first; None: where names would collide."""
        del old
        return None

    def depth(self, token: str) -> Depth:
        """How deeply a type is checked: what `sandbox/cloud types` shows and a run says."""
        limits, rules = self.limits.every(token), self.rules.of(token)
        return Depth(
            limits=len({path for source in limits for path in source.paths}),
            source="; ".join(source.source for source in limits),
            rules=rules.count if rules else 0,
            replaces=rules.replacing if rules else 0,
        )

    def constraints(self, call: Call) -> list[Problem]:
        """What is wrong beyond the declared shape, as far as the inputs alone tell."""
        del call
        return []

    def relocated(self, call: Call, found: list[Change], state: Mapping[str, Any]) -> list[Change]:
        """The changes between inputs, with those of the place that the provider now works in."""
        del call, state
        return found

    def replaces(self, call: Call) -> Replaces:
        """Which changes need a new resource."""
        declared = call.declared
        if declared is None:
            return Replaces()
        hinted = {name for name, property_ in declared.inputs.items() if property_.replaces}
        return Replaces(frozenset(hinted | {_plain(path) for path in declared.replaces}))

    # ---- life ----

    def references(self, call: Call) -> list[Problem]:
        """References to resources that do not exist or do not fit; inputs are all known."""
        del call
        return []

    def doubts(self, call: Call) -> list[Problem]:
        """What may be wrong, which cannot be known here: it passes, and is told."""
        del call
        return []

    def patience(self, call: Call) -> float:
        """Seconds for which the provider repeats a creation that `references` refuses."""
        del call
        return 0.0

    @abc.abstractmethod
    def create(self, call: Call) -> Row:
        """The new row; it is not written yet."""

    def taken(self, call: Call, row: Row) -> Row | None:
        """What is in the way of a new row, as something of its name."""
        return call.store.get(
            row.provider,
            row.token,
            row.id,
            account=row.account,
            region=row.region,
            parent=row.parent,
        )

    def placed(self, call: Call, row: Row) -> Row:
        """The new row as the machines that it asks for are to be had; see `sandbox.capacity`."""
        del call
        return row

    def overwrites(self, call: Call) -> bool:
        """Whether creating what exists changes it, as services do whose call is a `Put…`."""
        del call
        return False

    @abc.abstractmethod
    def update(self, call: Call, row: Row) -> Row:
        """The changed row; it is not written yet."""

    def transition(
        self, call: Call, row: Row, operation: Literal["create", "update", "delete"]
    ) -> Transition | None:
        """The state that the row passes through before it is ready, or gone; None: at once.

        `row` is as it will be; of an update `call.previous` is what was before.
        """
        del call, row, operation
        return None

    def watched(self, call: Call, row: Row) -> tuple[Row, str]:
        """The row as the resources beside it leave it, and why it is not ready because of them."""
        del call
        return row, ""

    def watching(self, call: Call) -> float:
        """Seconds for which the provider waits for what `watched` misses."""
        del call
        return 0.0

    def drifted(self, before: Row, after: Row, manager: str) -> Row:
        """The row as somebody's change leaves it; `manager` names who, where the cloud asks."""
        del before, manager
        return after

    def drift_problems(self, before: Row, after: Row) -> list[Problem]:
        """What the cloud refuses of somebody's change, beyond the declared shape."""
        del before, after
        return []

    def live_problems(self, row: Row) -> list[Problem]:
        """What is wrong with the row's `live`, as somebody has set it by `sandbox/cloud set`."""
        shape = self.live_shapes.get(row.token)
        return [] if shape is None else list(liveshape.problems(shape, row.live, "live"))

    def volatile(self, call: Call) -> frozenset[str]:
        """Outputs that an update of `call.changed` computes anew."""
        del call
        return frozenset()

    def previewed(self, call: Call) -> dict[str, Any]:
        """Outputs that are known before a creation, beside the inputs."""
        del call
        return {}

    def deletion(self, call: Call, row: Row) -> list[Problem]:
        """Why the resource cannot be deleted now."""
        del call, row
        return []

    def recovers(self, call: Call) -> bool:
        """Whether this update gives what never became ready another chance."""
        del call
        return False

    def released(self, call: Call, row: Row) -> None:
        """Change what the row leaves behind elsewhere when it is deleted."""
        del call, row

    def dependents(self, call: Call, row: Row) -> list[Row]:
        """Rows that the cloud removes together with this one."""
        del call, row
        return []

    def row_of(self, call: Call, resource_id: str) -> Row | None:
        """The row of an id, as it is read, refreshed or imported."""
        return call.store.get(
            self.provider,
            call.token,
            resource_id,
            account=call.scope.account,
            region=call.region,
        )

    def import_id(self, row: Row) -> str:
        """The id that `pulumi import` takes for a row."""
        return row.id

    def inputs_of(self, row: Row, declared: Resource | None) -> dict[str, Any]:
        """The inputs that would make this row: for refresh and import."""
        if row.inputs or declared is None:
            return row.inputs
        return {name: value for name, value in row.outputs.items() if name in declared.inputs}

    # ---- functions ----

    def function(self, token: str) -> Function:
        """The declaration of a function.

        Raises:
            UnknownTokenError: There is no such function.
        """
        return self.library.function(token)

    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        """The answer of a function.

        Raises:
            NotAnsweredError: This cloud has no answer of its own: what is declared has to do.
            RefusedError: There is no such function, or what is asked for is not there.
        """
        del arguments, store, scope
        try:
            self.function(token)
        except UnknownTokenError:
            raise RefusedError(
                f"{self.provider} {self.library.version} has no function {token}"
            ) from None
        raise NotAnsweredError(token)

    # ---- components ----

    def construct(
        self, request: provider_pb2.ConstructRequest, store: Store, scope: Scope
    ) -> provider_pb2.ConstructResponse:
        """Build a component that the provider's own code builds.

        Raises:
            RefusedError: The sandbox does not build it, or what it is made of is wrong.
        """
        del store, scope
        raise RefusedError(
            f"the sandbox does not build the component {request.type}: the real provider does so"
            " in its own code. Write its resources out, or run this program on the real cloud"
        )


def _plain(path: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", path)


def hexadecimal(length: int) -> str:
    """Random hexadecimal digits, as vendors put into ids."""
    return (uuid.uuid4().hex * 2)[:length]


def letters(length: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz0123456789") -> str:
    """Random letters and digits, as vendors put into ids."""
    return "".join(random.choices(alphabet, k=length))  # noqa: S311 - no secret


def moment() -> str:
    """The time as most vendors write it."""
    return dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text_of(value: object) -> str:
    """A value as a string, empty for None and for what is not known."""
    return value if isinstance(value, str) else ""
