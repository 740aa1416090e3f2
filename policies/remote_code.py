"""Security: a model server runs its own code, not what lies beside a model's weights."""

import re
from collections.abc import Iterator
from typing import Final

from policies.artifacts import variables
from policies.pods import POD_TYPES, pods
from policies.properties import Property
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    CLOUD_RUN_SERVICE,
    FUNCTION,
    MODEL,
    MODEL_GARDEN,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

# As vLLM, TGI, SGLang and KServe's own server take it; also in the middle of a shell's line.
_ARGUMENT: Final = re.compile(
    r"(?:^|\s)--trust[-_]remote[-_]code(?!\s*[=\s]\s*(?:false|no|0)\b)(?:[=\s]|$)", re.IGNORECASE
)
# Of DJL, Hugging Face's and vLLM's containers: OPTION_TRUST_REMOTE_CODE, HF_TRUST_REMOTE_CODE, …
_VARIABLE: Final = re.compile(r"(?:.*_)?TRUST_REMOTE_CODE", re.IGNORECASE)
_OFF: Final = ("", "0", "false", "no", "off")


@resource_rule(
    "security/remote-code",
    severity=Severity.HIGH,
    types=(*POD_TYPES, MODEL, FUNCTION, CLOUD_RUN_SERVICE, AZURE_ML_DEPLOYMENT, MODEL_GARDEN),
    fix="Take the argument or variable away, and use a model whose code the server has; or exempt "
    "the model, pinned to a commit that somebody has read.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def remote_code(view: View, _settings: NoSettings) -> Faults:
    """A server runs whatever code comes with a model.

    With trust_remote_code the files of a model's repository are imported as Python, with the
    server's rights, data and network: whoever can write there runs commands here.
    https://huggingface.co/docs/transformers/models#custom-models
    """
    for argument in _arguments(view):
        if _ARGUMENT.search(argument.text() or ""):
            yield argument.fault("no trust of remote code")
    for name, value in variables(view):
        if not _VARIABLE.fullmatch(name.text() or "") or value.absent or value.unknown:
            continue
        if str(value.raw).lower() not in _OFF:
            yield value.fault("false")


def _arguments(view: View) -> Iterator[Property]:
    """Every argument of every container."""
    if view.token == CLOUD_RUN_SERVICE:
        containers = view.get("template", "containers").items()
        keys = ("commands", "args")
    elif view.token == MODEL_GARDEN:
        containers = [view.get("modelConfig", "containerSpec")]
        keys = ("commands", "args")
    else:
        containers = [one.place for pod in pods(view) for one in pod.containers]
        keys = ("command", "args")
    for container in containers:
        for key in keys:
            yield from container.get(key).items()


RULES = (remote_code,)
