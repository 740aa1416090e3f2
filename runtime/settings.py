"""What the environment tells the runtime: read once, by every handler and by the server.

| variable | what | default |
|---|---|---|
| `MODEL_SERVING_MODEL_PATH` | an ONNX file, or a folder with one | `model.onnx` beside runtime/ |
| `MODEL_SERVING_MODEL_URI` | `file:`, `s3://`, `gs://`, `https://`, pulled per instance | none |
| `MODEL_SERVING_MODEL_FOLDER` | where it is pulled to | the temporary folder |
| `MODEL_SERVING_MODEL_DIGEST` | `sha256:…` of the file, checked before it is loaded | not checked |
| `MODEL_SERVING_MAX_MODEL_BYTES` | a larger file is not pulled | 10 GiB |
| `MODEL_SERVING_MODEL_NAME` | what answers and logs say | the file's metadata |
| `MODEL_SERVING_MODEL_VERSION` | what answers and logs say | the file's metadata |
| `MODEL_SERVING_MAX_BODY_BYTES` | a larger request is refused, 413 | 1 MiB |
| `MODEL_SERVING_MAX_ROWS` | more rows in one request are refused, 400 | 1000 |
| `MODEL_SERVING_TIMEOUT_SECONDS` | a prediction that takes longer is ended, 504 | no limit |
| `MODEL_SERVING_THREADS` | threads of one prediction | the CPU limit |
| `MODEL_SERVING_FEATURES` | settings of online features, a JSON object | no features |
| `MODEL_SERVING_DRIFT_PROFILE_URI` | what requests are compared with, as of a model | nothing |
| `MODEL_SERVING_DRIFT_PROFILE_DIGEST` | `sha256:…` of that file | not checked |
| `MODEL_SERVING_REQUEST_LOG_PERCENT` | share of requests with a line; errors have one | 100 |
| `MODEL_SERVING_REQUEST_LOG_PAYLOADS` | `true`: these lines hold requests and answers | `false` |
| `MODEL_SERVING_REQUEST_LOG_PAYLOAD_BYTES` | at most so much of each | 1024 |
| `MODEL_SERVING_METRICS_NAMESPACE` | Lambda's metrics go there; `off` | `ModelServing` |
"""

import difflib
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from runtime.request_logs import DEFAULT_PAYLOAD_BYTES, RequestLogs

__all__ = ["PREFIX", "Settings", "SettingsError", "read"]

PREFIX: Final = "MODEL_SERVING_"
# Lambda takes 6 MB per synchronous request, 1 MB from an ALB, and API Gateway 10 MB, base64
# included: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DEFAULT_MAX_BODY_BYTES: Final = 1024 * 1024
# More rows than this in one request would starve the others on the same instance.
DEFAULT_MAX_ROWS: Final = 1000
# The largest temporary folder that a function of the three clouds can have is Lambda's.
DEFAULT_MAX_MODEL_BYTES: Final = 10 * 1024**3
SCHEMES: Final = ("file:", "s3://", "gs://", "https://")

# Beside this package, where a package of ours has it.
_MODEL_FILE: Final = Path(__file__).resolve().parent.parent / "model.onnx"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
# What a slip in a name would leave out in silence: another model, or one that nobody checked.
_OF_THE_MODEL: Final = (
    "MODEL_PATH",
    "MODEL_URI",
    "MODEL_FOLDER",
    "MODEL_DIGEST",
    "MODEL_NAME",
    "MODEL_VERSION",
)
_ALIKE: Final = 0.85

_T = TypeVar("_T")


def _temporary() -> Path:
    """The temporary folder; where nothing can be written, the name of one that is not needed."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return Path("/tmp")  # noqa: S108 - what is pulled goes to a folder of its own in it


class SettingsError(Exception):
    """The environment's variables are wrong; the text names every problem, on one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables, typed. `model_uri` and `model_digest` are empty where there are none.

    `model_name` and `model_version` are empty where the file's metadata decides; `threads` is None
    for the CPU limit, `timeout_seconds` None for no limit, `features` None for no features,
    `metrics_namespace` empty for no metrics.
    """

    model_path: Path = _MODEL_FILE
    model_uri: str = ""
    model_folder: Path = field(default_factory=_temporary)
    model_digest: str = ""
    max_model_bytes: int = DEFAULT_MAX_MODEL_BYTES
    model_name: str = ""
    model_version: str = ""
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    max_rows: int = DEFAULT_MAX_ROWS
    timeout_seconds: float | None = None
    threads: int | None = None
    features: Mapping[str, Any] | None = None
    drift_profile_uri: str = ""
    drift_profile_digest: str = ""
    metrics_namespace: str = "ModelServing"
    request_logs: RequestLogs = field(default_factory=RequestLogs)


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment, by default this process's; an empty text is no value.

    Raises:
        SettingsError: One or more variables are wrong.
    """
    return _Reader(os.environ if environment is None else environment).settings()


class _Reader:
    """Reads every variable, and keeps each problem until the end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._problems: list[str] = []

    def settings(self) -> Settings:
        default = Settings()
        uri = self._get("MODEL_URI", default.model_uri, _uri)
        if uri and self._text("MODEL_PATH"):
            self._problems.append(f"use either {PREFIX}MODEL_PATH or {PREFIX}MODEL_URI, not both")
        found = Settings(
            model_path=self._get("MODEL_PATH", default.model_path, Path),
            model_uri=uri,
            model_folder=self._get("MODEL_FOLDER", default.model_folder, Path),
            model_digest=self._get("MODEL_DIGEST", default.model_digest, _digest),
            max_model_bytes=self._get("MAX_MODEL_BYTES", default.max_model_bytes, _count),
            model_name=self._text("MODEL_NAME"),
            model_version=self._text("MODEL_VERSION"),
            max_body_bytes=self._get("MAX_BODY_BYTES", default.max_body_bytes, _count),
            max_rows=self._get("MAX_ROWS", default.max_rows, _count),
            timeout_seconds=self._get("TIMEOUT_SECONDS", default.timeout_seconds, _seconds),
            threads=self._get("THREADS", default.threads, _count),
            features=self._get("FEATURES", default.features, _object),
            drift_profile_uri=self._get("DRIFT_PROFILE_URI", "", _uri),
            drift_profile_digest=self._get("DRIFT_PROFILE_DIGEST", "", _digest),
            metrics_namespace=self._get("METRICS_NAMESPACE", default.metrics_namespace, _namespace),
            request_logs=self._request_logs(),
        )
        self._check_names()
        if self._problems:
            raise SettingsError("; ".join(self._problems))
        return found

    def _request_logs(self) -> RequestLogs:
        payloads = self._get("REQUEST_LOG_PAYLOADS", default=False, parse=_truth)
        most = self._get("REQUEST_LOG_PAYLOAD_BYTES", DEFAULT_PAYLOAD_BYTES, _count)
        percent = self._get("REQUEST_LOG_PERCENT", RequestLogs().sample_percent, _percent)
        return RequestLogs(percent, most if payloads else 0)

    def _check_names(self) -> None:
        """Others use the prefix too: only a name that is nearly one of the model's is wrong."""
        for name in sorted(self._environment):
            own = name.removeprefix(PREFIX)
            if own == name or own in _OF_THE_MODEL:
                continue
            if meant := difflib.get_close_matches(own, _OF_THE_MODEL, 1, _ALIKE):
                self._problems.append(f"{name[:80]} is not known; did you mean {PREFIX}{meant[0]}?")

    def _text(self, name: str) -> str:
        return self._environment.get(PREFIX + name, "").strip()

    def _get(self, name: str, default: _T, parse: Callable[[str], _T]) -> _T:
        text = self._text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            shown = "".join(c if c.isprintable() else "?" for c in str(error))
            self._problems.append(f"{PREFIX}{name}: {shown}")
            return default


def _uri(text: str) -> str:
    if not text.startswith(SCHEMES):
        # What follows the scheme may be a signed address: it is not repeated.
        scheme = text.partition(":")[0][:20]
        raise ValueError(f"got scheme {scheme}; use {', '.join(SCHEMES)}")
    if not text.isprintable():
        raise ValueError("it holds unprintable characters")
    try:
        parts = urlsplit(text)
        # A bucket may be the ARN of an access point, whose colons separate no port.
        is_address = parts.scheme != "https" or parts.port != 0
        is_address = is_address and (parts.scheme == "file" or bool(parts.hostname))
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError("it is no address")
    return text


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError(f"got {text[:80]}; use sha256: and 64 hexadecimal digits, lower case")
    return text


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < 1:
        raise ValueError(f"got {text[:80]}; use a whole number of at least 1")
    return int(text)


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError(f"got {text[:80]}; use a number of seconds over 0")
    return value


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:  # noqa: PLR2004 - percent
        raise ValueError(f"got {text[:80]}; use a number from 0 to 100")
    return value


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"got {text[:80]}; use true or false")
    return text == "true"


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValueError("use a JSON object")  # noqa: TRY004 - a problem like the others
    return cast(dict[str, Any], value)


def _namespace(text: str) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html."""
    if not re.fullmatch(r"[A-Za-z0-9._/#-]{1,255}", text) or text.startswith("AWS/"):
        raise ValueError(f"got {text[:80]}; use letters, digits and . _ - / #, and not AWS/ first")
    return "" if text == "off" else text
