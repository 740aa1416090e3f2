"""Started by the engine in this folder, as `python -m pulumi.policy <engine> <this folder>`."""

from policies.pack import RULES
from policies.server import serve

serve(RULES)
