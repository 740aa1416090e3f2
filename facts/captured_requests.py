"""Where captured requests lie on Kubernetes, who writes them there, and what looks at them.

KServe's logger is read in its source, from 0.16.0 to 0.20.0, on 2026-11-26.
"""

import re
from typing import Final

__all__ = [
    "CAPTURED_PLACE",
    "CAPTURED_SHAPE",
    "DRIFT_EXIT_CODE",
    "KSERVE_BATCH",
    "KSERVE_FOLDER",
    "LOOK_SECONDS",
    "captured_by_kserve",
    "is_stored",
]

_S3_BUCKET: Final = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_GCS_BUCKET: Final = r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
# A prefix without what a pattern or a URL's query would be made of.
CAPTURED_PLACE: Final = rf"({_S3_BUCKET}|{_GCS_BUCKET})/[^*?#$]+"
CAPTURED_SHAPE: Final = "s3://bucket/prefix or gs://bucket/prefix"
# `spec.predictor.logger.storage.path`, which must not be empty: without it nothing is stored, and
# no error is told (cmd/agent/main.go, startLogger).
KSERVE_FOLDER: Final = "captured"
# Records in one file, and the longest wait for them. One by one, a file for each request is
# written before the next one is taken (pkg/logger/dispatcher.go), and from a hundred that wait on
# the request itself waits (LoggerWorkerQueueSize).
KSERVE_BATCH: Final = (100, "60s")
# What `python -m runtime.drift compare` is told to end with: Python itself ends with 1 when it
# cannot even begin.
DRIFT_EXIT_CODE: Final = 3
# The longest that one look may take.
LOOK_SECONDS: Final = 3000


def is_stored(uri: object) -> bool:
    """Whether it is a place in a store; what is not known yet is none."""
    return isinstance(uri, str) and re.fullmatch(CAPTURED_PLACE, uri) is not None


def captured_by_kserve(uri: str, namespace: str, name: str) -> str:
    """Where the logger of a predictor stores (pkg/logger/store.go, getObjectPrefix)."""
    return "/".join((uri.rstrip("/"), namespace, name, "predictor", KSERVE_FOLDER))
