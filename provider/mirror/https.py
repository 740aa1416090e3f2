"""A file at an https:// address, whose digest is known: from anywhere, as its bytes are checked.

Nobody's credential goes along. Redirects are followed to https:// alone.
"""

import ssl
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Final
from urllib.parse import quote, urlsplit

from facts.model_references import Reference
from provider.mirror.bodies import Body
from provider.mirror.protocol import BrokenOffError, CopyError, SourceFile, Stream

__all__ = ["HttpsSource"]

_SECONDS: Final = 30.0
_PARTIAL: Final = 206
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_BROKEN: Final = (urllib.error.URLError, HTTPException, OSError, ssl.SSLError)


class HttpsSource:
    """One file."""

    scheme = "https"

    def __init__(self, reference: Reference, digest: str) -> None:
        self._uri = reference.uri
        self._digest = digest

    def files(self) -> list[SourceFile]:
        """As `Source` says."""
        try:
            with self._get(0) as answer:
                length = str(answer.headers.get("Content-Length", ""))
        except BrokenOffError as error:
            raise CopyError(self._who, str(error), "Look whether it can be reached") from error
        if not (length.isascii() and length.isdecimal()):
            raise CopyError(self._who, "it does not say how large the file is", "Copy it by hand")
        return [SourceFile("", int(length), self._digest, self._digest)]

    def opened(self, file: SourceFile, offset: int) -> Stream:  # noqa: ARG002 - there is one
        """As `Source` says."""
        answer = self._get(offset)
        return Body(answer.read, answer.close)

    @property
    def _who(self) -> str:
        return f"the server {urlsplit(self._uri).hostname}"

    def _get(self, offset: int) -> Any:  # noqa: ANN401 - urllib's
        # What is quoted already, and all that has a meaning, stays as it is.
        request = urllib.request.Request(  # noqa: S310 - https alone
            quote(self._uri, safe="%/:=&?~#+!$,;'@()*[]"), headers={"Accept-Encoding": "identity"}
        )
        if offset:
            request.add_header("Range", f"bytes={offset}-")
        try:
            answer = urllib.request.build_opener(_Redirects()).open(request, timeout=_SECONDS)
        except urllib.error.HTTPError as error:
            with error:
                if error.code in _PASSING:
                    raise BrokenOffError(f"it answered {error.code}") from None
                raise CopyError(
                    self._who,
                    f"it answered {error.code} for {urlsplit(self._uri).path}",
                    "Correct the address; whoever needs a login for it copies it by hand",
                ) from None
        except _BROKEN as error:
            reason = getattr(error, "reason", error)
            raise BrokenOffError(f"no connection ({type(reason).__name__})") from error
        if offset and answer.status != _PARTIAL:
            answer.close()
            raise CopyError(
                self._who, "it broke off, and the file is only answered whole", "Run `up` again"
            )
        return answer


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - urllib's own arguments
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        new = urlsplit(newurl)
        if new.scheme != "https":
            raise CopyError(
                f"the server {urlsplit(req.full_url).hostname}",
                f"it redirects to {new.scheme}, not to https",
                "Correct the address",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)
