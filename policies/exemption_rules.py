"""Rules about the exemptions themselves; the evaluation applies them, as it knows what was used."""

from policies.configuration import EXEMPTIONS
from policies.rule import Faults, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack


@stack_rule(
    "exemptions/expired",
    severity=Severity.HIGH,
    types=(EXEMPTIONS,),
    fix="Repair the resource and delete the exemption, or have its owner agree to a later date.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def EXPIRED(_stack: Stack, _settings: NoSettings) -> Faults:  # noqa: N802 - the rule's constant.
    """An exemption has ended; its rule holds again.

    An exemption that nobody renews is a risk that nobody owns any more.
    """
    return ()


@stack_rule(
    "exemptions/unused",
    severity=Severity.MEDIUM,
    types=(EXEMPTIONS,),
    fix="Delete the exemption from the pack's configuration, or correct its urn.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def UNUSED(_stack: Stack, _settings: NoSettings) -> Faults:  # noqa: N802 - the rule's constant.
    """An exemption covers nothing.

    It would silently cover the next fault on that resource. Resources that this run did not judge
    (`--target`) do not count as unused.
    """
    return ()


RULES = (EXPIRED, UNUSED)
