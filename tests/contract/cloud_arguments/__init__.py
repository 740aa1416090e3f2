"""Further arguments of every component of a cloud, beside the least of its unit test.

Each is judged by scanners; together they ask for all that a component may make.
"""

from collections.abc import Mapping
from typing import Any, Final

from tests.contract.cloud_arguments import aws, azure, gcp, sagemaker

__all__ = ["FURTHER"]

# By component and a label; a value of None takes an argument of the least ones away.
FURTHER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    **aws.FURTHER,
    **sagemaker.FURTHER,
    **gcp.FURTHER,
    **azure.FURTHER,
}
