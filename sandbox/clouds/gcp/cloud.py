"""The stand-in of pulumi-gcp."""

import dataclasses
import os
import re
from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import override

from sandbox import capacity, seed
from sandbox.api.vertex_facts import number
from sandbox.check import Problem, nearest
from sandbox.clouds import generic
from sandbox.clouds.base import Call, Cloud, Depth, Naming, RefusedError, Scope, hexadecimal, moment
from sandbox.clouds.gcp import (
    agents,
    constraints,
    deletion,
    functions,
    gke,
    grants,
    node_pools,
    references,
    run,
    security,
    states,
    vertex,
)
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.clouds.gcp.kinds import KINDS, PLAIN
from sandbox.clouds.gcp.places import filled, place
from sandbox.clouds.gcp.references import projects
from sandbox.diff import Replaces
from sandbox.eventual import Transition
from sandbox.store import Row, Store
from sandbox.values import mapped
from sandbox.wire import UNKNOWN

__all__ = ["Gcp"]

# Source: "Changing this forces a new resource" or "Immutable" in the Terraform Google provider's
# documentation holds for these in nearly every type that has them.
_PLACES = ("location", "region", "zone")
_IDENTITY = ("name", "project", *_PLACES)
# Grants have no update: of a binding the members change, of a policy its document.
_GRANTS = (
    (re.compile("IAMMember$", re.IGNORECASE), frozenset[str]()),
    (re.compile("IAMBinding$", re.IGNORECASE), frozenset({"members"})),
    (re.compile("IAMPolicy$", re.IGNORECASE), frozenset({"policyData"})),
)


class Gcp(Cloud):
    """Projects, locations, names and references of Google Cloud."""

    provider = "gcp"
    coerces = True
    closed_enums = False
    notes_defaults = True
    live_shapes = vertex.LIVE_SHAPES

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        project = settings.get("project") or _environment("PROJECT")
        known = [identity.id for identity in store.identities("gcp_project")]
        if project is UNKNOWN or not project:
            project = known[0]
        if project not in known:
            meant = nearest(str(project), known)
            hint = f'; did you mean "{meant}"?' if meant else ""
            raise RefusedError(
                f'googleapi: Error 403: project "{project}" does not exist or these credentials'
                f" may not use it; the sandbox has {', '.join(known)}{hint}"
            )
        zone = settings.get("zone") or _environment("ZONE")
        region = settings.get("region") or _environment("REGION")
        if not isinstance(region, str) and isinstance(zone, str):
            region = zone.rpartition("-")[0]
        zoned = {**settings, **({"zone": zone} if isinstance(zone, str) else {})}
        return Scope(str(project), region if isinstance(region, str) else "", zoned)

    # ---- before anything is done ----

    @override
    def naming(self, token: str) -> Naming | None:
        kind = KINDS.get(token, PLAIN)
        if kind.naming is not None:
            return kind.naming
        if constraints.is_grant(token) or token.startswith("pulumi:"):
            return None
        return super().naming(token)

    @override
    def constraints(self, call: Call) -> list[Problem]:
        found = KINDS.get(call.token, PLAIN).constraints(call) + constraints.labels(call)
        return found + (constraints.grants(call) if constraints.is_grant(call.token) else [])

    @override
    def depth(self, token: str) -> Depth:
        kind = KINDS.get(token)
        is_grant = constraints.is_grant(token)
        points = kind is not None and bool(kind.references or kind.referring != PLAIN.referring)
        return dataclasses.replace(
            super().depth(token), references=is_grant or points, own=is_grant or kind is not None
        )

    @override
    def replaces(self, call: Call) -> Replaces:
        if (rules := self.rules.of(call.token)) is not None:
            return rules.replacements
        # A type of the beta provider alone, whose source the table was not read from.
        for name, changeable in _GRANTS:
            if name.search(call.token):
                return Replaces(everything=True, except_for=changeable)
        declared = call.declared
        found = super().replaces(call)
        if declared is None:
            return found
        return found.joined(name for name in _IDENTITY if name in declared.inputs)

    # ---- life ----

    @override
    def references(self, call: Call) -> list[Problem]:
        kind = KINDS.get(call.token, PLAIN)
        found = [*_absent_project(call), *kind.referring(call)]
        found += references.problems(call, kind.references)
        if constraints.is_grant(call.token):
            found += grants.problems(call, self._words(call))
        return found

    @override
    def doubts(self, call: Call) -> list[Problem]:
        if constraints.is_grant(call.token):
            return grants.doubts(call, self._words(call))
        return references.doubts(call, KINDS.get(call.token, PLAIN).references)

    @override
    def create(self, call: Call) -> Row:
        kind = KINDS.get(call.token, PLAIN)
        identity = self._identity(call, kind)
        identity = dataclasses.replace(identity, live=kind.live(call, identity))
        return Row(
            provider=self.provider,
            account=identity.project,
            region="",
            token=call.token,
            id=identity.id,
            name=identity.name,
            inputs=call.inputs,
            outputs=self._outputs(call, kind, identity, {}),
            live=identity.live,
        )

    @override
    def taken(self, call: Call, row: Row) -> Row | None:
        found = super().taken(call, row)
        return found or deletion.left(call, row.id)

    @override
    def overwrites(self, call: Call) -> bool:
        """Grants are read, changed and written back: one that is there already is fine."""
        return constraints.is_grant(call.token)

    @override
    def update(self, call: Call, row: Row) -> Row:
        kind = KINDS.get(call.token, PLAIN)
        words = self._words(call)
        # It stays where it is, wherever the provider works now.
        known = {**row.outputs, **row.inputs}
        there = [str(known[name]) for name in _PLACES if known.get(name)]
        at = there[0] if there else words["place"]
        identity = Identity(row.id, row.name, row.account, words["number"], at)
        identity = dataclasses.replace(identity, live=kind.live(call, identity))
        given = row.inputs.keys() | call.inputs.keys()
        kept = {name: value for name, value in row.outputs.items() if name not in given}
        outputs = self._outputs(call, kind, identity, kept)
        return row.replace(inputs=call.inputs, outputs=outputs, live=identity.live or row.live)

    @override
    def previewed(self, call: Call) -> dict[str, Any]:
        return {} if call.declared is None else self._labels(call)

    @override
    def row_of(self, call: Call, resource_id: str) -> Row | None:
        """By Pulumi's id, or by any form that an import takes."""
        # A grant's id may end with a member that is a URL itself.
        resource_id = re.sub(r"^https?://.+?/(?=projects/)", "", resource_id)
        for identity in call.store.identities("gcp_project"):
            start = f"projects/{identity.details.get('number')}/"
            if resource_id.startswith(start):
                resource_id = f"projects/{identity.id}/{resource_id.removeprefix(start)}"
        row = call.store.get(self.provider, call.token, resource_id)
        row = row or deletion.left(call, resource_id)
        if row is not None:
            return row
        if constraints.is_grant(call.token):
            # An import names the resource, the role, the member and the condition's title with
            # blanks between.
            wanted = resource_id.replace(" ", "/")
            row = call.store.get(self.provider, call.token, wanted)
            titled = call.store.below(self.provider, f"{wanted}/")
            return row or next((each for each in titled if each.token == call.token), None)
        there = place(call.token)
        for form in there.imports:
            match = re.fullmatch(form.removeprefix("^").removesuffix("$"), resource_id)
            if match is None:
                continue
            words = {**self._words(call), **match.groupdict()}
            row = call.store.get(self.provider, call.token, filled(there.id, words))
            if row is not None:
                return row
        return None

    @override
    def deletion(self, call: Call, row: Row) -> list[Problem]:
        return deletion.problems(call, row)

    @override
    def transition(
        self, call: Call, row: Row, operation: Literal["create", "update", "delete"]
    ) -> Transition | None:
        found = states.transition(call, operation)
        failure = capacity.failure(row, operation)
        return dataclasses.replace(found, failure=failure) if found and failure else found

    @override
    def recovers(self, call: Call) -> bool:
        """Another revision is not bound to be as bad as the last one."""
        return call.token == run.SERVICE and run.another_template(call)

    @override
    def placed(self, call: Call, row: Row) -> Row:
        return node_pools.placed(call, row)

    @override
    def live_problems(self, row: Row) -> list[Problem]:
        return super().live_problems(row) or vertex.live_problems(row)

    @override
    def dependents(self, call: Call, row: Row) -> list[Row]:
        """What belongs to it, and the grants on it."""
        return deletion.dependents(call, row)

    # ---- functions ----

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        answer = functions.FUNCTIONS.get(token)
        if answer is None:
            return super().invoke(token, arguments, store, scope)
        result = answer(functions.Question(arguments, store, scope))
        declared = self.function(token)
        return {name: result.get(name, arguments.get(name)) for name in declared.results}

    # ---- inside ----

    def _words(self, call: Call) -> dict[str, str]:
        """What templates of ids may name."""
        inputs = {name: str(v) for name, v in call.inputs.items() if isinstance(v, str | int)}
        project = inputs.get("project") or call.scope.account
        zone = inputs.get("zone") or str(call.scope.settings.get("zone") or "")
        region = inputs.get("region") or zone.rpartition("-")[0] or call.scope.region
        declared = call.declared.inputs if call.declared is not None else {}
        location = inputs.get("location") or zone or call.scope.region
        found = {"project": project, "location": location, "region": region, "zone": zone, **inputs}
        chosen = next((name for name in _PLACES if name in declared), "")
        account = inputs.get("accountId", "")
        return found | {
            "project": project,
            "place": found.get(chosen, ""),
            "number": _number(call, project),
            "email": f"{account}@{project}.iam.gserviceaccount.com",
            "endpoint": inputs.get("endpoint") or number(),
            "hexadecimal": hexadecimal(40),
        }

    def _identity(self, call: Call, kind: Kind) -> Identity:
        words = self._words(call)
        resource_id = self._id(call, words)
        given = call.inputs.get(kind.name)
        name = str(given or resource_id.rpartition("/")[2])
        return Identity(resource_id, name, words["project"], words["number"], words["place"])

    def _id(self, call: Call, words: dict[str, str]) -> str:
        if constraints.is_grant(call.token):
            return grants.id_of(call, words)
        if call.token == gke.POOL:
            return f"{gke.cluster_of(call)}/nodePools/{words.get('name')}"
        there = place(call.token)
        named_by_service = there.id == "{name}" and "name" not in call.inputs
        if there.id and not named_by_service:
            self._place_known(call, there.id, words)
            if found := filled(there.id, words):
                return found
        collection = filled(re.sub(r"^v\d+/|:\w+$", "", there.collection), words)
        if call.token.endswith("SecretVersion"):
            return security.next_version(call)
        if collection:
            return f"{collection}/{number()}"
        noun = call.token.rpartition(":")[2]
        middle = f"locations/{words['place']}/" if words["place"] else ""
        last = words.get("name") or hexadecimal(16)
        return f"projects/{words['project']}/{middle}{noun[0].lower()}{noun[1:]}s/{last}"

    def _place_known(self, call: Call, template: str, words: dict[str, str]) -> None:
        """Refuse where neither the resource nor the provider says where it is to be."""
        for name in _PLACES:
            declared = call.declared is not None and name in call.declared.inputs
            if f"{{{name}}}" in template and declared and not words.get(name):
                raise RefusedError(
                    f"Cannot determine {name}: set it in this resource, or set the provider's"
                    " region or zone"
                )

    def _outputs(
        self, call: Call, kind: Kind, identity: Identity, kept: Mapping[str, Any]
    ) -> dict[str, Any]:
        declared = call.declared
        outputs: dict[str, Any] = dict(kept)
        if declared is None:
            return outputs
        service = call.token.split(":")[1].split("/")[0]
        own: Any = call.inputs.get("service") or service
        known: dict[str, Any] = {
            "project": identity.project,
            "selfLink": f"https://www.googleapis.com/{service}/v1/{identity.id}",
            "createTime": kept.get("createTime") or moment(),
            "creationTimestamp": kept.get("creationTimestamp") or moment(),
            "updateTime": moment(),
            "uid": kept.get("uid") or hexadecimal(32),
            "etag": hexadecimal(16),
            "reconciling": False,
        }
        if "name" not in declared.inputs:
            known["name"] = identity.id
        for name in _PLACES:
            if name in declared.inputs and identity.place:
                known[name] = kept.get(name) or self._words(call).get(name) or identity.place
        known |= kind.outputs(call, identity)
        outputs |= {
            key: value
            for key, value in known.items()
            if key in declared.outputs and (key not in call.inputs or isinstance(value, dict))
        }
        for name in declared.outputs.keys() - declared.inputs.keys() - outputs.keys():
            if identifies := agents.identity_of(name, str(own), identity.number):
                outputs[name] = identifies
        outputs |= self._labels(call)
        return outputs | generic.computed(self.provider, declared, call.inputs, outputs)

    def _labels(self, call: Call) -> dict[str, Any]:
        """The labels with the provider's default ones and Pulumi's own."""
        declared = call.declared
        if declared is None or "effectiveLabels" not in declared.outputs:
            return {}
        name = "labels" if "labels" in declared.inputs else "resourceLabels"
        own: Any = call.inputs.get(name) or {}
        defaults: Any = call.scope.settings.get("defaultLabels") or {}
        if not isinstance(own, dict) or not isinstance(defaults, dict):
            return {"pulumiLabels": UNKNOWN, "effectiveLabels": UNKNOWN}
        labels: dict[str, Any] = {**defaults, **own}
        return {
            "pulumiLabels": labels,
            "effectiveLabels": {**labels, "goog-pulumi-provisioned": "true"},
        }


def _absent_project(call: Call) -> list[Problem]:
    """A project that a resource names must be there; what is granted elsewhere is not judged."""
    wanted: Any = call.inputs.get("project")
    if not isinstance(wanted, str) or constraints.is_grant(call.token):
        return []
    known = projects(call)
    numbers = [str(i.details.get("number")) for i in call.store.identities("gcp_project")]
    if wanted.removeprefix("projects/") in {*known, *numbers}:
        return []
    meant = nearest(wanted, known)
    hint = f'; did you mean "{meant}"?' if meant else ""
    reason = (
        f'googleapi: Error 403: project "{wanted}" does not exist or these credentials may not use'
        f" it; the sandbox has {', '.join(known)}{hint}"
    )
    return [Problem("project", reason)]


def _number(call: Call, project: str) -> str:
    for identity in call.store.identities("gcp_project"):
        if identity.id == project:
            return str(mapped(identity.details).get("number"))
    return seed.GCP_PROJECT_NUMBER


def _environment(name: str) -> str | None:
    """A setting by the variables that the provider reads, the first that is set."""
    for start in ("GOOGLE_", "GCLOUD_"):
        if found := os.environ.get(f"{start}{name}"):
            return found
    return os.environ.get(f"CLOUDSDK_{'CORE' if name == 'PROJECT' else 'COMPUTE'}_{name}")
