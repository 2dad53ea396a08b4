"""The sweep that asks for everything everywhere, and looks for what was planted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from nethra.core.scope import agency_scope
from tests.architecture.planting import BAIT, EXCLUDED, FOREIGN, GUARDED, SEALED, World
from tests.architecture.routes import all_routes
from tests.support.people import access_for, api_client, console_client
from tests.support.secrets import HEADER

TILE = {"z": "10", "x": "163", "y": "395"}
SEARCHES = {
    "api": (
        "",
        f"q={BAIT}",
        "bbox=-123,37,-122,38",
        "near=-122.42,37.77,5000",
        "size=100",
        f"count=exact&q={BAIT}",
        "ordering=notes",
        f"status={BAIT}",
        "page=99999",
        "f=html",
        f"source={BAIT}",
    ),
    "console": (
        "",
        f"q={BAIT}",
        f"_facets=True&search={BAIT}",
        "o=1.2",
        f"notes={BAIT}",
        f"s={BAIT}&extended=1",
    ),
}
#: What the admin's own search in forms is asked for.
AUTOCOMPLETE = "term={term}&app_label={app}&model_name={model}&field_name={field}"
#: Parameters that are not keys, with a value that leads somewhere.
WORDS = {
    "app_label": "incidents",
    "url": "incidents/",
    "content_type_id": "1",
    "path": "nethra/console.css",
    "target": "suspended",
    "role": "officer",
}


def paths(keys: Mapping[str, list[str]], door: str) -> Iterator[str]:
    """Yield every route with the keys of its own kind of row (one of each kind where that is not plain), and every
    list with every search; through the one door that opens it, since at the other everybody is anonymous."""
    for route in all_routes():
        if "get" not in route.methods or (door == "console") != route.template.startswith("console/"):
            continue
        named = [name for name in route.parameters if name not in {**TILE, **WORDS}]
        if not named:
            bare = _filled(route.template, {})
            yield from (f"{bare}?{search}" if search else bare for search in SEARCHES[door])
            continue
        for parents in _parents(keys, route.template):
            bare = _filled(route.template, parents)
            own = [kind for kind in keys if f"/{kind}/" in route.template or _is_of(route.template, kind)]
            chosen = [key for kind in own for key in keys[kind]] or [found[0] for found in keys.values()]
            if "<" not in bare:
                yield bare
                continue
            for key in chosen:
                path = bare
                while "<" in path:
                    path = path[: path.index("<")] + key + path[path.index(">") + 1 :]
                yield path
    if door == "console":
        chosen_by = (("cases", "case", "lead"), ("cases", "casetask", "case"))
        for app, model, name in chosen_by:
            yield f"/console/autocomplete/?{AUTOCOMPLETE.format(term=BAIT, app=app, model=model, field=name)}"


#: Beginning of an API path -> the kind of row that its key names.
_KINDS = {
    "incidents/<id>": "incident",
    "cases/<id>": "case",
    "evidence/<id>": "evidence",
    "disposals/<id>": "disposal",
    "retention-categories/<id>": "retentioncategory",
    "evidence/<evidence_id>": "evidence",
    "redactions/<id>": "redaction",
    "storage-locations/<id>": "storagelocation",
    "searches/<id>": "savedsearch",
    "inventories/<id>": "inventory",
    "disclosures/<id>": "disclosure",
    "shares/<id>": "share",
    "shared/<id>": "share",
    "access-requests/<id>": "accessrequest",
    "emergencies/<id>": "emergency",
    "expunge-orders/<id>": "expungeorder",
    "users/<id>": "user",
    "units/<id>": "unit",
    "areas/<id>": "area",
    "area-versions/<id>": "areaset",
    "area-versions/<version_id>/areas/<id>": "area",
    "import-batches/<id>": "importbatch",
    "cases/<case_id>/people/<id>": "involvedperson",
    "cases/<case_id>/tasks/<id>": "casetask",
    "ogc/collections/incidents/items/<id>": "incident",
    "ogc/collections/cases/items/<id>": "case",
    "ogc/collections/areas/items/<id>": "area",
}


def _is_of(template: str, kind: str) -> bool:
    bare = template.removeprefix("api/v1/")
    return any(bare.startswith(begin) and named == kind for begin, named in _KINDS.items())


def _parents(keys: Mapping[str, list[str]], template: str) -> Iterator[dict[str, str]]:
    if "<case_id>" in template:
        yield from ({"case_id": key} for key in keys["case"])
    elif "<incident_id>" in template:
        yield from ({"incident_id": key} for key in keys["incident"])
    elif "<version_id>" in template:
        yield from ({"version_id": key} for key in keys["areaset"])
    elif "<share_id>" in template:
        yield from ({"share_id": key, "evidence_id": keys["evidence"][0]} for key in keys["share"])
    else:
        yield {}


def _filled(template: str, parents: Mapping[str, str]) -> str:
    path = template
    for name, value in {**TILE, **WORDS, **parents}.items():
        path = path.replace(f"<{name}>", value)
    return f"/{path}"


@dataclass
class Sweep:
    """What one person was answered."""

    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def sweep(world: World, name: str, door: str, *, commits: bool = False) -> Sweep:
    """Ask for everything as one person through one door; ``commits``: as in life, nothing is taken back."""
    user, found = world.people[name], Sweep()
    client: Any = api_client(user) if door == "api" else console_client(user)
    forbidden = [word.encode() for word in world.forbidden_to(name)]
    every = [FOREIGN, EXCLUDED, SEALED, *GUARDED]
    with listening() as lines:
        for path in paths(world.keys, door):
            said: list[Any] = [{}, HEADER] if _may_ask_why(path) else [{}]
            for headers in said:
                point = None if commits else transaction.savepoint()
                answer = client.get(path, **headers)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                content += "\n".join(f"{key}: {value}" for key, value in answer.headers.items()).encode()
                if point is not None:
                    transaction.savepoint_rollback(point)
                found.asked += 1
                found.seen |= {canary for canary in every if canary.encode() in content}
                found.leaks += [f"{word.decode()} {path}" for word in forbidden if word in content]
                if answer.status_code >= 500:
                    found.failures.append(f"{answer.status_code} {path}")
    logged = "\n".join(lines)
    found.leaks += [f"log: {canary}" for canary in every if canary in logged]
    return found


def _may_ask_why(path: str) -> bool:
    return any(part in path for part in ("/cases/", "/evidence/", "/incidents/")) and "?" not in path


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect every line that is logged, at every level."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    ear, root = Ear(), logging.getLogger()
    root.addHandler(ear)
    try:
        yield lines
    finally:
        root.removeHandler(ear)


def rows_seen_by(user: User, owner: Any) -> dict[str, int]:
    """Return relation -> rows of another agency that direct SQL shows in this user's scope, where there are any."""
    with agency_scope(access_for(user)), connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
               WHERE c.relkind IN ('r', 'p', 'v', 'm')"""
        )
        names = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {name} WHERE agency_id = %s", [owner])
            found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


def names_with_canary(folder: Path) -> list[str]:
    """Return the files whose name holds a canary."""
    return [str(path) for path in folder.rglob("*") if "CANARY" in path.name]
