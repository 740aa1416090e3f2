"""The file by which Pulumi's engine locks a stack, and whether its owner is dead.

The engine writes `.pulumi/locks/organization/<project>/<stack>/<uuid>.json` with the process, user,
host and time, and never looks whether that process lives: after a kill every next run is refused
until somebody deletes the file. Source: pkg/backend/diy/lock.go of Pulumi 3.259.
"""

import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

__all__ = ["FOLDER", "Lock", "parsed"]

FOLDER: Final = ".pulumi/locks"
# States of proc(5) in which a process has ended, and only its parent has not asked how.
_ENDED: Final = frozenset({"Z", "X"})
# Clocks of the kernel and the engine differ by a little; a process must be clearly younger.
_CLOCK_SLACK_SECONDS: Final = 2.0
# The kernel's first namespace of processes: PROC_PID_INIT_INO of include/linux/proc_ns.h.
_WHOLE_MACHINE: Final = "pid:[4026531836]"
# Whatever it is wrapped by: `.pulumi-wrapped`, `pulumi-3.259`.
_ENGINE: Final = "pulumi"


@dataclass(frozen=True, slots=True)
class Lock:
    """Who locked a stack, and when."""

    process: int
    user: str
    host: str
    since: datetime

    def is_dead(self, *, shared: bool = False) -> bool:
        """Whether its owner was a process of this host that is gone; False where nobody knows.

        Where a lock is `shared` with other machines, in an object store, the name of the host alone
        does not say that it was this one: containers of a runner have one name on many machines,
        and each counts its processes anew. A container is never sure then, nor is another user.
        """
        ours = self.host == socket.gethostname()
        if shared:
            ours = ours and self.user == _user() and not _in_container()
        return ours and not self._lives()

    def _lives(self) -> bool:
        """Whether there is a process of this id that may be the lock's.

        One that is younger than the lock is not, unless it is an engine: the kernel tells when a
        process started by today's clock, so after that was set forward everything seems younger.
        """
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):
            return True
        fields = _fields(self.process)
        if fields and fields[0] in _ENDED:
            return False
        started = _started(fields)
        if started is None or started <= self.since.timestamp() + _CLOCK_SLACK_SECONDS:
            return True
        return _is_engine(self.process)


def parsed(content: str | bytes) -> Lock | None:
    """The lock in a file; None when it is none, or half-written by a living engine."""
    try:
        told = json.loads(content)
        since = datetime.fromisoformat(told["timestamp"]).astimezone(UTC)
        return Lock(int(told["pid"]), str(told.get("username", "")), str(told["hostname"]), since)
    except (ValueError, KeyError, TypeError):
        return None


def _user() -> str | None:
    """Who runs this, as the engine writes it; None where the system does not tell."""
    try:
        import pwd  # noqa: PLC0415 - Windows has none.

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return None


def _in_container() -> bool:
    """Whether processes are counted apart from the machine's; False where nobody tells."""
    try:
        return str(Path("/proc/self/ns/pid").readlink()) != _WHOLE_MACHINE
    except OSError:
        return False


def _is_engine(process: int) -> bool:
    """Whether it runs Pulumi; True where /proc does not tell."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        name = Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return True
    return _ENGINE in name or _ENGINE in os.fsdecode(words[0]).rpartition("/")[2]


def _fields(process: int) -> list[str]:
    """What /proc tells of it, from its state on; nothing where it does not tell."""
    try:
        # After the command's name, which may itself hold blanks and parentheses: proc(5).
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _started(fields: list[str]) -> float | None:
    """When it started, in seconds since the epoch; None where /proc does not tell."""
    try:
        boot = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
        return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, StopIteration, ValueError, IndexError):
        return None
