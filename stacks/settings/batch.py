"""What a model file says for scoring in batches, wherever that runs."""

from stacks.settings.common import Artifact, Described, Uri
from stacks.settings.fields import Text, Truth

__all__ = ["Batch"]


class Batch(Described):
    """A model that scores what lies in a bucket: once per version, or by a schedule."""

    model: Artifact
    """The model that scores."""
    input_uri: Uri
    """What is scored."""
    output_uri: Uri
    """Where the results go."""
    schedule: Text | None = None
    """When to run, as cron writes it. Default: once for each version, during the update."""
    time_zone: Text | None = None
    """Time zone of the schedule. Default: Etc/UTC."""
    suspended: Truth | None = None
    """Whether the schedule rests. Default: false."""
    wait_for_completion: Truth | None = None
    """Whether the update waits for the run; not with a schedule. Default: true."""
