"""Places at raised risk now: the near repeats of the past, and the rings round recent incidents that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from insights.methods.base import Events, Method
from insights.methods.chains import Raised, raised
from insights.methods.nearrepeat import KnoxParameters, NearRepeats, near_repeats


@dataclass(frozen=True)
class Risk:
    """The ``places`` at raised risk on the day ``as_of``, None where no band of ``repeats`` is flagged.

    ``later`` incidents begin after that day and were not looked at.
    """

    as_of: int
    repeats: NearRepeats
    places: Raised | None
    later: int


def at_risk(
    events: Events, parameters: KnoxParameters, as_of: int, progress: Callable[[float], None] | None = None
) -> Risk:
    """Return where risk is raised on the day ``as_of``, from the incidents up to that day alone.

    MethodFault: as of ``near_repeats``.
    """
    known = events.taken(~(events.begin >= as_of + 1))
    repeats = near_repeats(known, parameters, progress)
    places = raised(known, repeats, as_of) if np.any(repeats.flagged) else None
    return Risk(as_of, repeats, places, len(events) - len(known))


METHOD = Method(
    key="risk",
    title="Places at raised risk",
    question="Round which recent incidents is there more risk today, and until when?",
    version="1",
    parameters=KnoxParameters,
    run=at_risk,
    minimum=2,
    assumes=(
        "What followed incidents nearby in the past follows those of the last days as well.",
        "The day of each incident is known: of a span, the first day is taken.",
    ),
    fails=(
        "Incidents that are not reported or not entered yet raise no ring.",
        "Most places on the list see nothing: the risk is some times the usual one, which is small.",
        "Where patrols follow the list, fewer repeats are recorded, and the list does not see why.",
    ),
    sources=(
        "Johnson, S. D. and others (2007): Space-time patterns of risk. Journal of Quantitative Criminology 23.",
        "Bowers, K. J., Johnson, S. D. and Pease, K. (2004): Prospective hot-spotting. British Journal of Criminology"
        " 44.",
    ),
)
