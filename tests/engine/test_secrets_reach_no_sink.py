"""A canary of each source of secrets, and every byte that is written while a stack lives."""

import base64
import gzip
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.store import Fault
from tests.engine.conftest import Sandbox
from tests.engine.whole_project import copy_of_project
from tests.unit.settings_project import MODEL_SERVER

pytestmark = pytest.mark.engine

CONFIG = "canary/config + 7f3a&91"
PROGRAM = "canary-program-2b8e61d0\nsecond line: canary-program-51c7"
ENVIRONMENT = "canary-environment-c03d77f1"
QUIET = ("--yes", "--skip-preview", "--non-interactive")
# The program prints what it should not; the parameter takes all to a cloud that repeats it.
BY_HAND = f"""
import os
import pulumi_aws as aws
by_hand = pulumi.ResourceOptions(provider=aws.Provider(
    "by-hand", region="eu-west-1", allowed_account_ids=["123456789012"]))
configured = pulumi.Config("canary").require_secret("configured")
made = pulumi.Output.secret({PROGRAM!r})
made.apply(lambda value: pulumi.log.warn(f"the program's own words: {{value}}"))
pulumi.log.warn("the environment's: " + os.environ.get("CANARY_TOKEN", ""))
key = aws.iam.AccessKey("key", user=aws.iam.User("user", opts=by_hand).name, opts=by_hand)
if os.path.exists(os.path.join(os.getcwd(), "with-parameter")):
    aws.ssm.Parameter("all", name="/all", type="SecureString", opts=by_hand,
        value=pulumi.Output.json_dumps([configured, made, key.secret]))
pulumi.export("key", key.secret)
pulumi.export("made", made)
"""


@dataclass
class Site:
    """The project with one model, and all that was written so far by what wrote it."""

    sandbox: Sandbox
    root: Path
    temporary: Path
    sinks: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def variables(self) -> dict[str, str]:
        return {"CANARY_TOKEN": ENVIRONMENT, "TMPDIR": str(self.temporary)}

    def serving(self, *arguments: str, code: int = 0) -> str:
        done = self.sandbox.serving(*arguments, cwd=self.root, check=False, **self.variables)
        said = done.stdout + done.stderr
        self.sinks[f"{len(self.sinks)} serving {' '.join(arguments)}"] = said
        assert done.returncode == code, said
        assert "Traceback" not in said
        return said

    def pulumi(self, *arguments: str, check: bool = True) -> str:
        done = self.sandbox.pulumi(*arguments, cwd=self.root, check=check, **self.variables)
        return done.stdout + done.stderr

    def repeats(self, operation: str) -> None:
        """The cloud refuses the parameter once, and repeats what it was sent."""
        with self.sandbox.store() as store:
            store.add_fault(Fault("aws:ssm/*", operation, "echo"))

    def files(self) -> Iterator[tuple[str, str]]:
        for folder in (self.sandbox.home, self.root, self.temporary):
            for path in folder.rglob("*"):
                # The cloud that was given them, and the program that holds one.
                ours = "store.sqlite" in path.name or path.name == "__main__.py"
                if path.is_symlink() or not path.is_file() or ours:
                    continue
                content = path.read_bytes()
                if content[:2] == b"\x1f\x8b":
                    content = gzip.decompress(content)
                yield str(path), content.decode(errors="replace")


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    root = copy_of_project(tmp_path / "project")
    program = root / "stacks" / "__main__.py"
    program.write_text(program.read_text() + BY_HAND)
    for path in (root / "stacks" / "models").iterdir():
        path.unlink()
    (root / "stacks" / "models" / "ranker.yaml").write_text(yaml.safe_dump(MODEL_SERVER))
    file = root / "Pulumi.dev.yaml"
    settings = yaml.safe_load(file.read_text())
    for key in ("models", "platform", "defaults"):
        settings["config"].pop(f"model-serving:{key}")
    file.write_text(yaml.safe_dump(settings))
    (root / "stacks" / "with-parameter").touch()
    made = Site(sandbox, root, tmp_path / "temporary")
    made.temporary.mkdir()
    made.pulumi("stack", "init", "dev")
    made.pulumi("config", "set", "--secret", "canary:configured", CONFIG, "--stack", "dev")
    return made


def spelt(secret: str) -> set[str]:
    """As it is, and as messages and requests spell it; of several lines each."""
    forms = {secret, *secret.splitlines()}
    quoted = {form for each in forms for form in (json.dumps(each)[1:-1], repr(each)[1:-1])}
    encoded = {base64.b64encode(each.encode()).decode().rstrip("=")[:-1] for each in forms}
    return forms | quoted | encoded | {urllib.parse.quote(each, safe="") for each in forms}


def hits(sinks: Mapping[str, str], sources: Mapping[str, str]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for sink, text in sinks.items():
        for source, secret in sources.items():
            if count := sum(text.count(form) for form in spelt(secret)):
                found[sink, source] = count
    return found


def key_of(site: Site) -> str:
    """The secret that the cloud made."""
    exported: Any = json.loads(site.pulumi("stack", "export", "--show-secrets", "--stack", "dev"))
    (key,) = (
        each
        for each in exported["deployment"]["resources"]
        if each["type"] == "aws:iam/accessKey:AccessKey"
    )
    return json.loads(key["outputs"]["secret"]["plaintext"])


def test_no_byte_that_serving_writes_has_a_secret(site: Site) -> None:
    site.serving("preview", "--engine", "--", "--json")
    # The report: what is printed, and its files.
    site.serving("preview", "--format", "json")
    site.repeats("create")
    failed = site.serving("up", "--", *QUIET, "--diff", code=1)
    # It was repeated, and hidden; the rest of the message is there.
    assert '[secret]\\"]", "type": "SecureString", "name": "/all"' in failed, failed[-1500:]
    site.serving("up", "--", *QUIET)
    # Findings as SARIF, JSON and text; JUnit's has the same.
    for form in ("sarif", "json"):
        report = f"report.{form}"
        site.serving("check", "--env", "dev", "--format", form, "--output", report)
    site.serving("status", "--json")
    site.serving("explain", "ranker", "--json")
    site.serving("render")
    # Taken away: what it was sent is known from the state alone.
    (site.root / "stacks" / "with-parameter").unlink()
    site.repeats("delete")
    failed = site.serving("up", "--", *QUIET, "--refresh", code=1)
    assert "[secret]" in failed

    site.sinks["history"] = site.pulumi("stack", "history", "--json", "--stack", "dev")
    site.sinks["export"] = site.pulumi("stack", "export", "--stack", "dev")
    site.sinks["outputs"] = site.pulumi("stack", "output", "--json", "--stack", "dev")
    with site.sandbox.store() as store:
        site.sinks["events of the clouds"] = json.dumps([each.detail for each in store.events()])
    site.sinks |= dict(site.files())
    sources = {
        "configuration": CONFIG,
        "program": PROGRAM,
        "environment": ENVIRONMENT,
        "cloud": key_of(site),
    }
    found = hits(site.sinks, sources)
    print(f"{sum(found.values())} hits in {len(site.sinks)} sinks x {len(sources)} sources")
    assert found == {}

    # Without `serving` the same run prints them: what was looked for can be found.
    site.repeats("delete")
    plain = site.pulumi("up", *QUIET, "--stack", "dev", check=False)
    printed = hits({"pulumi": plain}, sources)
    assert {source for _, source in printed} >= {"program", "environment", "cloud"}
