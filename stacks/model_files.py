"""Files of models in stores, judged by names and content before anything is registered.

By the same rule as the Hub's, where the environment says `verify_references`. Of what a framework's
servers load that has no rule, and of what is packed, nobody says anything.
"""

from collections.abc import Callable, Iterator, Sequence

import pulumi

from components.model_files import Judged, judge_model_files
from components.serving_provider import ServingProvider
from facts.model_files import ARCHIVES
from facts.model_references import STORES, Reference, parse
from stacks.allowed_code import how_to_allow, told_allowed
from stacks.refused_invoke import asking_serving
from stacks.settings.artifacts import Named, artifacts, loads_pickles
from stacks.settings.load import Settings
from stacks.settings.model_mirror import copies
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, SettingsError, shown
from stacks.settings.yaml_source import dotted

__all__ = ["judge"]


def judge(settings: Settings, provider: Callable[[], ServingProvider]) -> None:
    """Look at the files of all models whose references are resolved; warn of what nobody lists.

    The provider is made only when there is something to look at.

    Raises:
        SettingsError: with every model whose files are not to be loaded, or not there.
    """
    if not settings.site.verify_references:
        return
    asked = [
        (name, artifact, pickles)
        for name, model in settings.models.items()
        for artifact in artifacts(model)
        if (pickles := _rule(model, artifact)) is not None
    ]
    if not asked:
        return
    answers = _judged([(each.uri, pickles) for _, each, pickles in asked], provider())
    problems: list[Problem] = []
    for (name, artifact, _), answer in zip(asked, answers, strict=True):
        copied = {each.path for each in copies(settings.models[name], name, settings.site)}
        if artifact.path in copied and answer.verdict != "unsafe":
            # Whether it is there says who copies it: of a copy that is made the source may be gone.
            continue
        if answer.verdict == "unlisted":
            pulumi.log.warn(
                f"{settings.place(name, artifact.path)}: {dotted(artifact.path)}: the files of "
                f"{artifact.uri} were not looked at: {answer.store}: {answer.said}"
            )
        problems += _problems(settings, name, artifact, answer)
    if problems:
        raise SettingsError(problems)


def _rule(settings: AnySettings, artifact: Named) -> bool | None:
    """Whether what serves an artifact loads nothing but pickles; None for what is not judged.

    Of archives only what leads out of them is told, whatever loads them.
    """
    place = _place(artifact.uri)
    if place is None or getattr(settings, "many_models", False):
        return None
    if artifact.uri.endswith(ARCHIVES):
        return False
    return loads_pickles(settings, artifact)


def _place(uri: str) -> Reference | None:
    found = parse(uri) if uri.startswith(("s3:", "gs:")) else None
    return found if found is not None and found.kind in STORES else None


def _judged(asked: Sequence[tuple[str, bool]], provider: ServingProvider) -> list[Judged]:
    with asking_serving("no store can be asked for a model's files"):
        return judge_model_files(asked, provider)


def _problems(settings: Settings, name: str, artifact: Named, answer: Judged) -> Iterator[Problem]:
    got = f"got {shown(artifact.uri)}, and {answer.store}: {answer.said}"
    place, key = settings.place(name, artifact.path), dotted(artifact.path)
    if answer.verdict == "missing":
        yield Problem(place, "MS0563", key, got, fix="correct the URI, or store the model there")
    if answer.verdict == "unsafe" and not told_allowed(settings, name, artifact.path, answer):
        yield Problem(
            place,
            "MS0564",
            key,
            got,
            allowed="weights in safetensors or ONNX, without code; pickles for scikit-learn alone",
            fix="convert the model and name the copy; or name the framework that serves it"
            + how_to_allow(settings.site, answer.digest),
        )
