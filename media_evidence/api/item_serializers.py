"""What physical exhibits, locations and inventories may be written with."""

from __future__ import annotations

from rest_framework import serializers

from media_evidence.api.serializers import MAX_TEXT
from media_evidence.choices import Finding, ItemKind, Purpose, SealCondition, Unit
from media_evidence.room.inventories import MOST_SEED, USUAL_SHARE
from nethra.core.schema import StrictSerializer


class ItemCreate(StrictSerializer):
    """A physical exhibit."""

    title = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT)
    kind = serializers.ChoiceField(choices=ItemKind.choices)
    bag_number = serializers.CharField(max_length=40, help_text="Used once in the agency.")
    quantity = serializers.DecimalField(
        max_digits=12, decimal_places=3, required=False, help_text="1 by default."
    )
    unit = serializers.ChoiceField(choices=Unit.choices, required=False, help_text="Pieces by default.")
    value = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, allow_null=True, help_text="Needed for cash."
    )
    currency = serializers.CharField(required=False, allow_blank=True, max_length=3, help_text="As EUR.")
    seal_number = serializers.CharField(required=False, allow_blank=True, max_length=100)
    location = serializers.UUIDField(source="location_id", required=False, allow_null=True)
    collected_at = serializers.DateTimeField(required=False, help_text="Now by default.")
    collected_place = serializers.CharField(required=False, allow_blank=True, max_length=200)
    collected_from = serializers.CharField(required=False, allow_blank=True, max_length=250)
    collected_by = serializers.UUIDField(
        source="collected_by_id", required=False, allow_null=True, help_text="You by default."
    )


class Happened(StrictSerializer):
    """When something was done to a physical exhibit, and why."""

    happened_at = serializers.DateTimeField(required=False, help_text="Now by default.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class ItemMove(Happened):
    """Where a physical exhibit goes."""

    location = serializers.UUIDField(source="location_id")


class ItemSeal(Happened):
    """A new seal; where there was one, with a reason."""

    seal_number = serializers.CharField(max_length=100)


class CheckOutWrite(Happened):
    """To whom a physical exhibit goes, what for, and until when."""

    purpose = serializers.ChoiceField(choices=Purpose.choices)
    due_back_on = serializers.DateField()
    to_person = serializers.UUIDField(
        source="to_person_id", required=False, allow_null=True, help_text="A colleague, who is to accept."
    )
    to_name = serializers.CharField(
        required=False, allow_blank=True, max_length=250, help_text="Or somebody outside."
    )


class CheckInWrite(Happened):
    """What is seen of the seal of a physical exhibit that comes back, and where it goes."""

    seal_condition = serializers.ChoiceField(choices=SealCondition.choices)
    seal_number = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="A new seal; needed where it is broken."
    )
    location = serializers.UUIDField(source="location_id")


class ItemDestroy(StrictSerializer):
    """How a physical exhibit was destroyed, and before whom."""

    how = serializers.CharField(max_length=900)
    witness = serializers.UUIDField(source="witness_id", help_text="A colleague.")


class LocationWrite(StrictSerializer):
    """What a location is called."""

    label = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, max_length=100
    )


class LocationCreate(LocationWrite):
    """A new location."""

    path = serializers.CharField(max_length=83, help_text="Room, shelf and bin, as PR1/S3/B12.")


class InventoryCreate(StrictSerializer):
    """What is drawn for an inventory."""

    location = serializers.UUIDField(
        source="location_id", required=False, allow_null=True, help_text="Everywhere by default."
    )
    size = serializers.IntegerField(min_value=1, max_value=1_000)
    high_value_share = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        help_text=f"Drugs, firearms and cash, in percent; {USUAL_SHARE} by default.",
    )
    seed = serializers.CharField(
        required=False, allow_blank=True, max_length=MOST_SEED, help_text="Made up by default."
    )


class FindingWrite(StrictSerializer):
    """What was found of one exhibit."""

    finding = serializers.ChoiceField(choices=Finding.choices)
    found_place = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Needed where it lies in the wrong place."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class SettlementWrite(StrictSerializer):
    """What came of a discrepancy."""

    settlement = serializers.CharField(max_length=1000)
