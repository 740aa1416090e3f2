"""The tag vocabulary: what travels with each resource, and how each cloud spells it.

Guardrails, cost reports and `serving status` read these from any stack, so the keys are a contract.
"""

import re
from collections.abc import Mapping
from typing import Final

OWNER: Final = "owner"
MODEL: Final = "model"
MODEL_VERSION: Final = "model-version"
ENVIRONMENT: Final = "environment"
DATA_CLASSIFICATION: Final = "data-classification"
LATENCY_P95_MS: Final = "slo-latency-p95-ms"
ERROR_RATE_PERCENT: Final = "slo-error-rate-percent"
WINDOW_DAYS: Final = "slo-window-days"
"""On what watches the objective, and where it is not 30 alone."""
COST_CENTRE: Final = "cost-centre"
MONTHLY_BUDGET: Final = "monthly-budget"
"""Most that the model may cost in a month, in the currency of the prices."""
DEPRECATION_DATE: Final = "deprecation-date"
"""First day on which the model should be gone: 2027-03-01."""
REPLACEMENT: Final = "deprecation-replacement"
"""The model that callers of a deprecated one use instead."""
PAYLOADS: Final = "payloads"
KEPT: Final = "kept"
"""The value of `payloads` where requests and answers are kept, and that is known."""

KEYS: Final = (
    OWNER,
    MODEL,
    MODEL_VERSION,
    ENVIRONMENT,
    DATA_CLASSIFICATION,
    LATENCY_P95_MS,
    ERROR_RATE_PERCENT,
    WINDOW_DAYS,
    COST_CENTRE,
    MONTHLY_BUDGET,
    DEPRECATION_DATE,
    REPLACEMENT,
    PAYLOADS,
)

NUMBERS: Final = (LATENCY_P95_MS, ERROR_RATE_PERCENT, WINDOW_DAYS, MONTHLY_BUDGET)
"""Those whose values are numbers."""

_PREFIX: Final = "model-serving"

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
AWS_VALUE_PATTERN: Final = re.compile(r"[\w\s.:/=+\-@]{0,256}", re.UNICODE)
# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
KUBERNETES_KEY_PATTERN: Final = re.compile(
    r"([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)
KUBERNETES_VALUE_PATTERN: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")


def aws(values: Mapping[str, str]) -> dict[str, str]:
    """AWS and Azure tags: `model-serving:owner`; other keys keep their own name."""
    return {f"{_PREFIX}:{key}" if key in KEYS else key: value for key, value in values.items()}


def kubernetes(values: Mapping[str, str]) -> dict[str, str]:
    """Kubernetes labels: `model-serving/owner`; a character that a label cannot hold becomes `-`.

    A value is at most 63 characters, begins and ends with a letter or digit.
    """
    return {
        f"{_PREFIX}/{key}" if key in KEYS else key: _label_value(value)
        for key, value in values.items()
    }


def _label_value(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", value)[:63].strip("._-")


def google(values: Mapping[str, str]) -> dict[str, str]:
    """Google Cloud labels: `model-serving-owner`, lower case only, at most 63 characters.

    A key begins with a letter: `1st` becomes `tag-1st`.
    https://cloud.google.com/resource-manager/docs/labels-overview
    """
    return {
        _google_key(f"{_PREFIX}-{key}" if key in KEYS else key): re.sub(
            r"[^a-z0-9_-]", "-", value.lower()
        )[:63]
        for key, value in values.items()
    }


def _google_key(key: str) -> str:
    spelled = re.sub(r"[^a-z0-9_-]", "-", key.lower())
    return (spelled if spelled[:1].isalpha() else f"tag-{spelled}")[:63]


def read(tags: Mapping[str, str]) -> dict[str, str]:
    """The vocabulary's values in tags, labels or annotations of any cloud's spelling."""
    found: dict[str, str] = {}
    for key, value in tags.items():
        for separator in (":", "/", "-"):
            prefix = _PREFIX + separator
            plain = key.removeprefix(prefix)
            if key.startswith(prefix) and plain in KEYS:
                # Google's labels hold no point: 99.5 is 99-5 there.
                is_google = separator == "-" and plain in NUMBERS
                found[plain] = value.replace("-", ".", 1) if is_google else value
    return found
