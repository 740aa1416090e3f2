"""What is written when a model goes: that it may be deleted, and then no file of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from delivery import project
from delivery.editing.checked import checked
from delivery.editing.edit import Append, Remove
from delivery.editing.files import Edit, edit, removal
from delivery.editing.scalars import Value
from delivery.failure import Failure
from delivery.promoting.standing import layers
from delivery.protection import taken_away
from delivery.retiring.place import Place
from stacks.settings.files import stack_file

__all__ = ["allowed", "deleted"]

# From the step that lets a model go until the one that deletes it.
_DAYS_TO_DELETE: Final = 14


def allowed(folder: Path, place: Place, known: str, today: date) -> list[Edit]:
    """An entry for the model, and for the namespace that would go with it."""
    file = stack_file(place.name)
    for each in place.settings.site.allow_deletion:
        if each.name == place.model:
            raise Failure(
                f"{file}: allow_deletion has an entry for {place.model} that ended on "
                f"{each.expires}\n  fix: take it out, or write a later `expires`"
            )
    instead = f"; {place.replacement} takes its place" if place.replacement else ""
    gone = deleted(folder, place.model)
    after = checked(folder, gone, None, [place.name])[place.name]
    losses = taken_away(after, place.resources or (), today=today)
    names = [place.model, *(each.name for each in losses if not each.allowed)]
    entries: list[dict[str, Value]] = [
        {
            "name": name,
            "reason": f"retired: {known}{instead}",
            "owner": place.settings.models[place.model].owner,
            "expires": (today + timedelta(days=_DAYS_TO_DELETE)).isoformat(),
        }
        for name in dict.fromkeys(names)
    ]
    path = ("config", "model-serving:allow_deletion")
    return edit(folder, {Path(file): [Append(path, each) for each in entries]})


def deleted(folder: Path, model: str) -> list[Edit]:
    """Its file, and its entry in each environment, which would be about nothing."""
    entry = Remove(("config", "model-serving:models", model))
    files = {Path(stack_file(each)): [entry] for each in project.environments(folder)}
    return [*edit(folder, files), removal(folder, layers(folder, model).file)]
