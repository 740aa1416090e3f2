"""What commands share: the application, and options that mean the same everywhere."""

from typing import Annotated, Final

import typer

__all__ = [
    "PASS_ON",
    "AsJson",
    "BreakGlass",
    "Env",
    "NoPolicies",
    "Only",
    "Plain",
    "Yes",
    "app",
    "env_app",
]

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
BreakGlass = Annotated[
    str | None,
    typer.Option("--break-glass", help="Why guardrails only advise this model's update now."),
]
PASS_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": False}
