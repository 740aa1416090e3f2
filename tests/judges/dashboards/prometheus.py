"""Prometheus itself, on series of the past: its recorded rules, and its answers to queries."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.debian import unpacked
from sandbox.progress import SetupError
from sandbox.schema.cache import cache_folder

__all__ = ["SHOWN_HOURS", "Prometheus", "filled"]

# What a dashboard shows of its own accord.
SHOWN_HOURS: Final = 6
_READY_SECONDS: Final = 60
# Names that recording rules of this kind give begin so: those that need them come after.
_RECORDED: Final = ("model:", "model_version:")
_SUMMED: Final = ":rate5m"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that answers on this machine."""

    address: str

    def over_time(self, query: str, first: int, last: int, step: int) -> list[dict[str, Any]]:
        """The series of a query: `metric`, and `values` of pairs of time and text.

        Raises `ValueError` if Prometheus takes it for no query.
        """
        asked = urllib.parse.urlencode({"query": query, "start": first, "end": last, "step": step})
        try:
            answer = _asked(f"{self.address}/api/v1/query_range?{asked}")
        except urllib.error.HTTPError as error:
            raise ValueError(f"{query}: {error.read().decode()}") from error
        return json.loads(answer)["data"]["result"]


@contextmanager
def filled(
    lines: Iterable[str],
    groups: Sequence[Mapping[str, Any]],
    folder: Path,
    first: int,
    last: int,
) -> Generator[Prometheus]:
    """One that has the series, and what the rules would have recorded of them.

    Alerts are recorded as `ALERTS` and `ALERTS_FOR_STATE`, which Prometheus makes of those that it
    evaluates itself: firing is what has held for as long as the rule says.
    """
    data, told = folder / "data", folder / "series.txt"
    with told.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.write("# EOF\n")
    _promtool("tsdb", "create-blocks-from", "openmetrics", told, data)
    told.unlink()
    for number, (rules, begin) in enumerate(_in_turn(groups, first, last)):
        written = folder / f"rules-{number}.yaml"
        written.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
        with _running(data) as server:
            _promtool(
                *("tsdb", "create-blocks-from", "rules", f"--start={begin}", f"--end={last}"),
                *("--eval-interval=60s", f"--output-dir={data}", f"--url={server.address}"),
                written,
            )
    with _running(data) as server:
        yield server


def _in_turn(
    groups: Sequence[Mapping[str, Any]], first: int, last: int
) -> list[tuple[list[dict[str, Any]], int]]:
    """Rules of raw series, rules of those, alerts of both, and since when these fire.

    Each with the time from which it is reckoned.
    """
    every = [rule for group in groups for rule in group["rules"]]
    recorded = [rule for rule in every if "record" in rule]
    later = [rule for rule in recorded if any(name in rule["expr"] for name in _RECORDED)]
    alerts = [rule for rule in every if "alert" in rule]
    shown = last - 3600 * SHOWN_HOURS
    raw = [rule for rule in recorded if rule not in later]
    return [
        # What is summed over the objective's whole window; the rest is shown, and takes long.
        ([rule for rule in raw if rule["record"].endswith(_SUMMED)], first),
        ([rule for rule in raw if not rule["record"].endswith(_SUMMED)], shown),
        (later, shown),
        ([_firing(rule) for rule in alerts], shown),
        ([_since(rule) for rule in alerts], shown),
    ]


def _firing(rule: Mapping[str, Any]) -> dict[str, Any]:
    held = rule.get("for", "0m")
    query = f"(({rule['expr']}) * 0 + 1)"
    if held != "0m":
        minutes = int(held.removesuffix("m"))
        query = f"(count_over_time({query}[{held}:1m]) >= {minutes}) * 0 + 1"
    return {"record": "ALERTS", "expr": query, "labels": {**_named(rule), "alertstate": "firing"}}


def _since(rule: Mapping[str, Any]) -> dict[str, Any]:
    labels = {**_named(rule), "alertstate": "firing"}
    only = ",".join(f"{key}={json.dumps(value)}" for key, value in labels.items())
    firing = f"ALERTS{{{only}}}"
    # In this story an alert fires once.
    query = f"min_over_time(timestamp({firing})[{SHOWN_HOURS}h:2m]) and {firing}"
    query = f"label_replace({query}, 'alertstate', '', '', '')"
    return {"record": "ALERTS_FOR_STATE", "expr": query, "labels": _named(rule)}


def _named(rule: Mapping[str, Any]) -> dict[str, str]:
    return {**rule["labels"], "alertname": rule["alert"]}


@contextmanager
def _running(data: Path) -> Generator[Prometheus]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = data.parent / "prometheus.yaml"
    settings.write_text("global: {}\n")
    server = Prometheus(f"http://127.0.0.1:{port}")
    log = data.parent / "prometheus.log"
    with log.open("a") as file:
        process = subprocess.Popen(
            [
                _program("prometheus"),
                f"--config.file={settings}",
                f"--storage.tsdb.path={data}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=file,
            stderr=file,
        )
    try:
        _await(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait()


def _await(server: Prometheus, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _asked(f"{server.address}/-/ready")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SetupError(f"Prometheus does not answer: {log.read_text()[-2000:]}")


def _asked(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310 - this machine's
        return answer.read()


def _promtool(*arguments: object) -> None:
    done = subprocess.run(
        [_program("promtool"), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(f"promtool says {done.stdout}{done.stderr}")


def _program(name: str) -> Path:
    return unpacked(["prometheus"], cache_folder() / "tools" / "prometheus", f"usr/bin/{name}")
