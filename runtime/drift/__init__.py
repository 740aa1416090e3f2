"""Whether what a model is asked still looks like what it was trained on.

A profile (`profile.py`) says what that looked like: of each feature and each prediction the share
of rows in its bins. Requests are counted by the same bins (`bins.py`), of which distances follow
(`distances.py`): on a server Prometheus computes them over all pods, elsewhere each instance does
over a window of its own (`window.py`). Nothing of a request is kept but the counts.

`python -m runtime.drift profile rows.csv -o profile.json` makes a profile, and
`python -m runtime.drift compare profile.json rows.csv` compares other rows with it.
"""
