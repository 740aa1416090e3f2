"""Enumerations of the SDK that say less than the service takes."""

from collections.abc import Mapping

__all__ = ["FURTHER"]

_RULES = ("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual")
# By the enumeration's type; none: the service takes any value.
FURTHER: Mapping[str, frozenset[str]] = {
    # The name before API version 2023-02-01; the provider takes it for the same as `Base`.
    # Source: pulumi-azure-native, provider/pkg/provider/diff.go.
    "containerservice:ManagedClusterSKUName": frozenset({"Basic"}),
    # Two enumerations of one name in the module's specifications: the SDK has the other one.
    # Source: https://learn.microsoft.com/rest/api/monitor/scheduled-query-rules/create-or-update
    "monitor:ConditionOperator": frozenset({*_RULES, "GreaterOrLessThan"}),
    # What the specification calls `Known…` are examples: custom streams have names of their own.
    # Source: https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure
    **{
        f"monitor:Known{name}": frozenset[str]()
        for name in (
            "ColumnDefinitionType",
            "DataCollectionEndpointResourceKind",
            "DataCollectionRuleResourceKind",
            "DataFlowStreams",
            "ExtensionDataSourceStreams",
            "LogFileTextSettingsRecordStartTimestampFormat",
            "LogFilesDataSourceFormat",
            "PerfCounterDataSourceStreams",
            "PrometheusForwarderDataSourceStreams",
            "SyslogDataSourceFacilityNames",
            "SyslogDataSourceLogLevels",
            "SyslogDataSourceStreams",
            "WindowsEventLogDataSourceStreams",
        )
    },
}
