"""The `serving` command. Each command's module is imported when it runs: `--help` stays instant."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from delivery.exits import Exit
from delivery.failure import Failure

# Typer 0.29 draws boxes, even into a pipe, unless there is no markup mode.
app: Final = typer.Typer(
    name="serving",
    help="Put machine-learning models into production, and see what is live.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)
env_app: Final = typer.Typer(
    name="env", help="Environments.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(env_app)

Env = Annotated[str, typer.Option("--env", "-e", help="Environment: the name of a stack.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (with schema_version).")]
Plain = Annotated[bool, typer.Option("--plain", help="No colour.")]
Only = Annotated[str | None, typer.Option("--only", help="This model alone.")]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Approve the preview in advance; needed in a pipeline."),
]
NoPolicies = Annotated[bool, typer.Option("--no-policies", help="Leave the guardrails out.")]
NoGuardrails = Annotated[
    bool, typer.Option("--no-guardrails", help="Settings alone: a third of a second.")
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder. Default: rendered/<env>.")]
Stale = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 7 when the folder is stale.")
]
Candidate = Annotated[
    bool, typer.Option("--candidate", help="Ask the candidate alone, where the target can.")
]
NoChanges = Annotated[
    bool, typer.Option("--expect-no-changes", help="End with 7 when anything would change.")
]
Engine = Annotated[
    bool, typer.Option("--engine", help="Pulumi's own preview instead of the report.")
]
Metrics = Annotated[
    str | None,
    typer.Option("--metrics", help="Address of the Prometheus that measures the objectives."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the changed lines; write nothing.")]
BreakGlass = Annotated[
    str | None,
    typer.Option("--break-glass", help="Why guardrails only advise this model's update now."),
]
NoUp = Annotated[bool, typer.Option("--no-up", help="Write the lines; deploy nothing.")]
Init = Annotated[bool, typer.Option("--init", help="Make the stack too, on the backend.")]

_PASS_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": False}


@app.command()
def status(env: Env = "dev", as_json: AsJson = False, plain: Plain = False) -> None:  # noqa: FBT002
    """Show what is deployed: model, target, version, replicas, canary, SLO, owner, URL."""
    from delivery.status import status as run  # noqa: PLC0415

    raise typer.Exit(run(env, as_json=as_json, plain=plain))


@app.command()
def explain(
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    env: Env = "dev",
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """Show each final setting of a model, and the file and line that it came from."""
    from delivery.explain import explain as run  # noqa: PLC0415

    raise typer.Exit(run(model, env, as_json=as_json, plain=plain))


@app.command()
def check(  # noqa: PLR0917 - Typer takes options by position or name alike
    env: Annotated[
        str | None, typer.Option("--env", "-e", help="Environment. Default: all.")
    ] = None,
    only: Only = None,
    no_guardrails: NoGuardrails = False,  # noqa: FBT002
    form: Annotated[
        str, typer.Option("--format", "-f", help="text, json, sarif or junit.")
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the report there; the text is printed.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """Check settings and guardrails, without engine, network or login.

    Exit codes: 0 nothing stops an update; 2 the settings are wrong; 5 a mandatory guardrail.
    """
    from delivery.check import check as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            env,
            only=only,
            guardrails=not no_guardrails,
            form="json" if as_json else form,
            output=output,
            plain=plain,
        )
    )


@app.command(short_help="Send a request to a deployed model, and show what it answers.")
def invoke(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    env: Env = "dev",
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", help="Body; @file reads it; - or none: standard input."),
    ] = None,
    candidate: Candidate = False,  # noqa: FBT002
    path: Annotated[
        str | None, typer.Option("--path", help="Path on a server of the cluster: /predict.")
    ] = None,
    content_type: Annotated[
        str, typer.Option("--content-type", help="What the body is.")
    ] = "application/json",
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="MODEL_SERVING_TOKEN", help="Bearer token or key."),
    ] = None,
    target_model: Annotated[
        str | None, typer.Option("--target-model", help="One archive of a multi-model endpoint.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds to wait for the answer.")
    ] = 60.0,
    via: Annotated[
        str | None,
        typer.Option("--via", help="Address to send to instead of the URL's: a port-forward."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """Send a request to a deployed model, and show what it answers.

    It goes as callers of the target send it: signed, with a token, by its URL. The answer goes to
    standard output; status, time and version to standard error.

    serving invoke iris-classifier --data '{"instances": [[5.1, 3.5, 1.4, 0.2]]}'

    serving invoke fraud --env prod --data @request.json --candidate --json

    Exit codes: 0 answered; 2 the request is wrong; 3 not allowed; 4 the model failed; 9 timed out.
    """
    from delivery.invoke import invoke as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            model,
            env,
            data=data,
            content_type=content_type,
            asked={
                "candidate": candidate,
                "path": path,
                "token": token,
                "via": via,
                "target_model": target_model,
                "timeout_seconds": timeout,
            },
            as_json=as_json,
            plain=plain,
        )
    )


@app.command(context_settings=_PASS_ON)
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


@app.command(context_settings=_PASS_ON)
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


@app.command()
def touched(
    base: Annotated[str, typer.Option("--base", help="Branch, tag or commit to compare with.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show the environments and models that a change can reach, without engine or network."""
    from delivery.touched import touched as run  # noqa: PLC0415

    raise typer.Exit(run(base, as_json=as_json))


@app.command()
def promote(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    source: Annotated[str, typer.Argument(help="Environment that has served the version.")],
    target: Annotated[str, typer.Argument(help="Environment that is to have it.")],
    metrics: Metrics = None,
    unmeasured: Annotated[
        str | None,
        typer.Option("--unmeasured", help="Why the objectives need no measurement this time."),
    ] = None,
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
            metrics=metrics,
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
def drift(
    env: Env = "dev",
    form: Annotated[str, typer.Option("--format", "-f", help="text, json or markdown.")] = "text",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show what somebody changed at the vendor since the last update; nothing is changed.

    Exit codes: 0 nothing; 7 something; what to do about it stands below.
    """
    from delivery.drift import drift as run  # noqa: PLC0415

    raise typer.Exit(run(env, form="json" if as_json else form))


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


@app.command()
def gpus(
    need: Annotated[
        str | None,
        typer.Argument(help="Such as H100, 40GB+ or 2x80GB. Default: everything."),
    ] = None,
    cloud: Annotated[str | None, typer.Option("--cloud", help="aws, gcp or azure.")] = None,
    env: Annotated[
        str | None, typer.Option("--env", "-e", help="What this environment's regions have.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """Find machine types with GPUs for a need: per cloud, cheapest first."""
    from delivery.gpus import gpus as run  # noqa: PLC0415

    raise typer.Exit(run(need, cloud=cloud, environment=env, as_json=as_json, plain=plain))


@app.command()
def cost(
    env: Env = "dev",
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """Show what each model and pool costs in a month: its floor and its ceiling, at list prices."""
    from delivery.cost import cost as run  # noqa: PLC0415

    raise typer.Exit(run(env, as_json=as_json, plain=plain))


@app.command()
def orphans(
    env: Env = "dev",
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """List objects at the vendors with the environment's tags that its state does not know."""
    from delivery.orphans import orphans as run  # noqa: PLC0415

    raise typer.Exit(run(env, as_json=as_json, plain=plain))


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


def main() -> None:
    """Run the command; every end has an exit code and no traceback."""
    try:
        app(prog_name="serving")
    except Failure as failure:
        prefix = "" if failure.code is Exit.OK else "error: "
        print(f"{prefix}{failure}", file=sys.stderr)
        sys.exit(failure.code)
    except BrokenPipeError:
        # The reader has seen enough; nothing more can be printed, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.OK)


if __name__ == "__main__":
    main()
