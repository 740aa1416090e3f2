"""What the workflows write to GitHub: `python -m delivery.github comment`, issue, propose, start.

The repository and the token come from the environment of the workflow's step. An issue without a
body is closed.
"""

import argparse
import sys
from datetime import UTC
from pathlib import Path

from delivery import git, project
from delivery.failure import Failure
from delivery.github import issue, proposals, proposed, reports
from delivery.github.api import BOT, from_environment
from delivery.github.marker import Marker
from delivery.github.place import place
from delivery.github.pull_request import head_time


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code is returned."""
    asked = _parser().parse_args(arguments)
    try:
        print(asked.do(asked))
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return int(failure.code)
    return 0


def _comment(asked: argparse.Namespace) -> str:
    left = reports.read(asked.reports)
    if left.pull_request is None:
        return "nothing to say: no pull request is named"
    github = from_environment()
    time = head_time(github, left.pull_request, asked.head)
    if time is None:
        return f"nothing to say: {asked.head} is not the head of #{left.pull_request}"
    key = f"{github.repository} {asked.name}"
    ours = Marker(key, asked.head, time.astimezone(UTC).isoformat(), asked.run)
    text = reports.body(left, failed=asked.failed, head=asked.head, run_url=asked.run_url)
    # What touches nothing makes no comment, but one of an earlier commit tells of what is gone.
    silent = text is None
    text = text or f"This change touches nothing that is deployed ({asked.head[:7]})."
    done = place(github, left.pull_request, BOT, ours, text, only_update=silent, is_head=True)
    return f"{done.what}: {done.says}"


def _issue(asked: argparse.Namespace) -> str:
    body = _read(asked.body) if asked.body else None
    return issue.tell(from_environment(), asked.name, asked.title, body)


def _propose(asked: argparse.Namespace) -> str:
    folder = project.root()
    read = proposals.read(asked.answer, asked.way, asked.source)
    github = from_environment()
    if not read.files:
        return f"{proposed.close(github, read.branch)}: {read.title}"
    parent = git.head(folder)
    if parent is None:
        raise Failure(f"{folder} is no repository of git: there is nothing to propose a change of")
    files = {name: _read(folder / name) for name in read.files}
    change = proposed.Change(read.title, read.body, files, asked.base, parent)
    return f"{proposed.put(github, read.branch, change)}: {read.title}"


def _start(asked: argparse.Namespace) -> str:
    inputs = dict(each.partition("=")[::2] for each in asked.input)
    body = {"ref": asked.ref, "inputs": {key: each for key, each in inputs.items() if each}}
    github = from_environment()
    github.send("POST", f"actions/workflows/{asked.workflow}/dispatches", body)
    return f"started {asked.workflow} of {github.repository}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m delivery.github", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("comment", help="put the report of a preview on its pull request")
    one.add_argument("--name", required=True, help="of the comment, without blanks")
    one.add_argument("--reports", required=True, type=Path, help="folder of the run's artifacts")
    one.add_argument("--head", required=True, help="commit that the run was of")
    one.add_argument("--run-url", required=True, help="page of the run")
    one.add_argument("--run", type=int, default=0, help="its number: later ones win")
    one.add_argument("--failed", action="store_true", help="the run failed")
    one.set_defaults(do=_comment)
    one = commands.add_parser("issue", help="open, change or close the issue of a name")
    one.add_argument("--name", required=True, help="of the issue, without blanks")
    one.add_argument("--title", required=True, help="of an issue that is opened")
    one.add_argument("--body", type=Path, help="file of Markdown; without it the issue is closed")
    one.set_defaults(do=_issue)
    one = commands.add_parser("propose", help="open or change the pull request of an answer")
    one.add_argument("--answer", required=True, type=Path, help="of serving release or advance")
    one.add_argument("--way", required=True, choices=["release", "advance"], help="whose it is")
    one.add_argument("--base", default="main", help="branch that it is to be merged into")
    one.add_argument("--source", default="", help="who asks for it")
    one.set_defaults(do=_propose)
    one = commands.add_parser("start", help="start a workflow by hand")
    one.add_argument("--workflow", required=True, help="name of its file")
    one.add_argument("--ref", default="main", help="branch that it runs on")
    one.add_argument("--input", action="append", default=[], help="key=value; repeatable")
    one.set_defaults(do=_start)
    return parser


if __name__ == "__main__":
    sys.exit(main())
