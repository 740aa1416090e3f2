"""What the guardrails cost: `python -m benchmarks.guardrails`.

The resources are those of this repository's prod environment, over and over under other names, as
the program registers them. CPU of the process that judges, least of some rounds: in process all at
once, and in the pack's own process, which is asked as the engine asks it, resource by resource.
Beside it checkov, on those of AWS as a plan of Terraform and on those of Kubernetes as YAML: both
whole processes that read a file, judge it and print what they found.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from benchmarks.measure import run_once
from delivery.checking.environment import recorded
from policies import Resource, evaluate
from policies.pack import RULES
from stacks.settings.load import load
from tests.judges.scanners import tools
from tests.judges.scanners.plan import Made, NotConvertedError, Planned, plan, planned

__all__ = ["beside_checkov", "in_process", "remediate", "resources", "through_the_protocol"]

ROOT: Final = Path(__file__).resolve().parent.parent
_SIZES: Final = (100, 1000, 8000)
_ROUNDS: Final = 3
_ASKED: Final = 1000
_BYTECODE: Final = {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "bench-bytecode")}


def resources(size: int) -> list[Resource]:
    """So many, each stack of them with names of its own."""
    stack = recorded(ROOT, ROOT / "stacks", load(ROOT, "prod"), None).resources
    return list(islice(_copies(stack), size))


def _copies(stack: Sequence[Resource]) -> Iterator[Resource]:
    for number in count():

        def named(urn: str, number: int = number) -> str:
            return f"{urn}-{number}" if urn else ""

        for one in stack:
            yield replace(
                one,
                urn=named(one.urn),
                name=f"{one.name}-{number}",
                parent=named(one.parent),
                dependencies=tuple(map(named, one.dependencies)),
                property_dependencies={
                    key: tuple(map(named, urns)) for key, urns in one.property_dependencies.items()
                },
            )


def in_process(given: Sequence[Resource]) -> float:
    """Seconds of CPU for all rules over all of them."""

    def once() -> float:
        begin = time.process_time()
        evaluate(given)
        return time.process_time() - begin

    return min(once() for _ in range(_ROUNDS))


def through_the_protocol(given: Sequence[Resource]) -> tuple[float, float]:
    """Seconds of CPU of the pack: until it is asked, and for each resource by itself."""
    pack = ROOT / "policies"
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(pack)]
    requests = [
        analyzer_pb2.AnalyzeRequest(
            type=one.type, urn=one.urn, name=one.name, properties=_struct(one.properties)
        )
        for one in given
    ]
    with subprocess.Popen(command, cwd=pack, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.GetAnalyzerInfo(empty_pb2.Empty())
            start = _cpu(process.pid)
            for request in requests:
                # The engine asks for both.
                remediate(stub, request)
                stub.Analyze(request)
            each = (_cpu(process.pid) - start) / len(requests)
            stub.Cancel(empty_pb2.Empty())
    return start, each


def remediate(stub: Any, request: Any) -> None:  # noqa: ANN401 - of the protocol
    """Ask, as the engine does; that there is no such method is an answer.

    Raises:
        grpc.RpcError: any other failure.
    """
    try:
        stub.Remediate(request)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
            raise


def _struct(value: Any) -> struct_pb2.Struct:  # noqa: ANN401 - JSON
    made = struct_pb2.Struct()
    made.update(dict(value))
    return made


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def check(*arguments: str) -> float:
    """Seconds of CPU of a whole `serving check`, with the bytecode that a second run finds."""
    command = [str(Path(sys.executable).parent / "serving"), "check", "--env", "prod", *arguments]
    return _least(command, _BYTECODE)


def _least(command: Sequence[str], variables: Mapping[str, str]) -> float:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run_once(command, ROOT, variables)
    return min(run_once(command, ROOT, variables).cpu_seconds for _ in range(_ROUNDS))


def beside_checkov(given: Sequence[Resource]) -> dict[str, dict[str, float]]:
    """Seconds of CPU of both, by what they are given."""
    aws: list[Resource] = []
    made: list[Planned] = []
    for one in given:
        if one.type.startswith("aws:"):
            # What cannot be told as Terraform's, such as a function's archive, neither gets.
            with suppress(NotConvertedError):
                made.append(planned(Made(one.name, one.type, one.properties)))
                aws.append(one)
    objects = [one for one in given if one.type.startswith("kubernetes:")]
    with tempfile.TemporaryDirectory() as folder:
        terraform, manifests = Path(folder) / "plan.json", Path(folder) / "objects.yaml"
        terraform.write_text(json.dumps(plan(made)), encoding="utf-8")
        texts = [json.dumps(dict(one.properties)) for one in objects]  # Which is YAML.
        manifests.write_text("\n---\n".join(texts), encoding="utf-8")
        return {
            f"{len(aws)} of AWS": _both(aws, terraform, "terraform_plan"),
            f"{len(objects)} of Kubernetes": _both(objects, manifests, "kubernetes"),
        }


def _both(given: Sequence[Resource], theirs: Path, framework: str) -> dict[str, float]:
    ours = theirs.with_suffix(".ours")
    ours.write_text(json.dumps([asdict(one) for one in given], default=dict), encoding="utf-8")
    judge = [sys.executable, "-m", "benchmarks.guardrails", "judge", str(ours)]
    scan = [str(tools.checkov()), "--file", str(theirs), "--framework", framework, "--soft-fail"]
    scan += ["--skip-download", "--compact", "--output", "json"]
    return {
        "ours": round(_least(judge, _BYTECODE), 2),
        "checkov": round(_least(scan, _BYTECODE | tools.OFFLINE), 2),
    }


def judge(file: str) -> None:
    """Print the findings in resources that stand in a file."""
    given = [Resource(**one) for one in json.loads(Path(file).read_text(encoding="utf-8"))]
    print(json.dumps([asdict(one) for one in evaluate(given)], default=str))


def main() -> None:
    """Print all figures, and write them to .out/bench-guardrails.json."""
    most = resources(max(_SIZES))
    start, each = through_the_protocol(most[:_ASKED])
    figures: dict[str, Any] = {
        "rules": len(RULES),
        "in process, s": {size: round(in_process(most[:size]), 3) for size in _SIZES},
        "through the protocol, ms a resource": round(each * 1000, 2),
        "pack until it is asked, s": round(start, 2),
        "beside checkov, s": beside_checkov(most[:_ASKED]),
        "serving check, s": round(check(), 2),
        "serving check --no-guardrails, s": round(check("--no-guardrails"), 2),
    }
    text = json.dumps(figures, indent=2)
    out = ROOT / ".out" / "bench-guardrails.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["judge"]:
        judge(sys.argv[2])
    else:
        main()
