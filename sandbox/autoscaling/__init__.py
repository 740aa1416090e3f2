"""Which pool an autoscaler would grow for a pod, from what was emitted alone; nothing is changed.

`pods` reads what asks for GPUs, `templates` what each pool says of a node that is not there yet,
`judgement` compares both, `order` knows who is tried first.
"""

from sandbox.autoscaling.judgement import Verdict, unfit
from sandbox.autoscaling.order import Decision, decide
from sandbox.autoscaling.pods import Pod, pending
from sandbox.autoscaling.templates import Template, templates

__all__ = ["Decision", "Pod", "Template", "Verdict", "decide", "pending", "templates", "unfit"]
