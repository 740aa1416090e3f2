"""`serving:index:VertexDeployedModel`: a model is deployed to a Vertex AI endpoint.

Without traffic at first: VertexTrafficSplit gives it. The id on the endpoint is given or made of
what cannot change in place, so that a replacement is another one and an earlier run's deployment is
found again. Replica bounds and metrics are changed in place; how many replicas there are between
the bounds is the autoscaler's.

Source: EndpointService in the v1 client of google-cloud-aiplatform.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.errors import NotReadyError, ProviderError
from provider.gcp.vertex import VertexError
from provider.gcp.vertex_deployed_model_api import deployed_of, inputs_of, same_model
from provider.gcp.vertex_deployed_model_inputs import (
    DEFAULT_TIMEOUT_SECONDS,
    DEFAULTS,
    MUTABLE,
    REPLACES,
    deployed_id,
)
from provider.gcp.vertex_inputs import PEERED_PAGE, endpoint_name, mapped, place, settled, short
from provider.gcp.vertex_resource import StoppedError, VertexResource, Wait, kind_of
from provider.input_checks import shown
from provider.resource import Read
from provider.waiting import Report

# What a deployed model is, but for how it is named and where.
_FACTS: Final = tuple(
    key
    for key in REPLACES
    if key not in {"project", "region", "endpoint", "deployedModelId", "model"}
)


class VertexDeployedModel(VertexResource):
    """Create, read, update and delete in any project and region."""

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """As `Resource` says: an earlier run's deployment is taken, though it still runs."""
        found = await self._live(inputs, deployed_id(inputs), timeout_seconds, report)
        return f"{endpoint_name(inputs)}/{found['deployedModelId']}", found

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; `inputs` are the ones in state, empty for an import.

        An import names the endpoint and the id on it: `projects/…/endpoints/e/1234567890`.
        """
        name, _, wanted = resource_id.rpartition("/")
        where = place(name)
        if not where:
            raise ProviderError(
                f"got the id {resource_id}; use projects/…/locations/…/endpoints/…/<id on it>"
            )
        endpoint = await self.get("GetEndpoint", str(where["region"]), {"name": name})
        found = _deployed(endpoint or {}, wanted)
        if found is None:
            return None
        live = inputs_of(found, str(where["project"]))
        now: dict[str, object] = {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS}
        if inputs:
            now |= _refreshed(inputs, live, found)
        else:
            now |= {**where, "endpoint": short(name), "deployedModelId": wanted, **live}
        return now, _outputs(now, found)

    async def update(
        self,
        resource_id: str,
        before: Mapping[str, object],  # noqa: ARG002 - what is live decides
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """As `Resource` says; goes on with a deployment that an earlier run did not see end."""
        return await self._live(inputs, short(resource_id), timeout_seconds, report)

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """Undeploy it. What gets traffic is kept while another model is deployed that gets less.

        One that gets less hands its share over to the one that gets the most, in the same call;
        that one goes last. So a `destroy` ends, and no request is refused before it does.
        """
        region, mine = str(state["region"]), short(resource_id)
        wait = self._wait(state, mine, timeout_seconds, report)
        name, looks = resource_id.rpartition("/")[0], 0
        while True:
            endpoint = await self.get("GetEndpoint", region, {"name": name})
            if endpoint is None or _deployed(endpoint, mine) is None:
                return
            split = _without(endpoint, mine)
            if split is None:
                looks += 1
                running = await self.running(region, name)
                if not running and looks > self.patience:
                    raise ProviderError(_kept(endpoint, mine))
                await wait.step("waits for the other models of the endpoint to go")
                continue
            request = {"endpoint": name, "deployedModelId": mine, "trafficSplit": split}
            try:
                operation = await self.once("UndeployModel", region, request)
            except VertexError as error:
                if error.code != "NOT_FOUND":
                    await wait.refused(error)
                continue
            await self.ended(region, operation, wait)

    def _wait(
        self, inputs: Mapping[str, object], mine: str, timeout: float, report: Report
    ) -> Wait:
        what = f"deployed model {mine} of endpoint {short(inputs['endpoint'])}"
        seconds = inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS
        return self.wait(what, seconds, timeout, report)

    async def _live(
        self, inputs: Mapping[str, object], mine: str, seconds: float, report: Report
    ) -> dict[str, object]:
        """Deploy it if it is not there, change in place what differs; the outputs."""
        wait = self._wait(inputs, mine, seconds, report)
        try:
            found = await self._deploy(inputs, mine, wait)
            if changed := await self._mutate(inputs, found, wait):
                found = changed
        except StoppedError as error:
            kept = {**inputs, "deployedModelId": mine, "modelVersionId": ""}
            raise NotReadyError(str(error), f"{endpoint_name(inputs)}/{mine}", kept) from error
        return _outputs(inputs, found)

    async def _deploy(self, inputs: Mapping[str, object], mine: str, wait: Wait) -> dict[str, Any]:
        region, name = str(inputs["region"]), endpoint_name(inputs)
        while True:
            endpoint = await self.get("GetEndpoint", region, {"name": name})
            if endpoint is None:
                raise ProviderError(
                    f"endpoint: there is no endpoint {name}. Was it deleted by hand? "
                    "`pulumi refresh`, then `up`, makes it again"
                )
            found = _deployed(endpoint, mine)
            if found is not None:
                _require_own(found, inputs, mine)
            if running := await self.running(region, name):
                # An earlier run's, or another model's: an endpoint takes one change at a time.
                await wait.step(f"{kind_of(running[0])} runs on the endpoint")
                continue
            if found is not None:
                return found
            _require_room(endpoint, name)
            request = {"endpoint": name, "deployedModel": deployed_of(inputs, mine)}
            try:
                operation = await self.once("DeployModel", region, request)
            except VertexError as error:
                await wait.refused(error)
                continue
            try:
                await self.ended(region, operation, wait)
            except VertexError as error:
                raise ProviderError(
                    f"model {short(inputs['model'])} was not deployed to endpoint {short(name)}: "
                    f"{error.code}: {error.reason.rstrip('.')}. Vertex AI took it away again; what "
                    "served before still does. The container's log in Cloud Logging says why it "
                    "does not start"
                ) from error

    async def _mutate(
        self, inputs: Mapping[str, object], found: Mapping[str, Any], wait: Wait
    ) -> dict[str, Any] | None:
        """Change bounds, metrics and logging where they differ; None when nothing does."""
        region, name = str(inputs["region"]), endpoint_name(inputs)
        differ = _differing(found, inputs)
        if not differ:
            return None
        mine = str(found["id"])
        asked = deployed_of(inputs, mine)
        dedicated = mapped(asked.get("dedicatedResources"))
        model: dict[str, Any] = {"id": mine}
        paths: list[str] = []
        for key in differ:
            if key == "disableContainerLogging":
                model[key] = bool(inputs.get(key))
                paths.append(key)
            else:
                resources = model.setdefault("dedicatedResources", {})
                resources |= {key: dedicated[key]} if key in dedicated else {}
                paths.append(f"dedicatedResources.{key}")
        request = {"endpoint": name, "deployedModel": model, "updateMask": ",".join(paths)}
        while True:
            await wait.report(f"changes {', '.join(differ)}")
            try:
                operation = await self.once("MutateDeployedModel", region, request)
            except VertexError as error:
                await wait.refused(error)
                continue
            await self.ended(region, operation, wait)
            endpoint = await self.call("GetEndpoint", region, {"name": name})
            return _require_changed(_deployed(endpoint, mine), inputs, mine)


def _deployed(endpoint: Mapping[str, Any], mine: str) -> dict[str, Any] | None:
    for each in map(mapped, cast(list[Any], endpoint.get("deployedModels", []))):
        if each.get("id") == mine:
            return each
    return None


def _differing(found: Mapping[str, Any], inputs: Mapping[str, object]) -> list[str]:
    """What changes in place, and is not as asked."""
    live = inputs_of(found, str(inputs["project"]))
    return [key for key in MUTABLE if not _same(key, inputs.get(key), live.get(key))]


def _require_changed(
    found: dict[str, Any] | None, inputs: Mapping[str, object], mine: str
) -> dict[str, Any]:
    """What is live after a change must be what was asked for."""
    differ = _differing(found, inputs) if found is not None else []
    if found is None or differ:
        live = f"{', '.join(differ)} as before" if differ else "nothing of that id"
        raise ProviderError(
            f"deployed model {mine}: Vertex AI ended the change without an error, and has {live}. "
            "Something else changes this endpoint; stop it and run `up` again"
        )
    return found


def _same(key: str, asked: object, live: object) -> bool:
    if asked is None and key == "requiredReplicaCount":
        # Without one the service takes the fewest.
        return True
    return settled(asked) == settled(live)


def _require_room(endpoint: Mapping[str, Any], name: str) -> None:
    there = [
        str(mapped(each)["id"]) for each in cast(list[Any], endpoint.get("deployedModels", []))
    ]
    if endpoint.get("network") and there:
        raise ProviderError(
            f"endpoint {short(name)} is in a peered network and serves one model, {there[0]} now "
            f"({PEERED_PAGE}): it must go first, as with the option `delete_before_replace`"
        )


def _without(endpoint: Mapping[str, Any], mine: str) -> dict[str, int] | None:
    """The traffic once this one is gone, empty where it need not be said.

    None while it cannot go: it gets the most, and others are deployed. Of two that get the same
    either goes first.
    """
    split = {key: int(value) for key, value in mapped(endpoint.get("trafficSplit")).items()}
    models = map(mapped, cast(list[Any], endpoint.get("deployedModels", [])))
    others = {str(each["id"]) for each in models} - {mine}
    if not split.get(mine) or not others:
        return {}
    most = max(split, key=lambda each: (split[each], each != mine, each))
    if most == mine:
        return None
    return {
        **{key: share for key, share in split.items() if key != mine},
        most: split[most] + split[mine],
    }


def _kept(endpoint: Mapping[str, Any], mine: str) -> str:
    split = mapped(endpoint.get("trafficSplit"))
    others = [
        str(mapped(each)["id"])
        for each in cast(list[Any], endpoint["deployedModels"])
        if mapped(each)["id"] != mine
    ]
    return (
        f"deployed model {mine} gets {split[mine]} % of the requests, the most of all, and "
        f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} deployed beside it. Move its "
        "traffic first (VertexTrafficSplit), or take the others away first"
    )


def _require_own(found: Mapping[str, Any], inputs: Mapping[str, object], mine: str) -> None:
    """What has the id must be what was asked for."""
    live = inputs_of(found, str(inputs["project"]))
    told = [
        f"{key}: {shown(live.get(key))} is live, {shown(inputs.get(key))} was asked"
        for key in _FACTS
        if settled(live.get(key)) != settled(inputs.get(key))
    ]
    if not same_model(str(inputs["model"]), found):
        told.insert(0, f"model: {live['model']} is live, {inputs['model']} was asked")
    if told:
        raise ProviderError(
            f"deployedModelId: {mine} is deployed already, and is another one: {'; '.join(told)}. "
            "Leave deployedModelId out, or take another one"
        )


def _outputs(inputs: Mapping[str, object], found: Mapping[str, Any]) -> dict[str, object]:
    return {
        **inputs,
        "deployedModelId": str(found["id"]),
        "modelVersionId": str(found.get("modelVersionId", "")),
    }


def _refreshed(
    known: Mapping[str, object], live: Mapping[str, object], found: Mapping[str, Any]
) -> dict[str, object]:
    """The inputs in state with what drifted: bounds, metrics, logging; or all, if it is another."""
    now = dict(known)
    for key in (*MUTABLE, *_FACTS):
        default = DEFAULTS.get(key)
        if not _same(key, known.get(key, default), live.get(key, default)):
            now[key] = live.get(key)
    if not same_model(str(known.get("model")), found):
        now["model"] = live["model"]
    return {key: value for key, value in now.items() if value is not None}
