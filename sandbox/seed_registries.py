"""What the registries of models of a new sandbox hold: an example of each kind."""

from collections.abc import Iterator
from typing import Any

__all__ = ["resources"]

_RUNS = ("5d0e7c3f1b2a49688c7d6e5f4a3b2c1d", "9a8b7c6d5e4f40312a1b0c9d8e7f6a5b")


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
            for number, run in enumerate(_RUNS, 1)
        },
    )


def _row(token: str, name: str, **live: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"provider": "registries", "token": token, "id": name, "name": name, "live": live}
