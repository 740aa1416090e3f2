"""An environment alone, without its models: for what can be asked before they are complete."""

from pathlib import Path

from stacks.settings import stack_values
from stacks.settings.environment import Environment
from stacks.settings.files import stack_file
from stacks.settings.problems import Problem, SettingsError
from stacks.settings.yaml_source import read

__all__ = ["load_site"]


def load_site(root: Path, environment_name: str) -> Environment:
    """What Pulumi.<env>.yaml says of the environment itself.

    Raises:
        SettingsError: with every problem of it.
    """
    file = stack_file(environment_name)
    stack = read(root / file, file, empty_is_problem=False)
    problems: list[Problem] = list(stack.problems)
    site = stack_values.site(stack_values.from_file(stack, problems), stack, problems)
    if problems or site is None:
        raise SettingsError(problems)
    return site
