"""Which requests have a line in the log, and what of their payload: nothing, unless asked for.

A request whose trace has an id is in the log or not by that id, in OpenTelemetry's own way
(https://opentelemetry.io/docs/specs/otel/trace/sdk/#traceidratiobased: the last eight bytes as a
number, below the share): every instance decides the same, and what a sampler of that kind keeps at
a share no larger has its line. A request without a trace is in or out by its own id. What went
wrong on our side always is, and what a model may be wrong about.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_PAYLOAD_BYTES", "PAYLOADS", "RequestLogs", "trace_id", "xray_trace_id"]

PAYLOADS: Final = "the log holds requests and answers: it is as sensitive as they are"
DEFAULT_PAYLOAD_BYTES: Final = 1024
_ALL: Final = 2**64
# https://www.w3.org/TR/trace-context/#traceparent-header; ids of zeros are none, and only versions
# after the first have more fields.
_TRACE_PARENT: Final = re.compile(
    r"(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
# https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
_XRAY: Final = re.compile(r"(?:.*;)?Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;.*)?")


@dataclass(frozen=True, slots=True)
class RequestLogs:
    """The share of requests that has a line, and how many bytes of each body; 0 for none of it."""

    sample_percent: float = 100.0
    payload_bytes: int = 0

    def takes(self, trace_id: str, request_id: str) -> bool:
        """Whether this request is of the share."""
        share = self.sample_percent / 100
        if share >= 1:
            return True
        if trace_id:
            number = int(trace_id[-16:], 16)
        else:
            digest = hashlib.sha256(request_id.encode(errors="replace")).digest()
            number = int.from_bytes(digest[:8], "big")
        return number < round(share * _ALL)

    def shown(self, body: bytes | str) -> str:
        """The beginning of a body for the log, as text; empty where payloads are not asked for."""
        if not self.payload_bytes:
            return ""
        data = body.encode(errors="replace") if isinstance(body, str) else body
        return data[: self.payload_bytes].decode(errors="replace")


def trace_id(trace_parent: str) -> str:
    """The trace's id in W3C's header; empty where the header is none."""
    match = _TRACE_PARENT.fullmatch(trace_parent)
    return match[1] if match else ""


def xray_trace_id(header: str) -> str:
    """X-Ray's id of a trace as the 32 digits that W3C's header has; empty where there is none."""
    match = _XRAY.fullmatch(header)
    return match[1] + match[2] if match else ""
