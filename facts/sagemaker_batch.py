"""SageMaker's batch transform: what it takes, and the request that begins a run.

Two begin it by the same request: the provider of this project, and a schedule at AWS. Sources: the
API model of SageMaker (botocore 1.44.5), read 2026-11-26.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from facts.limits import Limit

__all__ = [
    "BATCH_STRATEGIES",
    "CREATE",
    "INSTANCES",
    "INVOCATION_RETRIES",
    "INVOCATION_SECONDS",
    "JOINS",
    "NAME_LENGTH",
    "PAYLOAD_MIB",
    "SPLITS",
    "STATES",
    "request",
    "run_of",
    "said",
]

_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
CREATE: Final = _API + "API_CreateTransformJob.html"
INSTANCES: Final = Limit(
    "instances of a transform job",
    1,
    100,
    "instances",
    _API + "API_TransformResources.html",
    "2026-11-26",
)
# The product with MaxConcurrentTransforms has the same end.
PAYLOAD_MIB: Final = Limit("payload of one request", 0, 100, "MB", CREATE, "2026-11-26")
INVOCATION_SECONDS: Final = Limit(
    "request to the container",
    1,
    3600,
    "seconds",
    _API + "API_ModelClientConfig.html",
    "2026-11-26",
)
INVOCATION_RETRIES: Final = Limit(
    "retries of a request", 0, 3, "times", _API + "API_ModelClientConfig.html", "2026-11-26"
)
NAME_LENGTH: Final = 63
# Our words, and the API's.
SPLITS: Final = {"none": "None", "line": "Line", "recordio": "RecordIO", "tfrecord": "TFRecord"}
BATCH_STRATEGIES: Final = {"multi_record": "MultiRecord", "single_record": "SingleRecord"}
JOINS: Final = {"none": "None", "input": "Input"}
# TransformJobStatus: whether a job in it still moves.
STATES: Final = {
    "InProgress": True,
    "Stopping": True,
    "Completed": False,
    "Failed": False,
    "Stopped": False,
}

# Our flat words, by the place of the member in the request; what is not given is left out.
_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "modelName": ("ModelName",),
    "maxConcurrentTransforms": ("MaxConcurrentTransforms",),
    "invocationTimeoutSeconds": ("ModelClientConfig", "InvocationsTimeoutInSeconds"),
    "invocationRetries": ("ModelClientConfig", "InvocationsMaxRetries"),
    "maxPayloadMib": ("MaxPayloadInMB",),
    "batchStrategy": ("BatchStrategy",),
    "environment": ("Environment",),
    "inputUri": ("TransformInput", "DataSource", "S3DataSource", "S3Uri"),
    "contentType": ("TransformInput", "ContentType"),
    "compressionType": ("TransformInput", "CompressionType"),
    "splitType": ("TransformInput", "SplitType"),
    "outputUri": ("TransformOutput", "S3OutputPath"),
    "accept": ("TransformOutput", "Accept"),
    "assembleWith": ("TransformOutput", "AssembleWith"),
    "outputKeyId": ("TransformOutput", "KmsKeyId"),
    "captureUri": ("DataCaptureConfig", "DestinationS3Uri"),
    "captureKeyId": ("DataCaptureConfig", "KmsKeyId"),
    "instanceType": ("TransformResources", "InstanceType"),
    "instanceCount": ("TransformResources", "InstanceCount"),
    "volumeKeyId": ("TransformResources", "VolumeKmsKeyId"),
    "inputFilter": ("DataProcessing", "InputFilter"),
    "outputFilter": ("DataProcessing", "OutputFilter"),
    "joinSource": ("DataProcessing", "JoinSource"),
}
# What SageMaker does where a member is not given, as its documentation says: said or not, it is the
# same run. `None` and `$` are what a description shows then.
_DEFAULTS: Final[dict[str, Any]] = {
    "compressionType": "None",
    "splitType": "None",
    "assembleWith": "None",
    "joinSource": "None",
    "inputFilter": "$",
    "outputFilter": "$",
    "instanceCount": 1,
    "invocationRetries": 3,
    "invocationTimeoutSeconds": 600,
    "maxPayloadMib": 6,
    "maxConcurrentTransforms": 0,
}
_PREFIX: Final = ("TransformInput", "DataSource", "S3DataSource", "S3DataType")


def request(run: Mapping[str, Any], name: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """The members of CreateTransformJob for a run in our words, as `_MEMBERS` names them."""
    asked: dict[str, Any] = {"TransformJobName": name}
    for word, value in {"instanceCount": 1, **said(run)}.items():
        _put(asked, _MEMBERS[word], value)
    _put(asked, _PREFIX, "S3Prefix")
    if tags:
        asked["Tags"] = [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
    return asked


def run_of(described: dict[str, Any]) -> dict[str, Any]:
    """The other way round: what DescribeTransformJob answers, in our words."""
    found: dict[str, Any] = {}
    for word, path in _MEMBERS.items():
        value: Any = described
        for part in path:
            value = cast("dict[str, Any]", value).get(part) if isinstance(value, dict) else None
        found[word] = value
    return said(found)


def said(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a run in our words says beyond what SageMaker does anyway."""
    return {
        word: run[word]
        for word in _MEMBERS
        if run.get(word) not in (None, "", {}) and run[word] != _DEFAULTS.get(word)
    }


def _put(into: dict[str, Any], path: tuple[str, ...], value: Any) -> None:  # noqa: ANN401
    *parents, last = path
    for part in parents:
        into = into.setdefault(part, {})
    into[last] = value
