"""`serving:index:VertexModel`: a custom model is in Vertex AI's Model Registry.

pulumi-gcp has no resource for it. An upload is a long operation: the model's id is given, or, for a
version of a model that is there, a label stands for what was uploaded, so that a run that was
killed is found again and nothing is uploaded twice.

Source: ModelService in the v1 client of google-cloud-aiplatform.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.errors import NotReadyError, ProviderError
from provider.gcp.vertex import VertexError
from provider.gcp.vertex_inputs import (
    OWN_LABEL,
    mapped,
    parent,
    place,
    settled,
    short,
    texts,
)
from provider.gcp.vertex_model_api import inputs_of, model_of
from provider.gcp.vertex_model_inputs import DEFAULT_TIMEOUT_SECONDS, REPLACES, upload_label
from provider.gcp.vertex_resource import StoppedError, VertexResource, Wait, kind_of
from provider.input_checks import shown
from provider.ownership import LABEL
from provider.resource import Read
from provider.waiting import Report

_FIRST: Final = "1"


class VertexModel(VertexResource):
    """Create, read, update and delete in any project and region."""

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """As `Resource` says: an earlier run's upload is taken, whether it runs or has ended."""
        version = await self._version(inputs, timeout_seconds, report, known=False)
        return _id(inputs, version), _outputs(inputs, version)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; `inputs` are the ones in state, empty for an import.

        An import names a model, `projects/…/locations/…/models/id`, or a version of it, `…/id@2`.
        """
        where = place(resource_id)
        if not where:
            raise ProviderError(
                f"got the id {resource_id}; use projects/…/locations/…/models/… for a model, with "
                "@ and a number behind it for a further version of one"
            )
        name, _, version = resource_id.partition("@")
        found = await self.get(
            "GetModel", str(where["region"]), {"name": f"{name}@{version or _FIRST}"}
        )
        if found is None:
            return None
        mine = {"parentModel": name} if version else {"modelId": short(name)}
        live = {**inputs_of(found), **mine, **where}
        now: dict[str, object] = {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS}
        now |= _refreshed(inputs, live) if inputs else _imported(live)
        return now, _outputs(now, str(found["versionId"]))

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - the same as its inputs name
        before: Mapping[str, object],  # noqa: ARG002 - what is live decides
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """As `Resource` says; also goes on with an upload that an earlier run did not see end."""
        return _outputs(inputs, await self._version(inputs, timeout_seconds, report, known=True))

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """As `Resource` says; a model that others have added versions to is left, and named."""
        wait = self._wait(state, timeout_seconds, report)
        region = str(state["region"])
        name, _, version = resource_id.partition("@")
        while True:
            answer = await self.get("ListModelVersions", region, {"name": name})
            versions = [mapped(each) for each in cast(list[Any], (answer or {}).get("models", []))]
            numbers = [str(each.get("versionId")) for each in versions]
            if (version or _FIRST) not in numbers:
                return
            if not version and len(numbers) > 1:
                others = ", ".join(each for each in numbers if each != _FIRST)
                raise ProviderError(
                    f"model {name} has versions that this resource did not upload: {others}. "
                    "Delete them, or keep the model: `pulumi state delete` forgets it"
                )
            try:
                operation = await self.once(
                    "DeleteModelVersion" if version else "DeleteModel",
                    region,
                    {"name": resource_id},
                )
            except VertexError as error:
                if error.code == "NOT_FOUND":
                    return
                await wait.refused(error)
                continue
            await self.ended(region, operation, wait)

    def _wait(self, inputs: Mapping[str, object], timeout: float, report: Report) -> Wait:
        what = f"model {inputs.get('modelId') or short(inputs.get('parentModel'))}"
        seconds = inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS
        return self.wait(what, seconds, timeout, report)

    async def _version(
        self, inputs: Mapping[str, object], seconds: float, report: Report, *, known: bool
    ) -> str:
        """The number of the version, which is there and as asked.

        `known`: the state knows it, so that whose it is is settled.
        """
        try:
            found = await self._ensured(inputs, self._wait(inputs, seconds, report), known=known)
        except StoppedError as error:
            if inputs.get("parentModel") is not None:
                # Its version has no number yet; the next run finds the upload by its label.
                raise
            raise NotReadyError(str(error), _name(inputs), _outputs(inputs, _FIRST)) from error
        return str(found["versionId"])

    async def _ensured(
        self, inputs: Mapping[str, object], wait: Wait, *, known: bool
    ) -> dict[str, Any]:
        """The version, uploaded if it is not there, with names, labels and aliases as asked."""
        region = str(inputs["region"])
        while (found := await self._found(inputs, known=known)) is None:
            if runs := await self._uploads(inputs):
                await wait.report("goes on with the upload that an earlier run began")
                operation = runs[0]
            else:
                await wait.report("uploading")
                try:
                    operation = await self.once(
                        "UploadModel", region, _request(inputs, self._labels(inputs))
                    )
                except VertexError as error:
                    await wait.refused(error)
                    continue
            await self.ended(region, operation, wait)
        return await self._settle(inputs, found)

    async def _found(self, inputs: Mapping[str, object], *, known: bool) -> dict[str, Any] | None:
        """The version that was uploaded for these inputs.

        Raises `ProviderError` where the id is another model's.
        """
        region, label = str(inputs["region"]), upload_label(inputs)
        if inputs.get("parentModel") is None:
            name = _name(inputs)
            found = await self.get("GetModel", region, {"name": f"{name}@{_FIRST}"})
            if found is not None:
                labels = mapped(found.get("labels"))
                if labels.get(OWN_LABEL) != label:
                    _refuse_another(name, found, inputs)
                if not known:
                    self._require_own(name, labels)
            return found
        name = str(inputs["parentModel"])
        answer = await self.call("ListModelVersions", region, {"name": name})
        for version in map(mapped, cast(list[Any], answer["models"])):
            labels = mapped(version.get("labels"))
            if labels.get(OWN_LABEL) == label and (known or self.owner.has(labels, LABEL)):
                return version
        return None

    def _labels(self, inputs: Mapping[str, object]) -> dict[str, str]:
        given = cast(dict[str, str], mapped(inputs.get("labels")))
        return {**given, OWN_LABEL: upload_label(inputs), **self.owner.marks(LABEL)}

    def _require_own(self, name: str, labels: Mapping[str, str]) -> None:
        """What has the id must have been uploaded by an earlier run of this resource."""
        if OWN_LABEL not in labels or not self.owner.has(labels, LABEL):
            mark = labels.get(LABEL, "")
            raise self.owner.refuse(f"modelId: model {name}", mark, name, "Take another modelId")

    async def _uploads(self, inputs: Mapping[str, object]) -> list[dict[str, Any]]:
        name = str(inputs.get("parentModel") or _name(inputs))
        operations = await self.running(str(inputs["region"]), name)
        return [each for each in operations if kind_of(each) == "UploadModel"]

    async def _settle(
        self, inputs: Mapping[str, object], found: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change in place what differs: one call for the model, one for the version."""
        region = str(inputs["region"])
        name = str(inputs.get("parentModel") or _name(inputs))
        version = f"{name}@{found['versionId']}"
        asked, live = _mutable(inputs), _mutable(inputs_of(found))
        differ = {key for key in asked if settled(asked[key]) != settled(live[key])}
        asked["labels"] = self._labels(inputs)
        # A further version's labels are its own, those of a model its first version's too.
        of_version = {"versionDescription", *(["labels"] if name != _name(inputs) else [])}
        for target, fields in ((name, differ - of_version), (version, differ & of_version)):
            if fields:
                model = {"name": target, **{key: asked[key] or "" for key in fields}}
                mask = ",".join(sorted(fields))
                await self.call("UpdateModel", region, {"model": model, "updateMask": mask})
        await self._name_version(inputs, version, texts(found.get("versionAliases")))
        return dict(found)

    async def _name_version(
        self, inputs: Mapping[str, object], version: str, live: list[str]
    ) -> None:
        """Give the version its aliases; `default` is taken away by giving it to another one."""
        asked = texts(inputs.get("versionAliases"))
        added = [alias for alias in asked if alias not in live]
        gone = [f"-{alias}" for alias in live if alias not in asked and alias != "default"]
        if added or gone:
            request = {"name": version, "versionAliases": [*added, *gone]}
            await self.call("MergeVersionAliases", str(inputs["region"]), request)


def _name(inputs: Mapping[str, object]) -> str:
    return f"{parent(inputs)}/models/{inputs.get('modelId')}"


def _id(inputs: Mapping[str, object], version: str) -> str:
    if inputs.get("parentModel") is None:
        return _name(inputs)
    return f"{inputs['parentModel']}@{version}"


def _outputs(inputs: Mapping[str, object], version: str) -> dict[str, object]:
    name = str(inputs.get("parentModel") or _name(inputs))
    return {**inputs, "name": name, "versionId": version, "versionName": f"{name}@{version}"}


def _mutable(inputs: Mapping[str, object]) -> dict[str, object]:
    keys = ("displayName", "description", "labels", "versionDescription")
    return {key: inputs.get(key) for key in keys}


def _request(inputs: Mapping[str, object], labels: Mapping[str, str]) -> dict[str, object]:
    model = {**model_of(inputs), "labels": dict(labels)}
    request: dict[str, object] = {"parent": parent(inputs), "model": model}
    for key, wire in (
        ("modelId", "modelId"),
        ("parentModel", "parentModel"),
        ("uploadServiceAccount", "serviceAccount"),
    ):
        if inputs.get(key) is not None:
            request[wire] = inputs[key]
    return request


def _refuse_another(name: str, found: Mapping[str, Any], inputs: Mapping[str, object]) -> None:
    """What has the id and is not by us must not be taken for what was asked."""
    live = inputs_of(found)
    immutable = [key for key in REPLACES if key not in {"project", "region", "modelId"}]
    differ = [key for key in immutable if settled(live.get(key)) != settled(inputs.get(key))]
    if differ:
        told = "; ".join(
            # What is live in the environment may be a secret that nobody here knows of.
            "env: other variables are live"
            if key == "env"
            else f"{key}: {shown(live.get(key))} is live, {shown(inputs.get(key))} was asked"
            for key in differ
        )
        raise ProviderError(
            f"modelId: there is a model {name} with something else in it: {told}. Take another "
            "modelId, or delete that model"
        )


def _imported(live: Mapping[str, object]) -> dict[str, object]:
    """The inputs of an import; that a version is the default one is nothing a program asks for."""
    aliases = [alias for alias in texts(live.get("versionAliases")) if alias != "default"]
    named = {"versionAliases": aliases} if aliases else {}
    return {**{key: value for key, value in live.items() if key != "versionAliases"}, **named}


def _refreshed(known: Mapping[str, object], live: Mapping[str, object]) -> dict[str, object]:
    """The inputs in state with what drifted; what cannot drift, and what was not given, stays."""
    now = dict(known)
    for key in ("displayName", "description", "labels", "versionDescription", "versionAliases"):
        value = live.get(key)
        if key == "versionAliases" and "default" not in texts(known.get(key)):
            value = [alias for alias in texts(value) if alias != "default"]
        if settled(value) != settled(known.get(key)):
            now[key] = value
    for key in REPLACES:
        if known.get(key) is not None and settled(live.get(key)) != settled(known[key]):
            now[key] = known[key] if key == "parentModel" else live.get(key)
    return {key: value for key, value in now.items() if value is not None}
