"""The figures as a drawing: CPU seconds over models, both axes logarithmic, a panel a set."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.peers.measured import Figure

__all__ = ["plot"]

_WIDTH: Final = 420
_HEIGHT: Final = 360
_LEFT, _TOP, _RIGHT, _BOTTOM = 50, 30, 10, 40
_LEGEND: Final = 16
_COLOURS: Final = (
    *("#0b6", "#07c", "#d50", "#a3a", "#b90", "#555", "#c06", "#0aa", "#840", "#66d"),
)


def plot(figures: Sequence[Figure]) -> str:
    """An SVG with a panel for each set beside each other."""
    sets = list(dict.fromkeys(one.work for one in figures))
    most = max(
        (len({one.contender for one in figures if one.work == work}) for work in sets), default=0
    )
    width, height = _WIDTH * len(sets), _HEIGHT + _LEGEND * most + 10
    panels = [
        f'<g transform="translate({_WIDTH * number} 0)">'
        + _panel(work, [one for one in figures if one.work == work])
        + "</g>"
        for number, work in enumerate(sets)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>' + "".join(panels) + "</svg>\n"
    )


def _panel(work: str, figures: Sequence[Figure]) -> str:
    sizes = sorted({one.models for one in figures})
    low = math.floor(min(math.log10(one.cpu) for one in figures))
    high = max(low + 1, math.ceil(max(math.log10(one.cpu) for one in figures)))
    span = max(1.0, math.log10(sizes[-1]) - math.log10(sizes[0]))

    def x(models: int) -> float:
        share = (math.log10(models) - math.log10(sizes[0])) / span
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT - 10)

    def y(seconds: float) -> float:
        share = (math.log10(seconds) - low) / (high - low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    parts = [f'<text x="{_LEFT}" y="18" font-size="13">{escape(work)}: CPU s by models</text>']
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        )
    parts += [
        f'<text x="{x(size):.1f}" y="{_HEIGHT - 22}" text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    for number, name in enumerate(dict.fromkeys(one.contender for one in figures)):
        colour = _COLOURS[number % len(_COLOURS)]
        points = sorted((one.models, one.cpu) for one in figures if one.contender == name)
        line = " ".join(f"{x(models):.1f},{y(seconds):.1f}" for models, seconds in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(models):.1f}" cy="{y(seconds):.1f}" r="3" fill="{colour}"/>'
            for models, seconds in points
        ]
        at = _HEIGHT + _LEGEND * number
        parts.append(
            f'<rect x="{_LEFT}" y="{at - 9}" width="10" height="10" fill="{colour}"/>'
            f'<text x="{_LEFT + 16}" y="{at}">{escape(name)}</text>'
        )
    return "".join(parts)
