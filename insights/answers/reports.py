"""Who did several: reports that use the same rare words."""

from __future__ import annotations

from insights.answers.base import Analysis, Answer, Column, Figure, Kind, Need, Study, of_many
from insights.methods import narratives
from insights.methods.base import MethodFault
from insights.methods.narratives import Alike, Narratives

#: A cosine from which a report is told of as alike; below it a few words do it.
ALIKE = 0.3
#: One letter of a report, measured on one core of 2024.
SECONDS_PER_LETTER = 1.2e-7


def answer_narratives(study: Study, parameters: Narratives) -> Answer:
    """Return the reports most like that of the incident asked about, with the words that they share."""
    if study.subject is None:
        raise MethodFault("Name the incident whose report is compared with others.")
    if not study.texts:
        raise MethodFault("No report is in what was asked for.")
    found = narratives.alike(study.texts, study.events.key, study.subject, parameters)
    return Answer(
        sentences=_sentences(found),
        figures=(
            Figure("compared", "Reports compared", found.compared, Kind.COUNT),
            Figure(
                "wordless", "Without a word to compare", len(study.texts) - found.compared - 1, Kind.COUNT
            ),
            Figure("best", "Highest likeness", float(found.cosine[0]) if len(found.cosine) else None),
        ),
        columns=(
            Column("incident", "Incident", found.key, Kind.INCIDENT),
            Column("likeness", "Likeness (cosine, 0 to 1)", found.cosine),
            Column("words", "Words that both use", [", ".join(words) for words in found.words], Kind.TEXT),
        ),
        cautions=("Likeness of words is a reason to read both reports, not a sign of one offender.",),
    )


def _sentences(found: Alike) -> tuple[str, ...]:
    compared = of_many(found.compared, "report")
    if not len(found.key):
        return (f"None of {compared} shares a rare word with this one.",)
    best, strong = float(found.cosine[0]), int((found.cosine >= ALIKE).sum())
    if not strong:
        return (
            f"None of {compared} is much like this one: the closest reaches {best:.2f} of 1, as reports with a few"
            " words in common do.",
        )
    verb = "is" if strong == 1 else "are"
    return (f"Of {compared} {strong:,} {verb} much like this one; the closest reaches {best:.2f} of 1.",)


def cost(study: Study, parameters: Narratives) -> float:
    """Return about how many seconds it takes: every report is split into words once."""
    del parameters
    return sum(map(len, study.texts or ())) * SECONDS_PER_LETTER


NARRATIVES = Analysis(narratives.METHOD, answer_narratives, frozenset({Need.TEXTS, Need.SUBJECT}), cost)
