"""What targets on Google Cloud say alike: their region, a key, who is told."""

from typing import Annotated

from pydantic import Field, StringConstraints

__all__ = ["GoogleKey", "GoogleRegion", "NotificationChannel"]

GoogleRegion = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]{1,2}$"),
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
