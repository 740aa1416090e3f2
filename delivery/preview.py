"""`serving preview`: what an update would do, by model, in the words of who owns it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from delivery import project
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.plan import NOT_APPROVED, Approved
from delivery.reporting import as_markdown, as_text, files
from delivery.reporting.gather import environment_report
from delivery.reporting.report import EnvironmentReport, Report, Verdict
from stacks.settings.files import environments

FORMATS: Final = ("text", "markdown", "json")
OUTPUT: Final = Path(".out/preview")
# The report takes the engine's JSON: with these it would tell something else, or nothing.
_ENGINE_SHOWS: Final = frozenset(
    {"--diff", "--json", "-j", "--show-reads", "--show-replacement-steps", "--show-sames"}
    | {"--show-config", "--show-secrets", "--suppress-outputs", "--color", "--event-log"}
    | {"--expect-no-changes", "--policy-pack", "--policy-pack-config", "--stack", "-s"}
    | {"-c", "--config", "--config-file", "--config-path"}
)
# The worst of all environments is what the command ends with.
_WORST_FIRST: Final = (Exit.CONFIGURATION, Exit.POLICY, Exit.CHANGES, Exit.OK)


def preview(
    environment: str,
    *,
    every: bool = False,
    only: str | None = None,
    policies: bool = True,
    form: str = "text",
    output: Path | None = None,
    expect_no_changes: bool = False,
    plain: bool = False,
    arguments: Sequence[str] = (),
    approved: Approved = NOT_APPROVED,
) -> int:
    """Print the report and write it to files; the exit code is the verdict.

    Raises:
        Failure: no such environment, model, format; the stack cannot be read.
    """
    folder = project.root()
    if form not in FORMATS:
        raise Failure(f"there is no format {form!r}\n  known: {', '.join(FORMATS)}")
    names = (
        list(environments(folder)) if every else [project.known_environment(folder, environment)]
    )
    if only is not None:
        project.known_model(folder, only)
    _refuse_shows(arguments)
    if every and approved.save is not None:
        raise Failure("a plan is of one environment\n  fix: name it by --env, instead of --all")
    made: list[EnvironmentReport] = []
    codes: list[Exit] = []
    for name in names:
        if sys.stderr.isatty():
            print(f"Previewing {name} …", file=sys.stderr)
        one, code = environment_report(
            folder,
            name,
            only=only,
            policies=policies,
            arguments=arguments,
            approved=approved,
        )
        made.append(one)
        changes = one.verdict is Verdict.READY and expect_no_changes
        codes.append(Exit.CHANGES if changes and code is Exit.OK else code)
    report = Report(environments=made)
    where = folder / OUTPUT if output is None else output
    written = files.write(report, where)
    if form == "text":
        print(as_text.text(report, plain=plain, where=written))
    elif form == "markdown":
        print(as_markdown.markdown(report), end="")
    else:
        print(files.as_json(report), end="")
    return _worst(codes)


def _worst(codes: Sequence[Exit]) -> Exit:
    unusual = [each for each in codes if each not in _WORST_FIRST]
    return next((each for each in (*unusual, *_WORST_FIRST) if each in codes), Exit.OK)


def _refuse_shows(arguments: Sequence[str]) -> None:
    shows = [each for each in arguments if each.partition("=")[0] in _ENGINE_SHOWS]
    if shows:
        raise Failure(
            f"the report is not made with {', '.join(shows)}\n"
            "  fix: --engine shows Pulumi's own preview, and takes all of its arguments"
        )
