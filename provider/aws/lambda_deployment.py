"""`serving:index:LambdaDeployment`: a Lambda alias moves to a version, or this fails.

With a CodeDeploy deployment group the alias is CodeDeploy's to move, but no official provider
starts a deployment. This resource starts one, or goes on with the one that an earlier run began;
waits for its end; and fails when the alias is not at the version asked for, whatever CodeDeploy
said. It never moves the alias itself: CodeDeploy's alarms and its rollback must see the shift.

Source: GetAlias, CreateDeployment, GetDeployment and ListDeployments in botocore's API models;
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from provider.aws.clients import CodeDeploy, Lambda
from provider.aws.lambda_deployment_inputs import DEFAULT_TIMEOUT_SECONDS, identity
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Deployed
from provider.waiting import Deadline, Poll, Report

# DeploymentStatus in CodeDeploy's API model; the others are final.
_MOVING: Final = ("Created", "Queued", "InProgress", "Baking", "Ready")
_TARGET: Final = re.compile(r"""["']?TargetVersion["']?\s*:\s*["']?(\d+)""")
# The creator of a deployment that takes a failed one back (DeploymentCreator).
_ROLLBACK: Final = "codeDeployRollback"
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The inputs, as they are used."""

    application: str
    group: str
    function: str
    alias: str
    target: str

    @property
    def name(self) -> str:
        """The alias as a message names it."""
        return f"{self.function}:{self.alias}"

    def app_spec(self, current: str) -> tuple[str, str]:
        """The revision that moves the alias from a version to the target, and its SHA-256."""
        properties = {
            "Name": self.function,
            "Alias": self.alias,
            "CurrentVersion": current,
            "TargetVersion": self.target,
        }
        resource = {self.function: {"Type": "AWS::Lambda::Function", "Properties": properties}}
        content = json.dumps({"version": 0.0, "Resources": [resource]})
        return content, hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Live:
    """What an alias is at: its own version, and percent of the requests by version."""

    version: str
    weights: dict[str, float]

    def serves(self, version: str) -> bool:
        """The version gets all requests."""
        return self.version == version and len(self.weights) == 1

    def __str__(self) -> str:
        if len(self.weights) == 1:
            return f"version {self.version}"
        return ", ".join(f"version {name} {share:g} %" for name, share in self.weights.items())


@dataclass(frozen=True, slots=True)
class Deployment:
    """What GetDeployment says. `target` is empty where the revision does not tell it."""

    id: str
    status: str
    target: str
    sha256: str
    is_rollback: bool
    error: str
    rollback: str
    rollback_id: str


class LambdaDeployment(Deployed):
    """Create, update and read against one AWS account and region."""

    def __init__(
        self, functions: Lambda, deployments: CodeDeploy, *, poll: Poll | None = None
    ) -> None:
        self._functions = functions
        self._deployments = deployments
        self.poll = poll or Poll()
        self.cancelled = asyncio.Event()

    def identity(self, inputs: Mapping[str, object]) -> str:
        """The name, which an import names too."""
        return identity(inputs)

    async def read(
        self, resource_id: str, inputs: Mapping[str, object]
    ) -> tuple[dict[str, object], dict[str, object]] | None:
        """Inputs and outputs as they are live; None when there is no such alias.

        `inputs` are the ones in state, empty for an import; the alias's own version takes the
        place of `targetVersion`, so that a refresh shows drift.
        """
        function, colon, alias = resource_id.partition(":")
        if not (function and colon and alias):
            raise ProviderError(f"id: got {resource_id}; use <function>:<alias>, as in iris:live")
        live = await self._alias(function, alias)
        if live is None:
            return None
        now: dict[str, object] = {
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            **inputs,
            "functionName": function,
            "aliasName": alias,
            "targetVersion": live.version,
        }
        return now, _outputs(now, live, "")

    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float = 0, report: Report
    ) -> dict[str, object]:
        """Bring the alias to the target version and return the outputs.

        `timeout_seconds` is the resource option `customTimeouts`, 0 when it is not set. Raises
        `ProviderError` when something else is live, with what was asked, what is live, why, and
        the way out.
        """
        asked = Asked(
            application=cast(str, inputs["applicationName"]),
            group=cast(str, inputs["deploymentGroupName"]),
            function=cast(str, inputs["functionName"]),
            alias=cast(str, inputs["aliasName"]),
            target=cast(str, inputs["targetVersion"]),
        )
        wait = _Wait(self, asked, timeout_seconds or cast(float, inputs["timeoutSeconds"]), report)
        live = await self.alias(asked)
        if live.serves(asked.target):
            return _outputs(inputs, live, "")

        deployment_id = await self._running_or_new(asked, wait)
        if deployment_id:
            ended = await wait.until_final(deployment_id)
            if ended.status != "Succeeded":
                raise await self._failure(asked, ended, wait)
        live = await wait.until_settled()
        if not live.serves(asked.target):
            raise ProviderError(
                f"alias {asked.name} is at {live}; asked: version {asked.target}. Deployment "
                f"{deployment_id} succeeded, so something else moved the alias since; stop it and "
                "run `up --refresh`"
            )
        return _outputs(inputs, live, deployment_id)

    async def _running_or_new(self, asked: Asked, wait: "_Wait") -> str:
        """The id of the deployment to wait for; empty when the alias has arrived meanwhile."""
        while True:
            running = await self._running(asked)
            # Looked at after the list: a deployment that has just ended is in neither otherwise.
            live = await self.alias(asked)
            if running is None:
                if live.serves(asked.target):
                    return ""
                started = await self._start(asked, live)
                if started:
                    await wait.report(f"deployment {started} moves {live} to {asked.target}")
                    return started
                # One was begun since (also by our own call, whose answer was lost): look again.
                await wait.once("CodeDeploy is busy with another deployment of the group")
            elif running.is_rollback:
                await wait.until_final(running.id)
            elif asked.target == running.target or (
                running.sha256 == asked.app_spec(live.version)[1]
            ):
                await wait.report(f"going on with deployment {running.id}")
                return running.id
            else:
                to = f"to version {running.target}" if running.target else "of another revision"
                raise ProviderError(
                    f"deployment {running.id} {to} is {running.status} in group {asked.group}; "
                    f"asked: version {asked.target}. Alias {asked.name} is at {live}. Let it end, "
                    f"or stop it ({_stop(running.id)}), then run `up`"
                )

    async def _start(self, asked: Asked, live: Live) -> str:
        """Begin a deployment; empty when the group has one already."""
        if live.version == asked.target:
            raise ProviderError(
                f"alias {asked.name} is at {live}, and no deployment of group {asked.group} runs; "
                f"asked: version {asked.target} alone. Something else set these weights; take them "
                f"away (aws lambda update-alias --function-name {asked.function} --name "
                f"{asked.alias} --routing-config AdditionalVersionWeights={{}}), then run `up`"
            )
        content, sha256 = asked.app_spec(live.version)
        try:
            answer = await call(
                lambda: self._deployments.create_deployment(
                    applicationName=asked.application,
                    deploymentGroupName=asked.group,
                    revision={
                        "revisionType": "AppSpecContent",
                        "appSpecContent": {"content": content, "sha256": sha256},
                    },
                    description=f"{asked.name} from version {live.version} to {asked.target}",
                )
            )
        except ProviderError as error:
            if "DeploymentLimitExceededException" in str(error):
                return ""
            raise ProviderError(
                f"{str(error).rstrip('.')}. Alias {asked.name} stays at {live}; asked: version "
                f"{asked.target}. Nothing was moved; run `up` again once this is put right"
            ) from error
        return str(answer["deploymentId"])

    async def _failure(self, asked: Asked, ended: Deployment, wait: "_Wait") -> ProviderError:
        if ended.rollback_id:
            # What is live is told once it is so; when that cannot be waited for, as it is now.
            with suppress(ProviderError):
                await wait.until_final(ended.rollback_id)
        live = await self.alias(asked)
        back = f"Rollback: {ended.rollback or ended.rollback_id}. " if ended.rollback_id else ""
        return ProviderError(
            f"deployment {ended.id} of {asked.name} to version {asked.target} is {ended.status}: "
            f"{ended.error}. {back}Live now: {live}. Fix the model and run `up`, which deploys a "
            f"new version; run `up` again to try version {asked.target} once more; or go back with "
            "`serving rollback <model>`"
        )

    async def _running(self, asked: Asked) -> Deployment | None:
        """The deployment that the group is busy with; CodeDeploy allows one at a time."""
        more: dict[str, str] = {}
        while True:
            answer = await call(
                lambda more=more: self._deployments.list_deployments(
                    applicationName=asked.application,
                    deploymentGroupName=asked.group,
                    includeOnlyStatuses=list(_MOVING),
                    **more,
                )
            )
            for deployment_id in cast(list[str], answer.get("deployments", [])):
                found = await self.deployment(deployment_id)
                if found.status in _MOVING:
                    return found
            if not answer.get("nextToken"):
                return None
            more = {"nextToken": str(answer["nextToken"])}

    async def deployment(self, deployment_id: str) -> Deployment:
        """What CodeDeploy says of one deployment."""
        answer = await call(lambda: self._deployments.get_deployment(deploymentId=deployment_id))
        info = cast(dict[str, Any], answer["deploymentInfo"])
        revision = cast(dict[str, Any], info.get("revision") or {})
        # CodeDeploy calls the same thing `String` in what it answers.
        spec = cast(dict[str, Any], revision.get("appSpecContent") or revision.get("string") or {})
        target = _TARGET.search(str(spec.get("content", "")))
        error = cast(dict[str, Any], info.get("errorInformation") or {})
        rollback = cast(dict[str, Any], info.get("rollbackInfo") or {})
        reason = f"{error.get('code', '')} {_one_line(error.get('message'))}".strip()
        return Deployment(
            id=deployment_id,
            status=str(info["status"]),
            target=target[1] if target else "",
            sha256=str(spec.get("sha256", "")),
            is_rollback=info.get("creator") == _ROLLBACK,
            error=reason or "CodeDeploy gives no reason; see the alarms of its deployment group",
            rollback=_one_line(rollback.get("rollbackMessage")),
            rollback_id=str(rollback.get("rollbackDeploymentId", "")),
        )

    async def alias(self, asked: Asked) -> Live:
        """What the alias is at; raises `ProviderError` when there is none."""
        live = await self._alias(asked.function, asked.alias)
        if live is None:
            raise ProviderError(
                f"aliasName: there is no alias {asked.name} in this account and region. Was it "
                "deleted by hand? `pulumi refresh`, then `up`, makes it again"
            )
        return live

    async def _alias(self, function: str, alias: str) -> Live | None:
        try:
            answer = await call(
                lambda: self._functions.get_alias(FunctionName=function, Name=alias)
            )
        except ProviderError as error:
            if "ResourceNotFoundException" in str(error):
                return None
            raise
        version = str(answer["FunctionVersion"])
        routing = cast(dict[str, Any], answer.get("RoutingConfig") or {})
        given = cast(dict[str, float], routing.get("AdditionalVersionWeights") or {})
        others = {name: round(_PERCENT * share, 2) for name, share in given.items() if share}
        rest = round(_PERCENT - sum(others.values()), 2)
        return Live(version, {version: rest, **others})


class _Wait(Deadline):
    """For an alias that CodeDeploy moves."""

    def __init__(
        self, resource: LambdaDeployment, asked: Asked, seconds: float, report: Report
    ) -> None:
        super().__init__(seconds, resource.poll, resource.cancelled, report)
        self._resource = resource
        self._asked = asked

    async def until_final(self, deployment_id: str) -> Deployment:
        """The deployment once it has ended, well or not."""
        self.begin()
        while True:
            found = await self._resource.deployment(deployment_id)
            if found.status not in _MOVING:
                return found
            live = await self._resource.alias(self._asked)
            await self.once(f"deployment {deployment_id} is {found.status}, {live}", deployment_id)

    async def until_settled(self) -> Live:
        """The alias; one that is not as asked is looked at again before it is believed."""
        self.begin()
        for _ in range(self._resource.poll.settle_looks):
            live = await self._resource.alias(self._asked)
            if live.serves(self._asked.target):
                return live
            await self.once(f"{self._asked.name} is at {live}")
        return await self._resource.alias(self._asked)

    async def once(self, now: str, deployment_id: str = "") -> None:
        """Wait one step; raises `ProviderError` at the deadline or when the update is cancelled."""
        goes_on = "Run `up` again to continue"
        if deployment_id:
            goes_on = (
                "CodeDeploy goes on by itself: run `up` again to continue, or stop it "
                f"({_stop(deployment_id)})"
            )
        late = (
            f"alias {self._asked.name} was not at version {self._asked.target} after "
            f"{self.seconds:g} s: {now}"
        )
        await self.step(now, late=late, goes_on=goes_on)


def _outputs(inputs: Mapping[str, object], live: Live, deployment_id: str) -> dict[str, object]:
    return {**inputs, "liveWeights": dict(live.weights), "deploymentId": deployment_id}


def _stop(deployment_id: str) -> str:
    return f"aws deploy stop-deployment --deployment-id {deployment_id} --auto-rollback-enabled"


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split()).rstrip(".")
