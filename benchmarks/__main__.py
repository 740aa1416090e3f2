"""Measure set-up, `preview` and a no-change `up`, and where the time goes; the server under load.

`server` measures the inference server alone, `peers` the commands beside other tools, `phases`
where their time goes, and `gate` whether one has become much slower; `peers --help` says more.
Report: a table on standard output, `.out/bench.json` and `.out/bench-server.json`. Ratios are what
to quote: machines differ and are noisy, so both sides of each ratio are measured in this one run.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import estate, provider
from benchmarks.measure import Figure, Sample, figure, run_once
from benchmarks.peers import compare as compare_peers
from benchmarks.peers import gate, phases
from benchmarks.serving.compare import Options, compare, table
from sandbox.progress import SetupError

ROOT = Path(__file__).parents[1]
PULUMI = str(ROOT / "sandbox/pulumi")
PACK = [
    "--policy-pack",
    str(ROOT / "policies"),
    "--policy-pack-config",
    str(ROOT / "policies/config/dev.json"),
]
PYTHON = str(ROOT / ".venv/bin/python")
# The engine's own; `serving` turns it into 5 when a guardrail was the reason.
STOPPED_EXIT_CODE = 1
# Above this many models one counted run is enough: it takes long, and noise is small beside it.
MANY = 50
FORBIDDEN = """
import json

import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1")
aws.iam.Policy(
    "everything",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        }
    ),
    opts=pulumi.ResourceOptions(provider=provider),
)
"""
COMPONENTS = (
    "import components.aws.sagemaker.sagemaker_endpoint, components.aws.lambda_.lambda_endpoint, "
    "components.kubernetes.kserve.inference_service, components.aws.eks_gpu_node_pool"
)
SETTINGS = "from pathlib import Path; from stacks.settings.load import load; load(Path('.'), 'dev')"

Reporter = Callable[[Figure], None]


def main() -> int:
    """Run the benchmarks that were asked for."""
    beside = {"peers": compare_peers.main, "phases": phases.main, "gate": gate.main}
    if sys.argv[1:2] and (part := beside.get(sys.argv[1])):
        return part(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "part",
        nargs="?",
        default="all",
        choices=("all", "server", "peers", "phases", "gate"),
        help="default: all",
    )
    parser.add_argument(
        "--seconds", type=float, default=5, help="of load for each figure (default: 5)"
    )
    parser.add_argument("--models", default="4,10,100", help="estate sizes (default: 4,10,100)")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each (default: 3)")
    parser.add_argument(
        "--cold", action="store_true", help="also set up in a clean clone with an empty cache"
    )
    parser.add_argument(
        "--providers-only", action="store_true", help="only the sandbox's providers, call by call"
    )
    options = parser.parse_args()
    if options.part == "server":
        server(options.runs, options.seconds)
        return 0
    sizes = [int(size) for size in options.models.split(",") if size]
    figures: list[Figure] = []

    def report(one: Figure) -> None:
        figures.append(one)
        print(
            f"{one.name:<52} {one.wall_median:8.2f} s wall"
            f" ({one.wall_min:.2f} to {one.wall_max:.2f}) {one.cpu_median:8.2f} s CPU",
            flush=True,
        )

    with tempfile.TemporaryDirectory(prefix="model-serving-bench-") as scratch:
        folder = Path(scratch)
        stand_ins = providers(folder)
        if options.providers_only:
            write({"providers": stand_ins})
            return 0
        set_up(folder, report, options.runs, cold=options.cold)
        parts(folder, report, options.runs)
        for size in sizes:
            estates(folder, size, report, options.runs)
        failing_policy(folder, report, options.runs)

    write({"figures": [asdict(f) for f in figures], "providers": stand_ins})
    try:
        server(options.runs, options.seconds)
    except SetupError as error:
        print(f"the server under load is left out: {error}")
    return compare_peers.main([])


def server(rounds: int, seconds: float) -> None:
    """The inference server under load, beside a public one."""
    with tempfile.TemporaryDirectory(prefix="model-serving-bench-") as scratch:
        found = compare(
            Path(scratch),
            Options(rounds, seconds, starts=rounds),
            lambda line: print(line, flush=True),
        )
    print(table(found))
    write(found, "bench-server.json")


def write(found: Mapping[str, object], name: str = "bench.json") -> None:
    """Write the report."""
    out = ROOT / ".out" / name
    out.parent.mkdir(exist_ok=True)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load_1_min": load}
    out.write_text(json.dumps({"schema_version": 1, "machine": machine, **found}, indent=2) + "\n")
    print(f"report: {out.relative_to(ROOT)}")


def providers(folder: Path) -> list[dict[str, object]]:
    """The sandbox's providers by themselves, as the engine calls them."""
    found: list[dict[str, object]] = []
    for name in provider.SUBJECTS:
        one = provider.measure(name, folder)
        found.append(asdict(one))
        creations = " / ".join(f"{value:.2f}" for value in one.create_ms.values())
        print(
            f"provider {name:<13} ready {one.start_seconds:.2f} s"
            f" ({one.start_cpu_seconds:.2f} s CPU), {one.start_mib:.0f} MiB"
            f" ({one.end_mib:.0f} at the end); ms: check {one.check_ms:.2f},"
            f" first create {one.first_create_ms:.1f}, then {creations},"
            f" update {one.update_ms:.2f}, read {one.read_ms:.2f}, delete {one.delete_ms:.2f},"
            f" {provider.PARALLEL} at once {one.parallel_ms:.2f} each",
            flush=True,
        )
    return found


def home(folder: Path, name: str) -> dict[str, str]:
    """An own store and state, so that no run sees another's; the caches are this project's."""
    cache = os.environ.get("MODEL_SERVING_CACHE", str(ROOT / ".cache"))
    return {
        "MODEL_SERVING_SANDBOX_HOME": str(folder / f"home-{name}"),
        "MODEL_SERVING_CACHE": cache,
        # As in the sandbox, so that the parts add up to the whole.
        "PYTHONPYCACHEPREFIX": f"{cache}/bytecode",
        "PYTHONDONTWRITEBYTECODE": "",
    }


def set_up(folder: Path, report: Reporter, runs: int, *, cold: bool) -> None:
    """Warm set-up; cold, the clone's own first run with an empty cache (minutes)."""
    measure(report, "set-up, nothing to do", [str(ROOT / "sandbox/setup")], runs=runs)
    if not cold:
        return
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    start = time.perf_counter()
    env = {"MODEL_SERVING_CACHE": str(folder / "cache"), "GOCACHE": str(folder / "gocache")}
    sample = run_once([str(clone / "sandbox/setup")], clone, env)
    wall = time.perf_counter() - start
    report(Figure("set-up, cold", 1, wall, wall, wall, sample.cpu_seconds))


def measure(
    report: Reporter,
    name: str,
    command: Sequence[str],
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    *,
    runs: int,
    expect: int = 0,
) -> None:
    """Time one command and report it."""
    report(figure(name, lambda: run_once(command, cwd, env, expect=expect), runs))


def small_project(folder: Path, program: str) -> Path:
    """A Pulumi project of one file in this project's environment, with a stack `dev`."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(
        f"name: {folder.name}\nruntime:\n  name: python\n"
        f"  options: {{toolchain: uv, virtualenv: {ROOT / '.venv'}}}\n"
    )
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(program)
    return folder


def parts(folder: Path, report: Reporter, runs: int) -> None:
    """Where the time goes, each part by itself."""
    empty = small_project(folder / "empty", "")
    env = home(folder, "empty")

    def one(name: str, *command: str, cwd: Path = ROOT) -> None:
        measure(report, name, command, cwd, env, runs=runs)

    one("launcher: sandbox/pulumi version", PULUMI, "version")
    one("engine and host: preview, empty program", PULUMI, "preview", "--stack", "dev", cwd=empty)
    one("imports: python alone", PYTHON, "-c", "pass")
    one("imports: pulumi", PYTHON, "-c", "import pulumi")
    one("imports: all components with their SDKs", PYTHON, "-c", COMPONENTS)
    one("program: settings of dev read and checked", PYTHON, "-c", SETTINGS)
    one("serving check", str(ROOT / ".venv/bin/serving"), "check")
    for name in ("aws", "kubernetes"):
        plugin = str(ROOT / f"sandbox/plugins/pulumi-resource-{name}")
        report(figure(f"provider: {name} stand-in ready", lambda p=plugin: until_port(p), runs))


def until_port(plugin: str) -> Sample:
    """From start to the printed port, which is when the engine can use a plugin."""
    start = time.perf_counter()
    with subprocess.Popen([plugin], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        line = process.stdout.readline() if process.stdout else b""
        wall = time.perf_counter() - start
        process.terminate()
    if not line.strip().isdigit():
        raise RuntimeError(f"{plugin} printed no port")
    return Sample(wall, 0.0)


def estates(folder: Path, size: int, report: Reporter, runs: int) -> None:
    """Preview and no-change up of `size` models, without and with the guardrails."""
    project = estate.make(folder / f"estate-{size}", size)
    env = home(folder, str(size))
    runs = runs if size <= MANY else 1
    up = [PULUMI, "up", "--yes", "--skip-preview", "--stack", "dev"]
    unchanged = [*up, "--expect-no-changes"]

    def one(name: str, command: Sequence[str]) -> None:
        measure(report, f"{name}, {size} models", command, project, env, runs=runs)

    one("preview of new", [PULUMI, "preview", "--stack", "dev"])
    run_once(up, project, env)
    one("up without changes", unchanged)
    one("up without changes, guardrails on", [*unchanged, *PACK])


def failing_policy(folder: Path, report: Reporter, runs: int) -> None:
    """A preview that a mandatory guardrail stops: it must not cost idle waiting."""
    project = small_project(folder / "forbidden", FORBIDDEN)
    env = home(folder, "forbidden")
    preview = [PULUMI, "preview", "--stack", "dev"]
    measure(report, "a forbidden policy, no guardrails", preview, project, env, runs=runs)
    measure(
        report,
        "a forbidden policy, stopped by a guardrail",
        # Without a configuration every rule is mandatory.
        [*preview, *PACK[:2]],
        project,
        env,
        runs=runs,
        expect=STOPPED_EXIT_CODE,
    )


if __name__ == "__main__":
    sys.exit(main())
