"""What to do about something that exists already: how Pulumi takes it over."""

import shlex

from sandbox.clouds.base import Call, Cloud
from sandbox.store import Row

__all__ = ["advice"]


def advice(cloud: Cloud, call: Call, taken: Row, provider: str) -> str:
    """Why a creation is refused, and the ways out.

    `provider` is the URN of the provider that the resource has, empty if it is not known.
    """
    place = f"{taken.account} {taken.region}".strip()
    found = cloud.import_id(taken)
    return (
        f"{call.token} {taken.name or taken.id} exists already in {place}: choose another name, or"
        f" take it over with {_command(cloud, call, found, provider)}"
    )


def _command(cloud: Cloud, call: Call, found: str, provider: str) -> str:
    if "$" in call.urn.split("::")[2]:
        # `pulumi import` must be told the parent, whose name is not in the URN. The engine writes
        # a file that has parents and providers of everything that it would create.
        return (
            "`pulumi preview --import-file import.json`: keep the entry of"
            f' {call.logical_name} in "resources" with its parents, set its "id" to {found}, and'
            " run `pulumi import --file import.json --protect=false`"
        )
    words = ["pulumi", "import", call.token, call.logical_name, found]
    # One that the engine made itself is what an import uses anyway.
    if provider and not provider.rpartition("::")[2].startswith("default"):
        words += ["--provider", f"{cloud.provider}={provider}"]
    return f"`{shlex.join(words)}`"
