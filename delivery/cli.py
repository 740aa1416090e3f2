"""The `serving` command. Each command's module is imported when it runs: `--help` stays instant."""

import gc
import sys
from typing import NoReturn

# Classes and functions that are imported stay; looking among them for garbage again and again is a
# tenth of a short command. Before the commands, which import most.
gc.set_threshold(50_000, 20, 100)

from delivery.exits import Exit  # noqa: E402
from delivery.failure import Failure  # noqa: E402
from delivery.printing import all_printed  # noqa: E402
from delivery.quick_check import quick_check  # noqa: E402

__all__ = ["main"]


def main() -> None:
    """Run the command; every end has an exit code and no traceback."""
    try:
        with all_printed():
            code = quick_check(sys.argv[1:])
            if code is not None:
                sys.exit(code)
            from delivery.commands.application import app  # noqa: PLC0415 - Typer

            app(prog_name="serving")
    except Failure as failure:
        _end(failure)
    except OSError as error:
        from delivery.disk import failure_of  # noqa: PLC0415 - seldom needed

        failure = failure_of(error)
        if failure is None:
            raise
        _end(failure)
    except KeyboardInterrupt:  # Typer's commands end so by themselves.
        sys.exit(130)


def _end(failure: Failure) -> NoReturn:
    prefix = "" if failure.code is Exit.OK else "error: "
    print(f"{prefix}{failure}", file=sys.stderr)
    sys.exit(failure.code)


if __name__ == "__main__":
    main()
