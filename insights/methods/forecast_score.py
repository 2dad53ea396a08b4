"""The score of a stored forecast after its period: what the named cells caught, beside prior counts."""

from __future__ import annotations

from dataclasses import dataclass

from insights.methods.base import Method, Parameters
from insights.methods.scores import scored


@dataclass(frozen=True)
class ScoreParameters(Parameters):
    """There is nothing to choose: what is scored was stored before the period began."""


METHOD = Method(
    key="forecast_score",
    title="Score of a forecast",
    question="Did a forecast name the right places, and did it do better than counting?",
    version="1",
    parameters=ScoreParameters,
    run=scored,
    minimum=1,
    assumes=(
        "The forecast was made before its period began; whether it was, the result says.",
        "What happened in the period is recorded by now: reports that come late are missed.",
    ),
    fails=(
        "One period alone does not tell skill from luck.",
        "Where cells tie at the cut their hits are shared, so a hit may be a part of one.",
        "Patrols sent to the named cells prevent crime there or record more of it, and both change the score.",
    ),
    sources=(
        "Chainey, S., Tompson, L. and Uhlig, S. (2008): The utility of hotspot mapping for predicting spatial patterns"
        " of crime. Security Journal 21 (the prediction accuracy index).",
        'Levine, N. (2008): The "hottest" part of a hotspot. Security Journal 21 (the recapture rate index).',
        "Hunt, J. M. (2016): Do crime hot spots move? (the predictive efficiency index).",
    ),
)
