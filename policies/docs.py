"""Writes docs/guardrails.md and the JSON Schema of the configuration from the rules themselves.

`python -m policies.docs` writes; `python -m policies.docs --check` ends with 1 where a file is old.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from facts import tags
from policies.configuration import EXEMPTIONS, LEVEL_KEY
from policies.exemptions import Exemption
from policies.pack import RULES
from policies.properties import show
from policies.rule import Level, Rule
from policies.server import schema

_ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = _ROOT / "docs" / "guardrails.md"
SCHEMA: Final = _ROOT / "policies" / "config" / "schema.json"
_LEVELS: Final = [level.value for level in Level if level is not Level.REMEDIATE]
_REMEDIATE: Final = Level.REMEDIATE.value

_HEAD: Final = """\
<!-- Written by `python -m policies.docs`; edit the rules, not this page. -->
# Guardrails

{count} rules look at every resource of a stack, whoever wrote it: raw resource types, not our \
components. Each finding names the resource, the property, what was found, what is expected, the \
fix, and this page.

```
pulumi preview --policy-pack policies --policy-pack-config policies/config/prod.json
```

Without a configuration each rule has the level and the settings below: `mandatory` where nobody \
serves well otherwise, `advisory` where good teams may decide otherwise. Rules about a single \
resource speak before that resource is touched. Rules about the stack speak at the end: of the \
preview, and of the update. With `--skip-preview` they speak when the update is done.

{overview}

## Without an engine

`serving check` runs the program against a recorder in place of the engine and judges what it \
registers, by the same rules and configuration: no login, no network, nothing deployed. It ends \
with 5 where a mandatory rule would stop the update. `--format sarif`, `junit` or `json` writes \
for CI, `--output` to a file; each finding leads to the line of the model's file.

Verdicts are those of a preview of a new stack, which tests/engine/test_guardrails_in_process.py \
compares, with these limits:

- What a program asks a cloud for is unknown. AWS's region, partition and account are those of \
the provider; a function that is called for its plain value answers nothing.
- What a provider computes or fills in is unknown or absent, where the engine knows it in a \
preview: generated names of Azure, defaults that a provider writes into a resource.
- A reference to a model stands for one of exact form; no registry is asked which.
- A component that is hosted elsewhere is not run: what it makes is not judged, which a warning \
says, and what it and its methods answer is unknown.
- Transforms of resources are refused.
- With `--only` the other models are not registered: rules about several need the whole stack.

## Configuration

A file per environment in `policies/config/`: a level for `all`, then levels or objects for single \
rules. Levels: `advisory` tells, `mandatory` stops, `disabled` is silent. `remediate` sets the \
value itself where a rule below says which, tells of it, and stops where that does not help; \
secrets and unknown values beside it stay as they are. No rule sets anything unless it is asked \
to, and rules about the whole stack cannot. A rule or setting that does not exist, or a wrong \
type, stops the engine before any resource is judged. `policies/config/schema.json` is the JSON \
Schema for editors.

```json
{example}
```

## Exemptions

An exemption lets one rule pass on one resource until a day. It names the rule, the URN of the \
resource or a glob over it, the reason, the owner and the last day. A glob is read from its end, \
part by part between `::`: `*::fraud-*` is about names, `*::*aws:s3/bucket:Bucket::*` about a \
type; one that names neither is refused. Every exemption \
is listed in the output of every run, and a finding that it covers becomes advisory. When it has \
ended, its rule holds again, and the exemption itself is a finding; so is one that covers nothing.

## Tags

The vocabulary that rules read, and how each cloud spells it. Labels, annotations, tags and the \
provider's `defaultTags` all count.

{tags}

## Values that are not there

An unknown value, one that only the update decides, is never taken for a good or a bad one: each \
rule says below what it does in a preview. One that is unknown even in the update is a finding. \
Secrets are judged and never printed. A value that no rule can read, and a rule that fails, are \
findings too.

## Ways round

Said in another way a fault is still found: by another version of Azure's types or in other \
capitals, as a patch, a list, a CustomResource or a package made from CRDs, by a type whose body \
says that it is something else, by a former name of AWS's types, as a secret, an output, a text \
for a number, a policy with escapes; in a component, protected, renamed by an alias, with \
`ignoreChanges`, imported. What rules cannot read, as a CloudFormation stack, Cloud Control or \
another provider of the same cloud, is refused by \
[`resources/unread`](#resources-unread). A configuration that is missing or wrong, and a pack that \
dies, stop the update. `tests/policies/ways_round.py` says each rule's faults in each of these ways.

Not seen, and why:

| what | why | what helps |
|---|---|---|
| what a program only reads: `get`, functions that look something up | it is somebody else's, and \
no rule could change it | the guardrails of the stack that makes it |
| what code does when it runs: `command`, dynamic providers, hooks, methods | it is a program, not \
a declaration | review |
| objects that a Helm `Release`, an operator or Argo CD makes | one resource stands for all of \
them; [`resources/opaque-release`](#resources-opaque-release) tells of model servers | admission \
policies in the cluster |
| an update that is not asked to run a pack | the engine runs none by itself; `serving up` always \
asks | policy groups of Pulumi Cloud, roles that only CI has |
| `pulumi refresh`, `import` and edits of the state | they change what is written down, not a \
cloud | the next update judges it |
| resources that `--target` leaves out | they do not change | an update without it |

## Publishing

`python -m policies.publish <folder>` writes the pack as a folder that stands alone: the rules, \
the facts that they judge by, this page, a `PulumiPolicy.yaml` with an environment of its own and \
a `requirements.txt` with `pulumi` and nothing else. After `pulumi install` in it, it goes to \
`--policy-pack` of any project, or to `pulumi policy publish`. Rules look at raw resource types, \
so the program may be written in any language.
"""


def page() -> str:
    """docs/guardrails.md."""
    families: dict[str, list[Rule]] = {}
    for rule in RULES:
        families.setdefault(rule.family, []).append(rule)
    head = _HEAD.format(
        count=len(RULES), overview=_overview(), example=_example(), tags=_tag_table()
    )
    parts = [head]
    for family, rules in families.items():
        parts.append(f"## Family: {family}\n")
        parts += ["\n".join(_rule(rule)) for rule in rules]
    return "\n".join(parts)


def _overview() -> str:
    rows = ["| rule | severity | level | what is wrong |", "|---|---|---|---|"]
    rows += [f"| [`{r.id}`](#{r.anchor}) | {r.severity} | {r.level} | {r.title} |" for r in RULES]
    return "\n".join(rows)


def _rule(rule: Rule) -> Iterator[str]:
    yield f'### <a id="{rule.anchor}"></a>`{rule.id}`\n'
    scope = ", over the whole stack" * rule.stack
    yield f"**{rule.title}** Severity {rule.severity}, {rule.level}{scope}.\n"
    if rule.reason:
        yield rule.reason.replace("\n", " ") + "\n"
    yield f"- Fix: {rule.fix}"
    yield f"- Unknown values: {rule.unknown.value}"
    if rule.family != EXEMPTIONS:
        yield "- Types: " + ", ".join(f"`{one}`" for one in rule.types)
    if rule.remedies:
        yield "- Level `remediate` sets: " + ", ".join(
            f"`{key}` to `{show(value(rule.settings()) if callable(value) else value)}`"
            for key, value in rule.remedies.items()
        )
    if rule.checkov:
        yield "- In checkov: " + ", ".join(f"`{one}`" for one in rule.checkov)
    for name, one in schema(rule).items():
        yield f"- Setting `{name}` ({_kind(one)}, default `{json.dumps(one['default'])}`): " + str(
            one["description"]
        )
    yield ""


def _kind(one: dict[str, Any]) -> str:
    low = f" from {one['minimum']:g}" if "minimum" in one else ""
    return ("list of texts" if one["type"] == "array" else str(one["type"])) + low


def _tag_table() -> str:
    rows = ["| key | AWS, Azure | Kubernetes | Google Cloud |", "|---|---|---|---|"]
    for key in tags.KEYS:
        spelt = [next(iter(f({key: ""}))) for f in (tags.aws, tags.kubernetes, tags.google)]
        rows.append(f"| {key} | " + " | ".join(f"`{one}`" for one in spelt) + " |")
    return "\n".join(rows)


def _example() -> str:
    return json.dumps(
        {
            "all": "mandatory",
            "cost/log-retention": "advisory",
            "resources/replicas-unbounded": {"enforcementLevel": "mandatory", "max_replicas": 40},
            "exemptions": {
                "granted": [
                    {
                        "rule": "security/endpoint-kms",
                        "urn": "*::fraud-configuration",
                        "reason": "The key moves to the new account in March.",
                        "owner": "team-risk",
                        "expires": "2027-03-31",
                    }
                ]
            },
        },
        indent=2,
    )


def configuration_schema() -> dict[str, Any]:
    """The JSON Schema of a file in policies/config/."""
    entries: dict[str, Any] = {
        "all": {"enum": [*_LEVELS, _REMEDIATE], "description": "The level of every rule."}
    }
    for rule in RULES:
        level = {"enum": [*_LEVELS, *([_REMEDIATE] if rule.remedies else [])]}
        settings = {
            "type": "object",
            "properties": {LEVEL_KEY: level, **schema(rule)},
            "additionalProperties": False,
        }
        entries[rule.id] = {"description": rule.title, "anyOf": [level, settings]}
    keys = [one.name for one in fields(Exemption)]
    entry: dict[str, Any] = {
        "type": "object",
        "properties": {
            key: {"type": "string", "minLength": 1}
            | ({"enum": [rule.id for rule in RULES]} if key == "rule" else {})
            | ({"format": "date"} if key == "expires" else {})
            for key in keys
        },
        "required": keys,
        "additionalProperties": False,
    }
    entries[EXEMPTIONS] = {
        "type": "object",
        "properties": {"granted": {"type": "array", "items": entry}, LEVEL_KEY: {"enum": _LEVELS}},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Guardrails of one environment",
        "type": "object",
        "properties": entries,
        "additionalProperties": False,
    }


def generated() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    return {
        PAGE: page(),
        SCHEMA: json.dumps(configuration_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Write, or with --check only compare."""
    old = 0
    for path, content in generated().items():
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        old = 1
        if "--check" not in arguments:
            path.write_text(content, encoding="utf-8")
            print(f"wrote {path.relative_to(_ROOT)}")
    return old if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
