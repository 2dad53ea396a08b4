"""Journeys to crime: how far from home solved crimes were done, where homes are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Floats, Integers, Method, MethodFault, Parameters, parameter

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Peaks that are tried between 0 and the farthest journey, then again between the neighbours of the best.
TRIED = 400


@dataclass(frozen=True)
class Journeys(Parameters):
    """How journeys are measured."""

    measure: str = parameter("euclidean", "Distance", choices=("euclidean", "manhattan"))
    at_home: float = parameter(
        10.0, "At home within", unit="m", least=0, most=500, help="Crimes this near to home are no journeys."
    )
    least: int = parameter(
        20,
        "Least journeys",
        unit="journeys",
        least=10,
        most=1000,
        help="Fewer could name a home, and fit nothing.",
    )


@dataclass(frozen=True)
class Decay:
    """Density of journeys: rising evenly to its ``peak`` (m), then falling by e each ``scale`` (m).

    ``gain``: log likelihood above the exponential without a buffer; below about 2 the peak is no better than none.
    """

    peak: float
    scale: float
    log_likelihood: float
    gain: float

    def density(self, metres: Floats) -> Floats:
        """Return the density per metre, shape of ``metres``: K d / peak up to the peak, K exp(-(d - peak) / scale)."""
        height = 1 / (self.peak / 2 + self.scale)
        rise = metres / self.peak if self.peak > 0 else np.ones_like(metres)
        fall = np.exp(-np.maximum(metres - self.peak, 0) / self.scale)
        found: Floats = height * np.where(metres < self.peak, rise, fall)
        return found


@dataclass(frozen=True)
class Travelled:
    """Journeys of n crimes by rising key: ``key``, metres. ``quantiles`` at ``SHARES`` of them, mean, and their decay.

    ``at_home``: crimes left out because they were done at home; ``left_out``: those without a place or a known home.
    """

    key: Integers
    metres: Floats
    quantiles: Floats
    mean: float
    decay: Decay
    at_home: int
    left_out: int


def travelled(events: Events, home_x: Floats, home_y: Floats, asked: Journeys) -> Travelled:
    """Return the journeys of solved crimes from their offenders' homes, metres in the events' projected system.

    Homes that are not known are not finite. MethodFault: fewer journeys than asked for at least, or all alike.
    """
    away = _away(events.x - home_x, events.y - home_y, asked.measure)
    known = np.isfinite(away)
    gone = known & (away > asked.at_home)
    if gone.sum() < asked.least:
        raise MethodFault(
            f"Only {gone.sum()} journeys have a crime's place and a home; {asked.least} are needed at least, so take"
            " a longer period."
        )
    order = np.flatnonzero(gone)[np.lexsort((away[gone], events.key[gone]))]
    metres = away[order]
    quantiles: Floats = np.quantile(metres, SHARES)
    decay = buffered_decay(np.sort(metres))
    at_home, left = int((known & ~gone).sum()), int((~known).sum())
    return Travelled(
        events.key[order], metres, quantiles, math.fsum(metres) / len(metres), decay, at_home, left
    )


def _away(x: Floats, y: Floats, measure: str) -> Floats:
    away: Floats = np.hypot(x, y) if measure == "euclidean" else np.abs(x) + np.abs(y)
    return away


def buffered_decay(metres: Floats) -> Decay:
    """Return the likeliest decay with a buffer for journeys longer than 0.

    The scale for a peak b is (S + sqrt(S^2 + 2 n S b)) / 2n, S the sum of what goes beyond b; peaks are searched.
    Source: Levine (2013), CrimeStat, truncated negative exponential. MethodFault: all journeys are of one length.
    """
    metres = np.sort(metres)
    if metres[-1] - metres[0] <= 1e-6 * metres[-1]:
        raise MethodFault("All journeys are of one length; no decay can be fitted to them.")
    low, high = 0.0, float(metres[-1])
    for _ in range(4):
        peaks = np.linspace(low, high, TRIED)[:-1]
        fits = np.array([_likelihood(metres, peak) for peak in peaks])
        best = int(np.argmax(fits))
        low, high = float(peaks[max(best - 1, 0)]), float(peaks[min(best + 1, len(peaks) - 1)])
    peak, plain = float(peaks[best]), _likelihood(metres, 0.0)
    return Decay(peak, _scale(metres, peak), float(fits[best]), float(fits[best]) - plain)


def _scale(metres: Floats, peak: float) -> float:
    beyond = math.fsum(np.maximum(metres - peak, 0))
    return (beyond + math.sqrt(beyond * beyond + 2 * len(metres) * beyond * peak)) / (2 * len(metres))


def _likelihood(metres: Floats, peak: float) -> float:
    scale = _scale(metres, peak)
    within = metres[metres < peak]
    rising = float(np.log(within / peak).sum()) if len(within) else 0.0
    falling = float(np.maximum(metres - peak, 0).sum()) / scale
    return rising - falling - len(metres) * math.log(peak / 2 + scale)


METHOD = Method(
    key="journeys",
    title="Journeys to crime",
    question="How far from home are crimes done here?",
    version="1",
    parameters=Journeys,
    run=travelled,
    minimum=20,
    assumes=(
        "The home on record is where the offender lived and set out from at the time.",
        "Solved crimes are like the unsolved.",
    ),
    fails=(
        "Crimes near home are solved more often, so that journeys look shorter than they are.",
        "An offender of many crimes counts as many journeys.",
        "Straight metres are shorter than streets; distances say nothing of where targets are to be had.",
    ),
    sources=(
        "Levine (2013), CrimeStat: a spatial statistics program.",
        "Townsley and Sidebottom (2010), All offenders are equal, but some are more equal than others.",
    ),
)
