"""What the libraries compute, which the methods of analysis are measured against: PySAL and scikit-learn.

They are imported in the functions, so that our own side's memory is not theirs.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from insights.methods.base import Events, Floats, Grid


def lattice(counts: Floats) -> tuple[Floats, Any]:
    """Return the counts in a row and PySAL's weights of a lattice, neighbours by queen's moves."""
    import libpysal

    return counts.ravel(), libpysal.weights.lat2W(*counts.shape, rook=False)


def z_scores(given: tuple[Floats, Any]) -> Floats:
    """Return esda's z of Gi* per cell, given counts and weights."""
    return cast(Floats, _gi_star(given, 0).Zs)


def permutations(given: tuple[Floats, Any]) -> Floats:
    """Return esda's pseudo p-value per cell of 999 conditional permutations, on one thread."""
    return cast(Floats, _gi_star(given, 999).p_sim)


def _gi_star(given: tuple[Floats, Any], number: int) -> Any:
    import esda

    return esda.G_Local(*given, transform="B", star=True, permutations=number, n_jobs=1, seed=1)


def density(events: Events, grid: Grid, bandwidth: float) -> Floats:
    """Return scikit-learn's Gaussian density in the middle of every cell, incidents per km²."""
    from sklearn.neighbors import KernelDensity

    across, upwards = np.meshgrid(*grid.centres())
    asked = np.column_stack((across.ravel(), upwards.ravel()))
    fitted = KernelDensity(bandwidth=bandwidth, rtol=1e-3).fit(np.column_stack((events.x, events.y)))
    return cast(Floats, np.exp(fitted.score_samples(asked)) * len(events) * 1e6)


def clusters(events: Events, radius: float, least: int) -> Floats:
    """Return scikit-learn's cluster per event, -1 for noise."""
    from sklearn.cluster import DBSCAN

    places = np.column_stack((events.x, events.y))
    return cast(Floats, DBSCAN(eps=radius, min_samples=least).fit(places).labels_)


def knox(events: Events, metres: float, days: float) -> Floats:
    """Return pointpats' number of pairs near in both, after its 999 permutations."""
    import pointpats

    places = np.column_stack((events.x, events.y))
    found = pointpats.Knox(places, events.begin[:, None], metres, days, permutations=999)
    return np.array([found.nst], np.float64)
