"""Online features: a request names entities, and the rows come from a feature store.

`MODEL_SERVING_FEATURES` holds the settings, a JSON object; without it nothing of this is loaded.
A request is `{"entities": [{"customer_id": 7}, …]}`, and the answer is that of rows.

| key | what | default |
|---|---|---|
| `store` | `redis`: a hash per entity; `feast`: a feature server's REST interface | required |
| `url` | `redis://host:6379/0`, `rediss://…`; `http://host:6566`, `https://…` | required |
| `entities` | key by key of a request's entity, `integer` or `string` | required |
| `features` | what is asked of the store, see below | the model's inputs |
| `key` | Redis: the hash's key, such as `customer:{customer_id}` | `customer_id:{customer_id}` |
| `defaults` | by feature, the value of one that is not stored | none: such a request is refused |
| `timeout_ms` | for each step: a free connection, connecting, the answer | 100 |
| `max_connections` | kept open and shared by the threads | 16 |
| `secret_variable` | environment variable with Redis's password or Feast's bearer token | none |
| `username` | Redis: the user of the password | Redis's default user |

The model's signature decides the order. A model with one input takes `features` as that input's
columns, in the order of the list; their number must be the input's. A model with several inputs
takes the feature of an input's name for each; `features` may then be left out for Redis. Feast
names a feature `view:feature`, and what follows the colon is its name here.

| status | when |
|---|---|
| 400 | entities that do not fit `entities`; nothing stored for one, and no default |
| 503 | the store does not answer in time, or refuses for now; with `retry-after` |
| 500 | data: a value of another type, or one that is not there where others are; named |
| 500 | settings: the store refuses the password, or answers what is none of its protocol |

Nothing is cached, so a row is as fresh as the store. No value is in an error or a log line.
"""

from runtime.features.settings import FeatureSettings, FeatureSettingsError, read_features
from runtime.features.source import FeatureSource, source
from runtime.features.store import Store

__all__ = [
    "FeatureSettings",
    "FeatureSettingsError",
    "FeatureSource",
    "Store",
    "read_features",
    "source",
]
