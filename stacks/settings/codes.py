"""The codes of problems, each with what it means and what to do: the source of docs/errors.md."""

from typing import Final

from facts.capabilities import REFUSALS, Refusal
from stacks.settings.platforms.codes import PLATFORM_CODES


def _why(refusal: Refusal) -> str:
    text = f"{refusal.reason[:1].upper()}{refusal.reason[1:]}. Nearest thing that works: "
    text += f"{refusal.nearest}."
    if refusal.source:
        looked_up = f", looked up on {refusal.checked}" if refusal.checked else ""
        text += f" Source: <{refusal.source}>{looked_up}."
    return text


CODES: Final[dict[str, tuple[str, str]]] = {
    "MS0001": (
        "Not YAML",
        (
            "The file cannot be parsed. The place is where the parser gave up; the mistake is "
            "there or in the line above: a tab, a missing colon, a quote that is not closed."
        ),
    ),
    "MS0002": (
        "Unreadable",
        ("The file is missing rights, is not UTF-8, or is far larger or deeper than settings are."),
    ),
    "MS0003": (
        "Not a mapping",
        ("A settings file is a mapping of `key: value` lines; an empty file says nothing."),
    ),
    "MS0004": (
        "Key written twice",
        ("YAML would keep one of the two and say nothing. Keep the one that is meant."),
    ),
    "MS0005": (
        "Two files for one model",
        ("`name.yaml` and `name.yml` are the same model. Delete one."),
    ),
    "MS0006": (
        "Bad model name",
        (
            "The file's name is the model's name and becomes part of host names: lower-case "
            "letters, digits and `-`, a letter first, at most 40 characters."
        ),
    ),
    "MS0101": (
        "Unknown key",
        (
            "Nothing reads this key, so what it asks for would not happen. The report names "
            "the nearest known one."
        ),
    ),
    "MS0102": (
        "Required key missing",
        ("There is no default that could be right for everybody."),
    ),
    "MS0103": (
        "Wrong type",
        (
            "Text in place of a number, a list in place of a mapping, a version without "
            "quotes (YAML reads 1.10 as the number 1.1)."
        ),
    ),
    "MS0104": (
        "Out of range",
        ("The report says the range; vendors' limits name their page."),
    ),
    "MS0105": (
        "Not one of the choices",
        ("The report lists them and names the nearest."),
    ),
    "MS0106": (
        "Malformed text",
        ("A name, URI or digest that does not have the shape it needs."),
    ),
    "MS0107": (
        "Secret in settings",
        (
            "Settings appear in previews, tags and tables. Keep the secret in a secret store "
            "and give the models the right to read it."
        ),
    ),
    "MS0108": (
        "No such model",
        ("An environment has an entry, or a command an argument, for a model without a file."),
    ),
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
    "MS0389": (
        "Step that is not let out",
        (
            "The models' namespace lets nothing out that is not named. `egress` names the "
            "namespace (or block of addresses) and the port of the pods that a step's URL leads to."
        ),
    ),
    "MS0382": (
        "Not in that release of KServe",
        ("KServe's InferenceGraph has it from release 0.16 on; an older one drops it silently."),
    ),
    "MS0339": (
        "Names nothing that can be called",
        (
            "`server:` is a file with target kserve_shared_server; a step's `model:` is a KServe "
            "model of this environment, in the graph's namespace. What others serve is named by "
            "`service:` (an InferenceService there) or `url:`."
        ),
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
    "MS0240": (
        "Host of another model",
        (
            "Two models by one host and the same paths: which of them answers a request is a "
            "router's whim."
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
    **PLATFORM_CODES,
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
    "MS0560": (
        "Reference that moves",
        (
            "An alias, a label, a branch or a tag can mean another model tomorrow. An environment "
            "follows such names only where its file says `follow_aliases: true`; each preview then "
            "asks what they mean, and shows what has moved."
        ),
    ),
    "MS0561": (
        "No reference of that registry",
        ("The report says what the registry's references look like."),
    ),
    "MS0562": (
        "Version beside a reference that moves",
        (
            "Which version an alias means is known when its registry is asked; a version in the "
            "settings would be wrong as soon as the alias moves."
        ),
    ),
    "MS0563": (
        "Reference that nobody resolves",
        (
            "The registry does not know the model, refused to answer, or could not be reached; the "
            "report says which, and what to do. Nothing was changed."
        ),
    ),
    "MS0564": (
        "Files that are not to be loaded",
        (
            "A pickle runs code when it is loaded, and so does a repository with Python files or "
            "`auto_map`. Models come as safetensors or ONNX."
        ),
    ),
    "MS0565": (
        "Version of an object that the target cannot name",
        (
            "Only this project's own runtime reads one version of an object; other servers read "
            "what is there when a replica starts. For them the version is a part of the path."
        ),
    ),
    "MS0566": (
        "Gated model without a token",
        (
            "Whoever previews may read the model, and the servers that fetch it may not: they get "
            "their token from a Secret."
        ),
    ),
    "MS0567": (
        "Mirror that the target does not read",
        (
            "The environment keeps copies of its models, and none of its places is in a store that "
            "this target reads: S3 on AWS, Cloud Storage on Google Cloud, Blob Storage on Azure. "
            "The list `model_mirror` has a place for each cloud."
        ),
    ),
    "MS0568": (
        "Model that cannot be copied to the mirror",
        (
            "The source or the mirror refused, or is not there; the report says which, and what to "
            "do. Nothing was changed."
        ),
    ),
    "MS0580": (
        "Online features that do not fit their store",
        (
            "Redis has redis:// addresses and keys of hashes; Feast has http:// addresses, and the "
            "name of the view before each feature's. A key's template has each of the entity's "
            "keys once, and defaults are for features that are asked for."
        ),
    ),
    "MS0581": (
        "Online features said twice",
        (
            "`features` becomes the variable MODEL_SERVING_FEATURES. Take the variable away, or "
            "the key."
        ),
    ),
    "MS0582": (
        "Secret of a feature store that no variable has",
        (
            "`secret_variable` names the variable with the password or the token, which the "
            "target's own key for secret variables gives from a secret."
        ),
    ),
    "MS0600": (
        "Objective that nothing there tells",
        (
            "Times of tokens and of the queue are told by servers of language models alone: vLLM, "
            "also in KServe's servers for `huggingface` and `vLLM`, and as far as it has them TGI."
        ),
    ),
    "MS0601": (
        "Objective of which no alert could fire",
        (
            "An alert fires when the error budget goes several times too fast. Where that many "
            "times the budget is more than all requests, no outage is fast enough "
            "(docs/monitoring.md)."
        ),
    ),
    "MS0602": (
        "Sleep that a first answer does not wake from in time",
        (
            "With `min_replicas: 0` the first request waits for a pod, its image, its model and "
            "its server. What is known of these adds up to more than `cold_start.budget_ms`, or "
            "the latency (docs/monitoring.md)."
        ),
    ),
    "MS0611": (
        "Autoscaling's target that cannot follow from the objective",
        (
            "`slo.capacity` says what one replica is good for, from which the number of requests "
            "that it is to get follows, by Little's law (docs/slo.md). Use of CPU, queues and "
            "queries of one's own do not follow from that."
        ),
    ),
    "MS0612": (
        "Autoscaling's target said twice",
        ("What `slo.capacity` leads to is written too. Leave out the one that was not measured."),
    ),
    "MS0613": (
        "Window with too few requests for its objective",
        (
            "The budget is a share of the requests of the window. Where it is less than one "
            "request, the first failure misses the objective, and no budget can be watched "
            "(docs/slo.md)."
        ),
    ),
    "MS0614": (
        "Latency that requests are cut off before",
        (
            "What is not answered within the timeout fails: the objective of latency would never "
            "be missed, and that of errors instead (docs/slo.md)."
        ),
    ),
    "MS0610": (
        "Pages that no alarm sends",
        (
            "On AWS alarms on how fast an error budget goes are pages or tickets, and all others "
            "are tickets: without those there is nobody to be woken (docs/monitoring-aws.md)."
        ),
    ),
    "MS0630": (
        "Objective that nobody logs",
        (
            "No metric of Azure ML tells which share of an endpoint's requests was bad. The log of "
            "its traffic does, once a Log Analytics workspace takes it. The host of Azure "
            "Functions tells of requests, unless its level of logging forbids it "
            "(docs/monitoring-azure.md)."
        ),
    ),
    "MS0631": (
        "Pages that no alert sends on Azure",
        (
            "On Azure alerts on how fast an error budget goes are pages or tickets, and all others "
            "are tickets: without those there is nobody to be woken (docs/monitoring-azure.md)."
        ),
    ),
    "MS0620": (
        "Objective that Cloud Monitoring does not take",
        (
            "On Google Cloud an objective is one of Cloud Monitoring's: over at most 30 days, with "
            "a goal of at most 99.99 % (docs/monitoring-gcp.md)."
        ),
    ),
    "MS0621": (
        "Pages that no policy sends",
        (
            "On Google Cloud policies on how fast an error budget goes are pages or tickets, and "
            "all others are tickets: without those nobody is woken (docs/monitoring-gcp.md)."
        ),
    ),
    "MS0667": (
        "Log of requests that the target cannot keep",
        (
            "A share of the requests, or a bounded part of what they hold, is what this project's "
            "own runtime writes; other servers and clouds have all or nothing "
            "(docs/request-logs.md)."
        ),
    ),
    "MS0668": (
        "Traces that the target cannot make",
        (
            "Spans go by OpenTelemetry's protocol over HTTP to an `endpoint`, from servers that "
            "have it; Lambda has X-Ray and Azure Functions Application Insights instead "
            "(docs/request-logs.md)."
        ),
    ),
    "MS0669": (
        "Payloads that do not belong in a log",
        (
            "A log is read by many, and kept for long. Requests and answers are in it only where "
            "the model's own file says so, and never confidential or restricted ones."
        ),
    ),
    "MS0641": (
        "Drift of what nobody captures",
        (
            "SageMaker and Azure ML hold captured requests against a baseline: without `capture`, "
            "or with answers alone, there is nothing to look at (docs/drift.md)."
        ),
    ),
    "MS0642": (
        "Baseline in another platform's form",
        (
            "Each platform reads what the training data looked like in a form of its own: "
            "Model Monitor's two files, the training data itself, a data asset, a profile."
        ),
    ),
    "MS0643": (
        "Not of this platform's drift",
        (
            "The words are the same everywhere, and no platform has all that they say: a share of "
            "requests, an hour of the day, one threshold for all features, several models."
        ),
    ),
    "MS0644": (
        "Kept where somebody else decides for how long",
        (
            "How long something stays is set once for a whole bucket, dataset or storage account, "
            "by whoever owns it; a part of it cannot be added from a model."
        ),
    ),
    "MS0651": (
        "Drift that nothing counts",
        (
            "This project's own runtime counts requests by a profile: its server on Kubernetes, "
            "and its functions of the three clouds. Other servers, and containers that nobody "
            "scrapes, tell nothing (docs/drift.md)."
        ),
    ),
    "MS0652": (
        "Profile that cannot be read",
        (
            "Instances pull the profile with the rights of their own identity, from a store that "
            "they have a client of (docs/drift.md)."
        ),
    ),
    "MS0653": (
        "Hour of the day of drift that is looked at all the time",
        (
            "Where the runtime counts, `schedule` says how long is looked back: an hour, a day, or "
            "a part of a day."
        ),
    ),
    "MS0654": (
        "Key of drift that a profile has no use for",
        (
            "A profile says which columns are looked at, and all requests are counted by it, of "
            "which nothing is kept (docs/drift.md)."
        ),
    ),
    "MS0655": (
        "Drift of what nobody stores",
        (
            "KServe's servers count no requests. A job looks at those that its logger stores as "
            "files, which `capture` asks for in the model's own file (docs/drift.md)."
        ),
    ),
    "MS0656": (
        "Nothing that could look for drift",
        (
            "The job that looks at stored requests runs this project's server image, which an "
            "environment names by `drift_image` (docs/images.md)."
        ),
    ),
    "MS0657": (
        "Store that KServe's logger cannot have",
        (
            "From KServe 0.16 on the logger stores files, with the rights of the pods' service "
            "account; how long they stay is for the bucket's owner to say (docs/request-logs.md)."
        ),
    ),
    **{refusal.code: (f"Refused: {refusal.name}", _why(refusal)) for refusal in REFUSALS.values()},
}
