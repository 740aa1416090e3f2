"""Cases of rules about apps and functions of Azure."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, Case

APP = "azure-native:web:WebApp"
OLD_APP = "azure-native:web/v20231201:WebApp"
SLOT = "azure-native:web:WebAppSlot"
FTP = "azure-native:web:WebAppFtpAllowed"
SCM_SLOT = "azure-native:web:WebAppScmAllowedSlot"
SIGN_IN = "azure-native:web:WebAppAuthSettings"
SIGN_IN_V2 = "azure-native:web:WebAppAuthSettingsV2"
UNPROTECTED = "security/azure-app-unprotected"
OPEN = "security/azure-app-open"


def tls(**config: object) -> dict[str, Any]:
    return {"httpsOnly": True, "siteConfig": config}


def app(access: object = "Disabled", **config: object) -> dict[str, Any]:
    return {"publicNetworkAccess": access, "siteConfig": config}


def asked(action: str, *, required: bool = True, enabled: bool = True) -> dict[str, Any]:
    return {
        "platform": {"enabled": enabled},
        "globalValidation": {
            "requireAuthentication": required,
            "unauthenticatedClientAction": action,
        },
    }


CASES = (
    Case(UNPROTECTED, "TLS 1.2", APP, tls(minTlsVersion="1.2", ftpsState="Disabled")),
    Case(UNPROTECTED, "TLS 1.3", SLOT, tls(minTlsVersion="1.3", ftpsState="FtpsOnly")),
    Case(UNPROTECTED, "plain HTTP", APP, {"httpsOnly": False}, ("httpsOnly",)),
    Case(UNPROTECTED, "absent", OLD_APP, {}, ("httpsOnly",)),
    Case(UNPROTECTED, "unknown", APP, {"httpsOnly": UNKNOWN}),
    Case(UNPROTECTED, "an old TLS", SLOT, tls(minTlsVersion="1.1"), ("siteConfig.minTlsVersion",)),
    Case(
        UNPROTECTED,
        "an old TLS for who publishes",
        APP,
        tls(scmMinTlsVersion="1.0"),
        ("siteConfig.scmMinTlsVersion",),
    ),
    Case(
        UNPROTECTED,
        "a debugger",
        APP,
        tls(remoteDebuggingEnabled=True),
        ("siteConfig.remoteDebuggingEnabled",),
    ),
    Case(UNPROTECTED, "files by FTP", APP, tls(ftpsState="AllAllowed"), ("siteConfig.ftpsState",)),
    Case(OPEN, "private", APP, app()),
    Case(OPEN, "for all", APP, app("Enabled"), ("publicNetworkAccess",)),
    Case(OPEN, "absent", SLOT, {}, ("publicNetworkAccess",)),
    Case(OPEN, "unknown", APP, app(UNKNOWN)),
    Case(OPEN, "for some", APP, app("Enabled", ipSecurityRestrictionsDefaultAction="Deny")),
    Case(
        OPEN,
        "restrictions unknown",
        APP,
        app("Enabled", ipSecurityRestrictionsDefaultAction=UNKNOWN),
    ),
    Case(
        OPEN,
        "restrictions that deny nobody else",
        APP,
        app("Enabled", ipSecurityRestrictionsDefaultAction="Allow"),
        ("publicNetworkAccess",),
    ),
    Case(OPEN, "one's own pages", APP, app(cors={"allowedOrigins": ["https://shop.example"]})),
    Case(
        OPEN,
        "any page",
        APP,
        app(cors={"allowedOrigins": ["https://shop.example", "*"]}),
        ("siteConfig.cors.allowedOrigins[1]",),
    ),
    Case(OPEN, "no publishing", FTP, {"allow": False}),
    Case(OPEN, "publishing by password", FTP, {"allow": True}, ("allow",)),
    Case(OPEN, "publishing by password to a slot", SCM_SLOT, {"allow": True}, ("allow",)),
    Case(OPEN, "tokens", SIGN_IN_V2, asked("Return401")),
    Case(
        OPEN,
        "anonymous",
        SIGN_IN_V2,
        asked("AllowAnonymous"),
        ("globalValidation.unauthenticatedClientAction",),
    ),
    Case(
        OPEN,
        "not required",
        SIGN_IN_V2,
        asked("Return401", required=False),
        ("globalValidation.requireAuthentication",),
    ),
    Case(OPEN, "sign-in off", SIGN_IN_V2, asked("Return401", enabled=False), ("platform.enabled",)),
    Case(OPEN, "tokens, as before", SIGN_IN, {"enabled": True}),
    Case(OPEN, "sign-in off, as before", SIGN_IN, {"enabled": False}, ("enabled",)),
    Case(
        OPEN,
        "anonymous, as before",
        SIGN_IN,
        {"enabled": True, "unauthenticatedClientAction": "AllowAnonymous"},
        ("unauthenticatedClientAction",),
    ),
)
