"""The request's body: given, in a file, or from standard input; JSON is checked before it goes."""

import json
import os
import stat
import sys
from pathlib import Path
from typing import Final, cast

from delivery.failure import Failure

__all__ = ["JSON", "Body", "read"]

JSON: Final = "application/json"
_EXAMPLE: Final = (
    """--data '{"instances": [[5.1, 3.5, 1.4, 0.2]]}', --data @request.json, or a pipe"""
)


class Body:
    """Bytes of a request, their content type, and for JSON the keys of the object."""

    def __init__(self, content: bytes, content_type: str) -> None:
        """Check what is to be JSON.

        Raises:
            Failure: It is none; says where.
        """
        self.content = content
        self.content_type = content_type
        document: object = None
        if _is_json(content_type):
            try:
                document = json.loads(content.decode(), parse_constant=_refuse)
            except UnicodeDecodeError:
                raise Failure("--data: the body is not UTF-8") from None
            except json.JSONDecodeError as error:
                at = f"line {error.lineno}, column {error.colno}"
                raise Failure(
                    f"--data: the body is no JSON: {error.msg} ({at})\n"
                    "  fix: mend it, or say what it is by --content-type"
                ) from None
            except RecursionError:
                raise Failure("--data: the body is nested too deeply for JSON") from None
            except ValueError as error:
                # Python reads no integers of thousands of digits; nor does what is called.
                raise Failure(f"--data: the body is no JSON: {error}") from None
        self.document: object = document

    def has(self, key: str) -> bool:
        """Whether the body is an object with this key."""
        return key in self._object

    def is_list(self, key: str) -> bool:
        """Whether the object's key has a list."""
        return isinstance(self._object.get(key), list)

    @property
    def _object(self) -> dict[str, object]:
        found = self.document
        return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def read(data: str | None, content_type: str) -> Body:
    """The body that `--data` means; without it, what standard input has.

    Raises:
        Failure: There is none, or the file cannot be read, or it is to be JSON and is not.
    """
    if data is None:
        if not _is_given(sys.stdin.fileno()):
            raise Failure(f"there is no request to send\n  fix: give {_EXAMPLE}")
        content = sys.stdin.buffer.read()
    elif data == "-":
        content = sys.stdin.buffer.read()
    elif data.startswith("@"):
        path = Path(data[1:])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Failure(f"--data: {path} cannot be read: {error.strerror or error}") from None
    else:
        content = data.encode()
    if not content.strip():
        raise Failure(f"the request is empty\n  fix: give {_EXAMPLE}")
    return Body(content, content_type)


def _is_given(descriptor: int) -> bool:
    """Whether standard input is a pipe or a file: of a terminal nobody would know that it waits."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == JSON or kind.endswith("+json")


def _refuse(name: str) -> float:
    raise Failure(f"--data: the body holds {name}, which is no JSON number")
