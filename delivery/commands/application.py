"""The application with its commands: their import gives it them, in the order of `--help`."""

from delivery.commands import looking, moving, releasing, updating, writing
from delivery.commands.shared import app

__all__ = ["app", "looking", "moving", "releasing", "updating", "writing"]
