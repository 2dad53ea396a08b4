"""The fields of physical exhibits, of the evidence room and of inventories, declared once for every answer."""

from __future__ import annotations

from django.db.models import Func, IntegerField, TextField
from django.db.models.functions import Cast

from media_evidence.models import Inventory, InventoryLine, Item, StorageLocation
from nethra.core.fields import Declaration, Field, Kind

ITEM = Declaration(
    "Item",
    Item,
    (
        Field("id", Kind.KEY),
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("position", Kind.WHOLE, source="evidence__position", description="Counts within the case."),
        Field("title", Kind.TEXT, source="evidence__title"),
        Field("description", Kind.TEXT, source="evidence__description"),
        Field("kind", Kind.TEXT),
        Field("bag_number", Kind.TEXT, is_ordered=True),
        Field("quantity", Kind.TEXT, sql=Cast("quantity", TextField()), description="A decimal number."),
        Field("unit", Kind.TEXT),
        Field("value", Kind.TEXT, sql=Cast("value", TextField()), description="A decimal number; of cash."),
        Field("currency", Kind.TEXT),
        Field("collected_at", Kind.TIME),
        Field("collected_place", Kind.TEXT),
        Field("collected_by", Kind.KEY, source="collected_by_id"),
        Field("location", Kind.KEY, source="location_id", description="Where it lies."),
        Field("location_path", Kind.TEXT, source="location__path"),
        Field("seal_number", Kind.TEXT, description="The seal that it bears."),
        Field("purpose", Kind.TEXT, description="What it is checked out for; empty where it is not."),
        Field("due_back_on", Kind.DATE, is_ordered=True),
        Field("custody", Kind.TEXT, source="evidence__custody", description="Where it stands."),
        Field("holder_name", Kind.TEXT, source="evidence__holder_name", description="Who holds it."),
    ),
)

STORAGE_LOCATION = Declaration(
    "StorageLocation",
    StorageLocation,
    (
        Field("id", Kind.KEY),
        Field("path", Kind.TEXT, description="Room, shelf and bin, parted by slashes."),
        Field("label", Kind.TEXT),
        Field("closed_at", Kind.TIME),
    ),
)

INVENTORY = Declaration(
    "Inventory",
    Inventory,
    (
        Field("id", Kind.KEY),
        Field("location", Kind.KEY, source="location_id", description="Null: everywhere."),
        Field("size", Kind.WHOLE, description="How many were to be drawn."),
        Field("high_value_share", Kind.WHOLE, description="Of them drugs, firearms and cash, in percent."),
        Field("seed", Kind.TEXT, description="From which the draw can be repeated."),
        Field(
            "population",
            Kind.WHOLE,
            sql=Func(
                "high_value",
                "others",
                template="cardinality(%(expressions)s)",
                arg_joiner=" || ",
                output_field=IntegerField(),
            ),
            description="How many could have been drawn.",
        ),
        Field("opened_at", Kind.TIME),
        Field("opened_by", Kind.KEY, source="opened_by_id"),
        Field("closed_at", Kind.TIME),
        Field("closed_by", Kind.KEY, source="closed_by_id"),
    ),
)

INVENTORY_LINE = Declaration(
    "InventoryLine",
    InventoryLine,
    (
        Field("id", Kind.KEY),
        Field("inventory", Kind.KEY, source="inventory_id"),
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("position", Kind.WHOLE, description="In the order of the walk."),
        Field("bag_number", Kind.TEXT),
        Field("expected_place", Kind.TEXT),
        Field("expected_seal", Kind.TEXT),
        Field("finding", Kind.TEXT, description="Empty until somebody looked."),
        Field("found_at", Kind.TIME),
        Field("found_by", Kind.KEY, source="found_by_id"),
        Field("found_place", Kind.TEXT),
        Field("note", Kind.TEXT),
        Field("settled_at", Kind.TIME),
        Field("settled_by", Kind.KEY, source="settled_by_id"),
        Field("settlement", Kind.TEXT, description="What came of a discrepancy."),
    ),
)
