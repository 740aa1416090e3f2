"""Cases of the rule about versions that nobody mends: those whose end is past whatever the day."""

from tests.policies.cases.table import UNKNOWN, Case

FUNCTION = "aws:lambda/function:Function"
CLUSTER = "aws:eks/cluster:Cluster"
GOOGLE = "gcp:cloudfunctionsv2/function:Function"
FIRST_GOOGLE = "gcp:cloudfunctions/function:Function"
ENDED = "resources/runtime-unsupported"
# More than any end that a vendor names.
FAR = {"notice_days": 36_500}

CASES = (
    Case(ENDED, "ended", FUNCTION, {"runtime": "python3.8"}, ("runtime",), says="until 2024-10-14"),
    Case(ENDED, "ends some day", FUNCTION, {"runtime": "python3.14"}, ("runtime",), settings=FAR),
    Case(ENDED, "no end is known", FUNCTION, {"runtime": "python3.99"}, settings=FAR),
    Case(ENDED, "an image, without a runtime", FUNCTION, {"packageType": "Image"}, settings=FAR),
    Case(ENDED, "unknown", FUNCTION, {"runtime": UNKNOWN}),
    Case(ENDED, "EKS", CLUSTER, {"version": "1.27"}, ("version",), says="until 2024-07-24"),
    Case(
        ENDED,
        "EKS, its extended support has ended too",
        CLUSTER,
        {"version": "1.27"},
        ("version",),
        settings={"accept_extended_support": True},
        says="until 2025-07-24",
    ),
    Case(ENDED, "EKS, absent means the newest", CLUSTER, {}, settings=FAR),
    Case(ENDED, "EKS, unknown", CLUSTER, {"version": UNKNOWN}),
    Case(
        ENDED,
        "Google's",
        GOOGLE,
        {"buildConfig": {"runtime": "python38"}},
        ("buildConfig.runtime",),
    ),
    Case(ENDED, "Google's first", FIRST_GOOGLE, {"runtime": "nodejs18"}, ("runtime",)),
    Case(ENDED, "Google's, no end is known", GOOGLE, {"buildConfig": {"runtime": "cobol85"}}),
)
