"""`python -m runtime.drift`: makes a profile, and compares rows with one.

exit codes: 0 done, and nothing has drifted; 1 drift; 2 what was given is wrong.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runtime.drift.captured import captured_rows
from runtime.drift.making import BINS, profile_of, read_rows
from runtime.drift.profile import MAX_PARTS, Profile, ProfileError, read
from runtime.drift.tables import compared

__all__ = ["EXIT_DRIFT", "EXIT_WRONG", "main"]

EXIT_DRIFT: Final = 1
EXIT_WRONG: Final = 2
_THRESHOLD: Final = 0.2
_ROWS: Final = (
    ".csv with a header, or .npy of numbers",
    ".csv with a header, .npy of numbers, or a folder of what KServe's logger stored as JSON",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _profile(options) if options.command == "profile" else _compare(options)
    except ProfileError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime.drift", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    profile = commands.add_parser("profile", help="a profile of the rows that a model learned from")
    profile.add_argument("-o", "--output", type=Path, required=True)
    profile.add_argument(
        "--model", type=Path, help="the ONNX file, whose predictions are in the profile too"
    )
    profile.add_argument(
        "--prediction", action="append", default=[], help="a column that is no feature"
    )
    profile.add_argument("--bins", type=int, default=BINS, help=f"of a column; default: {BINS}")
    compare = commands.add_parser("compare", help="the distances of other rows from a profile")
    compare.add_argument("profile", type=Path)
    compare.add_argument("--threshold", type=float, default=_THRESHOLD)
    for command in (profile, compare):
        command.add_argument("rows", type=Path, help=_ROWS[command is compare])
        command.add_argument(
            "--text", action="append", default=[], help="a column whose numbers are texts"
        )
    return parser


def _profile(options: argparse.Namespace) -> int:
    if not 2 <= options.bins <= MAX_PARTS:  # noqa: PLR2004 - one bin tells nothing
        raise ProfileError(f"--bins: got {options.bins}; use 2 to {MAX_PARTS}")
    rows = read_rows(options.rows, options.text)
    if options.model is None:
        found = profile_of(rows, options.prediction, bins=options.bins)
    else:
        # ONNX Runtime is needed for nothing else.
        from runtime.drift.modelled import modelled_profile  # noqa: PLC0415

        if options.prediction:
            raise ProfileError("use --model or --prediction, not both")
        found = modelled_profile(options.model, rows, bins=options.bins)
    options.output.write_text(found.text(), encoding="utf-8")
    bins = sum(len(each.shares) for each in found.columns)
    print(f"{options.output}: {len(found.columns)} columns, {bins} bins, of {found.rows} rows")
    return 0


def _compare(options: argparse.Namespace) -> int:
    try:
        profile = read(options.profile.read_bytes())
    except OSError as error:
        raise ProfileError(f"{options.profile} cannot be read: {error.strerror}") from error
    if options.rows.is_dir():
        features = tuple(each for each in profile.columns if each.kind == "feature")
        profile = Profile(profile.rows, features)
        rows = captured_rows(options.rows, profile)
    else:
        rows = read_rows(options.rows, options.text)
    found = compared(profile, rows)
    print(f"{'index':>8} {'distance':>8}  of {found.rows} rows")
    for name, index in sorted(found.psi.items(), key=lambda item: -item[1]):
        print(f"{index:>8.3f} {found.jensen_shannon[name]:>8.3f}  {name}")
    return EXIT_DRIFT if found.psi[found.farthest] > options.threshold else 0


if __name__ == "__main__":
    sys.exit(main())
