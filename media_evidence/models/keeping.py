"""Retention: how long exhibits are kept, who asked for a disposal and who approved it, and what certifies it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import User
from cases.models import Case
from media_evidence.choices import UNDER_WAY, ClockStart, DisposalState, FileFate
from media_evidence.models.evidence import Evidence
from media_evidence.querysets import (
    DisposalCertificateQuerySet,
    DisposalQuerySet,
    ExhibitCategoryQuerySet,
    RetentionCategoryQuerySet,
)
from nethra.core.models import AgencyForeignKey, AgencyModel

#: A hundred years; what is kept for longer is kept without end, and has no category.
MOST_DAYS = 36_525


class RetentionCategory(AgencyModel):
    """A rule of an agency: for how many days exhibits of a kind are kept, counted from when."""

    name = models.CharField(max_length=100)
    days = models.PositiveIntegerField(
        "days kept",
        help_text="An exhibit of several categories is kept for the longest. 0: only while the case is open.",
    )
    starts = models.CharField(
        "counted from", max_length=20, choices=ClockStart, default=ClockStart.CASE_CLOSED
    )
    is_offered = models.BooleanField(
        "offered", default=True, help_text="What is no longer offered still holds where it was given."
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = RetentionCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "retention category"
        verbose_name_plural = "retention categories"
        constraints = [
            models.UniqueConstraint(
                "agency",
                Lower("name"),
                name="retentioncategory_name_once",
                violation_error_message="There is a category of this name already.",
            ),
            models.CheckConstraint(
                condition=Q(days__lte=MOST_DAYS),
                name="retentioncategory_days",
                violation_error_message=f"At most {MOST_DAYS} days; without a category it is kept without end.",
            ),
            models.CheckConstraint(
                condition=Q(starts__in=ClockStart.values), name="retentioncategory_starts_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ExhibitCategory(AgencyModel):
    """One category of one exhibit."""

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="categories", editable=False, db_index=False)
    category = AgencyForeignKey(RetentionCategory, related_name="+", editable=False)
    given_at = models.DateTimeField(auto_now_add=True)
    given_by = AgencyForeignKey(User, null=True, related_name="+", editable=False, db_index=False)

    objects = ExhibitCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["evidence", "given_at"]
        verbose_name = "category of an exhibit"
        verbose_name_plural = "categories of exhibits"
        constraints = [
            models.UniqueConstraint("agency", "evidence", "category", name="exhibitcategory_once"),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} of {self.evidence_id}"


class Disposal(AgencyModel):
    """A request to dispose of an exhibit, and what became of it.

    The database fills the times of the answer and of the window's end.
    """

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="disposals", editable=False, db_index=False)
    state = models.CharField(max_length=20, choices=DisposalState, default=DisposalState.WAITING)
    reason = models.CharField(max_length=1000)
    asked_at = models.DateTimeField("asked", auto_now_add=True)
    asked_by = AgencyForeignKey(User, related_name="+", db_index=False)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    answered_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    #: Until then an approved disposal can be called back.
    due_at = models.DateTimeField("carried out after", null=True, blank=True)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    #: Nobody where the job found that the exhibit may no longer be disposed of.
    ended_by = AgencyForeignKey(User, null=True, related_name="+", db_index=False)
    note = models.CharField("why not", max_length=1000, blank=True)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = "disposal"
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                name="disposal_two_people",
                violation_error_message="A second person answers a request to dispose of an exhibit.",
            ),
            models.CheckConstraint(condition=Q(state__in=DisposalState.values), name="disposal_state_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="disposal_has_reason"),
            models.CheckConstraint(
                condition=~Q(state__in=[DisposalState.APPROVED, DisposalState.DONE])
                | Q(answered_by__isnull=False, answered_at__isnull=False, due_at__isnull=False),
                name="disposal_approved_by_somebody",
            ),
            models.UniqueConstraint(
                "agency",
                "evidence",
                condition=Q(state__in=UNDER_WAY),
                name="disposal_one_under_way",
                violation_error_message="A disposal of this exhibit is under way already.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency", "due_at"], condition=Q(state__in=UNDER_WAY), name="disposal_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Disposal asked {self.asked_at:%Y-%m-%d}"


class DisposalCertificate(AgencyModel):
    """What certifies that an exhibit was disposed of: by which rule, by whom, when, and what is left.

    The database fills what it says from the rows that it is about. Names stand beside keys: it is read on paper.
    """

    number = models.CharField(max_length=30)
    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="+", editable=False, db_index=False)
    disposal = AgencyForeignKey(Disposal, related_name="+", editable=False, db_index=False)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField()
    #: The rule that decided: the longest of the exhibit's.
    category = models.CharField(max_length=100)
    days = models.PositiveIntegerField("days kept")
    starts = models.CharField("counted from", max_length=20, choices=ClockStart)
    started_at = models.DateTimeField("case closed")
    kept_until = models.DateTimeField()
    reason = models.CharField(max_length=1000)
    asked_at = models.DateTimeField("asked")
    asked_by = AgencyForeignKey(User, related_name="+", db_index=False)
    asked_by_name = models.CharField("asked by", max_length=250)
    approved_at = models.DateTimeField("approved")
    approved_by = AgencyForeignKey(User, related_name="+", db_index=False)
    approved_by_name = models.CharField("approved by", max_length=250)
    disposed_at = models.DateTimeField("disposed of")
    custody_head = models.CharField("last entry of custody", max_length=64)
    # Looked up once the file is gone
    file = models.CharField("the file", max_length=10, choices=FileFate, blank=True)
    checked_at = models.DateTimeField("looked up", null=True)

    objects = DisposalCertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-disposed_at", "-id"]
        verbose_name = "certificate of disposal"
        verbose_name_plural = "certificates of disposal"
        constraints = [
            models.UniqueConstraint("agency", "number", name="disposalcertificate_number_once"),
            models.UniqueConstraint("agency", "evidence", name="disposalcertificate_once"),
            models.CheckConstraint(
                condition=Q(file="", checked_at=None) | Q(file__in=FileFate.values, checked_at__isnull=False),
                name="disposalcertificate_file_looked_up",
            ),
        ]
        indexes = [
            models.Index(fields=["agency"], condition=Q(file=""), name="disposalcertificate_open"),
        ]

    def __str__(self) -> str:
        return self.number
