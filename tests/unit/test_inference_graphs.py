"""What is wrong with a graph, over graphs that nobody would write by hand."""

from hypothesis import given
from hypothesis import strategies as st

from facts.inference_graphs import Kind, Node, Step, faults

WORDS = ("node", "service")


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Node]:
    """Each node but the root is called by one that comes before it, and maybe by others."""
    names = ["root", *(f"n{index}" for index in range(1, draw(st.integers(1, 12))))]
    callers: dict[str, list[str]] = {name: [] for name in names}
    for index, name in enumerate(names[1:], start=1):
        parents = draw(st.sets(st.integers(0, index - 1), min_size=1, max_size=3))
        for parent in parents:
            callers[names[parent]].append(name)
    return {
        name: Node("ensemble", [Step({"node": to}) for to in called] or [Step({"service": "x"})])
        for name, called in callers.items()
    }


def _kinds(nodes: dict[str, Node]) -> list[Kind]:
    return [fault.kind for fault in faults(nodes, WORDS)]


@given(trees())
def test_steps_that_lead_on_are_right(nodes: dict[str, Node]) -> None:
    assert _kinds(nodes) == []


@given(trees(), st.data())
def test_a_step_back_to_the_root_is_a_cycle(nodes: dict[str, Node], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(nodes)))
    back = Node("ensemble", [*nodes[name].steps, Step({"node": "root"})])
    found = list(faults({**nodes, name: back}, WORDS))
    assert [fault.kind for fault in found] == [Kind.SHAPE]
    assert str(found[0].got).startswith("root → ")
    assert found[0].path == (name, "steps", len(nodes[name].steps), "node")


@given(trees(), st.text("abc", min_size=1))
def test_a_node_that_nobody_calls_is_not_reached(nodes: dict[str, Node], name: str) -> None:
    spare = Node("sequence", [Step({"service": "x"})])
    found = list(faults({**nodes, name: spare}, WORDS))
    assert [fault.path for fault in found] == [(name,)]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_weights_are_a_hundred_in_sum(weights: list[int]) -> None:
    steps = [Step({"service": "x"}, weight=weight) for weight in weights]
    found = _kinds({"root": Node("splitter", steps)})
    assert found == ([] if sum(weights) == 100 else [Kind.WEIGHTS])
