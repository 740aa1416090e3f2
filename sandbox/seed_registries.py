"""What the registries of models of a new sandbox hold: an example of each kind."""

import hashlib
from collections.abc import Iterator
from typing import Any

__all__ = ["AZURE_SUBSCRIPTION", "COMMITS", "DIGESTS", "RUNS", "resources"]

RUNS = ("5d0e7c3f1b2a49688c7d6e5f4a3b2c1d", "9a8b7c6d5e4f40312a1b0c9d8e7f6a5b")
COMMITS = ("1f0c9a7e5b3d2468ace013579bdf02468ace1357", "8e2d4c6b0a9f7e5d3c1b2a4f6e8d0c9b7a5f3e1d")
# Of the example of a language model.
_ASSISTANT = ("Qwen/Qwen2.5-0.5B-Instruct", "7ae557604adf67be50417f59c2c2f167def9a775")
AZURE_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
# SHA-256 of nothing, as S3 writes it.
_SHA = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
DIGESTS = tuple(f"sha256:{digits * 8}" for digits in ("0c1d2e3f", "a4b5c6d7"))


def resources() -> Iterator[dict[str, Any]]:
    """Columns of the rows of a new store."""
    yield _row(
        "mlflow:RegisteredModel",
        "loyalty",
        aliases={"champion": "1", "challenger": "2"},
        versions={
            str(number): {
                "run_id": run,
                "source": f"s3://example-models/mlflow/3/{run}/artifacts/model",
            }
            for number, run in enumerate(RUNS, 1)
        },
    )
    safe = {
        "files": ["config.json", "model.safetensors", "tokenizer.json"],
        "config": {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2"},
    }
    yield _row(
        "huggingface:Model",
        "example/assistant",
        refs={"main": COMMITS[1], "v1.0": COMMITS[0]},
        commits=dict.fromkeys(COMMITS, safe),
    )
    yield _row(
        "huggingface:Model",
        "example/assistant-gated",
        gated="manual",
        refs={"main": COMMITS[0]},
        commits={COMMITS[0]: safe},
    )
    # What is refused: code that comes with a model, and weights that run code.
    yield _row(
        "huggingface:Model",
        "example/remote-code",
        refs={"main": COMMITS[0]},
        commits={
            COMMITS[0]: {
                "files": ["config.json", "model.safetensors", "modeling_example.py"],
                "config": {"auto_map": {"AutoModel": "modeling_example.Example"}},
            }
        },
    )
    yield _row(
        "huggingface:Model",
        "example/pickled",
        refs={"main": COMMITS[0]},
        commits={COMMITS[0]: {"files": ["config.json", "pytorch_model.bin"]}},
    )
    for name, private in (("models/loyalty", False), ("private/loyalty", True)):
        yield _row(
            "oci:Repository",
            f"registry.example.com/{name}",
            private=private,
            tags={"2.1.0": DIGESTS[0], "stable": DIGESTS[0], "next": DIGESTS[1]},
        )
    yield _row("azureml:RegistryModel", "shared/loyalty", versions=["1", "2"])
    yield _row(
        "s3:Object",
        "example-models/loyalty/model.onnx",
        versions=[
            {"version_id": "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY", "etag": "6805f2cf", "sha256": _SHA},
            {"version_id": "QUpfdndhfd8438MNFDN93jdnJFkdmqnh893", "etag": "9b2cf535"},
        ],
    )
    # What MLflow's versions lead to, and the examples of models that are named by their paths.
    files = {"MLmodel": "flavors: {sklearn: {}}\n", "model.pkl": "a pickle\n"}
    runs = (f"mlflow/3/{run}/artifacts/model" for run in RUNS)
    for folder in (*runs, "churn/2.1.0", "ranker/1.2.0"):
        for file, text in files.items():
            yield _row(
                "s3:Object", f"example-models/{folder}/{file}", versions=[_text(folder, text)]
            )
    for version in ("1.4.0", "1.5.0"):
        name = f"fraud/{version}"
        archive = _text(name, "an archive\n")
        yield _row("s3:Object", f"example-models/{name}/model.tar.gz", versions=[archive])
    yield _row("huggingface:Model", _ASSISTANT[0], refs={}, commits={_ASSISTANT[1]: safe})
    # For copies of models.
    yield _row("s3:Bucket", "our-models")
    yield _row("gcs:Bucket", "our-models")
    # Of a bucket that keeps no versions.
    yield _row("s3:Object", "unversioned-models/model.onnx", versions=[{"etag": "6805f2cf"}])
    yield _row(
        "gcs:Object",
        "example-models/loyalty/model.onnx",
        versions=[
            {"version_id": "1767225600000001", "md5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
            {"version_id": "1767225600000002", "md5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
        ],
    )


def _text(folder: str, text: str) -> dict[str, Any]:
    content = f"# {folder}\n{text}"
    etag = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
    return {"text": content, "etag": etag}


def _row(token: str, name: str, **live: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"provider": "registries", "token": token, "id": name, "name": name, "live": live}
