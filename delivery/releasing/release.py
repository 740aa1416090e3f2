"""`serving release`: an environment is to serve a version that nobody has served yet."""

from delivery import project
from delivery.editing.checked import checked
from delivery.editing.files import edit
from delivery.failure import Failure
from delivery.promoting.lines import affected, candidate_lines, lines
from delivery.promoting.standing import Standing, layers, named, standing
from delivery.releasing.proposal import Proposal, propose
from stacks.served import Record, same

__all__ = ["release"]


def release(
    model: str,
    environment: str,
    *,
    uri: str,
    version: str,
    digest: str | None,
    image: str | None,
    percent: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Change the lines by which the environment serves the version, and show them.

    Without `percent` it becomes the stable model there, without a candidate; with one a candidate
    that gets so many percent of the requests.

    Raises:
        Failure: no such environment or model, or settings that would be wrong.
    """
    folder = project.root()
    now = standing(folder, environment, model)
    wanted = _wanted(now, uri, version, digest, image)
    _refuse_other_bytes(now, wanted)
    as_it_is = same(now.stable, wanted) and now.candidate is None
    if percent is not None:
        as_it_is = (
            now.candidate is not None
            and same(now.candidate, wanted)
            and now.settings.canary_percent == percent
        )
    if as_it_is:
        says = f"{model} {named(wanted)} is in the settings of {environment} already"
        found = Proposal("done", says, model, environment, wanted, percent)
        return propose(folder, found, dry_run=dry_run, yes=yes, as_json=as_json)
    where = layers(folder, model)
    if percent is None:
        edits = edit(folder, lines(where, model, environment, wanted, None))
        reached = affected(where, environment, None) or [environment]
    else:
        edits = edit(folder, candidate_lines(where, model, environment, wanted, percent))
        reached = [environment]
    checked(folder, edits, model, reached)
    share = "" if percent is None else f", {percent} % of the requests"
    found = Proposal(
        "release",
        f"{model} {version} in {environment}{share}",
        model,
        environment,
        wanted,
        percent,
        edits=edits,
    )
    return propose(folder, found, dry_run=dry_run, yes=yes, as_json=as_json)


def _wanted(now: Standing, uri: str, version: str, digest: str | None, image: str | None) -> Record:
    """The version; its framework and image are the stable one's where nobody says otherwise."""
    kept = {key: value for key, value in now.stable.items() if key in {"framework", "image"}}
    said = {"uri": uri, "version": version, "digest": digest, "image": image}
    return kept | {key: value for key, value in said.items() if value}


def _refuse_other_bytes(now: Standing, wanted: Record) -> None:
    """A version names the same bytes for good: else nobody knows what a rollback brings back."""
    for role, there in (("model", now.stable), ("candidate", now.candidate)):
        if there is None or there["version"] != wanted["version"] or same(there, wanted):
            continue
        raise Failure(
            f"{now.environment} has {now.model} {named(there)} as its {role}, and that is another "
            f"one\n"
            f"  got: {wanted['uri']} {wanted.get('digest', 'without a digest')}\n"
            f"  there: {there['uri']} {there.get('digest', 'without a digest')}\n"
            "  fix: give what was trained anew a version of its own"
        )
