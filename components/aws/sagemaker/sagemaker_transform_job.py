"""A run of SageMaker's batch transform, declared: once begun, waited for, and never twice.

`serving:index:SageMakerTransformJob` is served by the provider in `provider/`: its job is named by
what it does, so that an update that was killed finds it again, and another run is another job.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

__all__ = ["SageMakerTransformJob"]


class SageMakerTransformJob(pulumi.CustomResource):
    """`run` is in the words of facts/sagemaker_batch.py, which are the resource's own."""

    job_name: pulumi.Output[str]
    job_arn: pulumi.Output[str]
    status: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        name_prefix: str,
        run: Mapping[str, Any],
        tags: Mapping[str, str],
        wait_for_completion: bool,
        timeout_seconds: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "name_prefix": name_prefix,
            **run,
            "tags": dict(tags),
            "wait_for_completion": wait_for_completion,
            "timeout_seconds": timeout_seconds,
            "job_name": None,
            "job_arn": None,
            "status": None,
        }
        super().__init__("serving:index:SageMakerTransformJob", resource_name, properties, opts)

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


_WIRE_NAMES: Final = {
    "name_prefix": "namePrefix",
    "wait_for_completion": "waitForCompletion",
    "timeout_seconds": "timeoutSeconds",
    "job_name": "jobName",
    "job_arn": "jobArn",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
