"""What becomes of every row of a file: new, known, repeated or rejected, decided over the whole set."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import sql

from accounts.models import Agency
from incidents.gazetteer.lookups import LookUp
from incidents.gazetteer.words import Abbreviations
from incidents.import_profiles import ImportProfile
from incidents.importing.moments import read_moments
from incidents.importing.offences import read_offences
from incidents.importing.places import address_to_look_up, read_places
from incidents.importing.sql import compose, execute, rows
from incidents.importing.staging import Staged

#: What an incident can hold; beyond it the text index behind the search would refuse the row as well.
LONGEST = {"address": 200, "offence": 100, "external_id": 100, "description": 20_000, "notes": 20_000}

#: A row's content hash covers all columns in the order of their names, so moving a column changes nothing.
ROWS = r"""
CREATE TEMPORARY TABLE import_rows ON COMMIT PRESERVE ROWS AS
WITH read AS (
    SELECT l.record, l.line, sha256(convert_to(ARRAY[{cells}]::text, 'UTF8')) AS hash,
        {external_id} AS external_id,
        f.moment AS occurred_from, coalesce(u.moment, f.moment) AS occurred_until,
        coalesce(r.moment, f.moment) AS reported_at,
        p.point, p.beat_id, p.district_id, p.found_by_address, p.look_up,
        s.value AS status, o.code, o.completion, {problem} AS problem
    FROM import_lines l
    LEFT JOIN import_moments f ON f.value = btrim({occurred_from}, {space})
    LEFT JOIN import_moments u ON u.value = btrim({occurred_until}, {space}) AND u.value <> ''
    LEFT JOIN import_moments r ON r.value = btrim({reported_at}, {space}) AND r.value <> ''
    LEFT JOIN import_places p ON p.longitude = {longitude} AND p.latitude = {latitude} AND p.address = {address}
    LEFT JOIN import_offences o ON o.word = {offence} AND o.description = {description}
    LEFT JOIN jsonb_each_text({status_map}::jsonb) AS s ON s.key = {status}),
ranked AS (
    SELECT *, row_number() OVER same AS nth, first_value(hash) OVER same AS first_hash
    FROM read
    WINDOW same AS (PARTITION BY problem IS NULL, external_id, CASE WHEN external_id IS NULL THEN hash END
                    ORDER BY record))
SELECT record, line, external_id,
    CASE WHEN external_id IS NULL THEN hash END AS content_hash,
    occurred_from, occurred_until, reported_at, point, beat_id, district_id, found_by_address, look_up,
    status, code, completion,
    CASE WHEN problem IS NOT NULL THEN problem
         WHEN nth > 1 AND hash <> first_hash THEN ARRAY['external_id_repeated', external_id]
         WHEN nth > 1 THEN ARRAY['row_repeated', ''] END AS problem,
    CASE WHEN problem IS NOT NULL OR (nth > 1 AND hash <> first_hash) THEN 'rejected'
         WHEN nth > 1 THEN 'repeated' ELSE 'new' END AS outcome
FROM ranked
"""

KNOWN_CONTENT = """
UPDATE import_rows r SET outcome = 'known' FROM incidents_incident i
WHERE r.outcome = 'new' AND i.agency_id = {agency} AND i.source = {source} AND i.content_hash = r.content_hash
"""
KNOWN_NUMBER = """
UPDATE import_rows r SET outcome = 'known' FROM incidents_incident i
WHERE r.outcome = 'new' AND i.agency_id = {agency} AND i.source = {source} AND i.external_id = r.external_id
"""

AGREEMENT = """
SELECT count(*), count(a.id),
    count(*) FILTER (WHERE upper(btrim({district})) IN (upper(a.code), upper(a.name)))
FROM import_rows r JOIN import_lines l USING (record)
LEFT JOIN incidents_area a ON a.agency_id = {agency} AND a.id = r.district_id
WHERE r.outcome IN ('new', 'known') AND r.point IS NOT NULL AND btrim({district}) <> ''
"""


@dataclass(frozen=True)
class Counts:
    """What becomes of the rows: read = new + known + repeated + rejected; `refused` counts by reason code.

    `district_agreement` is the share of rows, 0 to 1, that lie in the district their file names. `looked_up` counts the
    new rows by what became of their address; None where none was to be looked up.
    """

    read: int
    new: int
    known: int
    repeated: int
    rejected: int
    refused: dict[str, int]
    district_agreement: float | None
    looked_up: dict[LookUp, int] | None


def judge(
    staged: Staged, agency: Agency, now: datetime | None = None, addresses: Abbreviations | None = None
) -> Counts:
    """Fill `import_rows`, one row for each of the file, and return the counts.

    Addresses are looked up where the short forms of the agency's gazetteer are given. Reads the agency's incidents,
    current areas and gazetteer: runs inside its scope. Writes nothing but the session's temporary tables.
    """
    read_moments(staged, now or datetime.now(UTC))
    read_offences(staged)
    read_places(staged, agency.pk, addresses)
    _make_rows(staged, addresses)
    _mark_known(staged.profile, agency)
    return _count(staged, agency, None if addresses is None else _looked_up())


def _make_rows(staged: Staged, addresses: Abbreviations | None) -> None:
    execute(
        ROWS,
        cells=sql.SQL(", ").join(staged.cells(by_name=True)),
        external_id=_external_id(staged),
        space=" \t\n\r\f\v",
        problem=_problem(staged),
        status_map=json.dumps(dict(staged.profile.status_map)),
        **{
            field: staged.cell(field)
            for field in (
                "occurred_from",
                "occurred_until",
                "reported_at",
                "longitude",
                "latitude",
                "offence",
                "description",
            )
        },
        address=address_to_look_up(staged, addresses),
        status=_status(staged),
    )
    execute("CREATE UNIQUE INDEX ON import_rows (record)")
    execute("ANALYZE import_rows")


def _external_id(staged: Staged) -> sql.Composed:
    # Where content is the identity, the source's own number need not be unique and is not kept as one.
    if staged.profile.identity == "content":
        return compose("NULL::text")
    return compose("nullif(btrim({cell}), '')", cell=staged.cell("external_id"))


def _status(staged: Staged) -> sql.Composable:
    if "status" in staged.profile.columns and staged.profile.columns["status"] in staged.header:
        return staged.cell("status")
    # No column says it, so the incident was reported and nothing more is known.
    return sql.SQL("NULL::text")


def _problem(staged: Staged) -> sql.Composed:
    """The first thing wrong with a row as ARRAY[code, the words it is about], or NULL."""
    too_long = [
        compose(
            "WHEN char_length({cell}) > {limit} THEN ARRAY['value_too_long', {field}]",
            cell=staged.cell(field),
            limit=limit,
            field=field,
        )
        for field, limit in LONGEST.items()
    ]
    return compose("CASE {whens} END", whens=sql.SQL(" ").join([*too_long, *_meaning_checks(staged)]))


def _meaning_checks(staged: Staged) -> list[sql.Composed]:
    cell = staged.cell
    checks = [
        compose("WHEN f.code IS NOT NULL THEN ARRAY[f.code, {cell}]", cell=cell("occurred_from")),
        compose("WHEN u.code IS NOT NULL THEN ARRAY[u.code, {cell}]", cell=cell("occurred_until")),
        compose("WHEN r.code IS NOT NULL THEN ARRAY[r.code, {cell}]", cell=cell("reported_at")),
        compose(
            "WHEN u.moment < f.moment THEN ARRAY['end_before_start', {cell}]", cell=cell("occurred_until")
        ),
        compose(
            "WHEN r.moment + interval '5 minutes' < f.moment THEN ARRAY['report_before_start', {cell}]",
            cell=cell("reported_at"),
        ),
        compose("WHEN o.code IS NULL THEN ARRAY['category_unknown', {cell}]", cell=cell("offence")),
        compose(
            "WHEN p.code IS NOT NULL THEN ARRAY[p.code, {longitude} || ', ' || {latitude}]",
            longitude=cell("longitude"),
            latitude=cell("latitude"),
        ),
    ]
    status = _status(staged)
    checks.append(
        compose(
            "WHEN s.value IS NULL AND {status} IS NOT NULL THEN ARRAY['status_unknown', {status}]",
            status=status,
        )
    )
    return checks


def _mark_known(profile: ImportProfile, agency: Agency) -> None:
    execute(KNOWN_CONTENT, agency=agency.pk, source=profile.source)
    if profile.identity == "external_id":
        execute(KNOWN_NUMBER, agency=agency.pk, source=profile.source)


def _looked_up() -> dict[LookUp, int]:
    found: dict[str, int] = dict(
        rows(
            "SELECT look_up, count(*) FROM import_rows WHERE outcome = 'new' AND look_up IS NOT NULL GROUP BY 1"
        )
    )
    return {outcome: found.get(outcome, 0) for outcome in LookUp}


def _count(staged: Staged, agency: Agency, looked_up: dict[LookUp, int] | None) -> Counts:
    found: dict[str, int] = dict(rows("SELECT outcome, count(*) FROM import_rows GROUP BY outcome"))
    refused = dict(
        rows(
            "SELECT problem[1], count(*) FROM import_rows WHERE outcome = 'rejected' "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        )
    )
    return Counts(
        read=staged.rows,
        new=found.get("new", 0),
        known=found.get("known", 0),
        repeated=found.get("repeated", 0),
        rejected=found.get("rejected", 0),
        refused=refused,
        district_agreement=_district_agreement(staged, agency),
        looked_up=looked_up,
    )


def _district_agreement(staged: Staged, agency: Agency) -> float | None:
    if "district" not in staged.profile.columns:
        return None
    [(compared, placed, agreeing)] = rows(AGREEMENT, district=staged.cell("district"), agency=agency.pk)
    # No row placed at all: the agency has no districts yet.
    return agreeing / compared if placed else None
