"""One instance of a function: a process of AWS's runtime interface client, and its Runtime API."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.serving.runtime_api import TOO_LARGE, Answer, Event, RuntimeApi
from sandbox.serving.task import Task
from sandbox.values import mapped

__all__ = ["Function", "Instance", "Outcome"]

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the start of an
# instance; when it takes longer it is done again within the first invocation's own time.
_START_SECONDS = 10.0
_LOOK_SECONDS = 0.02
_START = Path(__file__).with_name("start.py")


@dataclass(frozen=True, slots=True)
class Function:
    """What an instance runs: a version of a function, by its snapshot."""

    name: str
    version: str
    account: str
    region: str
    snapshot: Mapping[str, Any]
    task: Task

    @property
    def timeout_seconds(self) -> float:
        """Longest invocation; Lambda's own default is 3 s."""
        return float(self.snapshot.get("timeout") or 3)

    @property
    def memory_mib(self) -> int:
        """Most memory; Lambda's own default is 128 MiB."""
        return int(self.snapshot.get("memorySize") or 128)

    @property
    def log_group(self) -> str:
        """Where its lines go."""
        logging = mapped(self.snapshot.get("loggingConfig"))
        return str(logging.get("logGroup") or f"/aws/lambda/{self.name}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended. `error` is empty, `Handled` is not known to Python's runtime."""

    payload: bytes
    error: str = ""
    seconds: float = 0.0
    start_seconds: float = 0.0
    memory_mib: int = 0
    log: list[str] = field(default_factory=list[str])

    def report(self, event: Event, function: Function) -> str:
        """The line that Lambda writes at the end of an invocation."""
        start = f"\tInit Duration: {self.start_seconds * 1000:.2f} ms" if self.start_seconds else ""
        return (
            f"REPORT RequestId: {event.request_id}\tDuration: {self.seconds * 1000:.2f} ms\t"
            f"Billed Duration: {max(1, round(self.seconds * 1000))} ms\t"
            f"Memory Size: {function.memory_mib} MB\tMax Memory Used: {self.memory_mib} MB{start}"
        )


class Instance:
    """A process that answers one event after the other until it fails, or is closed."""

    def __init__(
        self,
        function: Function,
        *,
        variables: Mapping[str, str],
        spawn: Callable[[Callable[[], "subprocess.Popen[bytes]"]], "subprocess.Popen[bytes]"],
    ) -> None:
        """Start it; `spawn` calls its argument in a thread that outlives the instance."""
        self.function = function
        self._api = RuntimeApi()
        self._temporary = tempfile.mkdtemp(prefix="lambda-")
        self._written = b""
        self._begun = time.monotonic()
        self._start_seconds = 0.0
        self.alive = True
        environment = {**variables, **self._environment(variables)}
        self._process = spawn(lambda: self._spawned(environment))

    def invoke(self, event: Event) -> Outcome:
        """Send an event and wait for its answer; after a failure that ends it, `alive` is False."""
        cold = not self._start_seconds
        if cold:
            state = self._started(_START_SECONDS)
            if state is None and self._process.poll() is None:
                state = self._started(event.timeout_seconds)
            self._start_seconds = time.monotonic() - self._begun
            if isinstance(state, Answer):
                self.close()
                return self._outcome(event, state.body, "Unhandled", 0.0)
            if state is None:
                return self._ended(event, 0.0)
        begun = time.monotonic()
        self._api.send(event)
        answer = self._awaited(event.timeout_seconds)
        seconds = time.monotonic() - begun
        if answer is None:
            return self._ended(event, seconds)
        error = "" if answer.kind == "response" else "Unhandled"
        outcome = self._outcome(event, answer.body, error, seconds, cold=cold)
        if answer.kind == "init_error" or answer.error == TOO_LARGE:
            # The runtime ends itself after either.
            self.close()
        return outcome

    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, and remove what it had. Safe to call twice."""
        self.alive = False
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None and not self._process.stdout.closed:
            self._drain()
            self._process.stdout.close()
        self._api.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    # ---- the process ----

    def _spawned(self, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-S", _START, str(self.function.snapshot.get("handler") or "")],
            cwd=self.function.task.code,
            env={**environment, "MODEL_SERVING_SANDBOX_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        os.set_blocking(process.stdout.fileno(), False)
        return process

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, reserved ones.
        function = self.function
        given = mapped(mapped(function.snapshot.get("environment")).get("variables"))
        logging = mapped(function.snapshot.get("loggingConfig"))
        runtime = str(function.snapshot.get("runtime") or "python")
        return {
            "TZ": ":UTC",
            "LANG": "en_US.UTF-8",
            **{str(name): str(value) for name, value in given.items()},
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mib),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": str(logging.get("logFormat") or "Text"),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": f"[{function.version}]{os.getpid()}",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "LAMBDA_TASK_ROOT": str(function.task.code),
            "LAMBDA_RUNTIME_DIR": str(function.task.brought),
            "_HANDLER": str(function.snapshot.get("handler") or ""),
            "PYTHONPATH": os.pathsep.join(function.task.path),
            "PATH": variables.get("PATH", os.defpath),
            "TMPDIR": self._temporary,
        }

    def _drain(self) -> None:
        """Take what it has written, before it waits for room in the pipe."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._process.stdout.fileno(), 65_536):
                self._written += part

    # ---- waiting ----

    def _started(self, seconds: float) -> Any:  # noqa: ANN401 - as RuntimeApi.started
        end = time.monotonic() + seconds
        while True:
            state = self._api.started(min(_LOOK_SECONDS, end - time.monotonic()))
            self._drain()
            if state is not None or self._process.poll() is not None or time.monotonic() > end:
                # What ends at once has told why just before.
                return state if state is not None else self._api.started(0)

    def _awaited(self, seconds: float) -> Answer | None:
        """The answer; None when time or memory is over, or the process has ended."""
        end = time.monotonic() + seconds
        while True:
            answer = self._api.answered(min(_LOOK_SECONDS, end - time.monotonic()))
            self._drain()
            if answer is not None:
                return answer
            if self._process.poll() is not None:
                return self._api.answered(0)
            if time.monotonic() > end or self._memory_mib() > self.function.memory_mib:
                return None

    def _ended(self, event: Event, seconds: float) -> Outcome:
        """What Lambda says of an instance that never answered."""
        memory, code = self._memory_mib(), self._process.poll()
        if code is None and memory > self.function.memory_mib:
            code = -signal.SIGKILL
        if code is None:
            kind = "Sandbox.Timedout"
            message = f"Error: Task timed out after {self.function.timeout_seconds:.2f} seconds"
        else:
            kind = "Runtime.ExitError"
            how = "signal: killed" if code == -signal.SIGKILL else f"exit status {abs(code)}"
            message = f"Error: Runtime exited with error: {how}"
        said = f"RequestId: {event.request_id} {message}"
        self.close()
        body = json.dumps({"errorType": kind, "errorMessage": said}).encode()
        return self._outcome(event, body, "Unhandled", seconds, said=said, memory=memory)

    def _outcome(
        self,
        event: Event,
        payload: bytes,
        error: str,
        seconds: float,
        *,
        cold: bool = True,
        said: str = "",
        memory: int = 0,
    ) -> Outcome:
        lines = self._written.decode(errors="replace").splitlines()
        self._written = b""
        outcome = Outcome(
            payload,
            error,
            seconds,
            self._start_seconds if cold else 0.0,
            memory or self._memory_mib(),
            lines,
        )
        lines.insert(0, f"START RequestId: {event.request_id} Version: {self.function.version}")
        lines += [said] if said else []
        lines += [f"END RequestId: {event.request_id}", outcome.report(event, self.function)]
        return outcome

    def _memory_mib(self) -> int:
        """Memory of the process, where the system tells it as Linux does; else 0."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
