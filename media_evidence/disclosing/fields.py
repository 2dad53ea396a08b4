"""The fields of disclosures and how one stands, declared once for every answer."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Now

from media_evidence.choices import DisclosureState, RedactionState
from media_evidence.models import DisclosedFile, Disclosure, DisclosureDownload
from nethra.core.fields import Declaration, Field, JsonRow, Kind

# Files and downloads are visible with their disclosure, so its scope is theirs.
_FILES = DisclosedFile._base_manager.filter(agency_id=OuterRef("agency_id"), disclosure_id=OuterRef("pk"))
_DOWNLOADS = DisclosureDownload._base_manager.filter(
    agency_id=OuterRef("agency_id"), disclosure_id=OuterRef("pk")
)
_OF_FILE = DisclosureDownload._base_manager.filter(agency_id=OuterRef("agency_id"), file_id=OuterRef("pk"))


def _counted(downloads: object) -> Coalesce:
    counted = downloads.order_by().values("agency_id").annotate(n=Count("pk")).values("n")  # type: ignore[attr-defined]
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


#: How a disclosure stands now.
STATE = Case(
    When(revoked_at__isnull=False, then=Value(DisclosureState.REVOKED)),
    When(expires_at__lte=Now(), then=Value(DisclosureState.OVER)),
    When(Exists(_FILES.filter(state=RedactionState.FAILED)), then=Value(DisclosureState.FAILED)),
    When(Exists(_FILES.exclude(state=RedactionState.MADE)), then=Value(DisclosureState.PREPARING)),
    default=Value(DisclosureState.OPEN),
)
#: How often its files were downloaded, and one of them.
DOWNLOADS, DOWNLOADS_OF_FILE = _counted(_DOWNLOADS), _counted(_OF_FILE)

FILE_PARTS = (
    Field("id", Kind.KEY),
    Field("evidence", Kind.KEY),
    Field("redaction", Kind.KEY, description="The redacted copy as whose it was made."),
    Field("state", Kind.TEXT),
    Field("note", Kind.TEXT, description="What it leaves out, or why it could not be made."),
    Field("pages", Kind.WHOLE),
    Field("pages_done", Kind.WHOLE),
    Field("file_name", Kind.TEXT),
    Field("size", Kind.WHOLE, description="Bytes."),
    Field("sha256", Kind.TEXT, description="Of this recipient's file and no other."),
    Field("downloads", Kind.WHOLE),
)

DISCLOSURE = Declaration(
    "Disclosure",
    Disclosure,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("number", Kind.TEXT, description="Stands with the recipient's name over each page."),
        Field("state", Kind.TEXT, sql=STATE, description=", ".join(DisclosureState.values)),
        Field("recipient_name", Kind.TEXT),
        Field("recipient_email", Kind.TEXT),
        Field("purpose", Kind.TEXT),
        Field("made_at", Kind.TIME),
        Field("made_by", Kind.KEY, source="made_by_id"),
        Field("expires_at", Kind.TIME),
        Field("most_downloads", Kind.WHOLE, description="Of each file."),
        Field("downloads", Kind.WHOLE, sql=DOWNLOADS),
        Field(
            "downloaded_at",
            Kind.TIME,
            sql=Subquery(
                _DOWNLOADS.order_by().values("agency_id").annotate(at=Max("downloaded_at")).values("at")
            ),
            description="The last time.",
        ),
        Field("revoked_at", Kind.TIME),
        Field("revoked_by", Kind.KEY, source="revoked_by_id"),
        Field("revoke_reason", Kind.TEXT),
        Field(
            "files",
            Kind.ROWS,
            sql=ArraySubquery(
                _FILES.order_by("pk").values(
                    row=JsonRow(
                        id=F("pk"),
                        evidence=F("evidence_id"),
                        redaction=F("redaction_id"),
                        state=F("state"),
                        note=F("note"),
                        pages=F("pages"),
                        pages_done=F("pages_done"),
                        file_name=F("file_name"),
                        size=F("size"),
                        sha256=F("sha256"),
                        downloads=DOWNLOADS_OF_FILE,
                    )
                )
            ),
            parts=FILE_PARTS,
        ),
    ),
)
