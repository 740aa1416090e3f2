"""What targets on Google Cloud say alike: region, key, who is told, what instances run as."""

from typing import Annotated

from pydantic import Field, StringConstraints

from stacks.settings.fields import COMPASS

__all__ = ["GoogleKey", "GoogleRegion", "NotificationChannel", "ServiceAccount"]

GoogleRegion = Annotated[
    str,
    StringConstraints(pattern=rf"^[a-z]+-{COMPASS}[0-9]{{1,2}}$"),
    Field(json_schema_extra={"allowed": "a Google Cloud region, such as europe-west4"}),
]
GoogleKey = Annotated[
    str,
    StringConstraints(pattern=r"^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$"),
    Field(json_schema_extra={"allowed": "projects/…/locations/…/keyRings/…/cryptoKeys/…"}),
]
NotificationChannel = Annotated[
    str,
    StringConstraints(pattern=r"^projects/[^/]+/notificationChannels/[0-9]+$"),
    Field(json_schema_extra={"allowed": "projects/<project>/notificationChannels/<id>"}),
]
ServiceAccount = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$"),
    Field(json_schema_extra={"allowed": "the email of a Google service account"}),
]
