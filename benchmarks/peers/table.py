"""The figures as a table of Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.peers.measured import Figure, growth

__all__ = ["table"]

_BASE = "serving check"


def table(figures: Sequence[Figure]) -> str:
    """For each set a table: CPU and memory by size, the growth, and beside our check the ratio."""
    return "\n\n".join(
        _of_set(work, [one for one in figures if one.work == work])
        for work in dict.fromkeys(one.work for one in figures)
    )


def _of_set(work: str, figures: Sequence[Figure]) -> str:
    sizes = sorted({one.models for one in figures})
    by_name: dict[str, dict[int, Figure]] = {}
    for one in figures:
        by_name.setdefault(one.contender, {})[one.models] = one
    base = by_name.get(_BASE, {})
    head = [f"{work}: CPU s (MiB)", *(f"N={size:,}" for size in sizes), "growth", f"÷ {_BASE}"]
    lines = [_row(head), _row(["---"] * len(head))]
    for name, found in by_name.items():
        cells = [_cell(found.get(size)) for size in sizes]
        slope = growth({size: one.cpu for size, one in found.items()})
        lines.append(
            _row([name, *cells, "–" if slope is None else f"{slope:.2f}", _ratios(found, base)])
        )
    return "\n".join(lines)


def _cell(figure: Figure | None) -> str:
    return "–" if figure is None else f"{figure.cpu:.2f} ({figure.mib:.0f})"


def _ratios(found: dict[int, Figure], base: dict[int, Figure]) -> str:
    shared = sorted(set(found) & set(base))
    return ", ".join(f"{found[size].cpu / base[size].cpu:.2f}" for size in shared) or "–"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
