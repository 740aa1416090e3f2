"""Commands that write for others: manifests for GitOps, comments, schemas."""

from pathlib import Path
from typing import Annotated

import typer

from delivery.commands.shared import Env, NoPolicies, Only, app

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder. Default: rendered/<env>.")]
Stale = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 7 when the folder is stale.")
]


@app.command()
def render(
    env: Env = "dev",
    out: Out = None,
    only: Only = None,
    check: Stale = False,  # noqa: FBT002
    no_policies: NoPolicies = False,  # noqa: FBT002
) -> None:
    """Write the Kubernetes part as YAML, for Argo CD or Flux; nothing is deployed."""
    from delivery.render import render as run  # noqa: PLC0415

    raise typer.Exit(run(env, out=out, only=only, check=check, policies=not no_policies))


@app.command()
def comment(  # noqa: PLR0917 - Typer takes options by position or name alike
    pull: Annotated[int, typer.Argument(min=1, help="Number of the pull request.")],
    commit: Annotated[str, typer.Option("--commit", help="That was previewed.")],
    committed: Annotated[
        str, typer.Option("--committed", help="Its time, as `git show -s --format=%cI` says it.")
    ],
    report: Annotated[
        list[Path] | None, typer.Option("--report", help="report.json of a preview; repeatable.")
    ] = None,
    author: Annotated[
        str, typer.Option("--author", help="Who writes: whose comment is updated.")
    ] = "github-actions[bot]",
    outdated: Annotated[  # noqa: FBT002
        bool, typer.Option("--outdated", help="Say that what it tells is of an older commit.")
    ] = False,
) -> None:
    """Write a preview's report to a pull request on GitHub: one comment, updated in place.

    The token comes from GITHUB_TOKEN, where from GITHUB_REPOSITORY and GITHUB_API_URL.
    """
    from delivery.comment import comment as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            pull,
            reports=report or [],
            commit=commit,
            committed=committed,
            author=author,
            outdated=outdated,
        )
    )


@app.command()
def schema() -> None:
    """Write the JSON Schemas of model files and environments to docs/schema/."""
    from delivery.schemas import write  # noqa: PLC0415

    for path in write():
        print(path)
