"""Model monitoring of Azure ML: what it takes.

https://learn.microsoft.com/azure/machine-learning/how-to-monitor-model-performance and
https://learn.microsoft.com/azure/machine-learning/how-to-collect-production-data, read 2026-11-26.
"""

from typing import Final

__all__ = [
    "DEFAULT_DISTANCE",
    "EMAIL",
    "INSTANCE_TYPE",
    "MODEL_INPUTS",
    "MONITOR_PAGE",
    "SPARK_VERSION",
]

MONITOR_PAGE: Final = (
    "https://learn.microsoft.com/azure/machine-learning/how-to-monitor-model-performance"
)
# What the collector keeps under this name is a table; whole requests are not.
MODEL_INPUTS: Final = "model_inputs"
# The smallest machine of serverless Spark that monitors run on, and the page's version of Spark.
INSTANCE_TYPE: Final = "standard_e4s_v3"
SPARK_VERSION: Final = "3.4"
# What Microsoft's own client takes by itself, of numbers and of categories.
DEFAULT_DISTANCE: Final = 0.1
EMAIL: Final = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
