"""Commands that change the settings' files: versions between environments, new environments."""

from typing import Annotated

import typer

from delivery.commands.shared import AsJson, BreakGlass, Yes, app, env_app

Metrics = Annotated[
    list[str] | None,
    typer.Option("--metrics", help="Who measures: a Prometheus' address, cloudwatch; repeatable."),
]
Unmeasured = Annotated[
    str | None,
    typer.Option("--unmeasured", help="Why no measurement is needed this time."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the changed lines; write nothing.")]
NoUp = Annotated[bool, typer.Option("--no-up", help="Write the lines; deploy nothing.")]
Init = Annotated[bool, typer.Option("--init", help="Make the stack too, on the backend.")]


@app.command()
def promote(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    source: Annotated[str, typer.Argument(help="Environment that has served the version.")],
    target: Annotated[str, typer.Argument(help="Environment that is to have it.")],
    metrics: Metrics = None,
    unmeasured: Unmeasured = None,
    dry_run: DryRun = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Move the version that one environment serves to another: its lines in the files.

    The candidate where there is one, else the stable version; it becomes the stable one. Refused
    unless it was served there within its objectives. Nothing is deployed.

    serving promote fraud dev prod --metrics http://prometheus.example.com

    Exit codes: 0 changed, or nothing to change; 2 refused; 8 you said no.
    """
    from delivery.promoting.promote import promote as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            model,
            source,
            target,
            metrics=metrics or (),
            unmeasured=unmeasured,
            dry_run=dry_run,
            yes=yes,
            as_json=as_json,
        )
    )


@app.command()
def rollback(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    env: Annotated[str, typer.Argument(help="Environment: the name of a stack.")],
    to: Annotated[
        str | None, typer.Option("--to", help="This version. Default: the last good one.")
    ] = None,
    no_up: NoUp = False,  # noqa: FBT002
    break_glass: BreakGlass = None,
    dry_run: DryRun = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Go back to the last good version: its lines in the files, and one update of the model.

    Good is what was deployed and ready, by the stack's outputs. A candidate goes first; without
    one it is the stable version before this one.

    serving rollback fraud prod

    Exit codes: those of `serving up`; 2 nothing to go back to; 8 you said no.
    """
    from delivery.promoting.rollback import rollback as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            model,
            env,
            to=to,
            deploy=not no_up,
            break_glass=break_glass,
            dry_run=dry_run,
            yes=yes,
            as_json=as_json,
        )
    )


@app.command()
def retire(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    env: Annotated[str, typer.Argument(help="Environment whose callers are looked for.")],
    metrics: Metrics = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=29, help="Days without a request that are enough.")
    ] = 7,
    unmeasured: Unmeasured = None,
    dry_run: DryRun = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a model away that nobody calls any more: its lines in the files.

    Refused while it is called, and before its deprecation.date. In a protected environment the
    first call lets it go, the one after the next update deletes its files. Nothing is deployed.

    serving retire fraud prod --metrics http://prometheus.example.com

    Exit codes: 0 changed; 1 the metrics cannot be asked; 2 refused; 5 an environment protects what
    would go with it; 8 you said no.
    """
    from delivery.retiring.retire import retire as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            model,
            env,
            metrics=metrics or (),
            days=days,
            unmeasured=unmeasured,
            dry_run=dry_run,
            yes=yes,
            as_json=as_json,
        )
    )


@env_app.command("new")
def env_new(  # noqa: PLR0917 - Typer takes options by position or name alike
    name: Annotated[str, typer.Argument(help="Of the environment and its stack: staging.")],
    source: Annotated[str, typer.Option("--from", help="After the model of this one.")] = "dev",
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="A value: targets.aws.region=eu-west-1. Can be repeated."),
    ] = None,
    backend: Annotated[
        str | None, typer.Option("--backend", help="State: s3://bucket, gs://, azblob://, file://.")
    ] = None,
    secrets_provider: Annotated[
        str | None, typer.Option("--secrets-provider", help="passphrase, awskms://, gcpkms://, …")
    ] = None,
    init: Init = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
) -> None:
    """Write the file of a new environment, and its guardrails' configuration; make nothing.

    What only you know, such as accounts, is left as `<fill in: …>`, which `serving check` lists
    and refuses. Nothing is written over.

    serving env new staging --from dev --set targets.aws.account_id=210987654321
    """
    from delivery.environments.new import new  # noqa: PLC0415

    raise typer.Exit(
        new(
            name,
            source,
            values=values or [],
            backend=backend,
            secrets_provider=secrets_provider,
            init=init,
            yes=yes,
        )
    )
