"""Which pool an autoscaler would grow for a pod, from what was emitted alone; nothing is changed.

`pods` reads what asks for GPUs, `templates` what each pool says of a node that is not there yet,
`judgement` compares both, `order` knows who is tried first.

Of facts there are the machines alone. How clouds label, taint and name what GPUs are shared as is
read from what was emitted and from the clouds' pages, not from `facts.pools`, by which our pools
are made: what judges them must not share their mistakes.
"""

from sandbox.autoscaling.judgement import unfit
from sandbox.autoscaling.order import Decision, decide
from sandbox.autoscaling.pods import Pod, pending
from sandbox.autoscaling.templates import Template, templates

__all__ = ["Decision", "Pod", "Template", "decide", "pending", "templates", "unfit"]
