"""Bodies of answers as they come, whose ends before time are told as such."""

from collections.abc import Callable, Iterator

from provider.errors import one_line
from provider.mirror.protocol import BrokenOffError

__all__ = ["Body", "from_chunks"]


class Body:
    """A `Stream` by a client's own reading; `told` words what that raises."""

    def __init__(
        self,
        read: Callable[[int], bytes],
        close: Callable[[], None],
        told: Callable[[Exception], str] = one_line,
    ) -> None:
        self._read = read
        self._close = close
        self._told = told

    def read(self, size: int, /) -> bytes:
        """As `Stream` says."""
        try:
            return self._read(size)
        except Exception as error:
            raise BrokenOffError(self._told(error)) from error

    def close(self) -> None:
        """As `Stream` says."""
        self._close()


def from_chunks(chunks: Iterator[bytes]) -> Callable[[int], bytes]:
    """Reads from chunks of any size."""
    rest = b""

    def read(size: int) -> bytes:
        nonlocal rest
        rest = rest or next(chunks, b"")
        piece, rest = rest[:size], rest[size:]
        return piece

    return read
