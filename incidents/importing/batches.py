"""A batch as the importer needs it: its profile, its files, its state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from incidents.gazetteer.searching import short_forms
from incidents.gazetteer.words import Abbreviations
from incidents.import_profiles import ImportProfile, load_profile_over
from incidents.models import ImportBatch
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.scope import agency_scope

_NO_ADDRESS = "The profile names no column with an address, so there is nothing to look up."
_NO_GAZETTEER = "No gazetteer is loaded, so addresses cannot be looked up."


def find_batch(access: Access, batch_id: UUID) -> ImportBatch:
    """Return the batch; raise NotFound unless this access may see it. Runs inside the agency's scope."""
    batch = ImportBatch.objects.visible_to(access).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound()
    return batch


def change_batch(access: Access, batch_id: UUID, **values: Any) -> None:
    """Write values to the batch, in a short transaction of its own unless one is open."""
    with agency_scope(access, reason=reason_of(batch_id)):
        ImportBatch.objects.visible_to(access).filter(pk=batch_id).update(**values)


def reason_of(batch_id: UUID) -> str:
    """Return what the audit says about every row of this import."""
    return f"import {batch_id}"


def profile_of(batch: ImportBatch) -> ImportProfile:
    """Return the profile with the batch's own mapping over it; raises ProfileError."""
    return load_profile_over(batch.profile, _from_json(batch.mapping), "the mapping")


def gazetteer_for(access: Access, profile: ImportProfile) -> Abbreviations:
    """Return the short forms of the gazetteer in which the addresses of such a file are looked up.

    Raise NotAllowed for who may not see it, InvalidInput where nothing is loaded or the profile knows no address.
    """
    access.require(Capability.VIEW_AREAS)
    if "address" not in profile.columns:
        raise InvalidInput(_NO_ADDRESS, errors={"look_up_addresses": [_NO_ADDRESS]}, code="no_address")
    known = short_forms(access)
    if known is None:
        raise InvalidInput(_NO_GAZETTEER, errors={"look_up_addresses": [_NO_GAZETTEER]}, code="no_gazetteer")
    return known


def mapping_as_json(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a TOML table as JSON can hold it: days as text."""
    return {key: _day_as_text(value) for key, value in mapping.items()}


def upload_path(batch: ImportBatch) -> Path:
    """Return where the uploaded file is."""
    return Path(settings.UPLOAD_DIR) / batch.upload_path


def rejects_path(batch: ImportBatch) -> Path:
    """Return where the batch's rejects file belongs, beside its upload."""
    return upload_path(batch).with_name(f"{batch.pk}.rejects.csv")


def _day_as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mapping_as_json(value)
    return value.isoformat() if isinstance(value, date) else value


def _from_json(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The one key of a profile that is a day is a day again."""
    plausible = mapping.get("plausible")
    if not isinstance(plausible, Mapping) or not isinstance(plausible.get("earliest"), str):
        return dict(mapping)
    return {**mapping, "plausible": {**plausible, "earliest": date.fromisoformat(plausible["earliest"])}}
