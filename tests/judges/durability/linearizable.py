"""Whether what processes saw of one resource is explained by one order of their operations.

A resource is a register that can be absent. An operation takes effect at one moment between its
call and its return; one whose process was killed may have taken effect at any later moment, or
never. The search is Wing and Gong's with the states that were seen kept apart, as Lowe has it, one
resource at a time: a history is linearisable if that of each object is (Herlihy and Wing, 1990).
Sources: Wing and Gong, Testing and Verifying Concurrent Objects, 1993; Lowe, Testing for
linearizability, 2017; Horn and Kroening, Faster linearizability checking via P-compositionality,
2015 (https://arxiv.org/abs/1504.00204), by which Porcupine was made.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

__all__ = ["Operation", "Value", "explained"]

Value: TypeAlias = int | None
"""What a resource holds; None where it is not there."""
_NEVER: Final = math.inf


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: `value` is what it writes, `seen` what it answered.

    `get` answers the value; `update` the one before; `insert` and `delete` whether they did it, as
    1 or 0. `returned` is infinite where the process was killed, and `seen` says nothing then.
    """

    kind: Literal["get", "put", "insert", "update", "delete"]
    called: float
    returned: float = _NEVER
    value: Value = None
    seen: Value = None

    def answered(self, returned: float, seen: Value) -> "Operation":
        """The same, with its answer."""
        return replace(self, returned=returned, seen=seen)

    @property
    def ended(self) -> bool:
        """Whether its answer is known."""
        return self.returned != _NEVER

    def after(self, state: Value) -> tuple[bool, Value]:
        """Whether its answer is right in a state, and the state after it."""
        there = state is not None
        return {
            "get": (self.seen == state, state),
            "put": (True, self.value),
            "insert": (self.seen == int(not there), state if there else self.value),
            "update": (self.seen == state, self.value if there else None),
            "delete": (self.seen == int(there), None),
        }[self.kind]


def explained(history: Sequence[Operation], before: Value) -> bool:
    """Whether there is an order of the operations that explains all answers."""
    operations = sorted(history, key=lambda each: each.called)
    wanted = sum(1 << number for number, each in enumerate(operations) if each.ended)
    todo: list[tuple[int, Value]] = [(0, before)]
    known = set(todo)
    while todo:
        done, state = todo.pop()
        if done & wanted == wanted:
            return True
        for following in _following(operations, done, state):
            if following not in known:
                known.add(following)
                todo.append(following)
    return False


def _following(operations: Sequence[Operation], done: int, state: Value) -> list[tuple[int, Value]]:
    """What can be next: whatever was called before the first return of what is not done yet."""
    found: list[tuple[int, Value]] = []
    first = _NEVER
    for number, each in enumerate(operations):
        if each.called > first:
            break
        if done >> number & 1:
            continue
        first = min(first, each.returned)
        right, new = each.after(state)
        if right or not each.ended:
            found.append((done | 1 << number, new))
    return found
