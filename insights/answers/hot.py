"""Which cells stand out from chance: Gi* and Moran's I."""

from __future__ import annotations

import numpy as np

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Scale, Study, of_many
from insights.answers.cells import chosen
from insights.answers.spans import cautions_left_out
from insights.answers.words import is_or_are, told_p, told_share
from insights.methods import autocorrelation, hotspots
from insights.methods.autocorrelation import HIGH_HIGH, HIGH_LOW, LOW_HIGH, LOW_LOW, Moran, MoranParameters
from insights.methods.base import Flags, Grid
from insights.methods.hotspots import ONE_PERMUTATION, HotspotParameters, Hotspots
from insights.methods.needs import gridded, placed

#: A cell of Moran's I stands out up to this p.
LOCAL_LEVEL = 0.05
MOSTLY = 0.5
QUARTERS = {
    HIGH_HIGH: "high among high",
    LOW_HIGH: "low among high",
    LOW_LOW: "low among low",
    HIGH_LOW: "high among low",
}


def answer_hotspots(study: Study, parameters: HotspotParameters) -> Answer:
    """Return the cells that are significant, then others that hold incidents, the hottest of both first."""
    found = hotspots.hotspots(study.events, parameters, study.grid(parameters.cell), study.progress)
    hot, cold = found.significant & (found.z > 0), found.significant & (found.z < 0)
    cells = chosen(found.significant | (found.counts > 0), found.significant, found.z)
    columns = [
        Column("count", "Incidents", cells.of(found.counts), Kind.COUNT),
        Column("z", "Gi* (z)", cells.of(found.z)),
        Column("p", "p, two-sided", cells.of(found.p), Kind.P),
        Column("significant", "Stands out", cells.of(found.significant), Kind.FLAG),
        Column("verdict", "Verdict", cells.of(_verdicts(hot, cold)), Kind.TEXT),
        Column("confidence", "Confidence by z alone", cells.of(np.abs(found.confidence)), Kind.COUNT, "%"),
    ]
    if found.permuted_p is not None:
        columns.append(Column("permuted_p", "p, permuted, one-sided", cells.of(found.permuted_p), Kind.P))
    return Answer(
        sentences=_hot_sentences(found, hot, cold, parameters),
        figures=_hot_figures(found, hot, cold, parameters),
        columns=tuple(columns),
        shapes=cells.drawn(found.grid),
        coloured_by="z",
        scale=Scale.AROUND_ZERO,
        cautions=_hot_cautions(found, parameters),
        cut=cells.cut,
    )


def _verdicts(hot: Flags, cold: Flags) -> np.ndarray:
    words: np.ndarray = np.select([hot, cold], ["hot spot", "cold spot"], default="noise")
    return words


def _hot_sentences(
    found: Hotspots, hot: Flags, cold: Flags, parameters: HotspotParameters
) -> tuple[str, ...]:
    cells, many = int(found.grid.inside.sum()), int(hot.sum())
    rate = f"at a false discovery rate of {told_share(parameters.false_discovery)}"
    if not found.significant.any():
        return (f"None of {cells:,} cells is a hot or cold spot {rate}: the differences are noise.",)
    noun = "a hot spot" if many == 1 else "hot spots"
    total, held = int(found.counts.sum()), int(found.counts[hot].sum())
    if not many:
        first = f"None of {cells:,} cells is a hot spot {rate}."
    else:
        first = f"{many:,} of {cells:,} cells {is_or_are(many)} {noun} {rate}."
    told = [first]
    if many:
        verb = "It holds" if many == 1 else "They hold"
        told.append(f"{verb} {held:,} of {of_many(total, 'incident')} ({told_share(held / total)}).")
    if cold.any():
        told.append(f"{of_many(int(cold.sum()), 'cell')} {is_or_are(int(cold.sum()))} colder than chance.")
    return tuple(told)


def _hot_figures(
    found: Hotspots, hot: Flags, cold: Flags, parameters: HotspotParameters
) -> tuple[Figure, ...]:
    return (
        Figure("incidents", "Incidents of the area", int(found.counts.sum()), Kind.COUNT),
        Figure("outside", "Outside of the area", found.outside, Kind.COUNT),
        Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
        Figure("cells", "Cells of the area", int(found.grid.inside.sum()), Kind.COUNT),
        Figure("hot", "Hot spots", int(hot.sum()), Kind.COUNT),
        Figure("cold", "Cold spots", int(cold.sum()), Kind.COUNT),
        Figure("in_hot", "Incidents in hot spots", int(found.counts[hot].sum()), Kind.COUNT),
        Figure("highest_z", "Highest z", float(found.z[found.grid.inside].max())),
        Figure("false_discovery", "False discovery rate", parameters.false_discovery, Kind.SHARE),
    )


def _hot_cautions(found: Hotspots, parameters: HotspotParameters) -> tuple[str, ...]:
    told = list(cautions_left_out(unplaced=found.unplaced, outside=found.outside))
    cells = int(found.grid.inside.sum())
    empty = cells - int((found.counts > 0).sum())
    if not parameters.permutations and empty > MOSTLY * cells:
        told.append(
            f"{empty:,} of {cells:,} cells are empty, so the normal distribution is a rough guide: use permutations."
        )
    return tuple(told)


def answer_autocorrelation(study: Study, parameters: MoranParameters) -> Answer:
    """Return the cells that stand out among their neighbours or hold incidents, the most telling quarters first."""
    found = autocorrelation.moran(study.events, parameters, study.grid(parameters.cell), study.progress)
    placed_events = study.events.placed()
    counts = np.where(found.grid.inside, found.grid.counts(placed_events.x, placed_events.y), 0)
    stands = (found.p <= LOCAL_LEVEL) & found.grid.inside
    # High among high first, then the odd ones out, then the quiet ones, then noise.
    order = np.select([found.quarter == q for q in (HIGH_HIGH, HIGH_LOW, LOW_HIGH)], [3, 2, 1], default=0)
    cells = chosen(stands | (counts > 0), np.where(stands, order, -1), np.abs(found.local))
    words = np.select(
        [stands & (found.quarter == q) for q in QUARTERS], list(QUARTERS.values()), default="noise"
    )
    return Answer(
        sentences=_moran_sentences(found, stands),
        figures=_moran_figures(found, stands, int(counts.sum())),
        columns=(
            Column("verdict", "Among its neighbours", cells.of(words), Kind.TEXT),
            Column("count", "Incidents", cells.of(counts), Kind.COUNT),
            Column("local", "Local Moran's I", cells.of(found.local)),
            Column("p", "p, permuted, one-sided", cells.of(found.p), Kind.P),
        ),
        shapes=cells.drawn(found.grid),
        coloured_by="verdict",
        scale=Scale.WORDS,
        cautions=_moran_cautions(found, stands),
        cut=cells.cut,
    )


def _moran_sentences(found: Moran, stands: Flags) -> tuple[str, ...]:
    whole = found.whole
    figures = f"(Moran's I {whole.value:.2f}, z {whole.z:.1f}, {told_p(whole.p)})"
    if whole.p > LOCAL_LEVEL:
        first = (
            f"Counts resemble those of their neighbours no more than chance would make them {figures}: noise."
        )
    elif whole.value > whole.expected:
        first = f"High counts lie beside high ones, and low beside low, more than by chance {figures}."
    else:
        first = f"High counts lie beside low ones, more than by chance {figures}."
    cells = int(found.grid.inside.sum())
    many = {word: int((stands & (found.quarter == q)).sum()) for q, word in QUARTERS.items()}
    told = ", ".join(f"{number:,} {word}" for word, number in many.items() if number)
    second = (
        f"Of {cells:,} cells {told}." if told else f"None of {cells:,} cells stands out among its neighbours."
    )
    return (first, second)


def _moran_figures(found: Moran, stands: Flags, incidents: int) -> tuple[Figure, ...]:
    whole = found.whole
    return (
        Figure("incidents", "Incidents of the area", incidents, Kind.COUNT),
        Figure("outside", "Outside of the area", found.outside, Kind.COUNT),
        Figure("unplaced", "Without a place", found.unplaced, Kind.COUNT),
        Figure("cells", "Cells of the area", int(found.grid.inside.sum()), Kind.COUNT),
        Figure("moran", "Moran's I", whole.value),
        Figure("expected", "Expected without autocorrelation", whole.expected),
        Figure("variance", "Variance under randomisation", whole.variance),
        Figure("z", "z", whole.z),
        Figure("p", "p, two-sided", whole.p, Kind.P),
        Figure("stand_out", f"Cells with p up to {LOCAL_LEVEL:g}", int(stands.sum()), Kind.COUNT),
    )


def _moran_cautions(found: Moran, stands: Flags) -> tuple[str, ...]:
    cells = int(found.grid.inside.sum())
    by_chance = (
        f"By chance alone about {round(LOCAL_LEVEL * cells):,} of {cells:,} cells would stand out; here"
        f" {int(stands.sum()):,} {'does' if stands.sum() == 1 else 'do'}."
    )
    return (by_chance, *cautions_left_out(unplaced=found.unplaced, outside=found.outside))


def _cells_of(study: Study, size: float) -> int:
    grid: Grid = gridded(placed(study.events, 1), size, study.grid(size))
    return int(grid.inside.sum())


def cost(study: Study, parameters: HotspotParameters | MoranParameters) -> float:
    """Return about how many seconds the permutations take; MethodFault as of the methods."""
    return _cells_of(study, parameters.cell) * parameters.permutations * ONE_PERMUTATION


HOTSPOTS = Analysis(hotspots.METHOD, answer_hotspots, cost=cost)
AUTOCORRELATION = Analysis(autocorrelation.METHOD, answer_autocorrelation, cost=cost)
