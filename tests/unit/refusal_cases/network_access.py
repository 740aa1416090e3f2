"""What network and mesh cannot tell: the refusal, what is refused, what works."""

from typing import Any

from tests.unit.settings_project import KSERVE, MODEL_SERVER, changed

_WEB = {"namespace": "web"}
_CHECKOUT = _WEB | {"service_account": "checkout"}
_HDFS = {"uri": "hdfs://models/churn/2.1.0", "version": "2.1.0", "framework": "sklearn"}
_STANDARD = {"deployment_mode": "standard"}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kserve/callers-in-knative-mode",
        changed(KSERVE, callers=[_WEB]),
        changed(KSERVE, callers=[_WEB], **_STANDARD),
    ),
    (
        "any/caller-account-without-mesh",
        changed(KSERVE, callers=[_CHECKOUT], **_STANDARD),
        changed(KSERVE, callers=[_WEB], **_STANDARD),
    ),
    (
        "kserve/hdfs-without-egress",
        changed(KSERVE, model=_HDFS),
        changed(KSERVE, model=_HDFS, egress=["10.1.0.0/16:9871"]),
    ),
    (
        "any/caller-account-without-mesh",
        changed(MODEL_SERVER, callers=[_WEB, _CHECKOUT]),
        changed(MODEL_SERVER, callers=[_WEB]),
    ),
]
