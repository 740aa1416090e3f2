"""Cases of the rule about targets of scaling that nothing moves."""

from typing import Any

from policies import Resource
from tests.policies.cases.table import UNKNOWN, Case, resource

TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
SCHEDULE = "aws:appautoscaling/scheduledAction:ScheduledAction"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
IDLE = "resources/scaling-idle"

ID = ("resourceId",)
COUNT = "sagemaker:variant:DesiredInstanceCount"


def scaled(variant: object = "stable", dimension: str = COUNT) -> dict[str, Any]:
    return {"resourceId": f"endpoint/fraud/variant/{variant}", "scalableDimension": dimension}


def moving(type_: str = POLICY, **more: object) -> Resource:
    return resource("mover", type_, scaled() | more)


def computed() -> Resource:
    return resource("mover", POLICY, {"resourceId": UNKNOWN}, of={"resourceId": ("subject",)})


def hosted(*variants: object, config: object = "fraud-1") -> tuple[Resource, ...]:
    several = [{} if name is None else {"variantName": name} for name in variants]
    configuration = {"name": "fraud-1", "productionVariants": several}
    endpoint = {"name": "fraud", "endpointConfigName": config}
    return (
        resource("configuration", CONFIGURATION, configuration),
        resource(
            "endpoint",
            ENDPOINT,
            endpoint,
            of={"endpointConfigName": ("configuration",)} if config == UNKNOWN else {},
        ),
    )


CASES = (
    Case(IDLE, "a policy", TARGET, scaled(), others=(moving(),)),
    Case(IDLE, "a schedule", TARGET, scaled(), others=(moving(SCHEDULE),)),
    Case(IDLE, "nothing", TARGET, scaled(), ("",)),
    Case(
        IDLE, "a policy of another variant", TARGET, scaled("candidate"), ("",), others=(moving(),)
    ),
    Case(
        IDLE,
        "a policy of another dimension",
        TARGET,
        scaled(),
        ("",),
        others=(moving(scalableDimension="x"),),
    ),
    Case(IDLE, "a policy that is computed from it", TARGET, scaled(), others=(computed(),)),
    Case(
        IDLE,
        "a variant that is there",
        TARGET,
        scaled(),
        others=(moving(), *hosted("stable", "candidate")),
    ),
    Case(
        IDLE,
        "a variant that is not there",
        TARGET,
        scaled(),
        ID,
        others=(moving(), *hosted("Stable")),
        says="expected a variant of the endpoint: Stable",
    ),
    Case(
        IDLE,
        "a variant that is not there, by what it is computed from",
        TARGET,
        scaled(),
        ID,
        others=(moving(), *hosted("AllTraffic", config=UNKNOWN)),
    ),
    Case(
        IDLE,
        "a variant with the provider's name",
        TARGET,
        scaled(),
        others=(moving(), *hosted(None)),
    ),
    Case(IDLE, "unknown variants", TARGET, scaled(), others=(moving(), *hosted(UNKNOWN))),
    Case(
        IDLE,
        "a function's",
        TARGET,
        {
            "resourceId": "function:fraud:live",
            "scalableDimension": "lambda:function:ProvisionedConcurrency",
        },
        ("",),
    ),
    Case(IDLE, "unknown", TARGET, {"resourceId": UNKNOWN}, others=(computed(),)),
)
