"""`python -m runtime.drift`: makes a profile, and compares rows with one.

exit codes: 0 done, and nothing has drifted; 1 (or --drift-exit-code) drift; 2 what was given is
wrong or cannot be had.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from runtime.downloads import shown
from runtime.drift.captured import Captured
from runtime.drift.making import BINS, profile_of, read_rows
from runtime.drift.profile import MAX_PARTS, Profile, ProfileError, read
from runtime.drift.pulling import profile_at
from runtime.drift.stored import chosen, store_of
from runtime.drift.tables import compared
from runtime.drift.window import LEAST_ROWS, Estimate
from runtime.errors import SourceError

__all__ = ["EXIT_DRIFT", "EXIT_WRONG", "main"]

EXIT_DRIFT: Final = 1
EXIT_WRONG: Final = 2
_THRESHOLD: Final = 0.2
# As many as an instance of a function looks back on; of one request in each file.
_FILES: Final = 10_000
_MOST_FILES: Final = 1_000_000
_MOST_HOURS: Final = 24 * 366
_SCHEMES: Final = ("s3", "gs", "https", "file")
_TABLES: Final = ".csv with a header, or .npy of numbers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _profile(options) if options.command == "profile" else _compare(options)
    except (ProfileError, SourceError) as error:
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
    compare.add_argument("profile", help="a file, or a URI: s3://, gs://, https://")
    compare.add_argument("--digest", default="", help="sha256:… of the profile")
    compare.add_argument("--threshold", type=float, default=_THRESHOLD)
    compare.add_argument(
        "--hours", type=int, help=f"of a folder, what was written since; 1 to {_MOST_HOURS}"
    )
    compare.add_argument(
        "--files", type=int, default=_FILES, help=f"of a folder at most; default: {_FILES}"
    )
    compare.add_argument("--drift-exit-code", type=int, default=EXIT_DRIFT)
    profile.add_argument("rows", type=Path, help=_TABLES)
    compare.add_argument(
        "rows",
        help=f"{_TABLES}; or a folder, s3:// or gs:// with what KServe's logger stored as JSON",
    )
    for command in (profile, compare):
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
    rows: str = options.rows
    profile = _read_profile(options.profile, options.digest)
    if "://" in rows or Path(rows).is_dir():
        found = _captured(options, profile)
        if found is None:
            return 0
    else:
        found = compared(profile, read_rows(Path(rows), options.text))
    print(f"{'index':>8} {'distance':>8}  of {found.rows} rows")
    for name, index in sorted(found.psi.items(), key=lambda item: -item[1]):
        print(f"{index:>8.3f} {found.jensen_shannon[name]:>8.3f}  {name}")
    drifted = found.psi[found.farthest] > options.threshold
    return int(options.drift_exit_code) if drifted else 0


def _read_profile(place: str, digest: str) -> Profile:
    scheme, mark, _ = place.partition("://")
    if mark and scheme not in _SCHEMES:
        raise ProfileError(f"{shown(place)}: use a file, or {', '.join(_SCHEMES)}")
    if mark or digest:
        return profile_at(place if mark else Path(place).absolute().as_uri(), digest)
    try:
        return read(Path(place).read_bytes())
    except OSError as error:
        raise ProfileError(f"{place} cannot be read: {error.strerror}") from error


def _captured(options: argparse.Namespace, profile: Profile) -> Estimate | None:
    """Of what lies in a store; None where it is too little to tell anything."""
    hours: int | None = options.hours
    if hours is not None and not 1 <= hours <= _MOST_HOURS:
        raise ProfileError(f"--hours: got {hours}; use 1 to {_MOST_HOURS}")
    if not 1 <= options.files <= _MOST_FILES:
        raise ProfileError(f"--files: got {options.files}; use 1 to {_MOST_FILES}")
    counts, store = Captured(profile), store_of(options.rows)
    since = None if hours is None else datetime.now(UTC) - timedelta(hours=hours)
    names = chosen(store.names(since), options.files)
    too_large = 0
    for name in names:
        content = store.read(name)
        if content is None:
            too_large += 1
        else:
            counts.add(content)
    print(f"{len(names)} files; {too_large} too large; {counts.others} requests of another kind")
    # Nothing was asked for so long, which is no fault of anybody's, and no news of drift.
    if hours is not None and (not names or 0 < counts.rows < LEAST_ROWS):
        print(f"{counts.rows} rows tell nothing; at least {LEAST_ROWS} are needed")
        return None
    if not counts.rows:
        raise ProfileError(f"{options.rows} has no requests with the features of the profile")
    return counts.estimate()


if __name__ == "__main__":
    sys.exit(main())
