"""What Azure's worker finds in the app of its handler."""

import functools
from typing import Any

from runtime import azure_handler

__all__ = ["functions"]


@functools.cache
def functions() -> dict[str, Any]:
    """The functions of `app` by name: the worker indexes them in this way, once."""
    return {str(found.get_function_name()): found for found in azure_handler.app.get_functions()}
