"""What a command line of the engine is about."""

from collections.abc import Sequence

# Commands that reach providers or programs, hence perhaps the vendors' APIs.
REACH_CLOUDS = frozenset(
    {"preview", "pre", "up", "update", "refresh", "destroy", "down", "dn", "import", "watch"}
)
# Of these, the ones that change nothing.
ONLY_LOOK = frozenset({"preview", "pre"})
# Commands that look at no stack.
NO_STACK = frozenset(
    {"", "version", "help", "about", "plugin", "schema", "completion", "gen-completion", "whoami"}
)
# Global flags whose value is the next argument.
_VALUED = frozenset(
    {"-C", "--cwd", "--color", "--profiling", "--tracing", "-v", "--verbose", "--memprofilerate"}
)


def command(arguments: Sequence[str]) -> tuple[str, int]:
    """The engine's command, which global flags may precede, and its position; empty if none."""
    skip = False
    for position, argument in enumerate(arguments):
        if skip or argument.startswith("-"):
            skip = not skip and argument in _VALUED
        else:
            return argument, position
    return "", 0


def flag(arguments: Sequence[str], *names: str) -> str:
    """Value of a flag in any of its spellings: `-s dev`, `-sdev`, `--stack dev`, `--stack=dev`."""
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        for name in names:
            if argument == name:
                return next(iter(arguments[position + 1 :]), "")
            if argument.startswith(f"{name}="):
                return argument.removeprefix(f"{name}=")
            if not name.startswith("--") and argument.startswith(name):
                return argument.removeprefix(name)
    return ""


def without_code(arguments: Sequence[str]) -> list[str]:
    """An import without the program's text, which the engine writes by schemas that are not here.

    It would import, and end as failed.
    """
    name, position = command(arguments)
    if name != "import" or flag(arguments, "--generate-code"):
        return list(arguments)
    after = position + 1
    return [*arguments[:after], "--generate-code=false", *arguments[after:]]
