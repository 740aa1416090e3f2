"""Codes of models that are made of others: graphs, shared servers and SageMaker's components."""

from typing import Final

__all__ = ["TARGET_CODES"]

TARGET_CODES: Final[dict[str, tuple[str, str]]] = {
    "MS0335": (
        "Graph that leads nowhere",
        (
            "Requests come in at the node `root`; from there steps lead to every other node, never "
            "back, and only to nodes that there are. A step calls exactly one of a node, a model, "
            "a service and a URL."
        ),
    ),
    "MS0336": (
        "Weights that are not 100",
        ("Each step of a splitter has a weight, and they are 100 in sum."),
    ),
    "MS0337": (
        "Shared server without room",
        (
            "The models that name a shared server need more memory together than one replica has; "
            "KServe would not take them in."
        ),
    ),
    "MS0338": (
        "Ignored by the router",
        (
            "KServe's router reads `weight` in a splitter, `condition` in a switch and (from the "
            "second step on) in a sequence, `data` and `map_predictions_to_instances` in a "
            "sequence, `dependency` in a sequence or ensemble; a switch takes no step without a "
            "condition."
        ),
    ),
    "MS0339": (
        "Names nothing that can be called",
        (
            "`server:` is a file with target kserve_shared_server; a step's `model:` is a KServe "
            "model of this environment, in the graph's namespace. What others serve is named by "
            "`service:` (an InferenceService there) or `url:`."
        ),
    ),
    "MS0382": (
        "Not in that release of KServe",
        ("KServe's InferenceGraph has it from release 0.16 on; an older one drops it silently."),
    ),
    "MS0389": (
        "Step that is not let out",
        (
            "The models' namespace lets nothing out that is not named. `egress` names the "
            "namespace (or block of addresses) and the port of the pods that a step's URL leads to."
        ),
    ),
    "MS0446": (
        "Inference component without instances",
        (
            "A model of target sagemaker_component runs on the endpoint that `server` names, or on "
            "one of its own with an `instance_type`: exactly one of them is said."
        ),
    ),
    "MS0447": (
        "No such shared endpoint",
        "`server:` is the name of a file with target sagemaker_shared_endpoint.",
    ),
    "MS0448": (
        "Closed to the shared endpoint",
        (
            "A shared endpoint reads artifacts below its `artifact_prefixes` and pulls images of "
            "its `images`; its role knows no model by itself."
        ),
    ),
    "MS0449": (
        "Name too long for SageMaker",
        (
            "An inference component is called `<model>-<environment>`, on a shared endpoint "
            "`<server>-<environment>-<model>`, and SageMaker takes 63 characters."
        ),
    ),
}
