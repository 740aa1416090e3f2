"""Commands that look and change nothing: what is deployed, what it answers, costs, what drifted."""

from pathlib import Path
from typing import Annotated

import typer

from delivery.commands.shared import AsJson, Env, Only, Plain, app

NoGuardrails = Annotated[
    bool, typer.Option("--no-guardrails", help="Settings alone: about a second.")
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Check again whenever a file changes.")]
Candidate = Annotated[
    bool, typer.Option("--candidate", help="Ask the candidate alone, where the target can.")
]


@app.command()
def status(env: Env = "dev", as_json: AsJson = False, plain: Plain = False) -> None:  # noqa: FBT002
    """Show what is live: version, digest, replicas, canary, SLO, owner, URL, broken glass."""
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
        Path | None,
        typer.Option(
            "--output", help="Write the report there; the text is printed.", readable=False
        ),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
    watch: Watch = False,  # noqa: FBT002
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
            watch=watch,
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
def orphans(
    env: Env = "dev",
    as_json: AsJson = False,  # noqa: FBT002
    plain: Plain = False,  # noqa: FBT002
) -> None:
    """List objects at the vendors with the environment's tags that its state does not know."""
    from delivery.orphans import orphans as run  # noqa: PLC0415

    raise typer.Exit(run(env, as_json=as_json, plain=plain))


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
def touched(
    base: Annotated[str, typer.Option("--base", help="Branch, tag or commit to compare with.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show the environments and models that a change can reach, without engine or network."""
    from delivery.touched import touched as run  # noqa: PLC0415

    raise typer.Exit(run(base, as_json=as_json))
