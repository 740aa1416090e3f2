"""One component in a small project of its own, deployed step by step through the real engine."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.wire import SECRET, SIGNATURE

ROOT = Path(__file__).resolve().parents[2]

# Program text for `setup`: the provider of a cloud that a component of Kubernetes uses too.
GOOGLE = """
import pulumi_gcp

google = pulumi_gcp.Provider("gcp", project="example-models", region="europe-west4")
providers.append(google)
"""
AZURE = f"""
import pulumi_azure_native

azure = pulumi_azure_native.Provider("azure", subscription_id="{AZURE_SUBSCRIPTION}")
providers.append(azure)
"""
_PROGRAM = """
import importlib
import json
from pathlib import Path

import pulumi

asked = json.loads(Path("component.json").read_text())
if asked["cloud"] == "kubernetes":
    import pulumi_kubernetes

    providers = [pulumi_kubernetes.Provider("kubernetes", context="serving-dev")]
elif asked["cloud"] == "gcp":
    import pulumi_gcp

    from components.serving_provider import ServingProvider

    providers = [
        pulumi_gcp.Provider("gcp", project="example-models", region="europe-west4"),
        ServingProvider("serving"),
    ]
elif asked["cloud"] == "azure":
    import pulumi_azure_native

    from components.serving_provider import ServingProvider

    subscription = "00000000-0000-0000-0000-000000000001"
    providers = [
        pulumi_azure_native.Provider("azure", subscription_id=subscription),
        ServingProvider("serving"),
    ]
else:
    import pulumi_aws

    from components.serving_provider import ServingProvider

    account = "123456789012"
    providers = [
        pulumi_aws.Provider("aws", region="eu-west-1", allowed_account_ids=[account]),
        ServingProvider("serving", region="eu-west-1", allowed_account_ids=[account]),
    ]
# setup
component = getattr(importlib.import_module(asked["module"]), asked["class"])
made = component(asked["name"], asked["args"], pulumi.ResourceOptions(providers=providers))
for key in component.__annotations__:
    pulumi.export(key, getattr(made, key))
# then
"""


class Engine(Protocol):
    """The part of the `sandbox` fixture that is used here."""

    folder: Path

    def pulumi(
        self, *arguments: str, cwd: Path, check: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `sandbox/pulumi`."""
        ...

    def new_stack(self, project: Path) -> None:
        """Make the stack dev."""
        ...

    def state(self, project: Path, *, stack: str = "dev") -> dict[str, Any]:
        """The stack's deployment."""
        ...


@dataclass
class Change:
    """What one run did: operation and properties by the resource's name, `same` left out."""

    exit_code: int
    output: str
    steps: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    order: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    properties: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def names(self, *operations: str) -> set[str]:
        """Resources that any of these operations was done to."""
        return {name for name, done in self.steps.items() if set(done) & set(operations)}

    def replaced_in_turn(self, name: str) -> bool:
        """Whether the new one was there before the old one went."""
        new, old = ("create-replacement", name), ("delete-replaced", name)
        return self.order.index(new) < self.order.index(old)


@dataclass
class ComponentProject:
    """`up`, `preview`, `refresh` and `destroy` of one component with changing arguments."""

    sandbox: Engine
    cloud: str
    module: str
    class_name: str
    name: str
    args: dict[str, Any]
    setup: str = ""
    """Program text that adds to `providers`, and makes what the component finds there."""
    then: str = ""
    """Program text that goes on with what is `made`."""

    def __post_init__(self) -> None:
        self.folder = self.sandbox.folder / "component"
        self.folder.mkdir()
        settings = {
            "name": "component",
            "runtime": {
                "name": "python",
                "options": {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")},
            },
            "plugins": {"providers": [{"name": "serving", "path": str(ROOT / "provider")}]},
            "config": {"pulumi:disable-default-providers": {"value": ["*"]}},
        }
        # Values are written as JSON, which is YAML.
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in settings.items()]
        (self.folder / "Pulumi.yaml").write_text("".join(lines))
        (self.folder / "__main__.py").write_text(
            _PROGRAM.replace("# setup\n", self.setup).replace("# then\n", self.then)
        )
        self.sandbox.new_stack(self.folder)

    def write(self, **changes: object) -> None:
        """Change arguments for what is run next; None takes an argument away."""
        merged = {**self.args, **changes}
        self.args = {key: value for key, value in merged.items() if value is not None}
        asked = {
            "cloud": self.cloud,
            "module": self.module,
            "class": self.class_name,
            "name": self.name,
            "args": self.args,
        }
        (self.folder / "component.json").write_text(json.dumps(asked))

    def up(self, *, fails: bool = False, refresh: bool = False, **changes: object) -> Change:
        """Deploy with changed arguments; None takes an argument away."""
        first = ("--refresh",) if refresh else ()
        return self._run(("up", "--yes", "--skip-preview", *first), changes, fails=fails)

    def preview(self, *, fails: bool = False, **changes: object) -> Change:
        """Only look."""
        return self._run(("preview",), changes, fails=fails)

    def refresh(self) -> Change:
        """Read what is live into the state."""
        return self._run(("refresh", "--yes", "--skip-preview"), {}, fails=False)

    def destroy(self, *options: str, fails: bool = False) -> Change:
        """Take everything away."""
        return self._run(("destroy", "--yes", "--skip-preview", *options), {}, fails=fails)

    def resource(self, name: str) -> dict[str, Any]:
        """One resource of the state by its name."""
        found = [
            each
            for each in self.sandbox.state(self.folder).get("resources", [])
            if each["urn"].rpartition("::")[2] == name and not each.get("delete")
        ]
        assert len(found) == 1, f"{name}: {len(found)} in the state"
        return found[0]

    def outputs(self) -> dict[str, Any]:
        """The component's outputs, in place of each secret `[secret]`."""
        found = self.sandbox.state(self.folder).get("resources", [])
        stack = next(each for each in found if each["type"] == "pulumi:pulumi:Stack")
        return _told(stack.get("outputs", {}))

    def _run(
        self, command: tuple[str, ...], changes: Mapping[str, object], *, fails: bool
    ) -> Change:
        self.write(**changes)
        events = self.folder / "events.jsonl"
        events.unlink(missing_ok=True)
        done = self.sandbox.pulumi(
            *command,
            "--non-interactive",
            "--stack",
            "dev",
            # Hidden without the variable below; one JSON object per engine event.
            "--event-log",
            str(events),
            cwd=self.folder,
            check=False,
            PULUMI_DEBUG_COMMANDS="true",
        )
        change = Change(done.returncode, done.stdout + done.stderr)
        for line in events.read_text().splitlines() if events.exists() else []:
            event = cast("dict[str, Any]", json.loads(line))
            # What a refresh found is known only after it.
            kind = "resOutputsEvent" if command[0] == "refresh" else "resourcePreEvent"
            metadata = event.get(kind, {}).get("metadata")
            if metadata and metadata["op"] != "same":
                name = metadata["urn"].rpartition("::")[2]
                change.steps.setdefault(name, []).append(metadata["op"])
                change.order.append((metadata["op"], name))
                change.properties.setdefault(name, set()).update(metadata.get("detailedDiff") or {})
        assert bool(change.exit_code) == fails, change.output
        return change


def _told(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A value as `stack output` tells it."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        if found.get(SIGNATURE) == SECRET:
            return "[secret]"
        return {key: _told(each) for key, each in found.items()}
    if isinstance(value, list):
        return [_told(each) for each in cast("list[Any]", value)]
    return value
