"""Reads from the Terraform Google provider's source which API field each Pulumi input is.

`python -m sandbox.limits.gcp.extract <provider's source> <bridge-metadata.json of pulumi-gcp>`
writes `fields.json` and `sandbox/clouds/gcp/places.json`. Run it for a new version of
pulumi-gcp; neither source is needed afterwards. What it takes are facts: names of fields, URLs of
calls, forms of ids. It needs PyYAML, as Pulumi's SDK does.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from sandbox.limits.gcp.discovery import Models, limit_of
from sandbox.limits.model import ITEM, VALUE
from sandbox.schema import Library, Property, UnknownTokenError
from sandbox.values import listed, mapped

__all__ = ["main"]

_CALL = re.compile(
    r'ReplaceVars\(d, config, (?:transport_tpg\.BaseUrl\(Product, config\)\s*\+\s*)"([^"]*)"\)'
)
_ID = re.compile(r'\bid, err :?= tpgresource\.ReplaceVars(?:ForId)?\(d, config, "([^"]*)"\)')
_PROTECTED = re.compile(r'"deletion_protection": \{[^}]*?Default:\s+true', re.DOTALL)
_IMPORT = re.compile(r"ParseImportId\(\[\]string\{(.*?)\}, d, config\)", re.DOTALL)
_METHOD = re.compile(r'Method:\s*"(POST|PUT|PATCH)"')
# Kinds of descriptions whose schema has another name.
_KINDS = {"RegionInstanceTemplate": "InstanceTemplate"}
_PLACE = re.compile(r"\{\{%?([\w]+)\}\}")


def main(source: str, bridge: str) -> int:
    """Write both tables; answers the exit code."""
    document = json.loads(Path(bridge).read_text(encoding="utf-8"))
    names: dict[str, Any] = document["auto-aliasing"]["resources"]
    library, models = Library("gcp"), Models()
    fields: dict[str, Any] = {}
    places: dict[str, Any] = {}
    counted = [0, 0]
    for meta in sorted(Path(source).glob("google/services/*/*_meta.yaml")):
        described: dict[str, Any] = yaml.safe_load(meta.read_text(encoding="utf-8"))
        bridged = names.get(described["resource"])
        go = meta.with_name(re.sub(r"(_generated)?_meta\.yaml$", ".go", meta.name))
        if bridged is None or not go.exists():
            continue
        token = str(bridged["current"])
        try:
            inputs = library.resource(token).inputs
        except UnknownTokenError:
            continue
        code = go.read_text(encoding="utf-8")
        if place := _place(code, inputs):
            places[token] = place
        entry = _Type(library, models, inputs).entry(described, code)
        counted[0] += 1
        if entry is None:
            counted[1] += 1
            continue
        fields[token] = entry
    for code in sorted(Path(source).glob("google/services/*/iam_*.go")):
        if not code.name.endswith("_test.go"):
            places |= _grants(code.read_text(encoding="utf-8"), names, library)
    _write(Path(__file__).with_name("fields.json"), fields)
    _write(Path(__file__).parents[2] / "clouds" / "gcp" / "places.json", places)
    print(f"{counted[0]} types, {counted[1]} without a model; {len(places)} places")
    return 0


class _Type:
    """One resource type, while it is read."""

    def __init__(self, library: Library, models: Models, inputs: dict[str, Property]) -> None:
        self._library, self._models, self._inputs = library, models, inputs

    def entry(self, described: dict[str, Any], code: str) -> dict[str, Any] | None:
        """What the table says of the type; None where no document has its schema.

        Returns:
            `models`: `[[document, schema, method], …]`; `fields`: Pulumi's path to the API's;
            `hand`: that the provider's code is hand-written, hence may spell values otherwise.
        """
        service = str(described.get("api_service_name", "")).partition(".")[0]
        version = str(described.get("api_version", ""))
        kind = str(described.get("api_resource_type_kind", ""))
        kind = _KINDS.get(kind, kind)
        call = _first_call(code)
        found = self._models.find(service, version, kind, call.partition("?")[0])
        if not found:
            return None
        fields: dict[str, str] = {}
        for field in listed(described.get("fields")):
            api, own = field.get("api_field"), field.get("field")
            if not api or field.get("json") or field.get("provider_only"):
                continue
            path = self._path(str(own or _snake(api)))
            if path and self._limited(found, api):
                fields[path] = api
        for query, name in re.findall(r"[?&](\w+)=\{\{(\w+)\}\}", call):
            path = self._path(name)
            if path:
                fields[path] = f"?{query}"
        entry: dict[str, Any] = {"models": found, "fields": fields}
        return entry | ({"hand": True} if described.get("generation_type") != "mmv1" else {})

    def _limited(self, found: list[list[str]], api: str) -> bool:
        nodes = [self._models.field(model, api) for model in found]
        return any(node and limit_of(node) for node in nodes)

    def _path(self, own: str) -> str | None:
        """Pulumi's path of a field of Terraform's, with marks for lists and maps."""
        properties: dict[str, Property] | None = self._inputs
        path: list[str] = []
        for part in own.split("."):
            if properties is None:
                return None
            name = _named(part, properties)
            if name is None:
                return None
            path.append(name)
            declared = properties[name].type
            while declared.kind in {"array", "map"}:
                path.append(ITEM if declared.kind == "array" else VALUE)
                declared = declared.of[0]
            nested = self._library.nested(declared.ref) if declared.kind == "ref" else None
            properties = nested.properties if nested else None
        return ".".join(path)


def _named(part: str, properties: dict[str, Property]) -> str | None:
    """Pulumi's name of a field: camel case, in the plural where it is a list of several."""
    camel = re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), part)
    plurals = [f"{camel}s", f"{camel}es", re.sub(r"y$", "ies", camel)]
    found = [name for name in (camel, *plurals) if name in properties]
    return found[0] if found else None


def _snake(api: str) -> str:
    """Terraform's spelling of an API field that its description gives no other name."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z][a-z])", r"_\1\2", api).lower()


def _first_call(code: str) -> str:
    """The URL that creates: the first of the source, if its method creates."""
    body = re.search(r"func resource\w+Create\(.*?\n}\n", code, re.DOTALL)
    call = _CALL.search(body[0]) if body else None
    return call[1] if call and body and _METHOD.search(body[0]) else ""


def _place(code: str, inputs: dict[str, Property]) -> dict[str, Any]:
    """Where a type's resources are: only what the source says.

    Returns:
        `id`, a template over inputs; `collection`, the same of what the creating call is sent to;
        `imports`, regular expressions; `protected`, that nothing is deleted unless told otherwise.
    """
    found = {
        "id": _template(next(iter(_ID.findall(code)), ""), inputs),
        "collection": _template(_first_call(code).partition("?")[0], inputs),
        "imports": _forms(code, inputs),
        "protected": bool(_PROTECTED.search(code)),
    }
    return {name: value for name, value in found.items() if value}


def _grants(code: str, names: dict[str, Any], library: Library) -> dict[str, Any]:
    """`grants_on`: the id of what a type of IAM's grants access to, as a template over inputs."""
    form = re.search(
        r'GetResourceId\(\) string \{\s*return fmt\.Sprintf\("([^"]+)", (.*?)\)\n', code
    )
    found: dict[str, Any] = {}
    for name in re.findall(r'Name:\s+"(google_\w+_iam_(?:member|binding|policy))"', code):
        token = mapped(names.get(name)).get("current")
        if not form or token not in library.tokens():
            continue
        words = [word.strip().removeprefix("u.") for word in form[2].split(",")]
        if all(word in library.resource(token).inputs for word in words):
            template = form[1] % tuple(f"{{{word}}}" for word in words)
            found[token] = {"grants_on": template}
    return found


def _template(text: str, inputs: dict[str, Property]) -> str:
    return _PLACE.sub(lambda m: f"{{{_named(m[1], inputs) or _camel(m[1])}}}", text)


def _forms(code: str, inputs: dict[str, Property]) -> list[str]:
    found = _IMPORT.search(code)
    forms = re.findall(r'"((?:[^"\\]|\\.)*)"', found[1]) if found else []
    return [
        re.sub(
            r"\?P<(\w+)>", lambda m: f"?P<{_named(m[1], inputs) or _camel(m[1])}>", form
        ).replace("\\\\", "\\")
        for form in forms
    ]


def _camel(part: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), part)


def _write(path: Path, table: dict[str, Any]) -> None:
    lines = [
        f"{json.dumps(token)}: {json.dumps(mapped(entry), sort_keys=True)}"
        for token, entry in sorted(table.items())
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
