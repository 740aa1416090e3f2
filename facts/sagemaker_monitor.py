"""SageMaker Model Monitor: where its image is, what it takes, what it tells.

New accounts cannot have it since 2026-07-30; who used it before goes on:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-availability-change.html
"""

from typing import Final

from facts.drift import drift_times
from facts.limits import Limit

__all__ = [
    "BASELINE",
    "BASELINE_FILES",
    "BASELINE_USE",
    "DATA_METRICS",
    "DEFAULT_DISTANCE",
    "DRIFT_METRIC",
    "INSTANCE_TYPE",
    "JOB_LOGS",
    "MONITOR_ACCOUNTS",
    "MONITOR_PAGE",
    "REPORTS_URI_LENGTH",
    "VIOLATIONS",
    "VOLUME_GIB",
    "monitor_image",
    "monitor_schedule",
    "reports_uri",
]

MONITOR_PAGE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html"
)
# image_uri_config/model-monitor.json of AWS's own sagemaker-python-sdk, read 2026-11-26.
MONITOR_ACCOUNTS: Final[dict[str, str]] = {
    "ap-east-1": "001633400207",
    "ap-northeast-1": "574779866223",
    "ap-northeast-2": "709848358524",
    "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676",
    "ap-southeast-2": "563025443158",
    "ca-central-1": "536280801234",
    "cn-north-1": "453000072557",
    "cn-northwest-1": "453252182341",
    "eu-central-1": "048819808253",
    "eu-north-1": "895015795356",
    "eu-west-1": "468650794304",
    "eu-west-2": "749857270468",
    "eu-west-3": "680080141114",
    "me-south-1": "607024016150",
    "sa-east-1": "539772159869",
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}
BASELINE_FILES: Final = ("statistics.json", "constraints.json")
# With a file's name behind it within the 1024 characters of an S3Uri.
BASELINE: Final = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.{1,800}"
BASELINE_USE: Final = f"an S3 prefix with {' and '.join(BASELINE_FILES)}"
# What the SDK's monitors take by themselves (model_monitoring.py, read 2026-11-26).
INSTANCE_TYPE: Final = "ml.m5.xlarge"
VOLUME_GIB: Final = 30
JOB_LOGS: Final = "/aws/sagemaker/ProcessingJobs"
# As AWS's samples and the page on bias have it, with the dimensions Endpoint and
# MonitoringSchedule; the page on these metrics spells namespace and dimensions in another way:
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
DATA_METRICS: Final = "aws/sagemaker/Endpoints/data-metrics"
DRIFT_METRIC: Final = "feature_baseline_drift_"
# `comparison_threshold` of the constraints that Model Monitor suggests:
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html
DEFAULT_DISTANCE: Final = 0.1
# How a job's ExitMessage begins that found anything against the constraints:
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-containers.html
VIOLATIONS: Final = "CompletedWithViolations"
REPORTS_URI_LENGTH: Final = Limit(
    "place of reports on drift",
    None,
    512,
    "characters",
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringS3Output.html",
    "2026-11-26",
)


def monitor_image(region: str) -> str:
    """Model Monitor's own image in a region; empty where there is none."""
    account = MONITOR_ACCOUNTS.get(region)
    if account is None:
        return ""
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{account}.dkr.ecr.{region}.{domain}/sagemaker-model-monitor-analyzer"


def monitor_schedule(schedule: str) -> str:
    """A schedule of drift as Model Monitor takes it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
    """
    times = drift_times(schedule)
    if len(times.hours) == 1:
        return f"cron(0 {times.first} ? * * *)"
    if times.every == 1 and times.first == 0:
        return "cron(0 * ? * * *)"
    return f"cron(0 {times.first}/{times.every} ? * * *)"


def reports_uri(captured_uri: str, endpoint_name: str) -> str:
    """Where a job writes what it found, below what is captured."""
    return f"{captured_uri.rstrip('/')}/drift-reports/{endpoint_name}"
