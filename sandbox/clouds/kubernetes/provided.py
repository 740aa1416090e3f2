"""What the provider itself refuses, before and beside the API server."""

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call
from sandbox.clouds.kubernetes import objects
from sandbox.values import mapped
from sandbox.wire import has_unknown

__all__ = ["namespace_problems", "provider_problems"]


def provider_problems(call: Call) -> list[Problem]:
    """What the provider itself does not take."""
    metadata = mapped(call.inputs.get("metadata"))
    found: list[Problem] = []
    if call.declared is not None and call.token.endswith("List"):
        text = "list resources cannot be created directly; use the type of their items"
        found.append(Problem("kind", text))
    if objects.is_patch(call.token):
        if not objects.server_side(call):
            text = "patch resources need enableServerSideApply of the provider"
            found.append(Problem("", text))
        if not metadata.get("name") and not has_unknown(call.inputs.get("metadata")):
            found.append(Problem("metadata.name", "missing: a patch resource names its object"))
    elif metadata.get("generateName") and objects.server_side(call):
        text = "not supported in server-side apply mode; leave it out for an automatic name"
        found.append(Problem("metadata.generateName", text))
    return found


def namespace_problems(call: Call) -> list[Problem]:
    """Whether the namespace of an object is there."""
    namespace = objects.namespace(call)
    account = call.scope.account
    if call.store.get("kubernetes", objects.NAMESPACE, namespace, account=account) is not None:
        return []
    rows = call.store.list("kubernetes", objects.NAMESPACE, account=account)
    meant = nearest(namespace, [row.name for row in rows])
    hint = f'; did you mean "{meant}"?' if meant else ""
    text = f'namespaces "{namespace}" not found in {account}{hint}'
    return [Problem("metadata.namespace", text)]
