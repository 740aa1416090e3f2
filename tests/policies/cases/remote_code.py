"""Cases of the rule about code that comes with a model."""

from typing import Any

from tests.policies.cases.image_registries import GARDEN
from tests.policies.cases.probes import AZURE_ML, CLOUD_RUN
from tests.policies.cases.resources import KSERVE, LANGUAGE, POD, pod, predictor
from tests.policies.cases.security import MODEL
from tests.policies.cases.table import UNKNOWN, Case

REMOTE = "security/remote-code"
ARGUMENT = "spec.containers[0].args[0]"
VALUE = "spec.containers[0].env[0].value"


def variable(value: object, name: object = "TRUST_REMOTE_CODE") -> dict[str, Any]:
    return pod(env=[{"name": name, "value": value}])


CASES = (
    Case(REMOTE, "nothing", POD, pod()),
    Case(REMOTE, "no such argument", POD, pod(args=["--model=/mnt/models"])),
    *(
        Case(REMOTE, f"argument {text}", POD, pod(args=[text]), (ARGUMENT,))
        for text in (
            "--trust-remote-code",
            "--trust_remote_code",
            "--trust-remote-code=True",
            "vllm serve /mnt/models --trust-remote-code --port 8000",
        )
    ),
    *(
        Case(REMOTE, f"argument {text}", POD, pod(args=[text]))
        for text in (
            "--trust-remote-code=false",
            "--trust_remote_code 0",
            "--no-trust-remote-code",
            "--trust-remote-codec",
        )
    ),
    Case(
        REMOTE,
        "in the command",
        POD,
        pod(command=["vllm", "serve", "--trust-remote-code"]),
        ("spec.containers[0].command[2]",),
    ),
    Case(REMOTE, "a variable", POD, variable("true"), (VALUE,)),
    Case(REMOTE, "a variable with a prefix", POD, variable("1", "HF_TRUST_REMOTE_CODE"), (VALUE,)),
    Case(REMOTE, "a variable that says no", POD, variable("False")),
    Case(REMOTE, "another variable", POD, variable("true", "TRUST_REMOTE_CODE_OF")),
    Case(REMOTE, "unknown", POD, variable(UNKNOWN)),
    Case(REMOTE, "unknown argument", POD, pod(args=[UNKNOWN])),
    Case(
        REMOTE,
        "KServe",
        KSERVE,
        predictor(model={"args": ["--trust_remote_code"]}),
        ("spec.predictor.model.args[0]",),
    ),
    Case(
        REMOTE,
        "a language model",
        LANGUAGE,
        {"spec": {"template": {"containers": [{"args": ["--trust-remote-code"]}]}}},
        ("spec.template.containers[0].args[0]",),
    ),
    Case(
        REMOTE,
        "SageMaker",
        MODEL,
        {"primaryContainer": {"environment": {"OPTION_TRUST_REMOTE_CODE": "true"}}},
        ("primaryContainer.environment.OPTION_TRUST_REMOTE_CODE",),
    ),
    Case(
        REMOTE,
        "Cloud Run",
        CLOUD_RUN,
        {"template": {"containers": [{"args": ["--trust-remote-code"]}]}},
        ("template.containers[0].args[0]",),
    ),
    Case(
        REMOTE,
        "Cloud Run, a variable",
        CLOUD_RUN,
        {"template": {"containers": [{"envs": [{"name": "TRUST_REMOTE_CODE", "value": "1"}]}]}},
        ("template.containers[0].envs[0].value",),
    ),
    Case(
        REMOTE,
        "Model Garden",
        GARDEN,
        {"modelConfig": {"containerSpec": {"args": ["--trust-remote-code"]}}},
        ("modelConfig.containerSpec.args[0]",),
    ),
    Case(
        REMOTE,
        "Azure ML",
        AZURE_ML,
        {"onlineDeploymentProperties": {"environmentVariables": {"TRUST_REMOTE_CODE": "true"}}},
        ("onlineDeploymentProperties.environmentVariables.TRUST_REMOTE_CODE",),
    ),
)
