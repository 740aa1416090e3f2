"""A project with as many models as asked: this project's program, other model files."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]


def make(folder: Path, models: int) -> Path:
    """Write a project with `models` copies of the example models, in turn, into `folder`.

    The program and the locked environment are this project's own, by link; only the model files
    and the names in them are new.
    """
    program = linked(folder)
    examples = sorted((ROOT / "stacks/models").glob("*.yaml"))
    names: dict[str, str] = {}
    for index in range(models):
        example = examples[index % len(examples)]
        name = f"{example.stem}-{index:04d}"
        names[name] = example.stem
        (program / "models" / f"{name}.yaml").write_bytes(example.read_bytes())

    yaml: Any = YAML()
    stack = yaml.load((ROOT / "Pulumi.dev.yaml").read_text())
    entries = stack["config"].get("model-serving:models", {})
    stack["config"]["model-serving:models"] = {
        name: dict(entries[example]) for name, example in names.items() if example in entries
    }
    with (folder / "Pulumi.dev.yaml").open("w") as file:
        yaml.dump(stack, file)
    return folder


def linked(folder: Path) -> Path:
    """Write all of a project but settings and model files; the folder that these go below.

    The program and the locked environment are this project's own, by link.
    """
    folder.mkdir(parents=True)
    for name in (".venv", "provider", "policies", "components", "facts", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "uv.lock"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    program = folder / "stacks"
    (program / "models").mkdir(parents=True)
    # A copy, not a link: the program finds its model files beside itself.
    (program / "__main__.py").write_bytes((ROOT / "stacks/__main__.py").read_bytes())
    return program
