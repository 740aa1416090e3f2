"""Commands of a model's own pipeline: published, released, and advanced step by step."""

from pathlib import Path
from typing import Annotated

import typer

from delivery.commands.moving import DryRun, Metrics, Unmeasured
from delivery.commands.shared import AsJson, Yes, app


@app.command()
def publish(
    path: Annotated[Path, typer.Argument(help="File or folder that training left.")],
    to: Annotated[
        str | None,
        typer.Argument(help="s3://, gs:// or https:// of Azure. Default: only look into it."),
    ] = None,
    framework: Annotated[
        str | None, typer.Option("--framework", help="As the model's file says it: onnx, sklearn.")
    ] = None,
    allow_pickles: Annotated[  # noqa: FBT002
        bool, typer.Option("--allow-pickles", help="What serves it unpickles.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Look into a trained model, and put it where its version stays; nothing is written over.

    Refused when it runs code as it is loaded. Prints its SHA-256.

    serving publish model.onnx s3://our-models/fraud/1.6.0/model.onnx

    Exit codes: 0 it is there; 2 other bytes are there; 5 it runs code.
    """
    from delivery.releasing.publish import publish as run  # noqa: PLC0415

    raise typer.Exit(
        run(path, to, framework=framework, allow_pickles=allow_pickles, as_json=as_json)
    )


@app.command()
def release(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    env: Annotated[str, typer.Argument(help="Environment that is to serve it first.")],
    uri: Annotated[str, typer.Option("--uri", help="Where the version is.")],
    version: Annotated[str, typer.Option("--version", help="Its exact version.")],
    digest: Annotated[str | None, typer.Option("--digest", help="SHA-256 of it.")] = None,
    image: Annotated[
        str | None, typer.Option("--image", help="Image by digest. Default: the present one's.")
    ] = None,
    percent: Annotated[
        int | None,
        typer.Option(
            "--percent", min=0, max=100, help="As a candidate. Default: as the stable one."
        ),
    ] = None,
    dry_run: DryRun = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write a new version into an environment's settings: its lines, and no others.

    Nothing is deployed, and no other environment serves anything else by it.

    serving release fraud dev --uri s3://our-models/fraud/1.6.0/model.tar.gz --version 1.6.0

    Exit codes: 0 changed, or nothing to change; 2 refused; 8 you said no.
    """
    from delivery.releasing.release import release as run  # noqa: PLC0415

    raise typer.Exit(
        run(
            model,
            env,
            uri=uri,
            version=version,
            digest=digest,
            image=image,
            percent=percent,
            dry_run=dry_run,
            yes=yes,
            as_json=as_json,
        )
    )


@app.command()
def advance(  # noqa: PLR0917 - Typer takes options by position or name alike
    model: Annotated[str, typer.Argument(help="Name of a model file.")],
    source: Annotated[str, typer.Argument(help="Environment that has served the version.")],
    target: Annotated[str, typer.Argument(help="Environment that it is to go into.")],
    steps: Annotated[
        str, typer.Option("--steps", help="Shares in percent before all; empty for none.")
    ] = "5,25,50",
    metrics: Metrics = None,
    unmeasured: Unmeasured = None,
    dry_run: DryRun = False,  # noqa: FBT002
    yes: Yes = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write the next step of a version's way: a share of the requests, all, or none again.

    Each step asks whether the last one is deployed and keeps its objectives; where nobody knows it
    changes nothing, and where they are missed it takes the candidate away.

    serving advance fraud dev prod --steps 5,25,50 --metrics http://prometheus.example.com

    Exit codes: 0 changed, waiting or done; 2 refused; 8 you said no.
    """
    from delivery.promoting.advance import advance as run  # noqa: PLC0415
    from delivery.promoting.advance import steps_of  # noqa: PLC0415

    raise typer.Exit(
        run(
            model,
            source,
            target,
            steps=steps_of(steps),
            metrics=metrics or (),
            unmeasured=unmeasured,
            dry_run=dry_run,
            yes=yes,
            as_json=as_json,
        )
    )
