"""This week, month and year against earlier ones, by offence or beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from insights.answers.base import MOST_ROWS, Analysis, Answer, Column, Figure, Kind, Need, Study, of_many
from insights.answers.dates import told_day
from insights.answers.spans import cautions_left_out, cautions_of_days, until_of
from insights.answers.words import told_p
from insights.methods import compstat
from insights.methods.base import Integers, MethodFault
from insights.methods.compstat import NOISE, Comparison, CompStat, CompStatParameters

#: What the comparisons of the method are called in columns, in their order.
NAMES = ("week", "week_last_year", "month", "month_last_year", "year")
#: The comparisons that share their later span are told once: the first of each.
SPANS = (0, 2, 4)
WORDS = {-1: "fall", 0: "noise", 1: "rise"}
UNKNOWN = "not known"
#: Changes that sentences speak of.
TOLD = 5


@dataclass(frozen=True)
class Table:
    """The comparison of each group, that of all together, and the groups' names in the order of the rows."""

    each: CompStat
    whole: CompStat
    names: tuple[str, ...]
    order: Integers


def answer_offences(study: Study, parameters: CompStatParameters) -> Answer:
    """Return one row for each offence: what changed first, then the one with most incidents of 28 days."""
    return _answer(study, parameters, study.events.kind, study.kinds, "offence")


def answer_beats(study: Study, parameters: CompStatParameters) -> Answer:
    """Return one row for each beat, in the order of ``answer_offences``."""
    if study.groups is None:
        raise MethodFault("The beats of the incidents are not known; compare offences instead.")
    return _answer(study, parameters, study.groups, study.group_names, "beat")


def _answer(
    study: Study, parameters: CompStatParameters, group: Integers, known: Sequence[str], noun: str
) -> Answer:
    table = table_of(study, parameters, group, known, noun)
    return Answer(
        sentences=(*whole_sentences(table), *changes(table, noun)),
        figures=_figures(study, table),
        columns=columns_of(table, noun),
        cautions=cautions_of(study, table, parameters),
        cut=len(table.each.groups) - len(table.order),
    )


def table_of(
    study: Study, parameters: CompStatParameters, group: Integers, known: Sequence[str], noun: str
) -> Table:
    """Return the comparisons of each group, named by what is ``known`` of its number, what changed first."""
    until = until_of(study)
    each, whole = (
        compstat.compstat(study.events, parameters, until, of, study.first_day)
        for of in (group, np.zeros(len(study.events), np.int64))
    )
    notable = ((each.verdict != NOISE) & each.covered).any(axis=1)
    order = np.lexsort((each.groups, -each.now[:, 4], -each.now[:, 2], ~notable))[:MOST_ROWS]
    return Table(each, whole, tuple(_name(known, noun, int(number)) for number in each.groups), order)


def _name(known: Sequence[str], noun: str, number: int) -> str:
    if 0 <= number < len(known):
        return known[number]
    return f"No {noun}" if number < 0 else f"{noun.capitalize()} {number}"


def columns_of(table: Table, noun: str) -> tuple[Column, ...]:
    """Return the groups and what is told of each comparison."""
    each, order = table.each, table.order
    found = [Column("group", noun.capitalize(), [table.names[at] for at in order], Kind.TEXT)]
    for number, compared in enumerate(each.comparisons):
        if number in SPANS:
            now = compared.name.partition(",")[0]
            label = now[0].upper() + now[1:]
            found.append(Column(NAMES[number], label, each.now[order, number], Kind.COUNT))
        found.extend(_compared(table, number, compared))
    return tuple(found)


def _compared(table: Table, number: int, compared: Comparison) -> list[Column]:
    """Return the columns of one comparison; where the data do not reach back nothing is judged."""
    each, order, name = table.each, table.order, NAMES[number]
    is_covered = bool(each.covered[number])
    percent, z, p = (
        values[order, number] if is_covered else np.full(len(order), np.nan)
        for values in (each.percent, each.z, each.p)
    )
    return [
        Column(f"{name}_before", f"{compared.name}: earlier", each.before[order, number], Kind.COUNT),
        Column(f"{name}_percent", f"{compared.name}: change", percent, unit="%"),
        Column(f"{name}_z", f"{compared.name}: z", z),
        Column(f"{name}_p", f"{compared.name}: p", p, Kind.P),
        Column(f"{name}_verdict", f"{compared.name}: verdict", _verdicts(table, number), Kind.TEXT),
    ]


def _verdicts(table: Table, number: int) -> list[str]:
    if not table.each.covered[number]:
        return [UNKNOWN] * len(table.order)
    return [WORDS[int(verdict)] for verdict in table.each.verdict[table.order, number]]


def whole_sentences(table: Table) -> tuple[str, ...]:
    """Tell all groups together for each comparison that the data reach back for."""
    whole = table.whole
    until = told_day(whole.comparisons[0].now[1] - 1)
    told = []
    for number, compared in enumerate(whole.comparisons):
        if not whole.covered[number]:
            continue
        verdict = WORDS[int(whole.verdict[0, number])]
        told.append(
            f"{compared.name}: {whole.now[0, number]:,} against {whole.before[0, number]:,}"
            f" ({verdict}, {told_p(whole.p[0, number])})"
        )
    if not told:
        return (
            f"{of_many(int(whole.now[0, 4]), 'incident')} this year up to {until}; none can be compared yet.",
        )
    return (f"All incidents up to {until}: {'; '.join(told)}.",)


def changes(table: Table, noun: str) -> tuple[str, ...]:
    """Tell the changes that are more than noise, the surest first."""
    each = table.each
    judged = (each.verdict != NOISE) & each.covered
    if not each.covered.any():
        return ()
    if not judged.any():
        return (f"No {noun} rose or fell by more than chance would make it: all changes are noise.",)
    rows, columns = np.nonzero(judged)
    surest = np.lexsort((columns, rows, each.p[rows, columns]))
    told = [_change(table, int(rows[at]), int(columns[at])) for at in surest[:TOLD]]
    more = len(rows) - len(told)
    return (
        *told,
        *((f"{of_many(more, 'more change')} {'is' if more == 1 else 'are'} above noise.",) if more else ()),
    )


def _change(table: Table, row: int, column: int) -> str:
    each = table.each
    verb = "rose" if each.verdict[row, column] > 0 else "fell"
    return (
        f"{table.names[row]} {verb}: {each.now[row, column]:,} against {each.before[row, column]:,}"
        f" ({each.comparisons[column].name}, {told_p(each.p[row, column])})."
    )


def _figures(study: Study, table: Table) -> tuple[Figure, ...]:
    each, whole = table.each, table.whole
    judged = each.verdict[:, each.covered]
    totals = [
        Figure(name, f"{compared.name}: {word}", int(counts[0, number]), Kind.COUNT)
        for number, compared in enumerate(whole.comparisons)
        for name, word, counts in (
            (f"{NAMES[number]}_now", "now", whole.now),
            (f"{NAMES[number]}_before", "earlier", whole.before),
        )
    ]
    return (
        Figure("incidents", "Incidents with a time", len(study.events) - each.undated, Kind.COUNT),
        Figure("undated", "Without a time", each.undated, Kind.COUNT),
        Figure("last_day", "Last day", each.comparisons[0].now[1] - 1, Kind.DAY),
        Figure("groups", "Rows compared", len(each.groups), Kind.COUNT),
        Figure("rises", "Rises", int((judged > 0).sum()), Kind.COUNT),
        Figure("falls", "Falls", int((judged < 0).sum()), Kind.COUNT),
        *totals,
    )


def cautions_of(study: Study, table: Table, parameters: CompStatParameters) -> tuple[str, ...]:
    """Return what is to be said of the days, of comparisons that are missing, and of flags by chance."""
    each = table.each
    told = [*cautions_of_days(study), *cautions_left_out(undated=each.undated)]
    missing = [c.name for c, covered in zip(each.comparisons, each.covered, strict=True) if not covered]
    if missing:
        told.append(f"The incidents do not reach back far enough for: {'; '.join(missing)}.")
    compared = len(each.groups) * int(each.covered.sum())
    chance = max(parameters.level, 2 * float(norm.sf(parameters.beyond / np.sqrt(2))))
    if compared * chance >= 1:
        told.append(
            f"Of {compared:,} comparisons up to {round(compared * chance):,} would be flagged by chance alone."
        )
    return tuple(told)


OFFENCES = Analysis(compstat.METHOD, answer_offences)
BEATS = Analysis(compstat.BEATS, answer_beats, frozenset({Need.BEATS}))
