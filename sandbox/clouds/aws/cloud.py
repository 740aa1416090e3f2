"""The stand-in of pulumi-aws."""

import dataclasses
import os
import re
import string
import uuid
from collections.abc import Mapping
from typing import Any, Literal, cast

from typing_extensions import override

from sandbox import eventual, seed
from sandbox.check import Problem, not_in
from sandbox.clouds import generic
from sandbox.clouds.aws import (
    cloudformation,
    deletions,
    functions,
    kinds,
    node_groups,
    pending,
    pointing,
    states,
)
from sandbox.clouds.aws.access import PATIENT
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.live import LIVE
from sandbox.clouds.aws.pointers import POINTERS
from sandbox.clouds.aws.replace import replaces
from sandbox.clouds.aws.templates import filled, is_known
from sandbox.clouds.base import (
    Call,
    Cloud,
    Depth,
    Naming,
    RefusedError,
    Scope,
    hexadecimal,
    letters,
)
from sandbox.diff import Change, Replaces
from sandbox.eventual import Transition
from sandbox.schema import Library
from sandbox.store import Row, Store
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["Aws"]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_PATIENCE_SECONDS = 1.0
# Lists of instance types, and the type whose `instanceType` the vendor's model enumerates.
_INSTANCE_TYPES = {
    "aws:eks/nodeGroup:NodeGroup": ("instanceTypes", "aws:ec2/instance:Instance"),
}
_WITH_REGION = re.compile(rf"(.+)@({_REGION.pattern})")


class Aws(Cloud):
    """Accounts, regions, names, ARNs and references of AWS."""

    provider = "aws"
    coerces = True
    closed_enums = False
    notes_defaults = True

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._defaults: dict[str, Kind] = {}

    live_shapes = LIVE

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        region = settings.get("region") or _environment_region()
        if region is UNKNOWN:
            region = seed.AWS_REGION
        if not region:
            raise RefusedError(
                "no AWS region: set `region` of the provider, `pulumi config set aws:region"
                f" {seed.AWS_REGION}`, or AWS_REGION"
            )
        if not _REGION.fullmatch(str(region)):
            raise RefusedError(f'region: got "{region}"; use a region such as {seed.AWS_REGION}')
        account = self._account(settings, store)
        allowed, forbidden = settings.get("allowedAccountIds"), settings.get("forbiddenAccountIds")
        if isinstance(allowed, list) and not has_unknown(allowed) and allowed:
            ids = [str(item) for item in cast("list[Any]", allowed)]
            if account not in ids:
                raise RefusedError(
                    f"AWS account ID not allowed: {account} (the provider's allowedAccountIds are"
                    f" {', '.join(ids)}). You are about to work in another account than meant:"
                    " check your credentials and the stack's configuration"
                )
        if isinstance(forbidden, list) and account in cast("list[Any]", forbidden):
            raise RefusedError(
                f"AWS account ID not allowed: {account} is in the provider's forbiddenAccountIds"
            )
        return Scope(account, str(region), settings)

    def _account(self, settings: Mapping[str, Any], store: Store) -> str:
        role = settings.get("assumeRoles") or settings.get("assumeRole")
        arn = mapped(next(iter(listed(role)), role)).get("roleArn")
        accounts = [identity.id for identity in store.identities("aws_account")]
        if isinstance(arn, str) and arn.startswith("arn:"):
            account = arn.split(":")[4]
            if account not in accounts:
                raise RefusedError(
                    f"cannot assume IAM role {arn}: the sandbox has no account {account}, only"
                    f" {', '.join(accounts)}"
                )
            return account
        return seed.AWS_ACCOUNT if seed.AWS_ACCOUNT in accounts else accounts[0]

    # ---- names ----

    @override
    def naming(self, token: str) -> Naming | None:
        kind = kinds.KINDS.get(token)
        if kind is not None and kind.naming is not None:
            return kind.naming
        if token.startswith("pulumi:"):
            return None
        return super().naming(token)

    @override
    def depth(self, token: str) -> Depth:
        kind = kinds.KINDS.get(token)
        pointed = token in POINTERS or (kind is not None and kind.refers)
        return dataclasses.replace(
            super().depth(token), references=pointed, own=kind is not None or token in LIVE
        )

    @override
    def replaces(self, call: Call) -> Replaces:
        found = replaces(self.rules.of(call.token), call.declared)
        if call.token == cloudformation.RESOURCE:
            return found.joined([cloudformation.CREATE_ONLY])
        return found

    @override
    def relocated(self, call: Call, found: list[Change], state: Mapping[str, Any]) -> list[Change]:
        """A resource in another region is another one, whether itself or its provider moves.

        Source: `forceNewIfRegionChanges` of the Terraform AWS provider.
        """
        if call.token == cloudformation.RESOURCE:
            found = cloudformation.replacing(call, found, state)
        known = state.get("region")
        if call.declared is None or "region" not in call.declared.outputs or not known:
            return found
        elsewhere = [change for change in found if change.path != "region"]
        if call.region == known:
            return elsewhere
        return [*elsewhere, Change("region", "update", ("region",))]

    @override
    def constraints(self, call: Call) -> list[Problem]:
        found = self._kind(call.token).constraints(call) + self._instance_types(call)
        naming = self._kind(call.token).naming
        name = call.inputs.get(naming.property) if naming is not None else None
        if naming is None or not isinstance(name, str) or len(name) <= naming.max_length:
            return found
        limits = self.limits.of(call.token)
        limit = limits.paths.get(naming.property) if limits is not None else None
        if limit is None or (limit.max_length or len(name)) >= len(name):
            # Else the vendor's model has said so.
            got = f'got "{name}", {len(name)} characters; use at most {naming.max_length}'
            found.append(Problem(naming.property, got))
        return found

    # ---- life ----

    @override
    def references(self, call: Call) -> list[Problem]:
        found = self._kind(call.token).references(call)
        known = {problem.path for problem in found}
        pointers = POINTERS.get(call.token, ())
        pointed = pointing.problems(call, tuple(each for each in pointers if not each.late))
        return found + [problem for problem in pointed if problem.path not in known]

    @override
    def doubts(self, call: Call) -> list[Problem]:
        late = tuple(each for each in POINTERS.get(call.token, ()) if each.late)
        return self._kind(call.token).doubts(call) + pointing.problems(call, late)

    @override
    def patience(self, call: Call) -> float:
        """As scaled down as every time is, but long enough for another call to come through."""
        real, scale = PATIENT.get(call.token, 0.0), eventual.scale()
        return max(real * scale, _PATIENCE_SECONDS) if real and scale else 0.0

    @override
    def create(self, call: Call) -> Row:
        kind = self._kind(call.token)
        identity = self._identity(call, kind)
        return Row(
            provider=self.provider,
            account=identity.account,
            region="" if kind.is_global else identity.region,
            parent=identity.parent,
            token=call.token,
            id=identity.id,
            name=identity.name,
            inputs=call.inputs,
            outputs=self._outputs(call, kind, identity, {}),
            live=kind.live(call, identity),
        )

    @override
    def update(self, call: Call, row: Row) -> Row:
        kind = self._kind(call.token)
        identity = Identity(
            row.id, row.name, str(row.outputs.get("arn", "")), row.account, call.region, row.parent
        )
        # What an input no longer says goes, as what one says now; what only the cloud says stays.
        given = row.inputs.keys() | call.inputs.keys()
        kept = {name: value for name, value in row.outputs.items() if name not in given}
        live = kind.live(call, identity)
        return row.replace(
            inputs=call.inputs | kind.served(live),
            outputs=self._outputs(call, kind, identity, kept),
            live=live,
        )

    @override
    def taken(self, call: Call, row: Row) -> Row | None:
        within = self._kind(call.token).unique
        if within is None or not row.name:
            return super().taken(call, row)
        scope = {"account": row.account, "region": row.region}
        for other in call.store.named("aws", row.token, row.name, **scope):
            if all(other.inputs.get(name) == row.inputs.get(name) for name in within):
                return other
        return None

    @override
    def placed(self, call: Call, row: Row) -> Row:
        return node_groups.placed(call, row)

    @override
    def overwrites(self, call: Call) -> bool:
        return self._kind(call.token).overwrites

    @override
    def row_of(self, call: Call, resource_id: str) -> Row | None:
        """By Pulumi's id, or by what an import takes: `<API>/<stage>`, `<name>@<region>`."""
        kind = self._kind(call.token)
        region = call.region
        if match := _WITH_REGION.fullmatch(resource_id):
            resource_id, region = match[1], match[2]
        parent = filled(kind.parent, {}, call.inputs) if is_known(kind.parent, call.inputs) else ""
        scope = {"account": call.scope.account, "region": region}
        if parent or not kind.parent:
            row = call.store.get("aws", call.token, resource_id, parent=parent, **scope)
            if row is not None:
                return row
        rows = call.store.list("aws", call.token, **scope)
        found = [row for row in rows if self.import_id(row) == resource_id]
        if not parent:
            found = found or [row for row in rows if row.id == resource_id]
        # An id that means several is none: the import has to say more.
        return found[0] if len(found) == 1 else None

    @override
    def import_id(self, row: Row) -> str:
        kind = self._kind(row.token)
        return filled(kind.import_id, {"id": row.id, "name": row.name}, row.inputs)

    @override
    def deletion(self, call: Call, row: Row) -> list[Problem]:
        return self._kind(call.token).deletion(call, row) + deletions.refusals(call, row)

    @override
    def dependents(self, call: Call, row: Row) -> list[Row]:
        """What belongs to a function, an API, a bucket or an endpoint goes with it."""
        inputs = self._kind(call.token).parts
        gone = deletions.along(call, row)
        own = {row.id, row.name, str(row.outputs.get("arn", ""))} - {""}
        if not inputs:
            return gone
        scope = {"account": row.account, "region": row.region}
        module = row.token.split("/")[0]
        return [
            other
            for other in call.store.mentioning("aws", f"{module}/*", own, **scope)
            if other.token != row.token and any(other.inputs.get(name) in own for name in inputs)
        ]

    @override
    def volatile(self, call: Call) -> frozenset[str]:
        return self._kind(call.token).volatile(call)

    @override
    def previewed(self, call: Call) -> dict[str, Any]:
        rules = self.rules.of(call.token)
        return pending.pending(call, rules) | pending.defaults(call, rules) | self._common(call)

    @override
    def transition(
        self, call: Call, row: Row, operation: Literal["create", "update", "delete"]
    ) -> Transition | None:
        return states.transition(call, row, operation)

    # ---- functions ----

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        answer = functions.FUNCTIONS.get(token)
        if answer is None:
            return super().invoke(token, arguments, store, scope)
        result = answer(functions.Question(arguments, store, scope))
        result.setdefault("region", arguments.get("region") or scope.region)
        declared = self.function(token)
        return {name: result.get(name, arguments.get(name)) for name in declared.results}

    # ---- inside ----

    def _instance_types(self, call: Call) -> list[Problem]:
        """Those of nodes are EC2's, which the API of EKS takes as any text and then refuses."""
        path, token = _INSTANCE_TYPES.get(call.token, ("", ""))
        given = listed(call.inputs.get(path)) if path else []
        limits = self.limits.of(token) if given else None
        known = limits.paths.get("instanceType") if limits is not None else None
        values = known.values if known is not None else ()
        return [
            Problem(f"{path}[{index}]", not_in(value, values))
            for index, value in enumerate(given)
            if values and isinstance(value, str) and value not in values
        ]

    def _kind(self, token: str) -> Kind:
        found = kinds.KINDS.get(token) or self._defaults.get(token)
        if found is None:
            found = self._defaults[token] = kinds.default(token, self.library.resource(token))
        return found

    def _identity(self, call: Call, kind: Kind) -> Identity:
        known = kind.known_as(call)
        if known is not None:
            return known
        name = str(call.inputs.get(kind.name) or "") if kind.name else ""
        if not name and kind.name and (prefix := call.inputs.get(f"{kind.name}Prefix")):
            name = f"{prefix}{hexadecimal(26)}"
        words = {
            "name": name,
            "account": call.scope.account,
            "region": call.region,
            "hex10": hexadecimal(10),
            "hex17": hexadecimal(17),
            "uuid": str(uuid.uuid4()),
            "letters6": letters(6),
            "letters7": letters(7),
            "letters10": letters(10),
            "key16": letters(16, string.ascii_uppercase + string.digits),
        }
        words["arn_id"] = words["uuid"]
        if "{version}" in kind.arn:
            words["version"] = str(self._latest(call, name) + 1)
        template = kind.id
        if template == "{arn}":
            words["id"] = words["name"] or words["letters10"]
            arn = filled(kind.arn, words, call.inputs)
            return Identity(arn, name, arn, call.scope.account, call.region, "")
        resource_id = filled(template, words, call.inputs)
        if not resource_id:
            resource_id = f"{call.token.rpartition(':')[2].lower()}-{words['hex17']}"
        words["id"] = resource_id
        arn = filled(kind.arn, words, call.inputs)
        parent = filled(kind.parent, words, call.inputs)
        return Identity(resource_id, name, arn, call.scope.account, call.region, parent)

    def _latest(self, call: Call, name: str) -> int:
        """The number of the last version that is there of a name."""
        scope = {"account": call.scope.account, "region": call.region}
        rows = call.store.named(self.provider, call.token, name, **scope)
        return max((int(row.outputs.get("version") or 0) for row in rows), default=0)

    def _outputs(
        self, call: Call, kind: Kind, identity: Identity, kept: Mapping[str, Any]
    ) -> dict[str, Any]:
        filled = pending.defaults(call, self.rules.of(call.token))
        outputs = {**kept, **filled, **self._common(call)}
        if call.declared is not None and "arn" in call.declared.outputs and identity.arn:
            outputs["arn"] = identity.arn
        if kind.name and identity.name and kind.name not in call.inputs:
            outputs[kind.name] = identity.name
        outputs |= kind.outputs(call, identity)
        if call.declared is not None:
            outputs |= generic.computed(self.provider, call.declared, call.inputs, outputs)
        return outputs

    def _common(self, call: Call) -> dict[str, Any]:
        """Tags with the provider's default ones, and the region."""
        if call.declared is None:
            return {}
        outputs: dict[str, Any] = {}
        if "tagsAll" in call.declared.outputs:
            defaults = mapped(mapped(call.scope.settings.get("defaultTags")).get("tags"))
            own: Any = call.inputs.get("tags") or {}
            outputs["tagsAll"] = {**defaults, **own} if isinstance(own, dict) else own
        if "region" in call.declared.outputs:
            outputs["region"] = call.region
        return outputs


def _environment_region() -> str | None:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
