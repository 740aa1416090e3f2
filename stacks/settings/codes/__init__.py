"""The codes of problems, each with what it means and what to do: the source of docs/errors.md."""

from typing import Final

from facts.capabilities import REFUSALS, Refusal
from stacks.settings.codes.files import FILE_CODES
from stacks.settings.codes.models import MODEL_CODES
from stacks.settings.codes.sources import SOURCE_CODES
from stacks.settings.codes.targets import TARGET_CODES
from stacks.settings.codes.watching import WATCHING_CODES
from stacks.settings.platforms.codes import PLATFORM_CODES

__all__ = ["CODES"]


def _why(refusal: Refusal) -> str:
    text = f"{refusal.reason[:1].upper()}{refusal.reason[1:]}. Nearest thing that works: "
    text += f"{refusal.nearest}."
    if refusal.source:
        looked_up = f", looked up on {refusal.checked}" if refusal.checked else ""
        text += f" Source: <{refusal.source}>{looked_up}."
    return text


CODES: Final[dict[str, tuple[str, str]]] = {
    **FILE_CODES,
    **MODEL_CODES,
    **PLATFORM_CODES,
    **TARGET_CODES,
    **SOURCE_CODES,
    **WATCHING_CODES,
    **{refusal.code: (f"Refused: {refusal.name}", _why(refusal)) for refusal in REFUSALS.values()},
}
