"""Where incidents lie: the figures are the method's, noise is called noise, and areas are kept to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from insights.answers.hot import answer_autocorrelation, answer_hotspots
from insights.answers.places import answer_clusters, answer_concentration
from insights.answers.surfaces import answer_density
from insights.answers.where import answer_counts
from insights.methods.autocorrelation import MoranParameters, moran
from insights.methods.base import Events
from insights.methods.clusters import ClusterParameters, clusters
from insights.methods.concentration import ConcentrationParameters, concentration
from insights.methods.counts import CountParameters
from insights.methods.density import DensityParameters, density
from insights.methods.hotspots import HotspotParameters, hotspots
from tests.insights.answers.agencies import CITY, agency, column, figures, of_events


def _unrelated() -> Events:
    """Return incidents that chance alone put on 12 by 12 cells of 250 m."""
    x, y = np.random.default_rng(4).uniform(0, 3000, (2, 430))
    return Events.of(x, y, np.zeros(430))


def test_counts_name_the_fullest_cell_and_keep_to_the_area() -> None:
    events = Events.of([10, 20, 30, 700, 9000, np.nan], [10, 20, 30, 10, 10, 5], np.arange(6))
    study = replace(of_events(events), area=shapely.box(0, 0, 1000, 1000))

    found = answer_counts(study, CountParameters())

    assert found.sentences == ("4 incidents lie in 2 cells; the fullest holds 3.",)
    assert column(found, "count").tolist() == [3, 1]
    assert column(found, "per_km2").tolist() == [48, 16]
    assert figures(found) == {"incidents": 4, "cells": 2, "fullest": 3, "outside": 1, "unplaced": 1}
    assert found.cautions == (
        "1 incident without a place was left out.",
        "1 incident outside of the area was left out.",
    )
    assert found.shapes is not None
    assert shapely.bounds(found.shapes[1]).round(6).tolist() == [500, 0, 750, 250]


def test_the_densest_cell_is_first_and_its_figures_are_the_surface_s() -> None:
    study = replace(agency(), area=CITY)
    surface = density(study.events, DensityParameters(), study.grid(200))

    found = answer_density(study, DensityParameters())

    told, values = figures(found), column(found, "density")
    assert values[0] == told["peak"] == surface.density.max()
    assert (np.diff(values) <= 0).all()
    assert (values > 0).all()
    assert found.rows + found.cut == (surface.density > 0).sum()
    assert (told["incidents"], told["outside"], told["unplaced"]) == (
        surface.counted,
        surface.outside,
        surface.unplaced,
    )
    assert 0 < told["densest_share"] < 1
    assert f"{surface.density.max():,.1f} incidents per km²" in found.sentences[0]


def test_hot_spots_are_told_with_the_rate_of_false_ones() -> None:
    study = replace(agency(), area=CITY)
    method = hotspots(study.events, HotspotParameters(), study.grid(250))
    hot = method.significant & (method.z > 0)

    found = answer_hotspots(study, HotspotParameters())

    many = int(hot.sum())
    assert many > 1
    assert found.sentences[0] == (
        f"{many} of {method.grid.inside.sum():,} cells are hot spots at a false discovery rate of 5 %."
    )
    assert (column(found, "verdict") == "hot spot").sum() == many == figures(found)["hot"]
    stands = column(found, "significant")
    assert (np.diff(stands.astype(int)) <= 0).all()
    assert all((np.diff(column(found, "z")[rows]) <= 0).all() for rows in (stands, ~stands))
    assert figures(found)["in_hot"] == method.counts[hot].sum()
    assert found.rows == (method.significant | (method.counts > 0)).sum()


def test_chance_alone_makes_no_hot_spot_and_no_pattern() -> None:
    study = of_events(_unrelated())

    hot = answer_hotspots(study, HotspotParameters())
    pattern = answer_autocorrelation(study, MoranParameters(permutations=99))

    assert hot.sentences == (
        "None of 144 cells is a hot or cold spot at a false discovery rate of 5 %: the differences are noise.",
    )
    assert figures(hot)["hot"] == 0
    assert pattern.sentences[0].startswith("Counts resemble those of their neighbours no more than chance")


def test_quarters_are_told_where_cells_stand_out_and_noise_elsewhere() -> None:
    study, parameters = agency(), MoranParameters(permutations=99)
    method = moran(study.events, parameters)

    found = answer_autocorrelation(study, parameters)

    told = figures(found)
    stands = (method.p <= 0.05) & method.grid.inside
    assert (told["moran"], told["z"], told["p"]) == (method.whole.value, method.whole.z, method.whole.p)
    assert told["stand_out"] == stands.sum()
    assert ((column(found, "p") <= 0.05) == (column(found, "verdict") != "noise")).all()
    verdicts = column(found, "verdict").tolist()
    assert verdicts[0] == "high among high"
    assert verdicts[int(stands.sum()) :] == ["noise"] * (found.rows - int(stands.sum()))


def test_concentration_tells_the_fewest_cells_and_draws_the_curve() -> None:
    method = concentration(agency().events, ConcentrationParameters())

    found = answer_concentration(agency(), ConcentrationParameters())

    half = int(method.holding[1])
    assert found.sentences[1].startswith(f"50 % of the incidents lie in {half} cells")
    assert figures(found)["gini"] == method.gini
    assert figures(found)["holding_50"] == method.holding_share[1]
    places, incidents = column(found, "places"), column(found, "incidents")
    assert (places[0], incidents[0], places[-1], incidents[-1]) == (0, 0, 1, 1)
    assert (incidents >= places).all()
    assert (np.diff(places) > 0).all()


def test_clusters_are_the_method_s_the_largest_first() -> None:
    method = clusters(agency().events, ClusterParameters())

    found = answer_clusters(agency(), ClusterParameters())

    assert column(found, "count").tolist() == sorted(method.count.tolist(), reverse=True)
    assert found.shapes is not None
    for number, shape in zip(column(found, "number"), found.shapes, strict=True):
        assert shapely.equals(shape, method.outlines[number - 1])
    assert f"hold {method.count.sum()} of" in found.sentences[0]


def test_no_cluster_is_told_plainly() -> None:
    found = answer_clusters(of_events(Events.of([0, 9000], [0, 0], [1, 2])), ClusterParameters())

    assert found.sentences == (
        "There is no cluster: nowhere do 6 of 2 incidents lie within 250 m and 14 days of one of them.",
    )
    assert (found.rows, figures(found)["clusters"]) == (0, 0)
