"""A repository of the Hugging Face Hub at one commit, by the Hub's own client.

Digests are the Hub's: SHA-256 of what it keeps in LFS, Git's own of the other files. The client
itself downloads to a disk; here its sessions, headers and retries are used to read on the way.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, cast

from facts.model_files import needed
from facts.model_references import Reference
from provider.errors import one_line
from provider.mirror.bodies import Body, from_chunks
from provider.mirror.protocol import BrokenOffError, CopyError, SourceFile, Stream
from provider.registries import huggingface
from provider.registries.protocol import UnresolvedError

__all__ = ["HubSource"]

_TIMEOUT_SECONDS: Final = 30
_RETRIES: Final = 3
_CHUNK: Final = 1024 * 1024
# `MAX_HTTP_DOWNLOAD_SIZE` of huggingface_hub/constants.py.
_LARGEST: Final = 50 * 1000**3
_REFUSED: Final = 400
_WAYS_OUT: Final = {
    401: "Set HF_TOKEN to a token of somebody who may read it",
    403: "Set HF_TOKEN to a token of somebody who may read it, and has accepted its conditions",
    404: "Name a commit that is there",
}


class HubSource:
    """All files that a server needs, judged before the first one is copied."""

    scheme = "hf"

    def __init__(self, reference: Reference, *, pickles: bool) -> None:
        self._reference = reference
        self._pickles = pickles

    def files(self) -> list[SourceFile]:
        """As `Source` says."""
        try:
            found = huggingface.repository_at(self._reference, pickles=self._pickles, sizes=True)
        except UnresolvedError as error:
            raise CopyError(error.who, error.said, error.way_out, unsafe=error.unsafe) from error
        known = {str(each.rfilename): each for each in found.info.siblings or ()}
        return [self._file(found.who, known[name]) for name in needed(known, pickles=self._pickles)]

    def opened(self, file: SourceFile, offset: int) -> Stream:
        """As `Source` says."""
        # The client follows to where the Hub keeps it, without the token.
        stack = ExitStack()
        try:
            chunks = stack.enter_context(_get(self._reference, file, offset))
        except CopyError:
            raise
        except Exception as error:
            raise BrokenOffError(_told(error)) from error
        return Body(from_chunks(chunks), stack.close, _told)

    def _file(self, who: str, sibling: Any) -> SourceFile:  # noqa: ANN401 - the client's class
        name, blob = str(sibling.rfilename), str(sibling.blob_id or "")
        if sibling.size is None:
            raise CopyError(who, f"{name} has no size there", "Try again later")
        if sibling.size > _LARGEST:
            raise CopyError(
                who,
                f"{name} has {sibling.size / 1e9:.0f} GB, and over plain HTTP the Hub gives 50",
                "Copy it by the Hub's own tools into a bucket, and name that",
            )
        lfs = sibling.lfs
        digest = f"sha256:{lfs.sha256}" if lfs else f"git-sha1:{blob}" if blob else ""
        return SourceFile(name, int(sibling.size), blob or digest, digest)


@contextmanager
def _get(reference: Reference, file: SourceFile, offset: int) -> Generator[Iterator[bytes]]:
    # Late, as all of it.
    import huggingface_hub  # noqa: PLC0415
    from huggingface_hub import utils  # noqa: PLC0415

    hub, of_hub = cast("Any", huggingface_hub), cast("Any", utils)
    repository, commit = reference.parts["repository"], reference.parts["revision"]
    url = hub.hf_hub_url(repository, file.path, revision=commit)
    headers = dict(of_hub.build_hf_headers())
    # Compressed on the way, a file has no offset.
    headers["accept-encoding"] = "identity"
    if offset:
        headers["range"] = f"bytes={offset}-"
    with of_hub.http_stream_backoff(
        "GET",
        url,
        headers=headers,
        follow_redirects=True,
        timeout=_TIMEOUT_SECONDS,
        max_retries=_RETRIES,
        # A connection that breaks is read on from where it broke, see `Reading`.
        retry_on_exceptions=(),
    ) as response:
        status = int(response.status_code)
        if status >= _REFUSED:
            raise CopyError(
                f"the Hugging Face Hub, {repository}",
                f"it answered {status} for {file.path}",
                _WAYS_OUT.get(status, "Try again later"),
            )
        if offset and status != 206:  # noqa: PLR2004 - Partial Content
            raise CopyError(
                f"the Hugging Face Hub, {repository}",
                f"{file.path} broke off, and is only answered whole",
                "Run `up` again",
            )
        yield response.iter_raw(_CHUNK)


def _told(error: Exception) -> str:
    """Its HTTP client's own errors are not the package's to name."""
    return f"{type(error).__name__}: {one_line(error)}"
