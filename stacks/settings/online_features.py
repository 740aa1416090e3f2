"""What a file says of online features: where the runtime gets the rows of a request's entities."""

import json
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from stacks.settings.fields import Closed, Text, Whole

__all__ = ["FEATURES_VARIABLE", "OnlineFeatures", "WithFeatures", "with_features"]

# What runtime/features reads.
FEATURES_VARIABLE: Final = "MODEL_SERVING_FEATURES"

_Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"),
    Field(json_schema_extra={"allowed": "letters, digits and _, no digit first"}),
]
_StoreUrl = Annotated[
    str,
    # No user and no password: settings are read by everybody.
    StringConstraints(pattern=r"^(redis|rediss|http|https)://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/\S*)?$"),
    Field(json_schema_extra={"allowed": "redis://host:6379/0, rediss://…, http://… or https://…"}),
]


class OnlineFeatures(Closed):
    """A feature store, and what is asked of it (docs/online-features.md)."""

    store: Literal["redis", "feast"]
    """`redis`: a hash for each entity; `feast`: a feature server's REST interface."""
    url: _StoreUrl
    """Where it is: redis:// or rediss:// with the database, http:// or https:// for Feast."""
    entities: dict[_Name, Literal["integer", "string"]] = Field(min_length=1, max_length=10)
    """The keys of an entity in a request, and the type of each."""
    features: list[Text] | None = Field(default=None, min_length=1, max_length=10_000)
    """What is asked for, in the order of the model's columns; Feast's are `view:feature`. Default:
    the names of the model's inputs, with Redis."""
    key: Text | None = None
    """Redis: the hash's key, with each of the entity's in braces. Default: for the key customer_id
    `customer_id:{customer_id}`."""
    defaults: dict[Text, bool | int | float | str] = Field(default={})
    """By feature, the value of one that is not stored. Default: none: such a request is refused."""
    timeout_ms: Whole = Field(default=100, ge=1, le=60_000)
    """Milliseconds for each step: a free connection, connecting, the answer."""
    max_connections: Whole = Field(default=16, ge=1, le=1000)
    """Connections that an instance keeps."""
    secret_variable: _Name | None = None
    """Environment variable with Redis's password or Feast's bearer token. Default: none is sent."""
    username: Text | None = None
    """Redis: the password's user. Default: Redis's default user."""


class WithFeatures(Closed):
    """A target whose replicas run this project's runtime."""

    features: OnlineFeatures | None = None
    """Online features: a request may name entities, whose rows come from a feature store. Default:
    requests hold the rows."""


def with_features(variables: dict[str, str], model: WithFeatures) -> dict[str, str]:
    """The environment's variables with what the runtime reads of online features."""
    if model.features is None:
        return variables
    said = model.features.model_dump(exclude_none=True, exclude_unset=True)
    return {**variables, FEATURES_VARIABLE: json.dumps(said, sort_keys=True)}
