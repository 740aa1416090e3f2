"""`serving:index:SageMakerLiveComponent`: an inference component runs what was asked, or it fails.

Cloud Control makes and deletes an inference component. It cannot be trusted with its updates: the
copies that were asked for when it was made and the way to replace them are write only, so a patch
neither has them nor can change them, and a component that SageMaker took back to its earlier model
is in service all the same. This resource asks for the rolling update itself, without a number of
copies, so that what an autoscaler has set stays, and looks at what is live afterwards.

Source: DescribeInferenceComponent, UpdateInferenceComponent and
UpdateInferenceComponentRuntimeConfig in botocore's model of the API.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from provider.aws import call
from provider.errors import ProviderError
from provider.sagemaker_live_component_inputs import DEFAULT_TIMEOUT_SECONDS
from provider.waiting import Poll, Report

__all__ = ["Components", "SageMakerLiveComponent"]

# InferenceComponentStatus in SageMaker's API model; the others are final.
_MOVING: Final = frozenset({"Creating", "Updating", "Deleting"})
_WAY_OUT: Final = (
    "Fix the model (its container's log says why it does not start) and run `up` again, or go "
    "back with `serving rollback <model>`"
)


class Components(Protocol):
    """The calls of boto3's SageMaker client that this resource makes, and no others."""

    def describe_inference_component(
        self,
        *,
        InferenceComponentName: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Status, specification and copies."""
        ...

    def update_inference_component(
        self,
        *,
        InferenceComponentName: str,  # noqa: N803
        Specification: dict[str, Any],  # noqa: N803
        **more: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Begin a rolling update to another specification."""
        ...

    def update_inference_component_runtime_config(
        self,
        *,
        InferenceComponentName: str,  # noqa: N803
        DesiredRuntimeConfig: dict[str, int],  # noqa: N803
    ) -> dict[str, Any]:
        """Ask for another number of copies."""
        ...


@dataclass(frozen=True, slots=True)
class _Live:
    """What DescribeInferenceComponent says."""

    status: str
    endpoint_name: str
    specification: dict[str, Any]
    wanted: int
    placed: int
    reason: str
    deployment: dict[str, Any]


class SageMakerLiveComponent:
    """Create, update and read against one AWS account and region."""

    def __init__(self, client: Components, *, poll: Poll | None = None) -> None:
        self._client = client
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """Bring up the first copies, at least one: without it nothing would prove that it starts.

        An autoscaler may take that one away again, where the fewest are 0.
        """
        outputs = await self._settle(inputs, {}, timeout_seconds, report, least=1)
        return str(inputs["componentName"]), outputs

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - the inputs have the name
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """Move to what is asked; copies are brought within their bounds, and otherwise kept."""
        return await self._settle(inputs, before, timeout_seconds, report, least=0)

    async def read(
        self, resource_id: str, inputs: Mapping[str, object]
    ) -> tuple[dict[str, object], dict[str, object]] | None:
        """Inputs and outputs as they are live; None when there is no such component.

        Bounds are no fact of SageMaker's: those in state are kept, and an import has the copies
        that are wanted now.
        """
        live = await self._describe(resource_id)
        if live is None:
            return None
        known = cast("dict[str, Any]", inputs.get("specification") or {})
        specification = known if known and _has(live.specification, known) else live.specification
        now: dict[str, object] = {
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            "minCopies": live.wanted,
            "maxCopies": max(1, live.wanted),
            **({"deploymentConfig": live.deployment} if live.deployment else {}),
            **inputs,
            "componentName": resource_id,
            "endpointName": live.endpoint_name,
            "specification": specification,
        }
        return now, _outputs(now, live)

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """Nothing: the component is another resource's."""

    async def _settle(
        self,
        inputs: Mapping[str, object],
        before: Mapping[str, object],
        timeout_seconds: float,
        report: Report,
        *,
        least: int,
    ) -> dict[str, object]:
        name = str(inputs["componentName"])
        seconds = timeout_seconds or cast(float, inputs["timeoutSeconds"])
        wait = _Wait(self, name, seconds, report)
        live = await wait.until(_is_final)
        _require(name, inputs, live)
        live = await self._roll(inputs, before, live, wait)
        return _outputs(inputs, await self._scale(inputs, live, wait, least))

    async def _roll(
        self,
        inputs: Mapping[str, object],
        before: Mapping[str, object],
        live: _Live,
        wait: "_Wait",
    ) -> _Live:
        """The component with the specification that was asked for."""
        name = str(inputs["componentName"])
        asked = cast("dict[str, Any]", _whole(inputs["specification"]))
        earlier = cast("dict[str, Any]", before.get("specification") or {})
        while not _as_asked(live.specification, asked, earlier):
            await wait.report(f"rolling update to {_told(asked)}")
            deployment = _whole(inputs.get("deploymentConfig"))
            more = {"DeploymentConfig": deployment} if deployment else {}
            if await self._begun(
                lambda more=more: self._client.update_inference_component(
                    InferenceComponentName=name, Specification=asked, **more
                )
            ):
                live = await wait.until(
                    _is_final, settled=lambda now: _has(now.specification, asked)
                )
                _require(name, inputs, live)
                if not _as_asked(live.specification, asked, earlier):
                    raise ProviderError(
                        f"inference component {name} still runs {_told(live.specification)}; "
                        f"asked: {_told(asked)}. SageMaker rolled the update back. "
                        f"{_reason(live)}. {_WAY_OUT}"
                    )
            else:
                live = await wait.until(_is_final)
        return live

    async def _scale(
        self, inputs: Mapping[str, object], live: _Live, wait: "_Wait", least: int
    ) -> _Live:
        """The component with a number of copies within its bounds, all of them placed."""
        name = str(inputs["componentName"])
        low = max(least, int(cast(float, inputs["minCopies"])))
        high = max(low, int(cast(float, inputs["maxCopies"])))
        while not low <= live.wanted <= high:
            copies = low if live.wanted < low else high
            await wait.report(f"from {live.wanted} to {copies} copies")
            await self._begun(
                lambda copies=copies: self._client.update_inference_component_runtime_config(
                    InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": copies}
                )
            )
            live = await wait.until(_is_final, settled=lambda now: low <= now.wanted <= high)
            _require(name, inputs, live)
        if live.placed < live.wanted:
            live = await wait.until(lambda now: _is_final(now) and _is_placed(now))
            _require(name, inputs, live)
        if live.placed < live.wanted:
            raise ProviderError(
                f"inference component {name} has {live.placed} of {live.wanted} copies in "
                f"service. {_reason(live)}. Ask for less per copy, or give the endpoint more or "
                "larger instances; if the container does not start, its log says why"
            )
        return live

    async def _begun(self, function: Callable[[], object]) -> bool:
        """Ask for an update; False when the component is busy with another one."""
        try:
            await call(function)
        except ProviderError as error:
            if "in-progress" in str(error):
                return False
            raise
        return True

    async def _describe(self, name: str) -> _Live | None:
        try:
            answer = await call(
                lambda: self._client.describe_inference_component(InferenceComponentName=name)
            )
        except ProviderError as error:
            # SageMaker has no error code of its own for this.
            if "Could not find inference component" in str(error):
                return None
            raise
        copies = cast("dict[str, int]", answer.get("RuntimeConfig") or {})
        return _Live(
            status=str(answer.get("InferenceComponentStatus", "")),
            endpoint_name=str(answer["EndpointName"]),
            specification=_specified(cast("dict[str, Any]", answer.get("Specification") or {})),
            wanted=int(copies.get("DesiredCopyCount", 0)),
            placed=int(copies.get("CurrentCopyCount", 0)),
            reason=" ".join(str(answer.get("FailureReason") or "").split()),
            deployment=cast("dict[str, Any]", answer.get("LastDeploymentConfig") or {}),
        )

    async def describe(self, name: str) -> _Live:
        """What is live; raises `ProviderError` when there is no such component."""
        live = await self._describe(name)
        if live is None:
            raise ProviderError(
                f"componentName: there is no inference component {name} in this account and "
                "region. Was it deleted by hand? `pulumi refresh`, then `up`, makes it again"
            )
        return live

    async def sleep(self, seconds: float) -> None:
        """Wait; raises `ProviderError` as soon as the update is cancelled."""
        try:
            await asyncio.wait_for(self.cancelled.wait(), seconds)
        except TimeoutError:
            return
        raise ProviderError(
            "cancelled while waiting for the inference component; SageMaker goes on by itself. "
            "Run `up` again to continue"
        )

    @property
    def poll(self) -> Poll:
        """How often the component is looked at."""
        return self._poll


class _Wait:
    """One deadline over all the waits of one operation."""

    def __init__(
        self, resource: SageMakerLiveComponent, name: str, seconds: float, report: Report
    ) -> None:
        self.report = report
        self._resource = resource
        self._name = name
        self._seconds = seconds
        self._started = time.monotonic()

    async def until(
        self,
        ready: Callable[[_Live], bool],
        *,
        settled: Callable[[_Live], bool] = lambda _: True,
    ) -> _Live:
        """The component once it is ready.

        One that is ready and not yet settled is looked at again before it is believed: what was
        just updated can for a moment still be described as it was before.
        """
        delay, doubts = self._resource.poll.first_seconds, 0
        while True:
            live = await self._resource.describe(self._name)
            if ready(live):
                if settled(live) or doubts >= self._resource.poll.settle_looks:
                    return live
                doubts += 1
            passed = time.monotonic() - self._started
            if passed + delay > self._seconds:
                raise ProviderError(
                    f"inference component {self._name} was not ready after {self._seconds:g} s: "
                    f"it is {live.status} with {live.placed} of {live.wanted} copies. "
                    f"{_reason(live)}. SageMaker goes on by itself: run `up` again to wait "
                    "longer, or raise `timeoutSeconds`"
                )
            await self.report(
                f"{live.status}, {live.placed} of {live.wanted} copies, {passed:.0f} s of at most "
                f"{self._seconds:g} s"
            )
            await self._resource.sleep(delay)
            delay = min(delay * self._resource.poll.growth, self._resource.poll.longest_seconds)


def _is_final(live: _Live) -> bool:
    return live.status not in _MOVING


def _is_placed(live: _Live) -> bool:
    """Whether all copies are there, or SageMaker has said that they will not be."""
    return live.placed >= live.wanted or live.reason != ""


def _require(name: str, inputs: Mapping[str, object], live: _Live) -> None:
    if live.status != "InService":
        raise ProviderError(
            f"inference component {name} is {live.status}; asked: "
            f"{_told(cast('dict[str, Any]', inputs['specification']))} in service. "
            f"{_reason(live)}. {_WAY_OUT}"
        )
    if live.endpoint_name != inputs["endpointName"]:
        raise ProviderError(
            f"inference component {name} is on endpoint {live.endpoint_name}; asked: "
            f"{inputs['endpointName']}. SageMaker moves no component: delete it there, or give "
            "this one another name"
        )


def _specified(summary: dict[str, Any]) -> dict[str, Any]:
    """What is described, as it is asked for."""
    container = cast("dict[str, Any]", summary.get("Container") or {})
    if "DeployedImage" not in container:
        return summary
    image = cast("dict[str, Any]", container["DeployedImage"]).get("SpecifiedImage")
    rest = {key: value for key, value in container.items() if key != "DeployedImage"}
    return {**summary, "Container": {**rest, "Image": image}}


def _as_asked(live: object, asked: object, earlier: object) -> bool:
    """Whether what is live has all that is asked, and nothing that is asked no longer.

    SageMaker fills in what nobody asked for.
    """
    if not _has(live, asked):
        return False
    now, wanted = _mapped(live), _mapped(asked)
    return all(
        key in wanted and _as_asked(now[key], wanted[key], value)
        for key, value in _mapped(earlier).items()
        if key in now
    )


def _mapped(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _whole(value: object) -> object:
    """Numbers travel to a provider as doubles; SageMaker's client takes 4096.0 for no integer."""
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_whole(item) for item in cast("list[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _has(live: object, asked: object) -> bool:
    if isinstance(asked, Mapping):
        now = _mapped(live)
        wanted = cast("Mapping[str, object]", asked)
        return all(key in now and _has(now[key], value) for key, value in wanted.items())
    return live == asked


def _outputs(inputs: Mapping[str, object], live: _Live) -> dict[str, object]:
    return {**inputs, "status": live.status, "liveCopies": live.wanted}


def _told(specification: Mapping[str, Any]) -> str:
    """The model, and what a copy gets."""
    container = cast("Mapping[str, Any]", specification.get("Container") or {})
    model = specification.get("ModelName") or container.get("Image") or "nothing"
    needs = cast("Mapping[str, Any]", specification.get("ComputeResourceRequirements") or {})
    amounts = ", ".join(f"{key} {value:g}" for key, value in sorted(needs.items()))
    return f"model {model} ({amounts})" if amounts else f"model {model}"


def _reason(live: _Live) -> str:
    if live.reason:
        return f"FailureReason: {live.reason.rstrip('.')}"
    return "SageMaker gives no FailureReason; see the alarms of its deployment configuration"
