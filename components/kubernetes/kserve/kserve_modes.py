"""How KServe's releases spell what they have in common."""

from typing import Final

__all__ = ["MODES", "MODE_ANNOTATION", "mode_spelling", "release"]

MODE_ANNOTATION: Final = "serving.kserve.io/deploymentMode"
# The mode's name by its release: 0.16 renamed both and still reads the old names.
MODES: Final = {"knative": ("Serverless", "Knative"), "standard": ("RawDeployment", "Standard")}
_RENAMED_IN: Final = (0, 16)


def release(version: object) -> tuple[int, ...]:
    """Major and minor number, for comparison."""
    digits = str(version).removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in digits if part.isdigit())


def mode_spelling(mode: str, version: object) -> str:
    """The mode as the annotation of a release spells it."""
    return MODES[mode][release(version) >= _RENAMED_IN]
