"""What an environment says of monitoring: who scrapes, where people look, and who is told."""

from typing import Annotated

from pydantic import Field, StringConstraints

from facts.addresses import SITE_URL
from facts.alerts import RUNBOOK_URL
from facts.metric_shapes import LABEL_NAME
from stacks.settings.fields import Closed, DnsLabel, OneLine, Tags, Text, Whole

__all__ = ["KubernetesMonitoring"]

_LabelName = Annotated[str, StringConstraints(pattern=rf"^{LABEL_NAME}$")]
_LabelText = Annotated[str, StringConstraints(pattern=r"^[^{}]{0,256}$")]


class KubernetesMonitoring(Closed):
    """Prometheus' operator and Grafana on the cluster, which watch what it serves."""

    runbook_url: Annotated[
        str,
        StringConstraints(pattern=rf"^{RUNBOOK_URL}$", max_length=1024),
        Field(
            json_schema_extra={
                "allowed": "a URL, with {alert} where the alert's name goes, such as "
                "https://wiki.corp/runbooks/{alert}"
            }
        ),
    ]
    """Where people on call read what to do; `{alert}` becomes the alert's name."""
    grafana_url: Annotated[
        str,
        StringConstraints(pattern=rf"^{SITE_URL}$", max_length=1024),
        Field(
            json_schema_extra={
                "allowed": "a URL with its https:// and no slash at its end, such as "
                "https://grafana.corp"
            }
        ),
    ]
    """Address of Grafana, to which alerts lead."""
    grafana_folder: Text = "Models"
    """Folder of the dashboards, as the sidecar of Grafana's chart reads it."""
    monitor_labels: Tags = Field(default={})
    """Labels by which the Prometheus selects monitors and rules, such as `release` and the name of
    kube-prometheus-stack's release. Default: none."""
    alert_labels: dict[_LabelName, _LabelText] = Field(
        default={},
        json_schema_extra={"allowed": "names of letters, digits and _, texts without braces"},
    )
    """Labels of every alert, by which Alertmanager finds who is told. Default: none."""
    owner: OneLine | None = None
    """Team that answers for the GPU nodes, which alerts on them name. Default: that of the first
    pool."""
    namespace: DnsLabel = "kube-system"
    """Namespace of the rules and the dashboard of GPUs, which exists."""
    router_token_secret: DnsLabel | None = None
    """Secret in the models' namespaces, by whose key `token` Prometheus may read what endpoint
    pickers tell. Of a language model with `prefill_replicas` nothing else knows how long a whole
    answer takes, and its first token. Default: they are not asked."""
    scrape_seconds: Whole = Field(default=30, ge=5, le=60)
    """Seconds from one scrape to the next."""
