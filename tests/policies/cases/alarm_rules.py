"""Cases of rules about alarms that somebody hears, and about silence."""

from typing import Any

from tests.policies.cases.latency import DURATION, ERRORS, SAGEMAKER, query
from tests.policies.cases.table import UNKNOWN, Case, resource

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TOPIC = "aws:sns/topic:Topic"
GOOGLE = "gcp:monitoring/alertPolicy:AlertPolicy"
AZURE = "azure-native:monitor:MetricAlert"
AZURE_QUERY = "azure-native:monitor:ScheduledQueryRule"
NEVER = "latency/alarm-never-fires"
SILENT = "latency/alarm-silent"
NO_DATA = "latency/alarm-missing-data"

TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:alarms"
TOLD = {"alarmActions": [TOPIC_ARN]}
MANAGED = {"arn": TOPIC_ARN, "kmsMasterKeyId": "alias/aws/sns"}
SLOW = {"name": "fraud-slow"}
ROLLBACK = {
    "deploymentConfig": {"autoRollbackConfiguration": {"alarms": [{"alarmName": "fraud-slow"}]}}
}
ABOVE = {"comparisonOperator": "GreaterThanThreshold"}


def reading(rule: str, name: str = "composite") -> Any:  # noqa: ANN401
    return resource(name, COMPOSITE, {"alarmName": "page", "alarmRule": rule, **TOLD})


def every(seconds: object, namespace: str = "AWS/Lambda", **more: object) -> dict[str, Any]:
    return {"namespace": namespace, "metricName": "Duration", "period": seconds, **more}


CASES = (
    Case(NEVER, "half a minute of custom metrics", ALARM, every(30, "Models", evaluationPeriods=3)),
    Case(NEVER, "half a minute of Lambda's", ALARM, every(30, evaluationPeriods=3), ("period",)),
    Case(
        NEVER,
        "half a minute of SageMaker's",
        ALARM,
        every(30, "AWS/SageMaker", evaluationPeriods=3),
    ),
    Case(NEVER, "three quarters of a minute", ALARM, every(45, "Models"), ("period",)),
    Case(NEVER, "a minute and a half", ALARM, every(90), ("period",)),
    Case(NEVER, "no seconds", ALARM, every(0), ("period",)),
    Case(SILENT, "told", ALARM, TOLD),
    Case(SILENT, "nobody is told", ALARM, {"alarmActions": []}, ("alarmActions",)),
    Case(SILENT, "absent", ALARM, {}, ("alarmActions",)),
    Case(SILENT, "told what is known later", ALARM, {"alarmActions": [UNKNOWN]}),
    Case(SILENT, "unknown", ALARM, {"alarmActions": UNKNOWN}),
    Case(SILENT, "only told when it is over", ALARM, {"okActions": [TOPIC_ARN]}, ("alarmActions",)),
    Case(SILENT, "switched off is another rule's", ALARM, {"actionsEnabled": False}),
    Case(
        SILENT,
        "read by a composite",
        ALARM,
        SLOW,
        others=(reading('ALARM("fraud-slow") AND ALARM(x)'),),
    ),
    Case(
        SILENT,
        "read by a composite by its ARN",
        ALARM,
        SLOW,
        others=(reading("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:fraud-slow)"),),
    ),
    Case(
        SILENT,
        "another is read by a composite",
        ALARM,
        SLOW,
        ("alarmActions",),
        others=(reading('ALARM("fraud-slower")'),),
    ),
    Case(
        SILENT,
        "read by a composite that is computed from it",
        ALARM,
        {},
        others=(
            resource(
                "composite",
                COMPOSITE,
                {"alarmRule": UNKNOWN, **TOLD},
                of={"alarmRule": ("subject",)},
            ),
        ),
    ),
    Case(
        SILENT,
        "read by a rollback",
        ALARM,
        SLOW,
        others=(resource("endpoint", ENDPOINT, ROLLBACK),),
    ),
    Case(
        SILENT,
        "shown on a dashboard",
        ALARM,
        SLOW,
        ("alarmActions",),
        others=(
            resource(
                "board",
                DASHBOARD,
                {"dashboardBody": "fraud-slow"},
                of={"dashboardBody": ("subject",)},
            ),
        ),
    ),
    Case(
        SILENT,
        "a composite that tells nobody",
        COMPOSITE,
        {"alarmName": "page", "alarmRule": 'ALARM("page")'},
        ("alarmActions",),
    ),
    Case(
        SILENT,
        "a topic under SNS's own key",
        TOPIC,
        MANAGED,
        ("kmsMasterKeyId",),
        others=(resource("alarm", ALARM, TOLD),),
    ),
    Case(
        SILENT,
        "a topic under SNS's own key, by what is computed from it",
        TOPIC,
        {"kmsMasterKeyId": "alias/aws/sns"},
        ("kmsMasterKeyId",),
        others=(
            resource(
                "alarm", ALARM, {"alarmActions": [UNKNOWN]}, of={"alarmActions": ("subject",)}
            ),
        ),
    ),
    Case(SILENT, "a topic that no alarm tells", TOPIC, MANAGED),
    Case(
        SILENT,
        "a topic under another key",
        TOPIC,
        MANAGED | {"kmsMasterKeyId": "alias/alarms"},
        others=(resource("alarm", ALARM, TOLD),),
    ),
    Case(SILENT, "Google's, told", GOOGLE, {"notificationChannels": ["x"]}),
    Case(SILENT, "Google's, nobody", GOOGLE, {}, ("notificationChannels",)),
    Case(
        SILENT,
        "Google's, switched off",
        GOOGLE,
        {"notificationChannels": ["x"], "enabled": False},
        ("enabled",),
    ),
    Case(SILENT, "Azure's, told", AZURE, {"enabled": True, "actions": [{"actionGroupId": "x"}]}),
    Case(SILENT, "Azure's, nobody", AZURE, {"enabled": True, "actions": []}, ("actions",)),
    Case(SILENT, "Azure's of a query, told", AZURE_QUERY, {"actions": {"actionGroups": ["x"]}}),
    Case(SILENT, "Azure's of a query, nobody", AZURE_QUERY, {}, ("actions.actionGroups",)),
    Case(
        SILENT,
        "Azure's of a query of 2018",
        "azure-native:monitor/v20180416:ScheduledQueryRule",
        {"action": {"aznsAction": {"actionGroup": ["x"]}}},
    ),
    Case(
        NO_DATA,
        "silence is no alarm",
        ALARM,
        SAGEMAKER | ABOVE | {"treatMissingData": "notBreaching"},
    ),
    Case(NO_DATA, "absent", ALARM, SAGEMAKER | ABOVE, ("treatMissingData",)),
    Case(
        NO_DATA,
        "silence is an alarm",
        ALARM,
        ERRORS | ABOVE | {"treatMissingData": "breaching"},
        ("treatMissingData",),
    ),
    Case(
        NO_DATA, "said to stay as it is", ALARM, DURATION | ABOVE | {"treatMissingData": "ignore"}
    ),
    Case(NO_DATA, "said to be missing", ALARM, DURATION | ABOVE | {"treatMissingData": "missing"}),
    Case(
        NO_DATA,
        "too few requests",
        ALARM,
        ERRORS | {"comparisonOperator": "LessThanThreshold", "treatMissingData": "breaching"},
    ),
    Case(
        NO_DATA,
        "a machine's",
        ALARM,
        {"namespace": "AWS/EC2", "metricName": "StatusCheckFailed", **ABOVE},
    ),
    Case(
        NO_DATA, "of a query", ALARM, query("p95", "ModelLatency", **ABOVE), ("treatMissingData",)
    ),
    Case(
        NO_DATA,
        "filled by its expression",
        ALARM,
        query("Sum", "Invocation5XXErrors", expression="FILL(m0, 0)", **ABOVE),
    ),
    Case(NO_DATA, "unknown", ALARM, SAGEMAKER | ABOVE | {"treatMissingData": UNKNOWN}),
)
