"""A pull request, and the commit that it ends with."""

from datetime import datetime

from delivery.github.api import GitHub


def head_time(github: GitHub, number: int, head: str) -> datetime | None:
    """When the last commit of a pull request was made; None where that is not, or no more, `head`.

    The number comes out of a job that a pull request controls: what it ran for does not.

    Raises:
        Failure: there is no such pull request.
    """
    found = github.get(f"pulls/{number}")
    if found.get("state") != "open" or found["head"]["sha"] != head:
        return None
    # A fork's commit can be read through the pull request alone.
    for each in github.pages(f"pulls/{number}/commits?per_page=100"):
        if each["sha"] == head:
            return datetime.fromisoformat(each["commit"]["committer"]["date"])
    # GitHub lists 250 commits of a pull request; of a longer one the time is when it was changed.
    return datetime.fromisoformat(found["updated_at"])
