"""What Prometheus is told of drift: the rows in each bin, and the share that the profile has there.

Counters, and no distance: those of all pods can be summed, over any time, and the distance follows
from the sums (docs/adr/0037). A bin is called by its number, as in the profile: the values of a
text may be people's names.
"""

from collections.abc import Iterator
from itertools import pairwise

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from runtime.drift.bins import Bins

__all__ = ["DriftCollector"]

_LABELS = ("kind", "column", "bin")


class DriftCollector(Collector):
    """Reads the counts at each scrape; a request pays nothing for it."""

    def __init__(self, bins: Bins) -> None:
        """`bins` are those of the model that is served."""
        self._bins = bins

    def collect(self) -> Iterator[Metric]:
        """Every bin, those without rows too: an increase is seen from the first row on."""
        bins = self._bins
        rows = CounterMetricFamily(
            "model_server_drift_rows", "Rows by the bins of the profile.", labels=_LABELS
        )
        baseline = GaugeMetricFamily(
            "model_server_drift_baseline_ratio",
            "The profile's share of rows in each bin.",
            labels=_LABELS,
        )
        counts = bins.counts().tolist()
        for column, (begin, end) in zip(bins.columns, pairwise(bins.begins), strict=True):
            for index, (count, share) in enumerate(
                zip(counts[begin:end], column.shares, strict=True)
            ):
                labels = (column.kind, column.name, f"{index:02}")
                rows.add_metric(labels, count)
                baseline.add_metric(labels, share)
        faults = CounterMetricFamily(
            "model_server_drift_faults", "Requests whose rows could not be counted."
        )
        faults.add_metric((), bins.faults)
        yield from (rows, baseline, faults)
