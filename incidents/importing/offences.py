"""The words of a file for offences, each distinct pair read once: what `import_values.read_offence` says."""

from __future__ import annotations

import json

from psycopg import sql

from incidents.import_profiles import ImportProfile
from incidents.importing.sql import compose, execute
from incidents.importing.staging import Staged
from incidents.reference import NEVER_ATTEMPTED, load_offence_codes, offence_codes_by_code

OFFENCES = r"""
CREATE TEMPORARY TABLE import_offences ON COMMIT PRESERVE ROWS AS
WITH said AS MATERIALIZED (
    SELECT word, description, upper(description) AS loud
    FROM (SELECT DISTINCT {offence} AS word, {description} AS description FROM import_lines l) AS pairs),
refinements AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset({refinements}::jsonb) AS r (word text, position integer, words text, code text)),
coded AS MATERIALIZED (
    SELECT s.word, s.description, s.loud, coalesce(
        (SELECT r.code FROM refinements r WHERE r.word = s.word AND strpos(s.loud, r.words) > 0
         ORDER BY r.position LIMIT 1), mapped.value, nibrs.value) AS code
    FROM said s
    LEFT JOIN jsonb_each_text({categories}::jsonb) AS mapped ON mapped.key = s.word
    LEFT JOIN jsonb_each_text({nibrs}::jsonb) AS nibrs ON nibrs.key = upper(btrim(s.word, E' \t\n\r\f\v')))
SELECT word, description, code,
    CASE WHEN code = ANY ({completed_always}::text[]) THEN 'completed'
         WHEN {attempted} THEN 'attempted' ELSE 'completed' END AS completion
FROM coded
"""

# The agency's own word, where the profile maps it; a category that exists keeps what the agency made of it.
CATEGORIES = """
INSERT INTO incidents_offencecategory (id, agency_id, name, offence_code_id)
SELECT app.uuid7(), {agency}, words.name, mapped.value
FROM (SELECT DISTINCT {offence} AS name FROM import_lines l JOIN import_rows r USING (record)
      WHERE r.outcome = 'new') AS words
JOIN jsonb_each_text({categories}::jsonb) AS mapped ON mapped.key = words.name
ON CONFLICT (agency_id, name) DO NOTHING
"""


def read_offences(staged: Staged) -> None:
    """Fill `import_offences` (word, description, code, completion); an unknown word has no code."""
    profile = staged.profile
    execute(
        OFFENCES,
        offence=staged.cell("offence"),
        description=staged.cell("description"),
        refinements=json.dumps(_refinements(profile)),
        categories=json.dumps(dict(profile.category_map)),
        nibrs=json.dumps(_nibrs_words() if profile.reads_nibrs else {}),
        completed_always=_completed_always(),
        attempted=_attempted(profile),
    )
    execute("ANALYZE import_offences")


def make_categories(staged: Staged, agency_id: object) -> None:
    """Add the categories that the new rows name and the agency does not have yet."""
    execute(
        CATEGORIES,
        agency=agency_id,
        offence=staged.cell("offence"),
        categories=json.dumps(dict(staged.profile.category_map)),
    )


def _refinements(profile: ImportProfile) -> list[dict[str, str | int]]:
    return [
        {"word": word, "position": position, "words": words.upper(), "code": code}
        for word, entries in profile.refinements.items()
        for position, (words, code) in enumerate(entries)
    ]


def _nibrs_words() -> dict[str, str]:
    """Codes and names in capitals -> code; the first of two equal names counts, a code before any name."""
    names = {row.name.upper(): row.code for row in reversed(load_offence_codes())}
    return names | {code: code for code in offence_codes_by_code()}


def _completed_always() -> list[str]:
    codes = offence_codes_by_code()
    return sorted(NEVER_ATTEMPTED | {code for code, row in codes.items() if not row.is_crime})


def _attempted(profile: ImportProfile) -> sql.Composable:
    words = [compose("strpos(loud, {word}) > 0", word=word.upper()) for word in profile.attempted_words]
    return sql.SQL(" OR ").join(words) if words else sql.SQL("false")
