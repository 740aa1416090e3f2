"""Log groups as files of the sandbox."""

from pathlib import Path

__all__ = ["written"]


def written(folder: Path, log_group: str, lines: list[str]) -> None:
    """Add lines to the file of a log group: `/aws/lambda/x` is `logs/aws/lambda/x.log`."""
    file = folder / "logs" / f"{log_group.strip('/')}.log"
    if not file.resolve().is_relative_to(folder.resolve()):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as log:
        log.write("".join(f"{line}\n" for line in lines))
