"""What Seldon Core 2 can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.seldon import ARTIFACT_TAGS, STORAGE_SCHEMES

_SELDON: Final = "https://docs.seldon.ai/seldon-core-2/"

TARGET: Final = Target(
    "seldon",
    "Seldon Core 2",
    STORAGE_SCHEMES,
    tuple(sorted(ARTIFACT_TAGS)),
    # The new version is loaded beside the old one, then all requests go to it.
    ("all_at_once",),
    _SELDON + "user-guide/models/inference-artifacts",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0385",
        "seldon/own-server",
        "a Model is loaded by a server that runs already and is shared: CPU, GPU and image are "
        "that Server's, memory alone is the Model's",
        "server_name or requirements, which choose a Server with it (for code of one's own "
        "framework: mlserver or triton); or target: kubernetes or kserve",
        _SELDON + "user-guide/servers",
    ),
    Refusal(
        "MS0386",
        "seldon/share-owner",
        "not offered: an Experiment is set as a whole, so a share that somebody else moved would "
        "be set back",
        "rollout.owner: file, with canary_percent raised step by step",
        _SELDON + "user-guide/experiments",
    ),
    Refusal(
        "MS0387",
        "seldon/mirror-beside-share",
        "an Experiment has a model as a candidate that answers or as a mirror that does not",
        "canary_percent: 0 while the candidate is a mirror",
        _SELDON + "user-guide/experiments",
    ),
)
