"""Runs a Pulumi program in this process, without an engine, and returns what it registers."""

import asyncio
import contextvars
import json
import os
import runpy
from collections.abc import Callable, Generator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime.settings import Settings, configure
from pulumi.runtime.stack import run_in_stack

from delivery.checking.answers import Answers, telling_plain_calls
from delivery.checking.automatic_names import automatic_names
from delivery.checking.recorder import Recorder
from delivery.secrecy.known import Known
from policies import Resource
from stacks.told_secrets import heard, looked_at

__all__ = ["Program", "ProgramError", "Recording", "record"]

_CONFIG: Final = "PULUMI_CONFIG"
_SDK: Final = "pulumi.runtime."


class ProgramError(Exception):
    """The program ended with a failure. `refused`: it said itself what is wrong."""

    def __init__(self, said: str, *, refused: bool) -> None:
        super().__init__(said)
        self.refused = refused


@dataclass(frozen=True)
class Program:
    """A program and the stack that it is run as; `config` by full keys, secrets left out."""

    path: Path
    project: str
    stack: str
    config: Mapping[str, str]
    secret_keys: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of its environment."""


@dataclass(frozen=True)
class Recording:
    """What a program registered, and of what it warned."""

    resources: tuple[Resource, ...]
    warnings: tuple[str, ...]


def record(program: Program, answers: Answers) -> Recording:
    """Run a program to its end as in a preview of a new stack.

    Raises:
        ProgramError: it failed; what was registered until then is not judged.
    """
    recorder = Recorder(program.project, program.stack, answers, dict(program.config))
    known = Known.of_environment()
    # All that the SDK keeps for a run is in the context: each begins with nothing.
    try:
        contextvars.Context().run(_run, program, recorder, known)
    except ProgramError as error:
        raise ProgramError(known.text(str(error)), refused=error.refused) from None
    return Recording(tuple(recorder.resources()), tuple(map(known.text, recorder.warnings)))


def _run(program: Program, recorder: Recorder, known: Known) -> None:
    untyped: Any = looked_at(recorder, known.add)
    configure(
        Settings(
            monitor=untyped,
            engine=untyped,
            project=program.project,
            stack=program.stack,
            dry_run=True,
            organization="organization",
        )
    )
    pulumi.runtime.set_all_config(dict(program.config), list(program.secret_keys))

    def body() -> None:
        pulumi.runtime.register_stack_transformation(automatic_names)
        runpy.run_path(str(program.path), run_name="__main__")

    loop = _Loop()
    asyncio.set_event_loop(loop)
    # What else fails beside the first failure is not printed: it follows from it.
    loop.set_exception_handler(lambda _loop, _context: None)
    # As the language host tells it, for programs that ask for all keys.
    variables = {**program.variables, _CONFIG: json.dumps(dict(program.config))}
    try:
        folder = program.path if program.path.is_dir() else program.path.parent
        with (
            chdir(folder),
            _environment(variables),
            telling_plain_calls(),
            heard(known.add),
        ):
            loop.run_until_complete(run_in_stack(body))
    except pulumi.RunError as error:
        raise ProgramError(str(error), refused=True) from None
    except SystemExit as ended:
        # It would end the check with the same code, before anything is judged.
        raise ProgramError(f"it ended itself by sys.exit({ended.code!r})", refused=False) from None
    # A program is anybody's code.
    except Exception as error:  # noqa: BLE001
        raise ProgramError(f"{type(error).__name__}: {error}", refused=False) from None
    finally:
        _end(loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Nothing of a run that failed goes on beside the next one."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    asyncio.set_event_loop(None)
    loop.close()


class _Loop(asyncio.SelectorEventLoop):
    """Answers at once what the SDK asks the engine in a thread beside: none is waited for here."""

    def run_in_executor(
        self,
        executor: Any,  # noqa: ANN401 - as the loop's own
        func: Callable[..., Any],
        *args: Any,  # noqa: ANN401
    ) -> "asyncio.Future[Any]":
        """The answer, or the failure, of a call of the SDK that has been made when this returns."""
        if not str(getattr(func, "__module__", "")).startswith(_SDK):
            return super().run_in_executor(executor, func, *args)
        answer = self.create_future()
        try:
            answer.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it gets it
            answer.set_exception(error)
        return answer


@contextmanager
def _environment(variables: Mapping[str, str]) -> Generator[None]:
    before = {key: os.environ.get(key) for key in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
