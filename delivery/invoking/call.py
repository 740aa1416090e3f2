"""What is asked, of which deployed model, and what was answered."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from delivery.failure import Failure
from delivery.invoking.body import Body
from delivery.state import Deployed

__all__ = ["Answer", "Asked", "Live"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and how it is to be sent."""

    body: Body
    candidate: bool = False
    path: str | None = None
    token: str | None = None
    via: str | None = None
    target_model: str | None = None
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `variant` is who answered, in the vendor's words, where it says so."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    seconds: float
    variant: str = ""
    version: str = ""

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        """The body as JSON, else as text."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")

    @property
    def members(self) -> dict[str, Any]:
        """The body where it is a JSON object; else an empty one."""
        found = self.document
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Live:
    """A deployed model, and the resources that it is made of."""

    deployed: Deployed
    resources: Sequence[Mapping[str, Any]] = field(default_factory=tuple[Mapping[str, Any], ...])

    @property
    def name(self) -> str:
        """Of the model."""
        return self.deployed.model

    @property
    def url(self) -> str:
        """Where requests go.

        Raises:
            Failure: The stack's state does not tell.
        """
        if not self.deployed.url.startswith(("http://", "https://")):
            told = self.deployed.url or "none"
            raise Failure(
                f"{self.name} has no URL that could be called: {told}\n"
                "  fix: run `serving up`, or `pulumi refresh` where the cloud gives it later"
            )
        return self.deployed.url

    def output(self, name: str) -> str:
        """One of the component's further outputs; empty where it has none."""
        for each in self.resources:
            if each.get("urn") == self.deployed.urn:
                value = cast("Mapping[str, Any]", each.get("outputs") or {}).get(name)
                return value if isinstance(value, str) else ""
        return ""

    def parts(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The component's own resources of a type, as in the stack's state."""
        for each in self.resources:
            if each.get("type") == kind and each.get("parent") == self.deployed.urn:
                yield each

    def version_of(self, word: str) -> str:
        """The model's version that `stable` or `candidate` stands for."""
        key = {"stable": "version", "candidate": "candidate_version"}.get(word, "")
        return str(self.deployed.status.get(key) or "")

    def needs_candidate(self) -> None:
        """Refuse `--candidate` where there is none.

        Raises:
            Failure: There is none.
        """
        if not self.version_of("candidate"):
            raise Failure(
                f"{self.name} has no candidate in what is deployed\n"
                "  fix: leave --candidate out, or add `candidate` to the model's file and run "
                "`serving up`"
            )
