"""Makes the tables of rules anew from what `sandbox/rules/extract` read; not needed at run time."""
