"""Did it work: an operation's area against its control, before and after, and what became of the surroundings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Need, Picture, Scale, Study, of_many
from insights.answers.dates import told_days
from insights.methods import operations
from insights.methods.base import MethodFault, parameter
from insights.methods.operations import Effect, Operation, Outcome

ZONES = ("treated", "control", "around the treated", "around the control")


@dataclass(frozen=True)
class OperationAround(Operation):
    """When the operation was, and how far around it displacement is looked for."""

    metres: float = parameter(
        250.0, "Width of the zones around", unit="m", least=0, most=10_000, help="0 looks at the areas alone."
    )
    by_area: bool = parameter(
        False,
        "Weigh the control to the size of the treated area",
        help="Where the areas differ much in size; the test as published does not.",
    )


def answer_operations(study: Study, parameters: OperationAround) -> Answer:
    """Return one row for each zone: counts before and after, and how they changed."""
    if study.zones is None:
        raise MethodFault("Draw the area of the operation and a control area to compare it with.")
    _check_days(study, parameters)
    treated, control = study.zones
    outlines = operations.outlines(treated, control, parameters.metres)
    zone, areas = operations.zones(study.events, treated, control, parameters.metres)
    found = operations.evaluated(study.events, zone, parameters, areas if parameters.by_area else None)
    before, after = found.counts[: len(outlines)].T
    expected = before * found.weights[: len(outlines), 0] / found.weights[: len(outlines), 1]
    return Answer(
        sentences=found.sentences,
        figures=_figures(found, parameters),
        columns=(
            Column("zone", "Zone", ZONES[: len(outlines)], Kind.TEXT),
            Column("before", "Before", before, Kind.COUNT),
            Column("after", "After", after, Kind.COUNT),
            Column("as_before", "After, had it gone on as before", expected),
            Column("change", "Change", after - expected),
            Column("km2", "Area", areas[: len(outlines)], unit="km²"),
        ),
        shapes=outlines,
        coloured_by="zone",
        scale=Scale.WORDS,
        pictures=(Picture("bars", "Incidents before and after", "zone", ("before", "after")),),
        cautions=_cautions(found, parameters),
    )


def _check_days(study: Study, asked: OperationAround) -> None:
    """Refuse periods that the incidents do not cover, since their missing part would look like a change."""
    first, until = study.first_day, study.until
    if (first is not None and asked.before_from < first) or (until is not None and asked.after_until > until):
        raise MethodFault(
            "The days before and after go beyond the period that was asked for; take a longer period.",
            "before_from",
        )
    if asked.after_until > study.today:
        raise MethodFault(
            "The period after has not ended yet, which would look like a fall; choose an earlier end.",
            "after_until",
        )


def _figures(found: Outcome, asked: OperationAround) -> tuple[Figure, ...]:
    return (
        *_effect("local", "Treated area", found.local),
        *_effect("around", "Around it", found.around),
        *_effect("total", "In all", found.total),
        Figure("used", "Incidents counted", int(found.counts.sum()), Kind.COUNT),
        Figure("left_out", "Without a place", found.left_out, Kind.COUNT),
        Figure("days_before", "Days before", asked.before_until - asked.before_from, unit="days"),
        Figure("days_after", "Days after", asked.after_until - asked.after_from, unit="days"),
        Figure("before", "Before", told_days(asked.before_from, asked.before_until), Kind.TEXT),
        Figure("after", "After", told_days(asked.after_from, asked.after_until), Kind.TEXT),
    )


def _effect(name: str, label: str, effect: Effect | None) -> tuple[Figure, ...]:
    def of(what: str) -> float | None:
        return float(getattr(effect, what)) if effect is not None else None

    return (
        Figure(name, f"{label}: difference", of("difference"), unit="incidents"),
        Figure(f"{name}_low", f"{label}: from (95 %)", of("low")),
        Figure(f"{name}_high", f"{label}: to (95 %)", of("high")),
        Figure(f"{name}_error", f"{label}: standard error", of("error")),
        Figure(f"{name}_z", f"{label}: z", of("z")),
        Figure(f"{name}_p", f"{label}: p, two-sided", of("p"), Kind.P),
    )


def _cautions(found: Outcome, asked: OperationAround) -> tuple[str, ...]:
    told = []
    if asked.metres > 0 and found.around is None:
        told.append("Nothing happened around either area, so displacement cannot be told.")
    if asked.metres == 0:
        told.append("No zone around was asked for, so displacement was not looked for.")
    weekdays = (asked.before_until - asked.before_from) % 7, (asked.after_until - asked.after_from) % 7
    if any(weekdays):
        told.append("The periods are not of whole weeks, so that their weekdays differ.")
    control = int(found.counts[1].sum())
    if control < 10:
        told.append(
            f"The control area has {of_many(control, 'incident')}; one more or less changes the result much."
        )
    return tuple(told)


#: The method with the width of the zones around, which it is given as zones.
METHOD = replace(operations.METHOD, parameters=OperationAround)

OPERATIONS = Analysis(METHOD, answer_operations, frozenset({Need.ZONES}))
