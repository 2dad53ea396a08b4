"""What a run found, as a person may read it, and two runs side by side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from incidents.models import Incident
from insights.answers.base import Kind
from insights.choices import RunStatus
from insights.models import AnalysisResult, AnalysisRun
from insights.running.documents import digest_of
from insights.running.services import find_run
from nethra.core.access import Access
from nethra.core.errors import Conflict

NOT_SEEN = "This analysis is about an incident that you may not see."


@dataclass(frozen=True)
class Result:
    """The document of a run without the rows about incidents that the reader may not see; ``hidden`` of them.

    ``is_whole``: the stored document still has the digest that the run tells.
    """

    body: dict[str, Any]
    hidden: int
    is_whole: bool

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The columns: name, label, kind, unit, values."""
        found: list[dict[str, Any]] = self.body["columns"]
        return found


def read_result(access: Access, run: AnalysisRun) -> Result:
    """Return what a run found; raise Conflict (code not_done) where it is not done.

    What tells of a single incident is shown to those who see that incident, and to nobody once it is guarded; so is all
    of what was found about one.
    """
    if run.status != RunStatus.DONE:
        raise Conflict("This analysis has no result yet.", code="not_done")
    text = AnalysisResult.objects.visible_to(access).values_list("body", flat=True).get(run_id=run.pk)
    body: dict[str, Any] = orjson.loads(text)
    # What a later run needs of this one is for that run alone.
    body.pop("kept")
    subject = run.about.get("subject")
    is_about_unseen = subject is not None and subject not in _seen(access, {subject})
    hidden = _hide(body) if is_about_unseen else _sift(access, body)
    return Result(body, hidden, digest_of(text) == run.result_digest)


def _seen(access: Access, keys: Collection[str]) -> set[str | None]:
    found = Incident.objects.visible_to(access).filter(is_guarded=False, pk__in=[UUID(key) for key in keys])
    return {str(key) for key in found.values_list("pk", flat=True)}


def _hide(body: dict[str, Any]) -> int:
    """Take out everything; return how many rows that is."""
    # SECURITY: words that both reports use, reasons and distances tell of the one that was asked about.
    hidden = int(body["rows"])
    body |= {"sentences": [NOT_SEEN], "figures": [], "cautions": [], "pictures": [], "rows": 0, "cut": 0}
    for column in body["columns"]:
        column["values"] = []
    if body["shapes"] is not None:
        body["shapes"] = []
    return hidden


def _sift(access: Access, body: dict[str, Any]) -> int:
    """Take out the rows about incidents that are not seen; return how many those are."""
    named = [column["values"] for column in body["columns"] if column["kind"] == Kind.INCIDENT]
    named.extend([figure["value"]] for figure in body["figures"] if figure["kind"] == Kind.INCIDENT)
    keys = {key for values in named for key in values if key}
    if not keys:
        return 0
    seen = _seen(access, keys) | {None}
    for figure in body["figures"]:
        if figure["kind"] == Kind.INCIDENT and figure["value"] not in seen:
            figure["value"] = None
    lists = [column["values"] for column in body["columns"] if column["kind"] == Kind.INCIDENT]
    kept = [at for at in range(body["rows"]) if all(values[at] in seen for values in lists)]
    hidden = int(body["rows"]) - len(kept)
    if hidden:
        for column in body["columns"]:
            column["values"] = [column["values"][at] for at in kept]
        if body["shapes"] is not None:
            body["shapes"] = [body["shapes"][at] for at in kept]
        body["rows"] = len(kept)
    return hidden


@dataclass(frozen=True)
class Compared:
    """Two runs side by side: what was asked, and each figure, told of both; None where one does not have it."""

    first: AnalysisRun
    second: AnalysisRun
    asked: tuple[tuple[str, Any, Any], ...]
    figures: tuple[tuple[str, Any, Any], ...]
    same_input: bool
    same_result: bool


def compare_runs(access: Access, first_id: UUID, second_id: UUID) -> Compared:
    """Return two done runs side by side; raise NotFound, Conflict where one is not done."""
    first, second = find_run(access, first_id), find_run(access, second_id)
    one, other = read_result(access, first), read_result(access, second)
    return Compared(
        first,
        second,
        _beside(_asked(first), _asked(second)),
        _beside(_figures(one), _figures(other)),
        first.input_digest == second.input_digest,
        first.result_digest == second.result_digest,
    )


def _asked(run: AnalysisRun) -> dict[str, Any]:
    return {
        "method": run.analysis,
        "version": run.version,
        "incidents": run.words,
        **run.parameters,
        **run.about,
    }


def _figures(result: Result) -> dict[str, Any]:
    return {figure["label"]: figure["value"] for figure in result.body["figures"]}


def _beside(first: dict[str, Any], second: dict[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    names = [*first, *(name for name in second if name not in first)]
    return tuple((name, first.get(name), second.get(name)) for name in names)
