"""Burn-rate alerts beside those that Sloth makes of the same objective: `… tests.judges rules`.

Held against each other are severity, both windows and the threshold, for objectives over 30 days.
Over 28 days Sloth keeps windows of a day and of three, where ours shrink with the objective's: only
the windows of pages are alike there, and are what is compared.
"""

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from facts.burn_rate import burn_rates
from sandbox import gotool
from sandbox.schema.cache import cache_folder

__all__ = ["failures", "judged"]

_PINS: Final = Path(__file__).with_name("sloth")
_SLOTH: Final = "github.com/slok/sloth"
_DAYS: Final = (30, 28)
# In percent: a share of requests that may be bad of 0.1 to 10.
_OBJECTIVES: Final = (90.0, 95.0, 99.0, 99.5, 99.9)
_PAIR: Final = re.compile(
    r"ratio_rate(\w+)\{[^}]*\} > \((\S+) \* ([\d.]+)\)\) without \(sloth_window\)\s+and\s+"
    r"max\(\S*ratio_rate(\w+)\{"
)
_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60}
# Severity, long and short window in minutes, threshold.
_Pair = tuple[str, int, int, float]


def judged() -> dict[str, Any]:
    """The figures: how many pairs of windows were compared, and which differ."""
    program = _program()
    compared, differ = 0, list[str]()
    for days in _DAYS:
        for objective in _OBJECTIVES:
            theirs = _theirs(program, days, objective)
            ours = _ours(days, objective)
            if days != _DAYS[0]:
                theirs, ours = ({p for p in each if p[0] == "page"} for each in (theirs, ours))
            compared += len(theirs)
            differ += [
                f"{objective:g} % over {days} days: {each}" for each in sorted(theirs ^ ours)
            ]
    return {"sloth": _version(), "pairs": compared, "differ": differ}


def failures(found: Mapping[str, Any]) -> list[str]:
    """What is not as Sloth has it, or that nothing was compared."""
    # Four pairs over 30 days, two of them pages over 28.
    least = 6 * len(_OBJECTIVES)
    missing = [f"rules: {found['pairs']} pairs of {least}"] if found["pairs"] != least else []
    return [*missing, *(f"rules: {each}" for each in found["differ"])]


def _program() -> Path:
    pins = hashlib.sha256(b"".join(each.read_bytes() for each in sorted(_PINS.glob("go.*"))))
    place = cache_folder() / "judges" / f"sloth-{pins.hexdigest()[:12]}"
    return gotool.built(f"{_SLOTH}/cmd/sloth", _PINS, place / "sloth")


def _version() -> str:
    found = re.search(rf"{_SLOTH} v(\S+)", (_PINS / "go.mod").read_text(encoding="utf-8"))
    return found[1] if found else "?"


def _theirs(program: Path, days: int, objective: float) -> set[_Pair]:
    asked: dict[str, Any] = {
        "version": "prometheus/v1",
        "service": "model",
        "slos": [
            {
                "name": "errors",
                "objective": objective,
                "sli": {
                    "events": {
                        "error_query": "sum(rate(bad[{{.window}}]))",
                        "total_query": "sum(rate(all[{{.window}}]))",
                    }
                },
                "alerting": {"name": "Burns", "page_alert": {}, "ticket_alert": {}},
            }
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "slo.yaml"
        file.write_text(yaml.safe_dump(asked), encoding="utf-8")
        made = subprocess.run(
            [program, "generate", "--default-slo-period", f"{days}d", "-i", file],
            capture_output=True,
            text=True,
            check=True,
        )
    return {
        (
            rule["labels"]["sloth_severity"],
            _minutes(long),
            _minutes(short),
            round(float(factor) * float(budget), 6),
        )
        for group in yaml.safe_load(made.stdout)["groups"]
        for rule in group["rules"]
        if "alert" in rule
        for short, factor, budget, long in _PAIR.findall(rule["expr"])
    }


def _ours(days: int, objective: float) -> set[_Pair]:
    budget = 1 - objective / 100
    return {
        (each.severity, each.long_minutes, each.short_minutes, round(each.threshold(budget), 6))
        for each in burn_rates(days)
    }


def _minutes(duration: str) -> int:
    return int(duration[:-1]) * _MINUTES[duration[-1]]
