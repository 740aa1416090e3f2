"""A mistake of the user's, or of the world: told in words, never by a traceback."""

from delivery.exits import Exit


class Failure(Exception):  # noqa: N818 - what the command ends with
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.CONFIGURATION) -> None:
        super().__init__(message)
        self.code = code
