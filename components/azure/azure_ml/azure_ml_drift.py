"""Whether what an Azure ML endpoint is asked still looks like its model's training data.

A schedule of Azure ML starts a monitor, which holds the inputs that were collected in the last day
against a data asset, and mails when a feature is further from it than its threshold.
https://learn.microsoft.com/azure/machine-learning/how-to-monitor-model-performance
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi
import pulumi_azure_native as azure

from components.azure.azure_ml.azure_ml_assets import Workspace
from components.azure.monitoring.alerts import About, AlertScope
from components.checks import Checks
from components.drift import Drifting, read_drift
from components.managed import Capturing
from components.serving import Core
from facts.alerts import DATA_DRIFTS
from facts.azure_ml import WORKSPACE_MODEL
from facts.azure_ml_monitor import (
    DEFAULT_DISTANCE,
    EMAIL,
    INSTANCE_TYPE,
    MODEL_INPUTS,
    MONITOR_PAGE,
    SPARK_VERSION,
)
from facts.drift import drift_times

__all__ = ["MODEL_INPUTS", "read_azure_drift", "watch_drift"]

_BASELINE_USE: Final = "a data asset of the workspace, azureml:name:version, that is an MLTable"
# All that was collected since the day before, however often somebody looks: fewer say little.
_WINDOW: Final = "P1D"
_NUMBERS: Final = "NormalizedWassersteinDistance"
_CATEGORIES: Final = "JensenShannonDistance"


def read_azure_drift(
    checks: Checks, args: Mapping[str, Any], capture: Capturing | None
) -> Drifting | None:
    """`drift_…`; it needs a place where inputs are collected."""
    found = read_drift(checks, args, pattern=WORKSPACE_MODEL, use=_BASELINE_USE)
    emails = checks.texts("drift_emails", [])
    for email in emails:
        if not re.fullmatch(EMAIL, email):
            checks.problem("drift_emails", email, "addresses such as team@example.com")
    if found is None:
        if emails:
            checks.problem("drift_emails", emails, "it with drift_baseline_uri, or not at all")
        return None
    if capture is None:
        use = f"it with capture_percent: what is collected is looked at ({MONITOR_PAGE})"
        checks.problem("drift_baseline_uri", args["drift_baseline_uri"], use)
    return found


def watch_drift(
    core: Core,
    drifting: Drifting,
    workspace: Workspace,
    *,
    inputs_id: pulumi.Input[str],
    emails: list[str],
    scope: AlertScope,
    after: list[pulumi.Resource],
) -> azure.machinelearningservices.Schedule:
    """The schedule; `inputs_id` is the data asset with what was collected."""
    ml = azure.machinelearningservices
    threshold = ml.MonitoringThresholdArgs(
        value=DEFAULT_DISTANCE if drifting.threshold is None else drifting.threshold
    )
    features: ml.AllFeaturesArgs | ml.FeatureSubsetArgs = ml.AllFeaturesArgs(
        filter_type="AllFeatures"
    )
    if drifting.features:
        features = ml.FeatureSubsetArgs(
            filter_type="FeatureSubset", features=list(drifting.features)
        )
    signal = ml.DataDriftMonitoringSignalArgs(
        signal_type="DataDrift",
        production_data=ml.RollingInputDataArgs(
            input_data_type="Rolling",
            job_input_type="uri_folder",
            data_context=MODEL_INPUTS,
            uri=inputs_id,
            window_size=_WINDOW,
            window_offset="P0D",
        ),
        reference_data=ml.FixedInputDataArgs(
            input_data_type="Fixed",
            job_input_type="mltable",
            data_context="training",
            uri=_asset(workspace, drifting.baseline_uri),
        ),
        features=features,
        metric_thresholds=[
            ml.NumericalDataDriftMetricThresholdArgs(
                data_type="Numerical", metric=_NUMBERS, threshold=threshold
            ),
            ml.CategoricalDataDriftMetricThresholdArgs(
                data_type="Categorical", metric=_CATEGORIES, threshold=threshold
            ),
        ],
        notification_types=["AmlNotification"],
    )
    about = scope.about or About(core.name, core.environment, core.owner, "", None, "")
    says = f"{core.physical_name}: requests do not look like the training data"
    return ml.Schedule(
        f"{core.name}-drift",
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        name=f"{core.physical_name}-drift",
        properties=ml.SchedulePropertiesArgs(
            display_name=f"{core.physical_name} {DATA_DRIFTS}",
            description=about.said(DATA_DRIFTS, says),
            is_enabled=True,
            trigger=ml.RecurrenceTriggerArgs(
                trigger_type="Recurrence",
                frequency="Day",
                interval=1,
                time_zone="UTC",
                schedule=ml.RecurrenceScheduleArgs(
                    hours=list(drift_times(drifting.schedule).hours), minutes=[0]
                ),
            ),
            action=ml.CreateMonitorActionArgs(
                action_type="CreateMonitor",
                monitor_definition=ml.MonitorDefinitionArgs(
                    compute_configuration=ml.MonitorServerlessSparkComputeArgs(
                        compute_type="ServerlessSpark",
                        instance_type=INSTANCE_TYPE,
                        runtime_version=SPARK_VERSION,
                        compute_identity=ml.AmlTokenComputeIdentityArgs(
                            compute_identity_type="AmlToken"
                        ),
                    ),
                    # Events of runs that drifted name it so: the model's name is in it.
                    signals={f"{core.physical_name}-data-drift": signal},
                    alert_notification_settings=_told(emails),
                ),
            ),
            tags=dict(scope.tags),
        ),
        opts=pulumi.ResourceOptions.merge(scope.opts, pulumi.ResourceOptions(depends_on=after)),
    )


def _asset(workspace: Workspace, uri: pulumi.Input[str]) -> pulumi.Output[str]:
    """The id of a data asset that is named as in `azureml:name:version`."""

    def path(known: str) -> str:
        name, version = cast(
            "tuple[str, str]", known.removeprefix("azureml:").rsplit(":", maxsplit=1)
        )
        return f"/data/{name}/versions/{version}"

    return pulumi.Output.concat(workspace.id, pulumi.Output.from_input(uri).apply(path))


def _told(
    emails: list[str],
) -> azure.machinelearningservices.MonitorNotificationSettingsArgs | None:
    if not emails:
        return None
    return azure.machinelearningservices.MonitorNotificationSettingsArgs(
        email_notification_settings=azure.machinelearningservices.MonitorEmailNotificationSettingsArgs(
            emails=list(emails)
        )
    )
