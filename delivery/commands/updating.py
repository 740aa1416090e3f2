"""Commands that update a stack, show what an update would do, or go on after one."""

from pathlib import Path
from typing import Annotated

import typer

from delivery.commands.shared import (
    PASS_ON,
    AsJson,
    BreakGlass,
    Env,
    NoPolicies,
    Only,
    Plain,
    Yes,
    app,
)

NoChanges = Annotated[
    bool, typer.Option("--expect-no-changes", help="End with 7 when anything would change.")
]
DestroyYes = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask; not enough for an environment like prod.")
]
Engine = Annotated[
    bool, typer.Option("--engine", help="Pulumi's own preview instead of the report.")
]


@app.command(context_settings=PASS_ON)
def preview(  # noqa: PLR0917 - Typer takes options by position or name alike
    context: typer.Context,
    env: Env = "dev",
    every: Annotated[bool, typer.Option("--all", help="Every environment.")] = False,  # noqa: FBT002
    only: Only = None,
    no_policies: NoPolicies = False,  # noqa: FBT002
    save_plan: Annotated[
        Path | None, typer.Option("--save-plan", help="Save what is proposed, to be approved.")
    ] = None,
    form: Annotated[str, typer.Option("--format", "-f", help="text, markdown or json.")] = "text",
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Folder of the whole report. Default: .out/preview."),
    ] = None,
    expect_no_changes: NoChanges = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
    engine: Engine = False,  # noqa: FBT002
) -> None:
    """Show what an update would change, by model. Arguments after `--` go to `pulumi preview`.

    Exit codes: 0 nothing stops it; 2 the settings are wrong; 5 a guardrail; 7 unexpected changes.
    """
    from delivery.plan import Approved  # noqa: PLC0415

    approved = Approved(save=save_plan)
    if engine:
        from delivery.update import update  # noqa: PLC0415

        extra = ["--expect-no-changes"] if expect_no_changes else []
        raise typer.Exit(
            update(
                "preview",
                env,
                only=only,
                policies=not no_policies,
                arguments=extra + context.args,
                approved=approved,
            )
        )
    from delivery.preview import preview as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            env,
            every=every,
            only=only,
            policies=not no_policies,
            form="json" if as_json else form,
            output=output,
            expect_no_changes=expect_no_changes,
            plain=plain,
            arguments=context.args,
            approved=approved,
        )
    )


@app.command(context_settings=PASS_ON)
def up(  # noqa: PLR0917 - Typer takes options by position or name alike
    context: typer.Context,
    env: Env = "dev",
    only: Only = None,
    yes: Yes = False,  # noqa: FBT002
    no_policies: NoPolicies = False,  # noqa: FBT002
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Do what this saved plan says, nothing else.")
    ] = None,
    plan_max_age: Annotated[
        float, typer.Option("--plan-max-age", min=0, help="Hours for which a plan is good.")
    ] = 24.0,
    break_glass: BreakGlass = None,
) -> None:
    """Deploy, after a preview that you approve. Arguments after `--` go to `pulumi up`."""
    from delivery.plan import Approved  # noqa: PLC0415
    from delivery.update import update  # noqa: PLC0415

    raise typer.Exit(
        update(
            "up",
            env,
            only=only,
            policies=not no_policies,
            arguments=[*(["--yes"] if yes else []), *context.args],
            approved=Approved(keep_to=plan, max_age_hours=plan_max_age),
            break_glass=break_glass,
        )
    )


@app.command(context_settings=PASS_ON)
def destroy(
    context: typer.Context,
    env: Annotated[
        str, typer.Option("--env", "-e", help="Environment: the name of a stack. No default.")
    ],
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", help="The name of the stack again, where nobody can type it."),
    ] = None,
    yes: DestroyYes = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """Delete an environment, after its name is typed. Arguments after `--` go to `pulumi destroy`.

    Shown first are the models with live traffic and what they cost. A protected environment is
    refused until its file says `model-serving:protect: false` and an update has seen that.

    Exit codes: those of `pulumi destroy`; 5 it is protected; 6 no such stack; 8 you said no.
    """
    from delivery.destroy import destroy as run  # noqa: PLC0415

    raise typer.Exit(run(env, confirm=confirm, yes=yes, plain=plain, arguments=context.args))


@app.command()
def recover(
    env: Env = "dev",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,  # noqa: FBT002
    adopt: Annotated[
        list[str] | None, typer.Option("--adopt", help="name=id: this is there, and yours.")
    ] = None,
    forget: Annotated[
        list[str] | None, typer.Option("--forget", help="This is not there, or not yours.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take over what a killed run left; `serving up` does so by itself first."""
    from delivery.recovery.recover import recover as run  # noqa: PLC0415

    raise typer.Exit(run(env, yes=yes, as_json=as_json, adopt=adopt or [], forget=forget or []))
