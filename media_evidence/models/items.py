"""Physical exhibits: what a thing is, and where it is."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.models import User
from cases.models import Case
from media_evidence.choices import HIGH_VALUE, ItemKind, Purpose, Unit
from media_evidence.models.evidence import Evidence
from media_evidence.models.locations import StorageLocation
from media_evidence.querysets import ItemQuerySet
from nethra.core.models import AgencyForeignKey, AgencyModel

#: As rooms print them: letters, digits and what parts them.
BAG = r"^[A-Z0-9][A-Z0-9./-]{0,39}$"


class Item(AgencyModel):
    """What a physical exhibit is, as it was recorded, and where it is, as its chain of custody says.

    What was recorded never changes: what was said wrong is corrected by an entry of custody.
    """

    case = AgencyForeignKey(Case, related_name="+", editable=False, db_index=False)
    evidence = AgencyForeignKey(Evidence, related_name="items", editable=False, db_index=False)
    #: What the label's QR code holds: random, so that it tells nothing.
    label_code = models.CharField(max_length=32, editable=False)

    # What it is
    kind = models.CharField(max_length=20, choices=ItemKind)
    bag_number = models.CharField(
        max_length=40,
        validators=[RegexValidator(BAG, "A bag number is letters, digits, dots, dashes and slashes.")],
    )
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    unit = models.CharField(max_length=20, choices=Unit, default=Unit.PIECE)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}$", "A currency is three letters, as EUR.")],
    )

    # Where it comes from
    collected_at = models.DateTimeField()
    collected_place = models.CharField(max_length=200, blank=True)
    collected_by = AgencyForeignKey(User, null=True, blank=True, related_name="+", db_index=False)

    # Where it is: written by the trigger that follows its custody events, by nothing else.
    location = AgencyForeignKey(
        StorageLocation, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    seal_number = models.CharField(max_length=100, blank=True, editable=False)
    purpose = models.CharField("out for", max_length=20, choices=Purpose, blank=True, editable=False)
    due_back_on = models.DateField(null=True, blank=True, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["case", "evidence"]
        verbose_name = "physical exhibit"
        indexes = [
            models.Index(fields=["agency", "location"], name="item_agency_location"),
            models.Index(
                fields=["agency", "due_back_on"],
                condition=Q(due_back_on__isnull=False),
                name="item_agency_due_back",
            ),
        ]
        constraints = [
            models.UniqueConstraint("agency", "evidence", name="item_once"),
            models.UniqueConstraint("agency", "label_code", name="item_label_once"),
            models.UniqueConstraint(
                "agency",
                "bag_number",
                name="item_bag_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="item_kind"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="item_unit"),
            models.CheckConstraint(condition=Q(purpose__in=["", *Purpose.values]), name="item_purpose"),
            models.CheckConstraint(condition=Q(bag_number__regex=BAG), name="item_bag_form"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="item_some",
                violation_error_message="There is more than nothing of it.",
            ),
            models.CheckConstraint(
                condition=Q(value=None, currency="") | Q(value__gte=0) & ~Q(currency=""),
                name="item_value_in_currency",
                violation_error_message="Say a value together with its currency.",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ItemKind.CASH) | Q(value__isnull=False),
                name="item_cash_is_counted",
                violation_error_message="Cash is counted: say its value and currency.",
            ),
            models.CheckConstraint(
                condition=Q(purpose="", due_back_on=None) | ~Q(purpose="") & Q(due_back_on__isnull=False),
                name="item_out_is_due_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bag_number} ({self.get_kind_display()})"

    @property
    def is_out(self) -> bool:
        """Whether it is checked out."""
        return bool(self.purpose)

    @property
    def is_high_value(self) -> bool:
        """Whether it is of a kind that inventories draw first."""
        return self.kind in HIGH_VALUE
