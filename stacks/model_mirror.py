"""Models in the environment's own mirror: looked for before anything is registered, then copied.

See docs/adr/0029-models-copied-before-they-are-served.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import pulumi

from components.model_mirror import LookedUp, ModelCopy, RefusedCopy, look_up_copies
from components.serving_provider import ServingProvider
from stacks.allowed_code import how_to_allow, told_allowed
from stacks.refused_invoke import as_fix, asking_serving
from stacks.settings.environment import Layer
from stacks.settings.load import Settings
from stacks.settings.model_mirror import Copy, copies, copy_name, in_mirror
from stacks.settings.problems import Problem, SettingsError, shown
from stacks.settings.yaml_source import dotted

__all__ = ["Copies", "make", "mirrored", "outputs"]

Copies: TypeAlias = dict[str, list[Copy]]
"""By model: what is copied, and to where."""
_CODES: Final = {False: "MS0568", True: "MS0564"}


def mirrored(
    settings: Settings, provider: Callable[[], ServingProvider]
) -> tuple[Settings, Copies]:
    """The settings with the copies' URIs, and what has to be copied first.

    The provider is made only when something is copied.

    Raises:
        SettingsError: with every copy that is not there and cannot be made.
    """
    site = settings.site
    if site.layer is Layer.PLATFORM:
        return settings, {}
    found = {name: copies(model, name, site) for name, model in settings.models.items()}
    asked = {(name, each) for name, those in found.items() for each in those}
    if not asked:
        return settings, {}
    places = sorted(asked, key=lambda each: (each[0], each[1].uri))
    answers = _looked_up([copy for _, copy in places], provider())
    problems = [
        _refused(settings, name, copy, answer)
        for (name, copy), answer in zip(places, answers, strict=True)
        if isinstance(answer, RefusedCopy)
        and not (answer.unsafe and told_allowed(settings, name, copy.path, answer))
    ]
    if problems:
        raise SettingsError(problems)
    models = {name: in_mirror(model, name, site) for name, model in settings.models.items()}
    return replace(settings, models=models), found


def make(
    name: str, asked: Copies, provider: Callable[[], ServingProvider]
) -> list[pulumi.Resource]:
    """The copies of one model, which come before what serves it; one place is written by one."""
    # Of the first that is copied there, as a part's, and its candidate's of the same artifact.
    first = {each.uri: each for each in reversed(asked.get(name, ()))}
    return [
        ModelCopy(
            copy_name(name, each.path),
            source=each.source,
            uri=each.uri,
            digest=each.digest or None,
            pickles=each.pickles or None,
            opts=pulumi.ResourceOptions(provider=provider()),
        )
        for each in first.values()
    ]


def outputs(asked: Copies, name: str) -> Mapping[str, Any]:
    """What a stack's outputs say of a model's copies: where each is, by what was copied."""
    found = {
        dotted(each.path): {"from": each.source, "to": each.uri} for each in asked.get(name, ())
    }
    return {"copies": found} if found else {}


def _looked_up(asked: Sequence[Copy], provider: ServingProvider) -> list[LookedUp | RefusedCopy]:
    with asking_serving("no copy of a model can be looked for"):
        return look_up_copies(
            [(each.source, each.uri, each.digest, each.pickles, each.judged) for each in asked],
            provider,
        )


def _refused(settings: Settings, name: str, copy: Copy, answer: RefusedCopy) -> Problem:
    return Problem(
        settings.place(name, copy.path),
        _CODES[answer.unsafe],
        dotted(copy.path),
        f"got {shown(copy.source)}, which is to be copied to {copy.uri}, and {answer.who} said: "
        f"{answer.said}",
        fix=as_fix(answer.way_out) + how_to_allow(settings.site, answer.digest),
    )
