"""Loads a file into the gazetteer: in place of what the source brought before."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from incidents.areas import srid_of
from incidents.gazetteer.choices import PlaceSource
from incidents.gazetteer.drafts import Draft, drafts_of, find_columns
from incidents.gazetteer.models import GazetteerLoad
from incidents.gazetteer.osm import read_osm
from incidents.gazetteer.staging import forget, stage, store
from incidents.gazetteer.tables import read_table
from incidents.gazetteer.words import Abbreviations, house_abbreviations, spelt
from incidents.importing.progress import Phase, Progress, Watcher, nobody
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.geo import STORAGE_SRID
from nethra.core.scope import set_reason

MOST_OWN = 500


@dataclass(frozen=True)
class Loaded:
    """What a file became; `left_out` features had no name, number or shape of the kind."""

    load: GazetteerLoad
    left_out: int


@dataclass(frozen=True)
class Fields:
    """The fields that were named for a file; None where they are to be guessed."""

    name: str | None = None
    number: str | None = None
    locality: str | None = None


GUESSED = Fields()


def load_gazetteer(
    *,
    access: Access,
    file: Path,
    source: PlaceSource,
    fields: Fields = GUESSED,
    srid: int | None = None,
    own_words: Mapping[str, str] | None = None,
    progress: Watcher = nobody,
) -> Loaded:
    """Put a file in place of what an earlier load of this source brought; all or nothing.

    ``own_words`` are short forms of the agency's own. Raise InvalidInput with one sentence for a file, field or
    spatial reference that will not do.
    """
    access.require(Capability.MANAGE_AREAS)
    if source == PlaceSource.OSM:
        drafts: Iterable[Draft | None] = read_osm(file)
        file_srid = STORAGE_SRID
    else:
        content = read_table(file)
        file_srid = srid_of(content, srid)
        columns = find_columns(content, source, fields.name, fields.number, fields.locality)
        drafts = drafts_of(content, source, columns)
    return store_drafts(
        access=access,
        source=source,
        drafts=drafts,
        file_name=file.name,
        file_sha256=_digest(file),
        srid=file_srid,
        own_words=own_words,
        progress=progress,
    )


@transaction.atomic
def store_drafts(
    *,
    access: Access,
    source: PlaceSource,
    drafts: Iterable[Draft | None],
    file_name: str,
    file_sha256: str = "",
    srid: int = STORAGE_SRID,
    own_words: Mapping[str, str] | None = None,
    progress: Watcher = nobody,
) -> Loaded:
    """Store drafts (shapes in ``srid``) in place of what an earlier load of the source brought."""
    access.require(Capability.MANAGE_AREAS)
    own = dict(own_words or {})
    staged, left_out = stage(drafts, house_abbreviations().with_own(own), srid, progress)
    if not staged:
        raise InvalidInput("There is nothing with a name in the file.", code="nothing_named")
    set_reason(f"gazetteer loaded from {file_name}"[:200])
    load = _new_load(access, source, file_name, file_sha256, own)
    progress(Progress(Phase.STORING, 0, staged))
    load.places, load.house_numbers = store(load)
    load.save(update_fields=["places", "house_numbers"])
    progress(Progress(Phase.STORING, staged, staged))
    return Loaded(load, left_out)


def read_own_words(file: Path) -> dict[str, str]:
    """Return the short forms of a TOML file with a table [words]; raise InvalidInput with one sentence."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as problem:
        raise InvalidInput(f"{file.name} cannot be read: {problem.strerror}.", code="unreadable") from problem
    except ValueError as problem:
        raise InvalidInput(f"{file.name} is no TOML file.", code="damaged") from problem
    words = content.get("words")
    plain = Abbreviations({}, {})
    if set(content) != {"words"} or not isinstance(words, dict) or len(words) > MOST_OWN:
        raise InvalidInput(
            f"{file.name} needs one table [words] of {MOST_OWN} entries at most.", code="damaged"
        )
    found: dict[str, str] = {}
    for long, short in words.items():
        if not isinstance(short, str) or len(spelt(long, plain).split()) != 1 or not spelt(short, plain):
            raise InvalidInput(f"{file.name}: '{long}' must be one word with a short form.", code="damaged")
        found[spelt(long, plain)] = spelt(short, plain)
    return found


def _new_load(
    access: Access, source: PlaceSource, file_name: str, file_sha256: str, own: Mapping[str, str]
) -> GazetteerLoad:
    """Return the source's new load, in force, after what the earlier one brought is gone."""
    loads = GazetteerLoad.objects.visible_to(access).filter(source=source)
    # Two loads at once: the second waits here, then counts on from the first one's version.
    list(loads.select_for_update().order_by("pk").values_list("pk"))
    latest = loads.aggregate(latest=Max("version"))["latest"] or 0
    for earlier in loads.current():
        forget(earlier)
    loads.current().update(is_current=False)
    load: GazetteerLoad = GazetteerLoad.objects.create(
        agency_id=access.agency_id,
        source=source,
        version=latest + 1,
        file_name=file_name[:200],
        file_sha256=file_sha256,
        abbreviations=dict(own),
        loaded_by_id=access.author_id,
    )
    return load


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
