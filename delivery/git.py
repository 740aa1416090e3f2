"""What git says of the project's folder."""

import os
import subprocess
from pathlib import Path

from delivery.failure import Failure


def merge_base(folder: Path, base: str) -> str:
    """The commit at which the present one left `base`.

    Raises:
        Failure: git is missing, the folder is no repository, or it has no such commit.
    """
    if base.startswith("-"):
        raise Failure(f"{base!r} is no commit\n  fix: name a branch, a tag or a commit")
    done = _git(folder, "merge-base", base, "HEAD")
    if done.returncode:
        raise Failure(
            f"git finds no commit that {base!r} and the present one share\n"
            f"  git: {done.stderr.strip() or 'no common commit'}\n"
            "  fix: name a branch, a tag or a commit that was fetched; a shallow clone has no "
            "history (`git fetch --unshallow`, or fetch-depth: 0 of actions/checkout)"
        )
    return done.stdout.strip()


def changed(folder: Path, since: str) -> list[str]:
    """Files that differ from a commit, from the project's folder: committed, not yet, and new.

    A file that moved is there twice, as what went and as what came.
    """
    differing = _ok(folder, "diff", "--name-only", "--no-renames", "--relative", "-z", since)
    fresh = _ok(folder, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted({name for name in (differing + fresh).split("\0") if name})


def text(folder: Path, commit: str, file: str) -> str | None:
    """A file as it was; None where it was not there."""
    done = _git(folder, "show", f"{commit}:./{file}")
    return None if done.returncode else done.stdout


def head(folder: Path) -> str | None:
    """The present commit; None outside a repository."""
    done = _git(folder, "rev-parse", "--verify", "HEAD")
    return None if done.returncode else done.stdout.strip()


def _ok(folder: Path, *arguments: str) -> str:
    done = _git(folder, *arguments)
    if done.returncode:
        raise Failure(f"git cannot say what changed: {done.stderr.strip()}")
    return done.stdout


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=folder,
            # Words of git are shown, and must not depend on who runs it.
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise Failure("git is not on PATH\n  fix: install it (https://git-scm.com)") from None
