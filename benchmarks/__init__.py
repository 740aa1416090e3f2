"""Where the time goes: measured side by side in one run, reported as figures and ratios."""
