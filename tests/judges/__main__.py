"""Hold the stand-in clouds against what others wrote: `python -m tests.judges [provider…]`.

Examples of others must pass, mechanical mistakes in them must be refused, changes must be planned
as other sources say; with `manifests` and `clouds`, scanners of others must find nothing in what
the project emits but what is listed; with `rules`, burn-rate alerts must be those that Sloth makes;
with `dashboards`, one of each kind is drawn to a picture, and there must be something to see; with
`guardrails`, rules are held against checkov's and against vendors' examples; with `mutation`, the
cases of the rules must notice changed rules; with `store`, processes that are killed must not lose
what the sandbox's store acknowledged; with `supply_chain`, OpenSSF Scorecard looks at our files;
with `gone`, an object of each type that is deleted beside the engine must be told exactly, and it
alone made again. `--long` then asks those that take hours (tests/judges/long.py).
Prints a table, writes `.out/judges/missed-*.txt`, `manifests.txt`, `clouds.txt` and `dashboards/`,
and `figures.json` of all providers, or of what is emitted; ends with 1 if a gate is not met.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.judges import clouds, emission, gates, long, report, rules, supply_chain
from tests.judges.by_type import judge as by_type
from tests.judges.dashboards import judge
from tests.judges.durability import judge as durability
from tests.judges.guardrails import guardrails
from tests.judges.mutation import mutation
from tests.judges.panel import PANEL
from tests.judges.trial import Trial

VENDORS = "the vendors' models alone: the table is read from the providers' validators"
# The third source of what is judged by two, or why there is none.
THIRD = {
    "aws": "CloudFormation's schemas, as cfn-lint ships them, without enumerations",
    "gcp": "no source is known that neither Google's models nor the provider's validators are in:"
    " Config Connector's definitions are made from the Terraform provider, and the protocol"
    " buffers' annotations are what the discovery documents are made from",
}
OUT = report.ROOT / ".out" / "judges"


def main() -> int:
    """Judge the providers that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges", description=__doc__)
    choices: list[Any] = [*PANEL, *PARTS, []]
    parser.add_argument("providers", nargs="*", choices=choices, help="default: all")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of what is missed")
    parser.add_argument("--without-engine", action="store_true", help="no whole programs")
    parser.add_argument("--long", action="store_true", help="then those that take hours")
    options = parser.parse_args()
    os.environ.setdefault("AWS_REGION", "eu-west-1")
    os.environ.pop("KUBECONFIG", None)
    asked = options.providers or [*PANEL, *PARTS]
    wanted = [name for name in asked if name in PANEL]
    options.out.mkdir(parents=True, exist_ok=True)
    parts = {name: make(options.out) for name, (make, _) in PARTS.items() if name in asked}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for provider in wanted:
            found[provider] = judged(
                provider, Path(folder), options.out, engine=not options.without_engine
            )
    failures = [failure for name, one in found.items() for failure in gates.failures(name, one)]
    for name, part in parts.items():
        report.write_part(name, part)
    if len(wanted) == len(PANEL) and not options.without_engine:
        report.write_figures(report.figures(found, failures))
    for name, part in parts.items():
        failures += PARTS[name][1](part)
    if options.long:
        failures += long.judged()
    for failure in failures:
        print(f"not met: {failure}")
    return 1 if failures else 0


def judged(provider: str, folder: Path, out: Path, *, engine: bool) -> dict[str, Any]:
    """The figures of one provider, with whole programs through the engine if wanted."""
    started = time.monotonic()
    trial = Trial(provider, folder)
    found: dict[str, Any] = {"examples": trial.examples()}
    _say(provider, "examples", found["examples"])
    parts = {
        "shape": trial.shape,
        "limits": trial.limits,
        "replace": trial.replacements,
    }
    for name, part in parts.items():
        found[name] = report.tallied(part())
        _say(provider, name, found[name])
    found["limits"] = {"by": VENDORS, **found["limits"]}
    if PANEL[provider].truth in THIRD:
        found["limits, both"] = _third(trial)
        _say(provider, "limits, both", found["limits, both"])
    found["table"] = {k: report.tallied(tally) for k, tally in trial.providers_table().items()}
    for name, one in found["table"].items():
        _say(provider, f"table: {name}", one)
    if provider == "aws":
        found["moto"] = trial.second_opinion()
        _say(provider, "moto", found["moto"])
    if PANEL[provider].config and engine:
        found["programs"] = trial.programs(folder)
        _say(provider, "programs", found["programs"])
    path = out / f"missed-{provider}.txt"
    path.write_text(report.missed_text(provider, trial.missed), encoding="utf-8")
    print(f"{provider:<12} {time.monotonic() - started:.0f} s; what is missed: {path}", flush=True)
    return found


def _manifests(out: Path) -> dict[str, Any]:
    """The figures of the manifests that the project emits."""
    started = time.monotonic()
    found = emission.judged(out)
    for scanner in emission.SCANNERS:
        _say("manifests", scanner, {k: v for k, v in found[scanner].items() if k != "not listed"})
    _done("manifests", started, "what is found", out / "manifests.txt")
    return found


def _clouds(out: Path) -> dict[str, Any]:
    """The figures of what the project emits in the clouds."""
    started = time.monotonic()
    found = clouds.judged(out)
    _say("clouds", "checkov", {k: v for k, v in found.items() if not isinstance(v, list)})
    _done("clouds", started, "what is found", out / "clouds.txt")
    return found


def _rules() -> dict[str, Any]:
    """The figures of alerts on burn rates beside Sloth's."""
    found = rules.judged()
    _say("rules", "sloth", {k: v for k, v in found.items() if not isinstance(v, list)})
    return found


def _dashboards(out: Path) -> dict[str, Any]:
    """The figures of dashboards, which are drawn."""
    started = time.monotonic()
    found = judge.judged(out)
    for kind, one in found["kinds"].items():
        _say("dashboards", kind, one)
    _say("dashboards", "schema", {"mistakes found": found["mistakes found"]})
    _done("dashboards", started, "pictures", out / "dashboards")
    return found


def _guardrails(out: Path) -> dict[str, Any]:
    """The figures of the guardrails beside others."""
    started = time.monotonic()
    found = guardrails.judged(out)
    for name, one in found.items():
        _say("guardrails", name, {k: v for k, v in one.items() if isinstance(v, int | float | str)})
    _done("guardrails", started, "what is found", out / "guardrails.txt")
    return found


def _mutation(out: Path) -> dict[str, Any]:
    """The figures of changed rules."""
    started = time.monotonic()
    found = mutation.judged(out)
    _say("mutation", "cosmic-ray", found)
    _done("mutation", started, "what survives", out / "mutants.txt")
    return found


def _store(out: Path) -> dict[str, Any]:
    """The figures of the store under processes that are killed."""
    started = time.monotonic()
    found = durability.judged(out)
    _say("store", "killed writers", found)
    _done("store", started, "what is wrong", out / "store.txt")
    return found


def _gone(out: Path) -> dict[str, Any]:
    """The figures of objects that are deleted beside the engine."""
    started = time.monotonic()
    found = by_type.judged_gone(out)
    _say("gone", "dev", {name: found["dev"][name] for name in ("types", "well", "failed")})
    _done("gone", started, "what is wrong", out / "gone dev.txt")
    return by_type.with_kept("gone", found)


def _supply_chain(out: Path) -> dict[str, Any]:
    """The figures of our own supply chain."""
    started = time.monotonic()
    found = supply_chain.judged(out)
    _say("supply_chain", "scorecard", found)
    _done("supply_chain", started, "what is found", out / "supply_chain.txt")
    return found


def _done(part: str, started: float, what: str, path: Path) -> None:
    print(f"{part:<12} {time.monotonic() - started:.0f} s; {what}: {path}", flush=True)


def _third(trial: Trial) -> dict[str, Any]:
    """What vendors' models and providers' validators catch together, by a third source."""
    at = len(trial.missed)
    tally = trial.third_limits()
    if tally is None:
        return {"judged": None, "reason": THIRD[trial.panel.truth]}
    # Those of the vendors' models alone are listed as "limits" are; these beside them.
    trial.missed[at:] = [
        dataclasses.replace(one, kind=f"{one.kind}, both") for one in trial.missed[at:]
    ]
    return {"by": "both", "truth": THIRD[trial.panel.truth], **report.tallied(tally)}


def _say(provider: str, name: str, one: dict[str, Any]) -> None:
    if "kinds" in one and "right" in one:
        kinds = ", ".join(
            f"{kind} {each['right']}/{each['made']}" for kind, each in one["kinds"].items()
        )
        apart = "".join(f", {count} {name}" for name, count in one.get("of them", {}).items())
        text = f"{one['right']:>5} of {one['made']:>5} = {one['share']:.1%} ({kinds}{apart})"
    else:
        text = ", ".join(f"{key} {value}" for key, value in one.items())
    print(f"{provider:<12} {name:<15} {text}", flush=True)


# What is judged on its own: its figures, given the folder of what is found, and its gates.
PARTS: Mapping[str, tuple[Callable[[Path], dict[str, Any]], Callable[..., Iterable[str]]]] = {
    "manifests": (_manifests, emission.failures),
    "clouds": (_clouds, clouds.failures),
    "rules": (lambda _: _rules(), rules.failures),
    "dashboards": (_dashboards, judge.failures),
    "guardrails": (_guardrails, guardrails.failures),
    "mutation": (_mutation, mutation.failures),
    "store": (_store, durability.failures),
    "gone": (_gone, by_type.gone_failures),
    "supply_chain": (_supply_chain, supply_chain.failures),
}


if __name__ == "__main__":
    sys.exit(main())
