"""Security: apps and functions of Azure that speak TLS alone, and are open to few."""

from typing import Final

from policies.resource_types import AZURE_APP, AZURE_SLOT
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

APPS: Final = (AZURE_APP, AZURE_SLOT)
PUBLISHING: Final = (
    "azure-native:web:WebAppFtpAllowed",
    "azure-native:web:WebAppScmAllowed",
    "azure-native:web:WebAppFtpAllowedSlot",
    "azure-native:web:WebAppScmAllowedSlot",
)
SIGN_INS: Final = (
    "azure-native:web:WebAppAuthSettings",
    "azure-native:web:WebAppAuthSettingsSlot",
    "azure-native:web:WebAppAuthSettingsV2",
    "azure-native:web:WebAppAuthSettingsV2Slot",
)
_APPS: Final = {fold(one) for one in APPS}
_PUBLISHING: Final = {fold(one) for one in PUBLISHING}
_OLD_TLS: Final = ("1.0", "1.1")


@resource_rule(
    "security/azure-app-unprotected",
    severity=Severity.HIGH,
    types=APPS,
    fix="Set httpsOnly true, siteConfig.minTlsVersion 1.2, ftpsState FtpsOnly or Disabled, "
    "remoteDebuggingEnabled false.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=(
        *("CKV_AZURE_14", "CKV_AZURE_15", "CKV_AZURE_70", "CKV_AZURE_72"),
        *("CKV_AZURE_145", "CKV_AZURE_154"),
    ),
)
def azure_app_unprotected(view: View, _settings: NoSettings) -> Faults:
    """An app of Azure answers plain HTTP or an old TLS, or takes a debugger or files by FTP.

    It answers HTTP where nothing is said; TLS is 1.2 then, and nobody debugs.
    https://learn.microsoft.com/azure/app-service/overview-security
    """
    encrypted = view.get("httpsOnly")
    if encrypted.off:
        yield encrypted.fault("true")
    config = view.get("siteConfig")
    for key in ("minTlsVersion", "scmMinTlsVersion"):
        version = config.get(key)
        if version.text() in _OLD_TLS:
            yield version.fault("1.2 or 1.3")
    debugger, files = config.get("remoteDebuggingEnabled"), config.get("ftpsState")
    if debugger.flag():
        yield debugger.fault("false")
    if files.says("AllAllowed"):
        yield files.fault("FtpsOnly or Disabled")


@resource_rule(
    "security/azure-app-open",
    severity=Severity.MEDIUM,
    types=(*APPS, *PUBLISHING, *SIGN_INS),
    fix="Set publicNetworkAccess Disabled, name origins, refuse publishing by password, and let "
    "Entra turn away whoever has no token.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AZURE_57", "CKV_AZURE_221", "CKV_AZURE_222"),
    level=Level.ADVISORY,
)
def azure_app_open(view: View, _settings: NoSettings) -> Faults:
    """An app of Azure is open to the whole internet, any web page, a password, or anybody.

    It takes requests from everywhere where nothing is said, unless its restrictions deny the rest.
    https://learn.microsoft.com/azure/app-service/overview-access-restrictions
    """
    if view.token in _APPS:
        yield from _reached(view)
    elif view.token in _PUBLISHING:
        allowed = view.get("allow")
        if allowed.flag():
            yield allowed.fault("false")
    else:
        yield from _signed_in(view)


def _reached(view: View) -> Faults:
    config = view.get("siteConfig")
    access = view.get("publicNetworkAccess")
    rest = config.get("ipSecurityRestrictionsDefaultAction")
    denied = rest.says("Deny") or rest.unknown
    if not denied and (access.absent or not (access.unknown or access.says("Disabled"))):
        yield access.fault("Disabled")
    for origin in config.get("cors", "allowedOrigins").items():
        if origin.text() == "*":
            yield origin.fault("the origins of your own pages")


def _signed_in(view: View) -> Faults:
    """Both versions of the settings for sign-in."""
    newer = "V2" in view.token
    validation = view.get("globalValidation") if newer else view.properties
    switch = view.get("platform", "enabled") if newer else view.get("enabled")
    for place in (switch, validation.get("requireAuthentication")):
        if place.flag() is False:
            yield place.fault("true")
    action = validation.get("unauthenticatedClientAction")
    if action.says("AllowAnonymous"):
        yield action.fault("Return401, or a redirect to sign in")


RULES = (
    azure_app_unprotected,
    azure_app_open,
)
