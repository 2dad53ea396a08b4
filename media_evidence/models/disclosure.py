"""Disclosures: what was given to somebody outside the agency, by which link, and what they fetched."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import RedactionState
from media_evidence.models.evidence import Evidence
from media_evidence.models.redaction import Redaction
from media_evidence.querysets import (
    DisclosedFileQuerySet,
    DisclosureCodeQuerySet,
    DisclosureDownloadQuerySet,
    DisclosureQuerySet,
)
from nethra.core.models import AgencyForeignKey, AgencyModel

MOST_DOWNLOADS = 100


class Disclosure(AgencyModel):
    """Redacted copies of one case given to one recipient by a link, until a time. It is never changed, but revoked."""

    case = AgencyForeignKey(Case, related_name="disclosures", editable=False, db_index=False)
    number = models.CharField(max_length=30, editable=False)
    recipient_name = models.CharField("recipient", max_length=100)
    recipient_email = models.EmailField("mail address", max_length=254)
    purpose = models.CharField(max_length=1000)
    expires_at = models.DateTimeField("ends")
    most_downloads = models.PositiveSmallIntegerField(
        "most downloads of a file",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DOWNLOADS)],
    )
    made_at = models.DateTimeField("given", auto_now_add=True)
    made_by = AgencyForeignKey(User, null=True, related_name="+", editable=False, db_index=False)

    # Of the link that was shown to whoever made it, and of the one that was mailed; neither is kept.
    token_hash = models.BinaryField(max_length=32)
    mailed_hash = models.BinaryField(max_length=32, null=True)

    revoked_at = models.DateTimeField("revoked", null=True, blank=True)
    revoked_by = AgencyForeignKey(User, null=True, related_name="+", editable=False, db_index=False)
    revoke_reason = models.CharField("why it was revoked", max_length=1000, blank=True)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = "disclosure"
        indexes = [
            models.Index(fields=["agency", "case", "-made_at"], name="disclosure_by_case"),
            models.Index("agency", F("made_at").desc(), F("id").desc(), name="disclosure_agency_made"),
            # Looked up before an agency is known.
            models.Index(fields=["token_hash"], name="disclosure_by_token"),
            models.Index(fields=["mailed_hash"], name="disclosure_by_mailed_token"),
        ]
        constraints = [
            models.UniqueConstraint("agency", "number", name="disclosure_number_once"),
            models.CheckConstraint(
                condition=Q(most_downloads__gte=1, most_downloads__lte=MOST_DOWNLOADS),
                name="disclosure_downloads_bounded",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="disclosure_ends_later"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoke_reason="")
                | Q(revoked_at__isnull=False) & ~Q(revoke_reason=""),
                name="disclosure_revoked_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Disclosure {self.number}"


class DisclosedFile(AgencyModel):
    """The file that one recipient gets: made of an exhibit as its redacted copy was, with their name over it."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    disclosure = AgencyForeignKey(Disclosure, related_name="files", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="+", editable=False, db_index=False)
    redaction = AgencyForeignKey(Redaction, related_name="+", editable=False, db_index=False)
    state = models.CharField(max_length=10, choices=RedactionState, default=RedactionState.WAITING)
    pages = models.PositiveIntegerField(null=True)
    pages_done = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)

    made_at = models.DateTimeField(null=True)
    file_name = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=127, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    objects = DisclosedFileQuerySet.as_manager()

    class Meta:
        ordering = ["disclosure", "id"]
        verbose_name = "disclosed file"
        indexes = [
            models.Index(
                fields=["agency", "sha256"], condition=~Q(sha256=""), name="disclosedfile_agency_sha256"
            ),
            models.Index(fields=["agency", "evidence"], name="disclosedfile_by_evidence"),
        ]
        constraints = [
            models.UniqueConstraint("agency", "disclosure", "redaction", name="disclosedfile_copy_once"),
            models.CheckConstraint(condition=Q(state__in=RedactionState.values), name="disclosedfile_state"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^([0-9a-f]{64})?$"), name="disclosedfile_sha256_form"
            ),
            models.CheckConstraint(
                condition=Q(state=RedactionState.MADE, made_at__isnull=False, size__gt=0) & ~Q(sha256="")
                | ~Q(state=RedactionState.MADE) & Q(made_at=None, sha256=""),
                name="disclosedfile_made_has_file",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or self.get_state_display()


class DisclosureCode(AgencyModel):
    """A code that was mailed to a recipient: whoever reads their mail opens the link with it, once."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    disclosure = AgencyForeignKey(Disclosure, related_name="+", editable=False, db_index=False)
    code_hash = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    good_until = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    objects = DisclosureCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-id"]
        verbose_name = "code of a disclosure"
        verbose_name_plural = "codes of disclosures"
        indexes = [models.Index(fields=["agency", "disclosure", "-sent_at"], name="disclosurecode_latest")]

    def __str__(self) -> str:
        return f"Code of {self.sent_at:%Y-%m-%d %H:%M}"


class DisclosureDownload(AgencyModel):
    """That a recipient fetched a file. It is written once; the database counts, and tells the time."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    disclosure = AgencyForeignKey(Disclosure, related_name="downloads", editable=False, db_index=False)
    file = AgencyForeignKey(DisclosedFile, related_name="downloads", editable=False, db_index=False)
    downloaded_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=64, blank=True)

    objects = DisclosureDownloadQuerySet.as_manager()

    class Meta:
        ordering = ["-downloaded_at", "-id"]
        verbose_name = "download by a recipient"
        verbose_name_plural = "downloads by recipients"
        indexes = [
            models.Index(fields=["agency", "file"], name="disclosuredownload_by_file"),
            models.Index(fields=["agency", "disclosure"], name="disclosuredownload_by_all"),
        ]

    def __str__(self) -> str:
        return f"Download of {self.downloaded_at:%Y-%m-%d %H:%M}" if self.downloaded_at else "Download"
