"""Until when vendors support the runtimes of functions, and versions of Kubernetes."""

from collections.abc import Mapping
from datetime import date
from typing import Final

__all__ = ["EKS_EXTENDED", "EKS_STANDARD", "GOOGLE_FUNCTIONS", "LAMBDA", "READ"]

READ: Final = date(2026, 11, 26)


def _dates(table: str) -> Mapping[str, date]:
    """A day and names on each line: what ends on that day."""
    return {
        name: date.fromisoformat(day)
        for day, *names in (line.split() for line in table.strip().splitlines())
        for name in names
    }


# The day from which AWS may no longer patch a runtime; it refuses new functions a month or more
# later. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
LAMBDA: Final = _dates(
    """
    2016-08-30 nodejs
    2019-05-30 dotnetcore2.0
    2019-06-27 dotnetcore1.0
    2019-08-12 nodejs6.10
    2020-03-05 nodejs4.3 nodejs4.3-edge
    2020-03-06 nodejs8.10
    2021-07-15 python2.7
    2021-07-30 nodejs10.x ruby2.5
    2022-01-05 dotnetcore2.1
    2022-07-18 python3.6
    2023-03-31 nodejs12.x
    2023-04-03 dotnetcore3.1
    2023-12-04 nodejs14.x python3.7
    2023-12-07 ruby2.7
    2024-01-08 go1.x java8 provided
    2024-06-12 nodejs16.x
    2024-10-14 python3.8
    2024-12-20 dotnet6
    2025-09-01 nodejs18.x
    2025-12-15 python3.9
    2026-03-31 ruby3.2
    2026-04-30 nodejs20.x
    2026-07-31 provided.al2
    2026-10-31 python3.10
    2026-11-10 dotnet8
    2027-03-31 ruby3.3
    2027-04-30 nodejs22.x
    2027-06-30 java11 java17 java8.al2 python3.11
    2028-03-31 ruby3.4
    2028-04-30 nodejs24.x
    2028-10-31 python3.12
    2028-11-14 dotnet10
    2029-03-31 ruby4.0
    2029-06-30 java11.al2023 java17.al2023 java21 java25 java8.al2023
    2029-06-30 provided.al2023 python3.13 python3.14
    """
)
# Of the languages that models are served in.
# https://cloud.google.com/run/docs/runtimes/function-runtimes
GOOGLE_FUNCTIONS: Final = _dates(
    """
    2019-04-17 nodejs6
    2020-06-05 nodejs8
    2024-01-30 nodejs10 nodejs12 nodejs14 nodejs16 python37
    2024-10-14 python38
    2025-04-30 nodejs18
    2025-10-05 python39
    2026-04-30 nodejs20
    2026-10-04 python310
    2027-04-30 nodejs22
    2027-10-24 python311
    2028-04-30 nodejs24
    2028-10-02 python312
    2029-10-10 python313
    2030-10-10 python314
    """
)
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
EKS_STANDARD: Final = _dates(
    """
    2022-08-01 1.19
    2022-08-15 1.18
    2022-11-01 1.20
    2023-02-16 1.21
    2023-06-04 1.22
    2023-10-11 1.23
    2024-01-31 1.24
    2024-05-01 1.25
    2024-06-11 1.26
    2024-07-24 1.27
    2024-11-26 1.28
    2025-03-23 1.29
    2025-07-23 1.30
    2025-11-26 1.31
    2026-03-23 1.32
    2026-07-29 1.33
    2026-12-02 1.34
    2027-03-27 1.35
    2027-08-02 1.36
    """
)
# A year later; older versions had none.
EKS_EXTENDED: Final[Mapping[str, date]] = {
    name: ends.replace(year=ends.year + 1) if name not in ("1.18", "1.19", "1.20") else ends
    for name, ends in EKS_STANDARD.items()
} | dict(
    _dates(
        """
        2024-07-15 1.21
        2024-09-01 1.22
        """
    )
)
