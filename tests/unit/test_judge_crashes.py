"""What the judge `crashes` holds against an update that was killed, and how it counts."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Row
from tests.judges.crashes.counted import End, Reference, facts_of, held_against
from tests.judges.crashes.judge import Point, Wanted, failures, figures, with_kept

KEY, ROLE = "aws:kms/key:Key", "aws:iam/role:Role"
ARN = "arn:aws:x:eu-west-1:123456789012:p:6d27fe2c-c324-41f0-89c7-f3b4a414107c:t/g2ljj2xam"
ROWS = (Row("aws", KEY, "k-1", "1"), Row("aws", ROLE, "r-1", "1"))


def end(*rows: Row, missing_row: str = "", name: str = "a-1a2b3c4", **more: Any) -> End:  # noqa: ANN401
    """Of a state that has both, each with a name of its own and a moment of no account."""
    resources: list[dict[str, Any]] = [
        {"urn": f"urn::{row.token}::it", "type": row.token, "id": name, "inputs": {"name": name}}
        | {
            "outputs": {"created": name, "size": more.get("size", 1), "arn": more.get("arn", ARN)},
            "dependencies": ["b", "a"],
        }
        for row in ROWS
    ]
    return End(
        rows=Counter((row.token, row.account) for row in rows),
        has_row=frozenset(str(each["urn"]) for each in resources if each["type"] != missing_row),
        urns=Counter(str(each["urn"]) for each in resources),
        facts=facts_of(resources),
        pending=more.get("pending", 0),
        locks=more.get("locks", 0),
    )


REFERENCE = Reference.of([end(*ROWS), end(*ROWS, name="a-5d6e7f8")])
LEAK = Row("aws", KEY, "k-2", "1")
# What is wrong, and where it is counted.
ENDS: list[tuple[End, set[str]]] = [
    (end(*ROWS, name="a-9a9b9c9"), set()),
    (end(*ROWS, name="a-acbdefa"), set()),
    # Made anew: AWS numbers it otherwise.
    (
        end(
            *ROWS,
            arn="arn:aws:x:eu-west-1:123456789012:p:8935c69e-1fba-4e39-87e5-cd7454abb491:t/wzak1n58",
        ),
        set(),
    ),
    (
        end(
            *ROWS,
            arn="arn:aws:x:eu-west-1:999999999999:p:8935c69e-1fba-4e39-87e5-cd7454abb491:t/wzak1n58",
        ),
        {"differences"},
    ),
    (end(*ROWS, LEAK), {"leaks"}),
    (end(ROWS[0]), {"missing"}),
    (end(*ROWS, missing_row=ROLE), {"ghosts"}),
    (end(*ROWS, pending=1), {"pending"}),
    (end(*ROWS, locks=1), {"locks"}),
    (end(*ROWS, size=2), {"differences"}),
]


@pytest.mark.parametrize(("found", "wanted"), ENDS, ids=[str(wanted) for _, wanted in ENDS])
def test_what_is_wrong_is_counted_and_names_made_by_chance_are_not(
    found: End, wanted: set[str]
) -> None:
    told = held_against(REFERENCE, found, [*ROWS, LEAK]).document()
    assert {name for name, value in told.items() if value} == wanted


def test_the_order_in_the_state_is_no_difference() -> None:
    shared = [{"urn": f"urn::{name}", "type": ROLE, "id": "g-1a2b3c4"} for name in "ab"]
    assert facts_of(shared) == facts_of(shared[::-1])


def test_what_differs_between_uninterrupted_runs_is_no_difference() -> None:
    unsteady = Reference.of([end(*ROWS), end(*ROWS, size=2)])
    assert not held_against(unsteady, end(*ROWS, size=3), ROWS).differences


def test_points_that_were_tried_are_left_out_unless_they_are_named() -> None:
    wanted = Wanted(ways=("after", "before"), every=3, between=(2, 7))
    names = [each.name for each in wanted.of("dev", 9, {"dev:3:before"})]
    assert names == ["dev:3:after", "dev:6:after", "dev:6:before"]
    again = Wanted(named=[Point.named("dev:3:before"), Point.named("life:1:bare")])
    assert [each.name for each in again.of("dev", 9, {"dev:3:before"})] == ["dev:3:before"]
    chosen = Wanted(sample=3).of("dev", 9, set())
    assert chosen == Wanted(sample=3).of("dev", 9, set())
    assert len(set(chosen)) == 3


def side(**wrong: Any) -> dict[str, Any]:  # noqa: ANN401
    nothing: dict[str, Any] = {"leaks": [], "ghosts": [], "missing": [], "locks": 0, "pending": 0}
    told: dict[str, Any] = {**nothing, "differences": [], "commands": ["serving up"], "codes": [0]}
    return told | wrong | {"failed": sorted(wrong)}


def test_the_figures_are_of_kills_that_met_the_update(tmp_path: Path) -> None:
    leaked = side(leaks=["2 of a too many, of x, y, z", "1 of b too many, of x"])
    kill = {
        "events": 3,
        "serving too": True,
        "code": -9,
        "begun": ["creating a"],
        "seconds": 1,
        "ended before": False,
    }
    told = [
        kill | {"point": "dev:1:after", "ours": side(), "plain": leaked},
        kill | {"point": "dev:2:after", "ours": leaked},
        # Tried again: the last one counts.
        kill | {"point": "dev:2:after", "ours": side()},
        kill | {"point": "dev:9:after", "ours": side(), "ended before": True},
    ]
    (tmp_path / "points.jsonl").write_text("\n".join(map(json.dumps, told)))
    (tmp_path / "dev.json").write_text('{"events": 9}')
    found = figures(tmp_path)
    assert (found["dev"]["killed"], found["dev"]["operations cut off"]) == (2, 2)
    assert (found["dev"]["ours"]["of"], found["dev"]["ours"]["well"]) == (2, 2)
    plain = found["dev"]["plain"]
    assert (plain["of"], plain["well"], plain["leaks"], plain["objects leaked"]) == (1, 0, 1, 3)
    assert not list(failures(found))
    assert list(failures(found | {"dev": {"ours": {"of": 2, "well": 1}}}))


@pytest.mark.parametrize("tried", ["ours", "plain"])
def test_a_side_that_was_not_tried_stays_as_it_is_kept(tried: str) -> None:
    def told(killed: int, **of: int) -> dict[str, Any]:
        sides = {
            side: {"of": of.get(side, 0), "well": of.get(side, 0)} for side in ("ours", "plain")
        }
        return {"seed": 1, "dev": {"killed": killed, **sides}}

    kept: dict[str, Any] = told(236, ours=236, plain=32) | {
        "date": "2026-11-27",
        "life": {"ours": {"of": 1}},
    }
    found = with_kept(told(217, **{tried: 217}), kept)
    assert found["dev"][tried]["of"] == 217
    other = {"ours": "plain", "plain": "ours"}[tried]
    assert found["dev"][other] == kept["dev"][other] | {"date": "2026-11-27"}
    assert "date" not in found["dev"][tried]
    assert found["life"] == kept["life"]
    # What was killed, and in which way, is told of ours.
    assert found["dev"]["killed"] == found["dev"]["ours"]["of"]
    # Another update, and nothing kept.
    assert with_kept(told(217, ours=217), {}) == told(217, ours=217)
