"""Rules of admission webhooks.

Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
and pkg/apis/admissionregistration/validation/validation.go of the API server, 1.34:
validateValidatingWebhook, validateMutatingWebhook, validateRuleWithOperations, validateRule.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.rules import words, workloads
from sandbox.values import listed, mapped
from sandbox.wire import has_unknown

__all__ = ["webhooks"]

Object = dict[str, Any]
_POLICIES = {
    "failurePolicy": ("Fail", "Ignore"),
    "matchPolicy": ("Equivalent", "Exact"),
    "reinvocationPolicy": ("Never", "IfNeeded"),
    "sideEffects": ("None", "NoneOnDryRun"),
}
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_VERSIONS = ("v1", "v1beta1")
_SEGMENTS = 3
_LONGEST = 30


def webhooks(value: Object) -> Iterator[Problem]:
    """The webhooks of a ValidatingWebhookConfiguration or a MutatingWebhookConfiguration."""
    yield from words.unique(value.get("webhooks"), "webhooks", "webhook")
    for index, webhook in words.each(value.get("webhooks")):
        yield from _webhook(webhook, f"webhooks[{index}]")


def _webhook(webhook: Object, at: str) -> Iterator[Problem]:
    name = webhook.get("name")
    yield from words.subdomain(name, f"{at}.name")
    if isinstance(name, str) and len(name.split(".")) < _SEGMENTS:
        text = "use a domain with at least three parts, as check.models.example.com"
        yield Problem(f"{at}.name", f"got {shown(name)}; {text}")
    for policy, allowed in _POLICIES.items():
        yield from words.among(webhook.get(policy), allowed, f"{at}.{policy}")
    yield from words.within(webhook.get("timeoutSeconds"), 1, _LONGEST, f"{at}.timeoutSeconds")
    for part in ("namespaceSelector", "objectSelector"):
        yield from workloads.selector(mapped(webhook.get(part)), f"{at}.{part}")
    client = webhook.get("clientConfig")
    if words.is_object(client) and not has_unknown(client):
        parts = mapped(client)
        if (parts.get("url") is None) == (parts.get("service") is None):
            yield Problem(f"{at}.clientConfig", "give exactly one of url, service")
    versions = listed(webhook.get("admissionReviewVersions"))
    if versions and not has_unknown(versions) and not set(versions) & set(_VERSIONS):
        text = f"got {shown(versions)}; must include at least one of {', '.join(_VERSIONS)}"
        yield Problem(f"{at}.admissionReviewVersions", text)
    for index, rule in words.each(webhook.get("rules")):
        yield from _rule(rule, f"{at}.rules[{index}]")


def _rule(rule: Object, at: str) -> Iterator[Problem]:
    for name in ("operations", "apiGroups", "apiVersions", "resources"):
        given = rule.get(name)
        if given in (None, []):
            yield Problem(f"{at}.{name}", "give at least one")
        if name != "resources" and "*" in listed(given) and len(listed(given)) > 1:
            yield Problem(f"{at}.{name}", 'with "*" there may be no other')
    for index, operation in enumerate(listed(rule.get("operations"))):
        yield from words.among(operation, _OPERATIONS, f"{at}.operations[{index}]")
    yield from words.among(rule.get("scope"), _SCOPES, f"{at}.scope")
