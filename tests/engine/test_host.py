"""The engine, the language host and the launcher, with programs that need no cloud."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from .conftest import ROOT, Sandbox
from .running import Processes, wait_until

pytestmark = pytest.mark.engine

COMPONENT = """
import pulumi

class Greeting(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Greeting", name)
        self.text = pulumi.Output.from_input("hello " + pulumi.Config().require("who"))
        self.register_outputs({"text": self.text})

pulumi.export("greeting", Greeting("greeting").text)
"""

DYNAMIC = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Provider(ResourceProvider):
    def create(self, props):
        return CreateResult("id-" + props["value"], {**props, "made": True})

class Thing(Resource):
    made: pulumi.Output[bool]
    def __init__(self, name, value):
        super().__init__(Provider(), name, {"value": value, "made": None})

thing = Thing("thing", "a")
pulumi.export("id", thing.id)
pulumi.export("made", thing.made)
"""

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def refuse(args, report):
    if args.resource_type == "test:index:Greeting":
        report("greetings are refused; say nothing instead")

PolicyPack("pack", [ResourceValidationPolicy(
    name="no-greeting", description="No greetings.", validate=refuse,
    enforcement_level=EnforcementLevel.MANDATORY)])
"""


def test_component_goes_up_stays_and_goes_down(sandbox: Sandbox) -> None:
    project = sandbox.project(COMPONENT, {"tiny:who": "you"})
    plan = sandbox.preview_json(project)
    assert {step["op"] for step in plan["steps"]} == {"create"}
    sandbox.up(project)
    assert sandbox.outputs(project) == {"greeting": "hello you"}
    sandbox.up(project, "--expect-no-changes")
    sandbox.destroy(project)
    assert sandbox.resources(project) == []


def test_project_files_are_left_alone(sandbox: Sandbox) -> None:
    project = sandbox.project(COMPONENT, {"tiny:who": "you"})
    before = {file.name: file.read_text() for file in project.iterdir() if file.is_file()}
    answer = sandbox.up(project)
    assert "Created stack dev on the sandbox." in answer.stderr
    assert {file.name: file.read_text() for file in project.iterdir() if file.is_file()} == before


def test_dynamic_provider(sandbox: Sandbox) -> None:
    project = sandbox.project(DYNAMIC)
    sandbox.up(project)
    assert sandbox.outputs(project) == {"id": "id-a", "made": True}
    sandbox.up(project, "--expect-no-changes")
    sandbox.destroy(project)


def test_program_that_raises_shows_one_error(sandbox: Sandbox) -> None:
    project = sandbox.project("import pulumi\nraise ValueError('the cause')\n")
    answer = sandbox.up(project, check=False)
    shown = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert shown.count("the cause") == shown.count("ValueError: the cause") + 1  # its source line
    assert "exited with non-zero exit code" not in shown


def test_run_error_shows_no_traceback(sandbox: Sandbox) -> None:
    project = sandbox.project("import pulumi\nraise pulumi.RunError('the cause')\n")
    answer = sandbox.up(project, check=False)
    shown = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "the cause" in shown
    assert "Traceback" not in shown


def test_missing_environment_says_what_to_do(sandbox: Sandbox) -> None:
    options = {"toolchain": "poetry", "virtualenv": "nowhere"}
    project = sandbox.project(COMPONENT, {"tiny:who": "x"}, runtime_options=options)
    answer = sandbox.up(
        project,
        check=False,
    )
    assert answer.returncode != 0
    assert "Traceback" not in answer.stdout + answer.stderr


def test_relative_environment_beside_the_project_file(sandbox: Sandbox) -> None:
    options = {"toolchain": "uv", "virtualenv": "mine"}
    project = sandbox.project(
        "import os, pulumi\npulumi.export('venv', os.environ['VIRTUAL_ENV'])\n",
        runtime_options=options,
    )
    (project / "mine").symlink_to(ROOT / ".venv")
    sandbox.up(project)
    assert sandbox.outputs(project) == {"venv": str(project / "mine")}


def test_mandatory_policy_stops_without_idle_wait(sandbox: Sandbox) -> None:
    """A host that leaves its program running costs 5.0 s here: the engine waits for its pipes."""
    busy = "import asyncio, time\npulumi.export('x', asyncio.to_thread(time.sleep, 60))\n"
    project = sandbox.project(COMPONENT + busy, {"tiny:who": "you"})
    pack = sandbox.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text(
        f"runtime:\n  name: python\n  options: {{virtualenv: {ROOT / '.venv'}}}\n"
    )
    (pack / "__main__.py").write_text(PACK)
    shown = ""
    with subprocess.Popen(
        [ROOT / "sandbox/pulumi", "up", "-y", "-f", "-s", "dev", "--policy-pack", pack],
        cwd=project,
        env=sandbox.cold,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        overdue = threading.Timer(60, process.kill)  # The engine might wait for ever.
        overdue.start()
        for line in process.stdout or ():
            shown += line
        overdue.cancel()
    assert process.returncode == 1
    assert "greetings are refused; say nothing instead" in shown


@pytest.mark.parametrize("kind", ["interrupt", "interrupt twice", "terminate", "kill"])
def test_nothing_outlives_the_engine(sandbox: Sandbox, kind: str) -> None:
    ready = sandbox.folder / "ready"
    project = sandbox.project(
        f"import subprocess, time, pathlib\n"
        f"child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(ready)!r}).touch()\ntime.sleep(60)\n"
    )
    sandbox.pulumi("stack", "ls", cwd=project)  # Makes the sandbox's folders, outside the measure.
    process = subprocess.Popen(
        [ROOT / "sandbox" / "pulumi", "preview", "--stack", "dev"],
        cwd=project,
        env=sandbox.cold,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )

    ours = Processes(process.pid)
    try:
        wait_until(lambda: ours.living("sleep 60") and ready.exists(), 30, "the program runs")
        if kind.startswith("interrupt"):  # As a terminal's Ctrl-C: to the whole foreground group.
            os.killpg(process.pid, signal.SIGINT)
            if kind.endswith("twice"):
                time.sleep(0.05)
                os.killpg(process.pid, signal.SIGINT)
        elif kind == "terminate":
            process.terminate()
        else:
            engine = next(
                pid
                for pid, command in ours.living("/pulumi preview").items()
                if "launch.py" not in command
            )
            os.kill(engine, signal.SIGKILL)
        process.wait(timeout=30)
        wait_until(lambda: not ours.living(), 30, f"these ended: {ours.living()}")
        assert process.returncode != 0
    finally:
        ours.end()
        process.communicate()


def test_arguments_and_exit_code_pass_through(sandbox: Sandbox) -> None:
    project = sandbox.project(COMPONENT, {"tiny:who": "you"})
    answer = sandbox.pulumi(
        "-C", str(project), "preview", "--stack=dev", "--expect-no-changes", check=False
    )
    assert answer.returncode != 0
    assert "Greeting" in answer.stdout
    missing = sandbox.pulumi("preview", "--stack", "nowhere", cwd=project, check=False)
    assert missing.returncode != 0
    assert "There is no Pulumi.nowhere.yaml; the project has: dev." in missing.stderr


def test_a_value_that_looks_like_a_secret_is_not_written(sandbox: Sandbox) -> None:
    """By lists of words, which the engine that we build reads only then."""
    project = sandbox.project("")
    sandbox.new_stack(project)
    written = (project / "Pulumi.dev.yaml").read_text()
    setting = ("config", "set", "--stack", "dev", "dbPassword")
    refused = sandbox.pulumi(*setting, "zX9!kq0$Lm2pQw7-abcdefg", cwd=project, check=False)
    assert "looks like a secret" in refused.stderr
    assert (project / "Pulumi.dev.yaml").read_text() == written
    # Longer, and of words.
    sandbox.pulumi(*setting, "correct horse battery staple", cwd=project)


def test_lock_of_a_dead_process_is_cleared_and_a_living_one_is_kept(sandbox: Sandbox) -> None:
    project = sandbox.project(COMPONENT, {"tiny:who": "you"})
    sandbox.up(project)
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = write_lock(sandbox, "dead", ended.pid)
    assert "Cleared the lock" in sandbox.up(project).stderr
    assert not dead.exists()
    alive = write_lock(sandbox, "alive", os.getpid())
    refused = sandbox.up(project, check=False)
    assert refused.returncode != 0
    assert "currently locked" in refused.stdout + refused.stderr
    assert alive.exists()


def write_lock(sandbox: Sandbox, name: str, pid: int) -> Path:
    """A lock as the engine writes it."""
    file = sandbox.home / f"state/.pulumi/locks/organization/tiny/dev/{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000000+00:00", time.gmtime())
    host = os.uname().nodename
    file.write_text(
        f'{{"pid": {pid}, "username": "somebody", "hostname": "{host}", "timestamp": "{now}"}}'
    )
    return file
