"""Codes of what watches a model: objectives, alerts, logs of requests, drift."""

from typing import Final

__all__ = ["WATCHING_CODES"]

WATCHING_CODES: Final[dict[str, tuple[str, str]]] = {
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
    "MS0610": (
        "Pages that no alarm sends",
        (
            "On AWS alarms on how fast an error budget goes are pages or tickets, and all others "
            "are tickets: without those there is nobody to be woken (docs/monitoring-aws.md)."
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
}
