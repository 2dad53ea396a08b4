"""The fields of runs and schedules, declared once for every answer."""

from __future__ import annotations

from insights.models import AnalysisRun, AnalysisSchedule
from nethra.core.fields import Declaration, Field, Kind

RUN = Declaration(
    "AnalysisRun",
    AnalysisRun,
    (
        Field("id", Kind.KEY),
        Field("analysis", Kind.TEXT, description="The key of the method."),
        Field("version", Kind.TEXT, description="Of the method: another may find something else."),
        Field("parameters", Kind.JSON, description="All of them, defaults too."),
        Field("filters", Kind.TEXT, description="As the query of the list of incidents has them."),
        Field("words", Kind.TEXT, description="The filters as people read them."),
        Field(
            "about", Kind.JSON, description="What else it was asked about: an incident, areas, the ground."
        ),
        Field("why", Kind.TEXT),
        Field("made_by", Kind.KEY, source="made_by_id", description="null for an operator's command."),
        Field("repeats", Kind.KEY, source="repeats_id", description="The run that this one repeats."),
        Field("schedule", Kind.KEY, source="schedule_id", description="The schedule that ordered it."),
        Field("status", Kind.TEXT, description="waiting, running, done, failed or cancelled."),
        Field("message", Kind.TEXT, description="Why there is no result."),
        Field("percent", Kind.WHOLE, description="How much is done."),
        Field("seconds_expected", Kind.WHOLE, description="How long it was thought to take."),
        Field("is_pinned", Kind.FLAG),
        Field("as_of", Kind.TIME, description="The moment that counts as today."),
        Field("zone", Kind.TEXT, description="Whose days were counted, an IANA name."),
        Field("srid", Kind.WHOLE, description="The projected system of its metres."),
        Field("input_rows", Kind.WHOLE, description="Incidents read."),
        Field("input_digest", Kind.TEXT, description="SHA-256 of all that was read."),
        Field("headline", Kind.TEXT, description="The result in a sentence."),
        Field("result_rows", Kind.WHOLE),
        Field("result_digest", Kind.TEXT, description="SHA-256 of the result; of the same input, the same."),
        Field("created_at", Kind.TIME),
        Field("started_at", Kind.TIME),
        Field("finished_at", Kind.TIME),
    ),
)

SCHEDULE = Declaration(
    "AnalysisSchedule",
    AnalysisSchedule,
    (
        Field("id", Kind.KEY),
        Field("name", Kind.TEXT),
        Field("analysis", Kind.TEXT, description="The key of the method."),
        Field("parameters", Kind.JSON, description="All of them, defaults too."),
        Field("filters", Kind.TEXT, description="As the query of the list of incidents has them."),
        Field("words", Kind.TEXT, description="The filters as people read them."),
        Field("about", Kind.JSON, description="What else it asks about: an incident, areas, the ground."),
        Field("why", Kind.TEXT),
        Field("owner", Kind.KEY, source="owner_id", description="In whose name it is ordered."),
        Field("every", Kind.TEXT, description="day, week (on Monday) or month (on the first), at five."),
        Field("latest_days", Kind.WHOLE, description="Days before that of the run which are looked at."),
        Field("is_active", Kind.FLAG),
        Field("last_run", Kind.KEY, source="last_run_id"),
        Field("last_ordered_on", Kind.DATE, description="The day of the last order, by the agency's clock."),
        Field("problem", Kind.TEXT, description="Why the last order came to nothing."),
        Field("created_at", Kind.TIME),
    ),
)
