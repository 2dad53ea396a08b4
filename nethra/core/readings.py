"""Who reads what is sensitive, and why: what every app's readings have in common. No table of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import F

from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.models import AgencyForeignKey, AgencyModel

#: For how long a reason once given holds, where no session ends earlier.
REASON_HOLDS = timedelta(hours=12)
#: The header by which a program says why it reads.
REASON_HEADER = "X-Reading-Reason"


class ReadingReason(models.TextChoices):
    """Why somebody reads a sensitive record: the quick choices."""

    ASSIGNED = "assigned", "I work on this case"
    SUPERVISION = "supervision", "Supervision or review"
    RELATED = "related", "It touches a case of mine"
    COURT = "court", "Court or prosecution"
    REQUEST = "request", "A request by the person concerned"
    OTHER = "other", "Another reason"


@dataclass(frozen=True)
class Reason:
    """Why somebody reads: a quick choice, and words where it is none of them."""

    code: str
    words: str = ""

    @classmethod
    def from_text(cls, text: str) -> Reason:
        """Return the reason of a header such as ``court`` or ``other: asked by the coroner``; raise InvalidInput."""
        code, _, words = text.partition(":")
        reason = cls(code.strip().lower(), words.strip()[:1000])
        reason.check()
        return reason

    def check(self) -> None:
        """Raise InvalidInput for a reason that says nothing."""
        if self.code not in ReadingReason.values:
            choices = ", ".join(ReadingReason.values)
            raise InvalidInput(errors={"reason": [f"The reason is one of {choices}."]}, code="invalid_reason")
        if self.code == ReadingReason.OTHER and not self.words:
            raise InvalidInput(
                errors={"reason": ["Say in words what the other reason is."]}, code="invalid_reason"
            )


def reason_of(headers: Mapping[str, str]) -> Reason | None:
    """Return the reason that a request's headers give; raise InvalidInput for one that says nothing."""
    text = headers.get(REASON_HEADER, "").strip()
    return Reason.from_text(text) if text else None


class Reading(AgencyModel):
    """That somebody looked at a record in one session: why, and how often."""

    user = AgencyForeignKey("accounts.User", null=True, related_name="+", db_index=False, verbose_name="who")
    session_id = models.UUIDField(null=True, editable=False)
    source = models.CharField(max_length=20)
    reason_code = models.CharField("reason", max_length=20, choices=ReadingReason, blank=True)
    reason = models.CharField("in words", max_length=1000, blank=True)
    first_at = models.DateTimeField("first")
    last_at = models.DateTimeField("last")
    times = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        ordering = ["-last_at", "-id"]
        verbose_name = "reading"

    def __str__(self) -> str:
        return f"Reading of {self.first_at:%Y-%m-%d %H:%M}"

    @property
    def why(self) -> str:
        """The reason in words, '-' where none was asked."""
        parts = [self.get_reason_code_display() if self.reason_code else "", self.reason]
        return ": ".join(part for part in parts if part) or "-"


def keep_reading(
    access: Access,
    readings: type[Reading],
    record: Mapping[str, UUID],
    reason: Reason | None,
    more: Callable[[], Mapping[str, Any]] = dict,
    *,
    looked: bool = True,
) -> None:
    """Count a reading of ``record`` (such as case_id=...) to the one of this session, or store the first.

    ``more`` is asked for what only the first holds. Not ``looked``: the reason is kept before anything is read.
    """
    now = datetime.now(UTC)
    once = {
        "agency_id": access.agency_id,
        "user_id": access.author_id,
        "session_id": access.session_id,
        **record,
    }
    said = {"reason_code": reason.code, "reason": reason.words, "first_at": now} if reason else {}
    mine = readings._base_manager.filter(**once)
    again = {"times": F("times") + int(looked), "last_at": now, **said}
    if mine.update(**again):
        return
    first = {"source": access.source, "times": int(looked), "first_at": now, "last_at": now, **said, **more()}
    try:
        with transaction.atomic():
            readings(**once, **first).save(force_insert=True)
    except IntegrityError:
        # Another request of the same session was first.
        mine.update(**again)


_EXPLAINED = (
    "SELECT r.{column} FROM {table} r WHERE r.agency_id = %s AND r.user_id = %s"
    " AND r.session_id IS NOT DISTINCT FROM %s AND r.reason_code <> ''"
    # By the database's clock, so that it holds in a statement that is kept.
    " AND r.first_at > statement_timestamp() - interval '{hours} hours'"
)


def explained_sql(table: str, column: str) -> str:
    """Return the SQL of the keys that a person explained in a session why they read them."""
    return _EXPLAINED.format(column=column, table=table, hours=REASON_HOLDS // timedelta(hours=1))


def explained_params(access: Access) -> list[Any]:
    """Return what ``explained_sql`` asks for."""
    return [access.agency_id, access.author_id, access.session_id]
