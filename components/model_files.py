"""Whether the files of models in S3 and Cloud Storage may be loaded.

`serving:index:judgeModelFiles` is served by the provider in `provider/`, in previews too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import pulumi

from components.serving_provider import ServingProvider

__all__ = ["Judged", "judge_model_files"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of an artifact's files, and by which store.

    `missing`: there are none. `unlisted`: nobody knows, and `said` is why. `digest` is that of all
    files of what is `unsafe`, and empty where they are too large to be read for it.
    """

    uri: str
    verdict: Literal["safe", "unsafe", "missing", "unlisted"]
    store: str
    said: str
    digest: str = ""


def judge_model_files(
    artifacts: Sequence[tuple[str, bool]], provider: ServingProvider
) -> list[Judged]:
    """List the files of all, at once; the answers in the order of the artifacts.

    Each is a URI, and whether what serves it loads nothing but pickles.

    Raises:
        Exception: where the provider itself cannot be asked.
    """
    if not artifacts:
        return []
    found = pulumi.runtime.invoke(
        "serving:index:judgeModelFiles",
        {"artifacts": [{"uri": uri, "pickles": pickles} for uri, pickles in artifacts]},
        pulumi.InvokeOptions(provider=provider),
    )
    answers = cast("dict[str, Any]", found.value)["artifacts"]
    return [
        Judged(each["uri"], each["verdict"], each["store"], each["said"], each["digest"])
        for each in answers
    ]
