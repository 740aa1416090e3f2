"""Runtimes of functions and versions of clusters that their vendor no longer mends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from facts.runtime_support import EKS_EXTENDED, EKS_STANDARD, GOOGLE_FUNCTIONS, LAMBDA
from policies.configuration import setting
from policies.properties import Property
from policies.resource_types import EKS_CLUSTER, FIRST_GOOGLE_FUNCTION, FUNCTION, GOOGLE_FUNCTION
from policies.rule import Faults, Level, Severity, Unknown, resource_rule
from policies.view import View


@dataclass(frozen=True)
class Support:
    """Settings."""

    notice_days: int = setting(
        0,
        "Also name what ends within so many days.",
        minimum=0,
    )
    accept_extended_support: bool = setting(
        False,
        "Accept EKS's extended support, which costs more by the hour.",
    )


@resource_rule(
    "resources/runtime-unsupported",
    severity=Severity.MEDIUM,
    types=(FUNCTION, EKS_CLUSTER, GOOGLE_FUNCTION, FIRST_GOOGLE_FUNCTION),
    fix="Move to a version that the vendor still mends.",
    unknown=Unknown.LATER,
    settings=Support,
    checkov=("CKV_AWS_339", "CKV_AWS_363"),
    level=Level.ADVISORY,
)
def runtime_unsupported(view: View, settings: Support) -> Faults:
    """A function's runtime, or a cluster's version, is past the end of its support.

    Nobody mends it, and some day the vendor refuses to update what runs on it. The days are those
    of facts/runtime_support.py; a version that is not there is not judged, nor an image.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
    https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
    """
    place, ends = _place(view, settings)
    end = ends.get(place.text() or "")
    if end is not None and over(end, view.today, settings.notice_days):
        yield place.fault(f"a version that is supported; this one is until {end}")


def over(end: date, today: date, notice_days: int) -> bool:
    """Whether support has ended, or ends within the days of notice."""
    return end <= today + timedelta(days=notice_days)


def _place(view: View, settings: Support) -> tuple[Property, Mapping[str, date]]:
    if view.token == EKS_CLUSTER:
        ends = EKS_EXTENDED if settings.accept_extended_support else EKS_STANDARD
        return view.get("version"), ends
    if view.token == GOOGLE_FUNCTION:
        return view.get("buildConfig", "runtime"), GOOGLE_FUNCTIONS
    if view.token == FIRST_GOOGLE_FUNCTION:
        return view.get("runtime"), GOOGLE_FUNCTIONS
    return view.get("runtime"), LAMBDA


RULES = (runtime_unsupported,)
