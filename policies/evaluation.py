"""Runs rules over resources: with the engine one resource at a time, in process all at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from policies.configuration import EXEMPTIONS, Configuration, from_json
from policies.exemption_rules import EXPIRED, UNUSED
from policies.exemptions import Exemption
from policies.findings import Finding
from policies.properties import Fault, MalformedError, Property, show
from policies.remedies import put, remedy
from policies.rule import Level, Rule, Severity
from policies.tokens import fold, wholesale
from policies.view import Resource, Stack, View, views


class Evaluation:
    """One run over a stack, in a preview or in an update; it remembers which exemptions it used."""

    def __init__(
        self,
        rules: Sequence[Rule],
        configuration: Configuration,
        *,
        preview: bool = True,
        today: date | None = None,
    ) -> None:
        self._configuration = configuration
        self._preview = preview
        self._today = today or datetime.now(UTC).date()
        active = [rule for rule in rules if configuration.level(rule) is not Level.DISABLED]
        self._by_token: dict[str, list[Rule]] = defaultdict(list)
        for rule in active:
            if not rule.stack:
                for token in rule.tokens:
                    self._by_token[token].append(rule)
        self._stack_rules = [rule for rule in active if rule.stack]
        self._active = {rule.id: rule for rule in active}
        self.sets_anything = any(
            rule.remedies and configuration.level(rule) is Level.REMEDIATE for rule in active
        )
        self._used: set[Exemption] = set()
        self._judged: set[str] = set()
        # Pairs of rule and resource that wait for a value, and rules about the stack that do.
        self._undecided: set[tuple[str, str]] = set()

    def resource(self, resource: Resource) -> list[Finding]:
        """The findings of all rules about single resources."""
        self._judged.add(resource.urn)
        findings: list[Finding] = []
        name = _name(resource)
        try:
            seen = views(resource, today=self._today)
        except MalformedError as error:
            fault = Fault(error.path, error.found, error.expected)
            rules = self._by_token.get(fold(resource.type), ())
            return [self._finding(rule, fault, resource.urn, name) for rule in rules]
        for view in seen:
            for rule in self._by_token.get(view.token, ()):
                findings += self._run(rule, view, resource.urn, name, view.properties)
        for token in wholesale(resource.type):
            for rule in self._by_token.get(token, ()):
                for view in seen[:1]:
                    findings += self._run(rule, view, resource.urn, name, view.properties)
        return findings

    def remedies(self, token: str) -> list[Rule]:
        """The rules that may set something of resources of a type."""
        return [
            rule
            for rule in self._by_token.get(fold(token), ())
            if rule.remedies and self._configuration.level(rule) is Level.REMEDIATE
        ]

    def remediated(self, resource: Resource) -> list[tuple[Rule, dict[str, Any], list[Finding]]]:
        """Rules that set something, one after the other: all properties then, and what was set.

        What cannot be set is left, for the rule to tell of when it judges.
        """
        made: list[tuple[Rule, dict[str, Any], list[Finding]]] = []
        for rule in self.remedies(resource.type):
            properties = deepcopy(dict(resource.properties))
            settings = self._configuration.settings_of(rule)
            done = [
                replace(
                    self._finding(rule, fault, resource.urn, _name(resource)),
                    level=Level.ADVISORY,
                    fix="",
                    exempt="",
                    remedied=show(value),
                )
                for fault in self._faults(rule, resource)
                if (value := remedy(rule.remedies, fault, settings)) is not None
                and put(properties, fault.path, value)
            ]
            if done:
                resource = replace(resource, properties=properties)
                made.append((rule, properties, done))
        return made

    def _faults(self, rule: Rule, resource: Resource) -> list[Fault]:
        """What a rule finds and no exemption covers; nothing where it cannot say."""
        for exemption in self._configuration.exemptions:
            if exemption.covers(rule.id, resource.urn) and not exemption.expired(self._today):
                return []
        settings = self._configuration.settings_of(rule)
        try:
            return [
                fault
                for view in views(resource, today=self._today)
                for fault in rule.check(view, settings)
            ]
        # It says so when it judges.
        except Exception:  # noqa: BLE001
            return []

    def stack(self, resources: Iterable[Resource]) -> list[Finding]:
        """The findings of all rules about the stack, and those about the exemptions."""
        every = list(resources)
        unread: list[str] = []
        stack = Stack([view for one in every for view in _readable(one, self._today, unread)])
        names = {resource.urn: _name(resource) for resource in every}
        findings: list[Finding] = []
        for rule in self._stack_rules:
            unread.clear()
            findings.extend(
                replace(finding, resource=names.get(finding.urn, ""))
                for finding in self._run(rule, stack, "", "", None)
            )
            if unread:
                self._undecided.add((rule.id, ""))
        return findings + list(self._exemption_findings(every))

    def _run(
        self,
        rule: Rule,
        subject: View | Stack,
        urn: str,
        name: str,
        place: Property | None,
    ) -> Iterator[Finding]:
        if place is not None:
            place.unread.clear()
        try:
            for fault in rule.check(subject, self._configuration.settings_of(rule)):
                yield self._finding(rule, fault, fault.urn or urn, name)
        except MalformedError as error:
            fault = Fault(error.path, error.found, error.expected)
            yield self._finding(rule, fault, urn, name)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not hide a finding.
            # The text of the error may hold a secret; its type does not.
            fault = Fault("", f"a failure of the rule itself ({type(error).__name__})", "a verdict")
            yield self._finding(rule, fault, urn, name)
        if place is None:
            return
        if self._preview:
            if place.unread:
                self._undecided.add((rule.id, urn))
        else:
            for path in dict.fromkeys(place.unread):
                fault = Fault(path, "a value that is unknown even now", "a value to judge")
                yield self._finding(rule, fault, urn, name)

    def _finding(self, rule: Rule, fault: Fault, urn: str, name: str) -> Finding:
        level, note = self._configuration.level(rule), ""
        for exemption in self._configuration.exemptions:
            if exemption.covers(rule.id, urn):
                self._used.add(exemption)
                if exemption.expired(self._today):
                    note = note or f"no longer: it ended on {exemption.expires} ({exemption.owner})"
                else:
                    level, note = Level.ADVISORY, str(exemption)
                    break
        if level is Level.REMEDIATE:
            # What is left is what nobody could set.
            level = Level.MANDATORY
        return Finding(
            rule=rule.id,
            title=rule.title,
            severity=rule.severity,
            level=level,
            urn=urn,
            resource=name,
            path=fault.path,
            found=fault.found,
            expected=fault.expected,
            fix=rule.fix,
            docs=rule.docs,
            exempt=note,
        )

    def _exemption_findings(self, resources: Sequence[Resource]) -> Iterator[Finding]:
        for exemption in self._configuration.exemptions:
            yield self._listed(exemption)
            about = f"{exemption.rule} for {exemption.urn}"
            if exemption.expired(self._today):
                if EXPIRED.id in self._active:
                    fault = Fault(about, f"the end on {exemption.expires}", "a day to come")
                    yield self._finding(EXPIRED, fault, "", "")
            elif (
                UNUSED.id in self._active
                and exemption.rule in self._active
                and exemption not in self._used
            ):
                matched = [one.urn for one in resources if exemption.matches(one.urn)]
                # What the preview could not decide may need the exemption in the update.
                waits = any((exemption.rule, urn) in self._undecided for urn in ("", *matched))
                # With --target, resources that stand still are in the stack but were not judged.
                judged = self._judged.issuperset(matched) or self._active[exemption.rule].stack
                if judged and not waits:
                    found = "no finding on it" if matched else "no such resource"
                    yield self._finding(UNUSED, Fault(about, found, "a finding to exempt"), "", "")

    def _listed(self, exemption: Exemption) -> Finding:
        return Finding(
            rule=EXEMPTIONS,
            title=f"{exemption.rule} does not hold for {exemption.urn}",
            severity=Severity.LOW,
            level=Level.ADVISORY,
            urn="",
            resource="",
            path="",
            found="",
            expected="",
            fix="",
            docs="docs/guardrails.md#exemptions",
            exempt=str(exemption),
        )


def _readable(resource: Resource, today: date, unread: list[str]) -> list[View]:
    """The views of a resource; none of one that the rules about it have already refused."""
    try:
        return views(resource, today=today, unread=unread)
    except MalformedError:
        return []


def _name(resource: Resource) -> str:
    return f"{resource.type} {resource.name}"


def run(
    rules: Sequence[Rule],
    resources: Iterable[Resource],
    config: Mapping[str, Any] | Configuration | None = None,
    *,
    preview: bool = True,
    today: date | None = None,
) -> list[Finding]:
    """Every finding on these resources: each alone, then all together.

    Raises: ConfigurationError.
    """
    configuration = config if isinstance(config, Configuration) else from_json(config or {}, rules)
    evaluation = Evaluation(rules, configuration, preview=preview, today=today)
    findings: list[Finding] = []
    every: list[Resource] = []
    for resource in resources:
        one = resource
        for _, properties, done in evaluation.remediated(resource):
            one = replace(one, properties=properties)
            findings += done
        findings += evaluation.resource(one)
        every.append(one)
    return findings + evaluation.stack(every)
