"""The Hugging Face Hub, by its own client: the commit of a branch or tag, and the files there.

Where it is says `HF_ENDPOINT`, and who asks `HF_TOKEN`. Source: huggingface_hub/hf_api.py of
huggingface_hub 2.4.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from facts.model_files import why_unsafe
from facts.model_references import Reference
from provider.calls import call
from provider.clients import Clients
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["Repository", "repository_at", "resolve"]

_TIMEOUT_SECONDS: Final = 20
_NO_NETWORK: Final = "There is no network to it: correct HF_ENDPOINT, or name the commit"
_LOG_IN: Final = (
    "Set HF_TOKEN to a token of somebody who may read it, and who has accepted its conditions if "
    "it is gated; the servers get theirs from a secret (token_secret_name)"
)


async def resolve(_: Clients, asked: Asked) -> Found:
    """The commit, if the files are such as may be loaded."""
    return await call(lambda: _resolve(asked.reference, pickles=asked.pickles))


@dataclass(frozen=True, slots=True)
class Repository:
    """What the Hub says of a model at a revision; `info` is the client's own `ModelInfo`."""

    who: str
    info: Any
    commit: str


def _resolve(reference: Reference, *, pickles: bool) -> Found:
    found = repository_at(reference, pickles=pickles)
    gated = str(found.info.gated) if found.info.gated else ""
    return Found(
        f"hf://{reference.parts['repository']}@{found.commit}",
        found.commit,
        details={
            "revision": reference.parts["revision"],
            **({"gated": gated} if gated else {}),
        },
    )


def repository_at(reference: Reference, *, pickles: bool, sizes: bool = False) -> Repository:
    """Ask the Hub, and judge the files; `sizes`: with the size and digest of each.

    Raises `UnresolvedError`.
    """
    repository, revision = reference.parts["repository"], reference.parts["revision"]
    # Who asks for a commit tells nobody else.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        # Late: 0.2 s of CPU.
        from huggingface_hub import HfApi, errors  # noqa: PLC0415
    except ImportError as error:
        raise UnresolvedError(
            "the Hugging Face Hub",
            "its client is not installed",
            "Run `uv sync --group registries`",
        ) from error
    api = cast("Any", HfApi)()
    more = {"files_metadata": True} if sizes else {}
    who = f"the Hugging Face Hub at {api.endpoint}"
    try:
        info = api.model_info(repository, revision=revision, timeout=_TIMEOUT_SECONDS, **more)
    except errors.GatedRepoError as error:
        said = f"{repository} is gated, and this token may not read it"
        raise UnresolvedError(who, said, _LOG_IN) from error
    except errors.RevisionNotFoundError as error:
        said = f"{repository} has no branch, tag or commit {revision}"
        raise UnresolvedError(who, said, "Name one that it has") from error
    except errors.RepositoryNotFoundError as error:
        # The Hub says the same of what is private.
        said = f"there is no model {repository}, or nobody without a token may see it"
        raise UnresolvedError(who, said, f"Correct the name. {_LOG_IN}") from error
    except errors.HfHubHTTPError as error:
        raise UnresolvedError(who, _said(error), "Try again later") from error
    except errors.OfflineModeIsEnabled as error:
        said = "HF_HUB_OFFLINE is set, and only the Hub knows what a branch or tag means"
        raise UnresolvedError(who, said, "Unset it, or name the commit") from error
    except Exception as error:
        # Its HTTP client's own errors are not the package's to name.
        raise UnresolvedError(
            who, f"no connection ({type(error).__name__})", _NO_NETWORK
        ) from error
    commit = str(info.sha)
    files = [str(each.rfilename) for each in info.siblings or ()]
    unsafe = why_unsafe(files, remote_code=_remote_code(info), pickles=pickles)
    if unsafe is not None:
        raise UnresolvedError(
            who,
            f"{repository} is at {commit[:12]}, and {unsafe}",
            "Deploy a repository with its weights in safetensors or ONNX and without code; or "
            "convert it, and name the copy",
            unsafe=True,
        )
    return Repository(who, info, commit)


def _remote_code(info: Any) -> bool:  # noqa: ANN401 - the client's class
    config = cast("Mapping[str, Any]", info.config or {})
    tokenizer = cast("Mapping[str, Any]", config.get("tokenizer_config") or {})
    return bool(
        "auto_map" in config or "auto_map" in tokenizer or "custom_code" in (info.tags or ())
    )


def _said(error: BaseException) -> str:
    server = getattr(error, "server_message", None)
    return str(server or str(error).splitlines()[0])
