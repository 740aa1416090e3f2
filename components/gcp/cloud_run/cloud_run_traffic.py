"""Which share of the requests each revision gets, and whether it is so.

A Service makes one revision per update, of its one template. With a candidate the template is the
candidate's, and the stable revision is one that is there already: its name is kept in the stack's
state, where a candidate leaves it alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from components import held_share
from components.hooks import hook
from components.serving import Core
from facts.cloud_run import CANDIDATE_TAG, STABLE_TAG

__all__ = ["candidate_url", "guards", "settled", "stable_revision", "targets"]

_ALL: Final = 100
_BY_REVISION: Final = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"


@dataclass(frozen=True, slots=True)
class Stable:
    """The stable revision, and where what it was made of is: its model, and the archives' bucket.

    `bucket` is empty where an image runs.
    """

    revision: pulumi.Output[str]
    model: pulumi.Output[str]
    bucket: pulumi.Output[str]


def stable_revision(
    core: Core,
    newest: pulumi.Output[str],
    *,
    model: pulumi.Input[str],
    bucket: pulumi.Input[str] | None,
    needs: Sequence[str],
    parent: pulumi.Resource,
) -> Stable:
    """The revision of the stable model: the newest one, or with a candidate the one from before.

    It is noted before the service changes: what was noted and never made is refused by the guard.
    `needs` names what else it starts with that would go with its arguments.
    """
    candidate = core.candidate_version is not None
    given = {"model": model, "bucket": bucket or ""}
    record = pulumi.Stash(
        f"{core.name}-stable",
        input={
            "version": core.model_version,
            "revision": newest,
            "needs": list(needs),
            **given,
        },
        opts=pulumi.ResourceOptions(
            parent=parent,
            ignore_changes=[f"input.{key}" for key in ("revision", *given)] if candidate else [],
            hooks=pulumi.ResourceHookBinding.merge(
                held_share.guard(
                    core.name,
                    "stable",
                    lambda inputs: _noted(inputs).get("version"),
                    held_share.stable_changes,
                    has_candidate=candidate,
                ),
                _keeps_needs(core) if candidate else None,
            ),
        ),
    )
    # One that was noted before these two were has none of them.
    noted = pulumi.Output.all(given=given, noted=record.input).apply(
        lambda known: {**known["given"], **{key: v for key, v in known["noted"].items() if v}}
    )
    return Stable(*(noted[key].apply(str) for key in ("revision", "model", "bucket")))


def _keeps_needs(core: Core) -> pulumi.ResourceHookBinding:
    """Beside a candidate the stable revision starts its instances as on its first day."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        old, new = (_needs(inputs or {}) for inputs in (args.old_inputs, args.new_inputs))
        if gone := [each for each in old if each not in new]:
            raise pulumi.RunError(
                f"{core.name}: {', '.join(gone)} would go while a candidate is there, and the "
                "stable revision may start with it; keep it until the candidate is promoted or "
                "taken away"
            )

    return pulumi.ResourceHookBinding(
        before_update=[hook(f"{core.name}-stable-needs", before_update)]
    )


def _needs(inputs: Mapping[str, Any]) -> list[str]:
    """What is noted of them; nothing in a state from before they were."""
    return cast("list[str]", _noted(inputs).get("needs") or [])


def _noted(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", inputs.get("input") or {})


def targets(
    core: Core, stable: pulumi.Output[str], newest: pulumi.Output[str]
) -> list[dict[str, Any]]:
    """By name and never by `latest`: a revision gets requests when somebody says so."""
    candidate = core.candidate_version is not None
    share = core.canary_percent if candidate else 0
    found = [_target(stable, _ALL - share, STABLE_TAG)]
    return [*found, _target(newest, share, CANDIDATE_TAG)] if candidate else found


def _target(revision: pulumi.Output[str], percent: int, tag: str) -> dict[str, Any]:
    return {"type": _BY_REVISION, "revision": revision, "percent": percent, "tag": tag}


def guards(core: Core) -> pulumi.ResourceHookBinding:
    """A candidate joins only a stable revision that has been live."""
    if core.candidate_version is None:
        return pulumi.ResourceHookBinding()

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        revision = _of(args.new_inputs, STABLE_TAG)
        # What was asked for, and after a refresh is asked for still, need not be live.
        live = _shares((args.old_outputs or {}).get("trafficStatuses"))
        if isinstance(revision, str) and revision not in live:
            raise pulumi.RunError(
                f"{core.name}: a candidate beside revision {revision}, which never got requests; "
                f"{', '.join(live) or 'none'} did; {held_share.WAY_OUT}"
            )

    return pulumi.ResourceHookBinding.merge(
        held_share.refuse_to_create(core.name, "service", has_candidate=True),
        pulumi.ResourceHookBinding(
            before_update=[hook(f"{core.name}-service-update", before_update)]
        ),
    )


def _traffics(inputs: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    found = (inputs or {}).get("traffics")
    return cast("list[Mapping[str, Any]]", found) if isinstance(found, list) else []


def _of(inputs: Mapping[str, Any] | None, tag: str) -> object:
    return next((t.get("revision") for t in _traffics(inputs) if t.get("tag") == tag), None)


def settled(
    core: Core,
    uri: pulumi.Output[str],
    asked: list[dict[str, Any]],
    statuses: pulumi.Output[Any],
    conditions: pulumi.Output[Any],
) -> pulumi.Output[str]:
    """The service's address, once what is live is what was asked for.

    In a preview nothing has been done yet, and what the state says is of before.
    """
    if pulumi.runtime.is_dry_run():
        return uri
    return pulumi.Output.all(uri=uri, asked=asked, statuses=statuses, conditions=conditions).apply(
        lambda known: _checked(core, cast("Mapping[str, Any]", known))
    )


def _checked(core: Core, known: Mapping[str, Any]) -> str:
    asked = _shares(known["asked"])
    live = _shares(known["statuses"])
    if live != asked:
        raise pulumi.RunError(
            f"{core.name}: asked for {_told(asked)}, and live is {_told(live)}"
            f"{_reasons(known['conditions'])}; `up --refresh` asks again"
        )
    return str(known["uri"])


def _shares(targets_: list[Mapping[str, Any]] | None) -> dict[str, int]:
    """Percent by revision, of those that get any or have an address of their own."""
    found: dict[str, int] = {}
    for each in targets_ or []:
        name, percent = str(_get(each, "revision") or ""), int(_get(each, "percent") or 0)
        if percent or _get(each, "tag"):
            name = name.rpartition("/")[2]
            found[name] = found.get(name, 0) + percent
    return found


def _get(value: Any, key: str) -> Any:  # noqa: ANN401 - a dictionary, or the SDK's class of it
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value).get(key)
    return getattr(value, key, None)


def _told(shares: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {share} %" for name, share in sorted(shares.items())) or "nothing"


def _reasons(conditions: list[Any] | None) -> str:
    found = [str(_get(each, "message") or _get(each, "reason") or "") for each in conditions or []]
    told = "; ".join(text for text in found if text)
    return f": {told}" if told else ""


def candidate_url(core: Core, uri: str) -> str:
    """A tag's address: the service's, with the tag before it."""
    if core.candidate_version is None:
        return ""
    scheme, _, host = uri.partition("://")
    return f"{scheme}://{CANDIDATE_TAG}---{host}"
