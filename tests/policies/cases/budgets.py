"""Cases of the rule about budgets that tell nobody."""

from typing import Any

from tests.policies.cases.resources import NODES
from tests.policies.cases.table import UNKNOWN, Case, resource

AWS = "aws:budgets/budget:Budget"
GOOGLE = "gcp:billing/budget:Budget"
AZURE = "azure-native:consumption:Budget"
SILENT = "cost/budget-silent"

ASKED = {"require_with_accelerators": True}
GPUS = {"instanceTypes": ["g5.xlarge"]}


def told(**ways: object) -> dict[str, Any]:
    return {"notifications": [{"threshold": 90, "notificationType": "ACTUAL", **ways}]}


def google(**rule: object) -> dict[str, Any]:
    return {"thresholdRules": [{"thresholdPercent": 0.9}], "allUpdatesRule": rule}


MUTED = {"disableDefaultIamRecipients": True}
TOPIC = {"subscriberSnsTopicArns": ["arn:aws:sns:eu-west-1:1:spending"]}

CASES = (
    Case(SILENT, "by mail", AWS, told(subscriberEmailAddresses=["team@example.com"])),
    Case(SILENT, "by a topic", AWS, told(**TOPIC)),
    Case(SILENT, "absent", AWS, {}, ("notifications",)),
    Case(SILENT, "nobody", AWS, told(), ("notifications[0].subscriberEmailAddresses",)),
    Case(
        SILENT,
        "an empty list",
        AWS,
        told(subscriberEmailAddresses=[]),
        ("notifications[0].subscriberEmailAddresses",),
    ),
    Case(SILENT, "unknown", AWS, told(subscriberSnsTopicArns=UNKNOWN)),
    Case(SILENT, "Google's administrators", GOOGLE, google()),
    Case(SILENT, "Google's, no threshold", GOOGLE, {"amount": {}}, ("thresholdRules",)),
    Case(
        SILENT,
        "Google's, not its administrators",
        GOOGLE,
        google(**MUTED),
        ("allUpdatesRule.disableDefaultIamRecipients",),
    ),
    Case(SILENT, "Google's, a topic instead", GOOGLE, google(pubsubTopic="t", **MUTED)),
    Case(SILENT, "Azure's", AZURE, {"notifications": {"high": {"contactEmails": ["a@b.c"]}}}),
    Case(
        SILENT,
        "Azure's, nobody",
        AZURE,
        {"notifications": {"high": {"contactEmails": []}}},
        ("notifications.high.contactEmails",),
    ),
    Case(SILENT, "accelerators without a budget", NODES, GPUS),
    Case(
        SILENT,
        "accelerators without a budget that is asked for",
        NODES,
        GPUS,
        ("",),
        settings=ASKED,
    ),
    Case(
        SILENT,
        "accelerators with a budget",
        NODES,
        GPUS,
        settings=ASKED,
        others=(resource("budget", AWS, told(**TOPIC)),),
    ),
    Case(SILENT, "no accelerators", NODES, {"instanceTypes": ["m7i.large"]}, settings=ASKED),
)
