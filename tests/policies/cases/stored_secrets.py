"""Cases of the rule about secrets that are kept."""

from tests.policies.cases.table import UNKNOWN, Case, resource

SECRET = "aws:secretsmanager/secret:Secret"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
UPKEEP = "security/secret-upkeep"

ROTATED = {"require_rotation": True}
WINDOW = ("recoveryWindowInDays",)
DAYS = ("rotationRules.automaticallyAfterDays",)


def every(days: object) -> dict[str, object]:
    return {"secretId": "arn-1", "rotationRules": {"automaticallyAfterDays": days}}


CASES = (
    Case(UPKEEP, "nothing said", SECRET, {}),
    Case(UPKEEP, "a week", SECRET, {"recoveryWindowInDays": 7}),
    Case(UPKEEP, "gone at once", SECRET, {"recoveryWindowInDays": 0}, WINDOW),
    Case(UPKEEP, "often enough", ROTATION, every(90)),
    Case(UPKEEP, "too seldom", ROTATION, every(91), DAYS),
    Case(
        UPKEEP, "too seldom for some", ROTATION, every(31), DAYS, settings={"max_rotation_days": 30}
    ),
    Case(
        UPKEEP,
        "by a calendar",
        ROTATION,
        {"secretId": "arn-1", "rotationRules": {"scheduleExpression": "rate(4 hours)"}},
    ),
    Case(
        UPKEEP,
        "without a rotation",
        SECRET,
        {"name": "hf", "id": "arn-1"},
        ("",),
        settings=ROTATED,
    ),
    Case(
        UPKEEP,
        "with a rotation",
        SECRET,
        {"name": "hf", "id": "arn-1"},
        settings=ROTATED,
        others=(resource("rotation", ROTATION, every(30)),),
    ),
    Case(
        UPKEEP,
        "with a rotation that is computed from it",
        SECRET,
        {"name": "hf"},
        settings=ROTATED,
        others=(
            resource("rotation", ROTATION, {"secretId": UNKNOWN}, of={"secretId": ("subject",)}),
        ),
    ),
    Case(UPKEEP, "unknown", SECRET, {"recoveryWindowInDays": UNKNOWN}),
)
