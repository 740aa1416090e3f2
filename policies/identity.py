"""What the pack is called, by the engine and in reports."""

from typing import Final

NAME: Final = "model-serving-guardrails"
VERSION: Final = "0.1.0"
