"""The provider `serving`: gives each resource's operations their plain values and clients."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeVar, cast

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    GetSchemaRequest,
    GetSchemaResponse,
    InvokeRequest,
    InvokeResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from provider import schema
from provider.aws.clients import Aws, AwsSettings
from provider.calls import call
from provider.clients import Clients
from provider.errors import HalfMadeError, NotReadyError, ProviderError, scrub
from provider.functions import FUNCTIONS
from provider.kinds import KINDS, Kind, text
from provider.ownership import Owned, Owner
from provider.resource import Resource
from provider.values import (
    UNKNOWN,
    mark,
    plain_map,
    secret_keys,
    secret_texts,
    wrap_map,
)
from provider.waiting import Poll, Report

T = TypeVar("T")
# (URN, message) → shown as the resource's status line.
Log = Callable[[str, str], Awaitable[None]]


async def _silent(_urn: str, _message: str) -> None:
    return


class ServingProvider(Provider):
    """The resources of `KINDS`."""

    def __init__(self, log: Log = _silent, *, poll: Poll | None = None) -> None:
        self._log = log
        self._poll = poll
        self._clients = Clients()
        self._running: set[Resource] = set()
        self._cancelled = False

    async def get_schema(self, request: GetSchemaRequest) -> GetSchemaResponse:  # noqa: ARG002
        """The package's schema."""
        return GetSchemaResponse(schema=schema.schema())

    async def check_config(self, request: CheckRequest) -> CheckResponse:
        """Refuse a wrong provider configuration before anything is planned with it."""
        failures: list[CheckFailure] = []
        for key, value in plain_map(request.new_inputs).items():
            if key == "allowedAccountIds":
                if value is not UNKNOWN and _accounts(value) is None:
                    failures.append(CheckFailure(key, "use a list of 12-digit AWS account ids"))
            elif key not in {"region", "profile", "version", "pluginDownloadURL"}:
                failures.append(
                    CheckFailure(key, "is no input; use region, profile, allowedAccountIds")
                )
        return CheckResponse(inputs=request.new_inputs, failures=failures)

    async def diff_config(self, request: DiffRequest) -> DiffResponse:
        """Another region, profile or account is another client, never another resource."""
        return DiffResponse(changes=request.old_state != request.new_inputs)

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Remember where to look; no call is made."""
        values = plain_map(request.args)
        self._clients = Clients(
            aws=Aws(
                AwsSettings(
                    region=text(values.get("region")),
                    profile=text(values.get("profile")),
                    allowed_account_ids=_accounts(values.get("allowedAccountIds")) or (),
                )
            )
        )
        return ConfigureResponse(
            accept_secrets=True, supports_preview=True, accept_outputs=False, accept_resources=False
        )

    async def check(self, request: CheckRequest) -> CheckResponse:
        """All problems of the inputs at once."""
        inputs, problems = _kind(request.type).inputs.check(plain_map(request.new_inputs))
        secrets = secret_texts(request.new_inputs)
        return CheckResponse(
            # What was given keeps its secrets; a null stands for the default.
            inputs={
                **wrap_map(inputs),
                **{key: one for key, one in request.new_inputs.items() if one.value is not None},
            },
            failures=[CheckFailure(path, scrub(reason, secrets)) for path, reason in problems],
        )

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """What differs between the state and what is asked."""
        kind, state = _kind(request.type), plain_map(request.old_state)
        of = kind.inputs
        found = of.changes(state, plain_map(request.new_inputs))
        if not found and kind.moved is not None:
            found = dict.fromkeys(await kind.moved(self._clients, state), False)
        return DiffResponse(
            changes=bool(found),
            replaces=[path for path, replaces in found.items() if replaces],
            stables=list(of.REPLACES),
            diffs=sorted({path.split(".")[0] for path in found}),
            detailed_diff={
                path: PropertyDiff(
                    PropertyDiffKind.UPDATE_REPLACE if replaces else PropertyDiffKind.UPDATE,
                    input_diff=False,
                )
                for path, replaces in found.items()
            },
        )

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        """Answer a function, in previews too."""
        function = FUNCTIONS.get(request.tok)
        if function is None:
            raise ProviderError(f"the package `serving` has no function {request.tok}")
        inputs = {key: one for key, one in plain_map(request.args).items() if one is not None}
        problems = function.check(inputs)
        if problems:
            return InvokeResponse(failures=[CheckFailure(*problem) for problem in problems])
        return InvokeResponse(return_value=wrap_map(await function.answer(self._clients, inputs)))

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Make live what was asked, and check that it is."""
        kind, given = _kind(request.type), request.properties
        if request.preview:
            return CreateResponse(resource_id=None, properties=_previewed(kind, given))
        inputs = plain_map(given)

        async def work(resource: Resource, report: Report) -> tuple[str, dict[str, object]]:
            return await resource.create(inputs, timeout_seconds=request.timeout, report=report)

        made, outputs = await self._work(kind, request.urn, given, work)
        return CreateResponse(
            resource_id=made, properties=mark(wrap_map(outputs), secret_keys(given))
        )

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """The same: what is live decides, not what was in state."""
        kind, given = _kind(request.type), request.news
        if request.preview:
            kept = {key: request.olds[key] for key in kind.keeps if key in request.olds}
            return UpdateResponse(properties={**_previewed(kind, given), **kept})
        inputs, before = plain_map(given), plain_map(request.olds)

        async def work(resource: Resource, report: Report) -> dict[str, object]:
            return await resource.update(
                request.resource_id,
                before,
                inputs,
                timeout_seconds=request.timeout,
                report=report,
            )

        # A vendor may repeat what it had before, too.
        outputs = await self._work(kind, request.urn, given, work, secret_texts(request.olds))
        return UpdateResponse(properties=mark(wrap_map(outputs), secret_keys(given)))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """What is live; also how a name is imported."""
        kind = _kind(request.type)
        inputs = plain_map(request.inputs)
        if kind.recalls:
            inputs = {**plain_map(request.properties), **inputs}
        secrets = secret_keys(request.inputs) | secret_keys(request.properties)
        if not request.inputs:
            secrets |= set(kind.hides)
        try:
            resource = await self._resource(kind, inputs)
            found = await resource.read(request.resource_id, inputs)
        except ProviderError as error:
            texts = [*secret_texts(request.inputs), *secret_texts(request.properties)]
            raise ProviderError(scrub(str(error), texts)) from error
        if found is None:
            return ReadResponse()
        now, outputs = found
        return ReadResponse(
            resource_id=request.resource_id,
            properties=mark(wrap_map(outputs), secrets),
            inputs=mark(wrap_map(now), secrets),
        )

    async def delete(self, request: DeleteRequest) -> None:
        """Take away what the resource made; of what another resource owns, nothing."""
        kind, state = _kind(request.type), plain_map(request.properties)
        if not kind.deletes:
            return

        async def work(resource: Resource, report: Report) -> None:
            await resource.delete(
                request.resource_id, state, timeout_seconds=request.timeout, report=report
            )

        await self._work(kind, request.urn, request.properties, work)

    async def cancel(self) -> None:
        """End every wait, also of what is about to begin one."""
        self._cancelled = True
        for resource in self._running:
            resource.cancelled.set()

    async def _work(
        self,
        kind: Kind,
        urn: str,
        properties: Mapping[str, PropertyValue],
        work: Callable[[Resource, Report], Awaitable[T]],
        secrets: Collection[str] = (),
    ) -> T:
        """Do one operation: it can be cancelled, tells its progress, and shows no secret."""
        secrets = [*secrets, *secret_texts(properties)]

        async def report(message: str) -> None:
            await self._log(urn, scrub(message, secrets))

        try:
            resource = await self._resource(kind, plain_map(properties))
            if isinstance(resource, Owned):
                resource.owner = Owner.of(urn)
            self._running.add(resource)
            if self._cancelled:
                resource.cancelled.set()
            try:
                return await work(resource, report)
            finally:
                self._running.discard(resource)
        except NotReadyError as error:
            marked = mark(wrap_map(error.outputs), secret_keys(properties))
            raise HalfMadeError(scrub(str(error), secrets), error.resource_id, marked) from error
        except ProviderError as error:
            raise ProviderError(scrub(str(error), secrets)) from error

    async def _resource(self, kind: Kind, inputs: Mapping[str, object]) -> Resource:
        # Beside the event loop: it loads a vendor's client, and can ask STS for the account.
        return await call(lambda: kind.make(self._clients, inputs, self._poll))


def _previewed(kind: Kind, given: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return mark(wrap_map(kind.inputs.preview(plain_map(given))), secret_keys(given))


def _kind(token: str) -> Kind:
    # A URN's type names the parents too: `parent$child`.
    kind = KINDS.get(token.rpartition("$")[2])
    if kind is None:
        raise ProviderError(f"the package `serving` has no resource {token}")
    return kind


def _accounts(value: object) -> tuple[str, ...] | None:
    """A list of account ids; Pulumi's SDKs send a provider's lists as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if not isinstance(value, list):
        return None
    items = cast(list[object], value)
    if not all(isinstance(item, str) and len(item) == 12 and item.isdigit() for item in items):  # noqa: PLR2004
        return None
    return tuple(cast(list[str], items))
