"""What a case is, and the few words that the tables are written in."""

from dataclasses import dataclass, field
from typing import Any

from policies import Resource

# Wire form, written out here: the tables must not follow a slip in policies/properties.py.
SIGNATURE = "4dabf18193072939515e22adb298388d"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_OBJECT = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"
DIGEST = "sha256:" + "0" * 64
COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775"


def secret(value: object) -> dict[str, object]:
    """A Pulumi secret in wire form."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value}


@dataclass(frozen=True)
class Case:
    """One resource (or, with `others`, one stack) and the paths at which the rule speaks."""

    rule: str
    name: str
    type: str
    properties: dict[str, Any]
    faults: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    others: tuple[Resource, ...] = ()
    # Names of `others` that each property is computed from.
    of: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    preview: bool = True
    # Pulumi's option.
    protect: bool = False
    # Part of the finding's text, where the wording matters (units, counts).
    says: str = ""

    @property
    def id(self) -> str:
        """For pytest."""
        return f"{self.rule}-{self.name.replace(' ', '_')}"

    def resource(self, properties: dict[str, Any] | None = None, type_: str = "") -> Resource:
        """The resource under test."""
        return resource(
            "subject",
            type_ or self.type,
            self.properties if properties is None else properties,
            of=self.of,
            protect=self.protect,
        )

    def config(self, **more: object) -> dict[str, Any]:
        """All other rules are silent."""
        level = {"enforcementLevel": "mandatory"}
        return {"all": "disabled", self.rule: level | self.settings} | more


def resource(
    name: str,
    type_: str,
    properties: dict[str, Any],
    *,
    of: dict[str, tuple[str, ...]] | None = None,
    protect: bool = False,
) -> Resource:
    """A resource of a stack; `of`: names of the resources that each property is computed from."""
    deps = {key: tuple(map(urn, names)) for key, names in (of or {}).items()}
    return Resource(
        type=type_,
        urn=urn(name),
        name=name,
        properties=properties,
        dependencies=tuple({one for names in deps.values() for one in names}),
        property_dependencies=deps,
        protect=protect,
    )


def urn(name: str) -> str:
    """Short on purpose: no rule reads a URN."""
    return f"urn:pulumi:dev::model-serving::x:y/z:Z::{name}"
