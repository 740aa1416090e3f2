"""Cases of the rule about TLS."""

from typing import Any

from policies import Resource
from tests.policies.cases.table import UNKNOWN, Case, resource

LISTENER = "aws:lb/listener:Listener"
FORMER = "aws:elasticloadbalancingv2/listener:Listener"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
REST_DOMAIN = "aws:apigateway/domainName:DomainName"
DOMAIN = "aws:apigatewayv2/domainName:DomainName"
TLS = "security/tls-weak"

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/models/1"
POLICY = ("sslPolicy",)


def plain(action: object = "forward", **more: object) -> dict[str, Any]:
    return {
        "protocol": "HTTP",
        "loadBalancerArn": ARN,
        "defaultActions": [{"type": action}],
        **more,
    }


def redirected(**redirect: object) -> dict[str, Any]:
    return {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": redirect}]}


def https(policy: object = None, protocol: object = "HTTPS") -> dict[str, Any]:
    return {"protocol": protocol} | ({} if policy is None else {"sslPolicy": policy})


def balancer(**properties: object) -> Resource:
    return resource("balancer", BALANCER, {"arn": ARN, **properties})


CASES = (
    Case(TLS, "TLS 1.3 and 1.2", LISTENER, https("ELBSecurityPolicy-TLS13-1-2-2021-06")),
    Case(TLS, "TLS 1.3", LISTENER, https("ELBSecurityPolicy-TLS13-1-3-2021-06")),
    Case(TLS, "TLS 1.2 of before", LISTENER, https("ELBSecurityPolicy-TLS-1-2-2017-01")),
    Case(TLS, "TLS 1.1", LISTENER, https("ELBSecurityPolicy-TLS13-1-1-2021-06"), POLICY),
    Case(TLS, "TLS 1.0", LISTENER, https("ELBSecurityPolicy-FS-2018-06"), POLICY),
    Case(TLS, "absent is the policy of 2016", LISTENER, https(), POLICY),
    Case(
        TLS, "a network load balancer", LISTENER, https("ELBSecurityPolicy-2016-08", "TLS"), POLICY
    ),
    Case(TLS, "under another name of its type", FORMER, https(), POLICY),
    Case(TLS, "not its own to decrypt", LISTENER, {"protocol": "TCP"}),
    Case(TLS, "unencrypted", LISTENER, plain(), ("protocol",)),
    Case(TLS, "redirected", LISTENER, redirected(protocol="HTTPS", statusCode="HTTP_301")),
    Case(TLS, "redirected to another port", LISTENER, redirected(port="8080"), ("protocol",)),
    Case(TLS, "redirected by a protocol to come", LISTENER, redirected(protocol=UNKNOWN)),
    Case(TLS, "refused", LISTENER, plain("fixed-response")),
    Case(TLS, "unencrypted inside a network", LISTENER, plain(), others=(balancer(internal=True),)),
    Case(
        TLS,
        "unencrypted from outside",
        LISTENER,
        plain(),
        ("protocol",),
        others=(balancer(internal=False),),
    ),
    Case(
        TLS,
        "unencrypted, nothing said of inside",
        LISTENER,
        plain(),
        ("protocol",),
        others=(balancer(),),
    ),
    Case(
        TLS, "unencrypted, perhaps inside", LISTENER, plain(), others=(balancer(internal=UNKNOWN),)
    ),
    Case(
        TLS,
        "unencrypted inside, by what it is computed from",
        LISTENER,
        plain(loadBalancerArn=UNKNOWN),
        of={"loadBalancerArn": ("balancer",)},
        others=(balancer(internal=True),),
    ),
    Case(TLS, "unknown", LISTENER, {"protocol": UNKNOWN}),
    Case(TLS, "unknown policy", LISTENER, https(UNKNOWN)),
    Case(TLS, "a domain", DOMAIN, {"domainNameConfiguration": {"securityPolicy": "TLS_1_2"}}),
    Case(
        TLS,
        "a domain of before",
        DOMAIN,
        {"domainNameConfiguration": {"securityPolicy": "TLS_1_0"}},
        ("domainNameConfiguration.securityPolicy",),
    ),
    Case(
        TLS,
        "a REST API's domain",
        REST_DOMAIN,
        {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"},
    ),
    Case(
        TLS,
        "a REST API's domain of before",
        REST_DOMAIN,
        {"securityPolicy": "TLS_1_0"},
        ("securityPolicy",),
    ),
    Case(TLS, "a REST API's domain, nothing said", REST_DOMAIN, {}),
)
