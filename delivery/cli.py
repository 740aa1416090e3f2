"""The `serving` command. Each command's module is imported when it runs: `--help` stays instant."""

import gc
import os
import sys

# Classes and functions that are imported stay; looking among them for garbage again and again is a
# tenth of a short command. Before the commands, which import most.
gc.set_threshold(50_000, 20, 100)

# Their import is what gives the application its commands, in the order that `--help` lists them.
from delivery.commands import looking, moving, releasing, updating, writing  # noqa: E402
from delivery.commands.shared import app  # noqa: E402
from delivery.exits import Exit  # noqa: E402
from delivery.failure import Failure  # noqa: E402

__all__ = ["app", "looking", "main", "moving", "releasing", "updating", "writing"]


def main() -> None:
    """Run the command; every end has an exit code and no traceback."""
    try:
        app(prog_name="serving")
    except Failure as failure:
        prefix = "" if failure.code is Exit.OK else "error: "
        print(f"{prefix}{failure}", file=sys.stderr)
        sys.exit(failure.code)
    except BrokenPipeError:
        # The reader has seen enough; nothing more can be printed, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.OK)


if __name__ == "__main__":
    main()
