"""Codes of what a model says that does not fit together, or not with its environment."""

from typing import Final

__all__ = ["MODEL_CODES"]

MODEL_CODES: Final[dict[str, tuple[str, str]]] = {
    "MS0201": (
        "Minimum above maximum",
        ("Lower the one or raise the other."),
    ),
    "MS0202": (
        "Not pinned",
        (
            "The same settings must mean the same bytes tomorrow: an exact version, a URI "
            "that holds it (or a commit, or a digest), images by `@sha256:`."
        ),
    ),
    "MS0203": (
        "Share without a candidate",
        ("canary_percent is the candidate's share of requests."),
    ),
    "MS0204": (
        "Candidate is the stable version",
        ("There would be nothing to compare."),
    ),
    "MS0205": (
        "Nothing serves the model",
        ("Name the framework, or an image with a server."),
    ),
    "MS0206": (
        "Steps without a shift",
        ("Sizes and waits belong to a shift that has steps."),
    ),
    "MS0207": (
        "Count without an accelerator",
        ("Name the accelerator, or remove the count."),
    ),
    "MS0208": (
        "Nowhere to go",
        (
            "A model or pool needs an account or cluster that the environment does not name "
            "under `model-serving:targets`."
        ),
    ),
    "MS0209": (
        "Artifact not made yet",
        ("A `file:` artifact or its package is missing from the cache; set-up makes them."),
    ),
    "MS0210": (
        "Instance type without the accelerator",
        ("The node pool could never serve."),
    ),
    "MS0211": (
        "Other bytes than meant",
        (
            "The artifact's digest is not the one in the settings: it was changed, or the "
            "settings are of another version."
        ),
    ),
    "MS0212": (
        "Istio without its proxies",
        (
            "VirtualServices are carried out by callers' sidecars and by Istio's gateways. In an "
            "ambient mesh waypoints read Gateway API's routes; their support of VirtualService is "
            "Alpha, and the two must not be mixed."
        ),
    ),
    "MS0213": (
        "Less time than loading takes",
        (
            "A startup probe whose budget is shorter than `load_seconds` starts the pod anew "
            "before the model is loaded, for ever; an update that waits less fails on a good model."
        ),
    ),
    "MS0214": (
        "Setting that nothing reads",
        ("It belongs to another mode, or to something that is not asked for, or is out of bounds."),
    ),
    "MS0215": (
        "Ports that are one",
        ("HTTP, gRPC and metrics each have a port, unless the metrics are on that of HTTP."),
    ),
    "MS0216": (
        "Folders in each other",
        ("A folder that is mounted hides what was below it, of another mount or of the image."),
    ),
    "MS0217": (
        "Variable that cannot be set",
        ("A name that is none, that every model server has set, or that is there twice."),
    ),
    "MS0218": (
        "Bounds that nothing can move between",
        ("A disruption budget has one bound, and a rolling update room for a replica."),
    ),
    "MS0219": (
        "Limit below the request",
        ("What a replica may use at most is no less than what it gets; /dev/shm is memory."),
    ),
    "MS0220": (
        "Autoscaler and its measure do not fit",
        ("KEDA scales by a query, a HorizontalPodAutoscaler by CPU, memory and pods' metrics."),
    ),
    "MS0221": (
        "Half of a way in",
        ("A host, its certificate, its gateway and its paths belong together."),
    ),
    "MS0222": (
        "Model that nothing brings",
        (
            "A server that reads a folder needs download_image, or a model that is there already; "
            "a volume that keeps the model is one node's, and download_image fills it."
        ),
    ),
    "MS0223": (
        "More than the quota",
        (
            "The namespace's quota would refuse pods: at their most replicas, candidates, "
            "transformers and what is injected beside the servers included, the models of the "
            "namespace ask for more. A rollout needs room on top."
        ),
    ),
    "MS0224": (
        "Identity without its cloud",
        (
            "The models' pods are to read their artifacts by an identity of a cloud that the "
            "environment does not name under `model-serving:targets`."
        ),
    ),
    "MS0227": (
        "Not a schedule",
        (
            "Five fields as cron has them (minute, hour, day of the month, month, day of the "
            "week), or `@daily` and its likes; the zone by its full name, such as Europe/Berlin."
        ),
    ),
    "MS0228": (
        "Not with, or not without, a schedule",
        ("Some keys of a batch run are about its schedule, and one is about runs without any."),
    ),
    "MS0230": (
        "GPUs that nothing uses",
        (
            "tensor_parallel, pipeline_parallel and the copies on a node multiply to the GPUs of a "
            "replica: fewer leave GPUs idle that are paid for, more do not start."
        ),
    ),
    "MS0231": (
        "Replicas that nothing scales",
        ("A range of replicas needs an autoscaler, and an autoscaler a range."),
    ),
    "MS0232": (
        "Shared memory above the memory",
        ("/dev/shm is in memory, and counts as the container's."),  # noqa: S108 - told, not used
    ),
    "MS0233": (
        "Key of another kind of cache",
        ("Node groups belong to `local`, a storage class to `volume`."),
    ),
    "MS0234": (
        "Key of a language model",
        ("The framework's server has no such setting; vLLM's has (huggingface, vLLM)."),
    ),
    "MS0235": (
        "Load that nothing scales by",
        (
            "What vLLM measures scales by KEDA: with `autoscaler: keda`, the Prometheus that has "
            "it, and room between the fewest and the most replicas."
        ),
    ),
    "MS0236": (
        "Pods that the namespace refuses",
        (
            "What KServe's presets for several nodes add is beyond the Pod Security Standard of "
            "the namespaces that the stack makes."
        ),
    ),
    "MS0237": (
        "Store without a path",
        (
            "By the cluster's `identity` a model's pods get the right to what is below one path "
            "of the cloud's store. This URI names none, or has signs that stand for other paths."
        ),
    ),
    "MS0238": (
        "Namespace that is not for models",
        (
            "The stack makes its models' namespaces: it closes them by policies, and they go with "
            "it. The cluster's own, and those of what models run by, are not to be made so."
        ),
    ),
    "MS0239": (
        "Name that another model has",
        (
            "With strategies that run versions beside each other, a version's objects are called "
            "`<model>-<version>`, and its parts' `<model>-<part>-<version>`; a candidate on Seldon "
            "and on kserve_llm is called `<model>-candidate`. A part's policies are called "
            "`<model>-<part>`, and a plain server's ways in `<model>-outside`, `<model>-pods` and "
            "`<model>-load-balancer`. No other model of the namespace may be called so."
        ),
    ),
    "MS0240": (
        "Host of another model",
        (
            "Two models by one host and the same paths: which of them answers a request is a "
            "router's whim."
        ),
    ),
    "MS0251": (
        "Artifact from elsewhere",
        (
            "The environment's `artifact_prefixes` names the places that models may come from, and "
            "this is none of them."
        ),
    ),
    "MS0252": (
        "Image of another account",
        (
            "SageMaker and Lambda pull an image of another account only where its repository's "
            "policy allows this one. Name such accounts in `targets.aws.image_accounts`."
        ),
    ),
}
