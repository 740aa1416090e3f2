"""The example in docs/gpu-nodes.md is settings that work."""

import re
from pathlib import Path

import pytest

from stacks.settings.load import load
from stacks.settings.model_server import ModelServerModel
from stacks.targets import gpu_node_pools
from stacks.targets.gpus import gpus
from stacks.targets.translation import as_kind

_ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"```yaml\n# (Pulumi\.\S+|stacks/\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "stacks/models").mkdir(parents=True)
    for name, text in _BLOCK.findall((_ROOT / "docs/gpu-nodes.md").read_text()):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_example(root: Path) -> None:
    settings = load(root, "gpus")
    assert list(gpu_node_pools(settings)) == ["chat", "chat-on-demand", "chat-a10g", "parts"]
    model = as_kind(ModelServerModel, settings.models["ranking"])
    labels = gpus(settings, model.resources)["gpu_node_labels"]
    assert labels == {"model-serving/pool-group": "chat"}
    assert settings.offers["parts"].gpus_per_node == 8 * 7
