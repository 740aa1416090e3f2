"""Security: requests and answers travel encrypted, by a TLS that is not broken."""

import re
from typing import Final

from policies.rule import Faults, NoSettings, Severity, Unknown, stack_rule
from policies.view import Stack, View

LISTENER: Final = "aws:lb/listener:Listener"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
REST_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
DOMAIN: Final = "aws:apigatewayv2/domainName:DomainName"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_TODAYS: Final = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-.*")
_OLD: Final = re.compile(r"TLS_1_[01]")


@stack_rule(
    "security/tls-weak",
    severity=Severity.HIGH,
    types=(LISTENER, BALANCER, REST_DOMAIN, DOMAIN),
    fix="Use HTTPS with sslPolicy ELBSecurityPolicy-TLS13-1-2-Res-2021-06 or newer, and redirect "
    "HTTP to it.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_AWS_2", "CKV_AWS_103", "CKV_AWS_206"),
)
def tls_weak(stack: Stack, _settings: NoSettings) -> Faults:
    """Requests come in unencrypted, or by TLS 1.0 or 1.1.

    A listener that names no policy has the one of 2016, which takes both. HTTP inside a network,
    of a load balancer of the stack that is internal, is left alone, and so is what redirects.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
    """
    for listener in stack.of(LISTENER):
        protocol = listener.get("protocol")
        named = protocol.text()
        if named == "HTTP" and _answers(listener) and not _internal(stack, listener):
            yield Stack.fault(listener, protocol, "HTTPS, or a redirect to it")
        policy = listener.get("sslPolicy")
        if named in ("HTTPS", "TLS") and not policy.unknown:
            text = policy.text()
            if text is None or not _TODAYS.fullmatch(text):
                yield Stack.fault(listener, policy, "a policy of TLS 1.2 and newer")
    for domain in stack.of(REST_DOMAIN, DOMAIN):
        places = [domain.get("securityPolicy")]
        places += [
            one.get("securityPolicy") for one in domain.get("domainNameConfiguration").items()
        ]
        for place in places:
            if _OLD.fullmatch(place.text() or ""):
                yield Stack.fault(domain, place, "TLS_1_2 or newer")


def _answers(listener: View) -> bool:
    """Whether requests get somewhere, or are sent on to where they are unencrypted still."""
    for action in listener.get("defaultActions").items():
        kind = action.get("type").text()
        # Where nothing is said, a redirect keeps the protocol.
        onward = action.get("redirect", "protocol")
        onto_tls = onward.unknown or onward.text() == "HTTPS"
        if kind == "forward" or (kind == "redirect" and not onto_tls):
            return True
    return False


def _internal(stack: Stack, listener: View) -> bool:
    """Whether its load balancer is one of the stack's, and has no public address; or perhaps."""
    arn = listener.get("loadBalancerArn")
    above = stack.upstream(listener, "loadBalancerArn")
    for balancer in stack.of(BALANCER):
        named = isinstance(arn.raw, str) and balancer.get("arn").raw == arn.raw
        if named or balancer.urn in above:
            internal = balancer.get("internal")
            return internal.unknown or internal.flag() is True
    return False


RULES = (tls_weak,)
