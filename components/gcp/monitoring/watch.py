"""All that watches one model on Google Cloud beside its two policies at the bounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pulumi

from components.gcp.monitoring.asked import Asked
from components.gcp.monitoring.burn_rate_policies import burn_rate_policies
from components.gcp.monitoring.dashboard import dashboard_url, model_dashboard
from components.gcp.monitoring.indicators import Objective, indicators, objectives
from components.gcp.monitoring.measured import Measured, Watched
from components.gcp.monitoring.policies import About, PolicyScope
from components.gcp.monitoring.uses import Use, use_policies
from components.monitoring import rollout_said
from components.serving import Core, window_word
from facts import tags

__all__ = ["Watch", "shown_at", "watch"]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told, and where it is."""

    asked: Asked
    service_id: str
    """What the service of the objectives is called: no other model of the project has it."""
    project: pulumi.Input[str]
    labels: dict[str, str]
    channels: Sequence[pulumi.Input[str]]
    page_channels: Sequence[pulumi.Input[str]]
    parent: pulumi.Resource


def watch(
    core: Core,
    how: Watch,
    *,
    measured: Measured,
    watched: Watched,
    uses: Iterable[Use],
    unwatched: Sequence[str] = (),
) -> About | None:
    """Objectives, policies and a dashboard, as they are asked for.

    Args:
        core: the model's arguments.
        how: who is told, and where it is.
        measured: filters of requests and latencies.
        watched: the monitored resource.
        uses: what fills up.
        unwatched: what fills up and nothing tells of, for people.

    Returns:
        What every policy says beside its own; None where nothing of this is asked for, and the
        policies at the bounds say what they always did.
    """
    asked, of = how.asked, core.physical_name
    if not asked.described:
        return None
    full = list(uses)
    # Another window changes what is of it, and not what is full.
    of_window = {**how.labels, **tags.google(window_word(asked.slo))}
    found: list[Objective] = []
    if asked.objectives:
        found = objectives(
            core.name,
            how.service_id,
            of,
            indicators(asked.slo, measured),
            asked.slo.window_days,
            how.project,
            of_window,
            how.parent,
        )
    url = None
    if asked.dashboard:
        made = model_dashboard(
            core.name,
            of,
            core.owner,
            asked,
            found,
            measured,
            watched,
            full,
            how.project,
            how.parent,
        )
        url = dashboard_url(made, how.project)
    about = About(core.owner, asked.runbook_url, url, rollout_said(core))
    if asked.burn_rates:
        scope = PolicyScope(
            core.name,
            of,
            how.project,
            how.labels,
            how.parent,
            how.channels,
            how.page_channels,
            about,
        )
        burning = replace(scope, labels=of_window)
        burn_rate_policies(burning, found, asked.slo.window_days)
        use_policies(scope, full)
        for each in unwatched:
            pulumi.log.warn(each, how.parent)
    return about


def shown_at(about: About | None) -> pulumi.Output[str]:
    """Where the dashboard is; empty where there is none."""
    url = about.dashboard_url if about is not None else None
    return url if url is not None else pulumi.Output.from_input("")
