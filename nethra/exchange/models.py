"""What people take out of the agency's records, and what they look for again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.exchange.choices import ExportFormat, ExportStatus, ResourceName
from nethra.exchange.querysets import ExportQuerySet, SavedSearchQuerySet

MOST_REASON = 200
MOST_DAYS = 3660


class Export(AgencyModel):
    """One list as a file, made by a worker in the name of whoever ordered it, who alone sees it."""

    # What was asked for, and why
    resource = models.CharField("what", max_length=20, choices=ResourceName)
    format = models.CharField(max_length=20, choices=ExportFormat)
    filters = models.TextField(blank=True)
    reason = models.CharField(max_length=MOST_REASON)
    made_by = AgencyForeignKey(User, related_name="+", editable=False)
    # What the session or key could do that ordered it: the job may do no more.
    capabilities = ArrayField(models.CharField(max_length=40), editable=False)

    # Where it is
    status = models.CharField(max_length=10, choices=ExportStatus, default=ExportStatus.WAITING)
    message = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False, editable=False)
    rows_total = models.PositiveIntegerField("records", default=0)
    rows_done = models.PositiveIntegerField("records written", default=0)

    # The file; size in bytes
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    created_at = models.DateTimeField("ordered", auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField("file is deleted", null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["agency", "made_by", "-created_at"], name="export_by_maker")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="export_status_known"),
            models.CheckConstraint(
                condition=~Q(status=ExportStatus.DONE) | Q(size__isnull=False),
                name="export_done_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_resource_display()} of {self.created_at:%Y-%m-%d %H:%M}"


class SavedSearch(AgencyModel):
    """Filters that a person kept under a name. Where it is watched, they are told of records that come new."""

    owner = AgencyForeignKey(User, related_name="+", editable=False, db_index=False)
    name = models.CharField(max_length=100)
    resource = models.CharField("looks for", max_length=20, choices=ResourceName)
    #: As the resource's list over the API takes them, such as offence=220&status=reported.
    query = models.CharField("filters", max_length=2000, blank=True)
    words = models.TextField("what it finds", blank=True, editable=False)
    latest_days = models.PositiveSmallIntegerField(
        "latest days",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text="Only records of so many days up to the day of looking.",
    )
    is_watched = models.BooleanField(
        "tell me of new ones",
        default=False,
        help_text="By mail and on the search's page, within ten minutes.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    # What a look found: keys of new records that the owner has not seen, and those that the next look finds again;
    # when more came at once than anybody looks through; why nothing can be found any more
    looked_from = models.DateTimeField(editable=False)
    unseen = ArrayField(models.UUIDField(), default=list, editable=False)
    known = ArrayField(models.UUIDField(), default=list, editable=False)
    mailed_at = models.DateTimeField(null=True, editable=False)
    flooded_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "saved search"
        verbose_name_plural = "saved searches"
        indexes = [models.Index(fields=["agency"], name="savedsearch_watched", condition=Q(is_watched=True))]
        constraints = [
            models.UniqueConstraint(
                "agency",
                "owner",
                "name",
                name="savedsearch_name_once",
            ),
            models.CheckConstraint(
                condition=Q(resource__in=ResourceName.values), name="savedsearch_resource_known"
            ),
            models.CheckConstraint(
                condition=Q(latest_days=None) | Q(latest_days__gte=1, latest_days__lte=MOST_DAYS),
                name="savedsearch_days_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name
