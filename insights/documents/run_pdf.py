"""A run of an analysis as PDF: what was found first, then map, charts and table, and how far to trust it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from insights.answers.base import of_many
from insights.documents.charts import draw_chart
from insights.documents.letters import BOLD, wrapped, write
from insights.documents.maps import draw_maps
from insights.documents.plan import RunDocument
from insights.documents.sheets import ACCENT, SMALL, STRONG, TEXT, TITLE, Foot, Sheets
from insights.documents.tables import draw_table


def run_pdf(document: RunDocument) -> bytes:
    """Return the PDF of a run; the same document gives the same bytes."""
    foot = Foot(document.agency, document.result_digest, document.marking)
    sheets = Sheets(document.title, foot, document.paper, language=document.language)
    draw_title(sheets, document.agency, document.title, document.question)
    _draw_who(sheets, document)
    _draw_found(sheets, document)
    _draw_pictures(sheets, document)
    _draw_rows(sheets, document)
    _draw_method(sheets, document)
    sheets.box("Caution", (*document.cautions, document.caution))
    return sheets.finish()


def draw_title(sheets: Sheets, agency: str, title: str, question: str) -> None:
    """Write the agency, the title and the question below it, with the product's stripe above."""
    sheets.bookmark(title, 0)
    sheets.canvas.setFillColor(ACCENT)
    sheets.canvas.rect(sheets.left, sheets.top + 6, 48, 3, stroke=0, fill=1)
    sheets.paragraph(agency, replace(TEXT, font=BOLD, colour=ACCENT), below=2)
    for line in wrapped(title, TITLE, sheets.width):
        write(sheets.canvas, sheets.left, sheets.take(TITLE.leading) + 5, line, TITLE)
    sheets.paragraph(question, STRONG, below=5)


def moment(at: datetime, zone: str) -> str:
    """Return a moment as people of a zone read it, with its distance from UTC."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%-d %B %Y, %H:%M} (UTC{offset[:3]}:{offset[3:5]}, {zone})"


def _draw_who(sheets: Sheets, document: RunDocument) -> None:
    counted = of_many(document.counted, "incident")
    left_out = f"; {document.left_out:,} left out" if document.left_out else ""
    sheets.pairs(
        (
            ("Made by", document.made_by),
            ("Why", document.why or "No reason was given."),
            ("Data as of", moment(document.as_of, document.zone)),
            ("Incidents", document.filters or "All that the person may see."),
            ("Counted", f"{counted}{left_out}"),
        ),
        label_room=80,
    )


def _draw_found(sheets: Sheets, document: RunDocument) -> None:
    sheets.heading("What was found", keep=30)
    for sentence in document.sentences:
        sheets.paragraph(sentence, STRONG, bullet="•")
    if not document.sentences:
        sheets.paragraph("Nothing was found.", STRONG)
    if document.figures:
        sheets.heading("Figures", level=1, keep=16)
        sheets.pairs(document.figures, label_room=200)


def _draw_pictures(sheets: Sheets, document: RunDocument) -> None:
    if document.map:
        draw_maps(sheets, "Map", (document.map,))
    if document.charts:
        sheets.heading("Charts", keep=120)
        for chart in document.charts:
            draw_chart(sheets, chart)


def _draw_rows(sheets: Sheets, document: RunDocument) -> None:
    if not document.columns:
        return
    sheets.heading("Table", keep=50)
    if not document.rows:
        sheets.paragraph("There are no rows.", TEXT)
        return
    draw_table(sheets, document.columns, document.most_rows)
    more = document.rows + document.cut - min(document.rows, document.most_rows)
    if more:
        sheets.paragraph(
            f"{of_many(more, 'more row is', 'more rows are')} not printed; the exports of the run as GeoJSON and CSV"
            f" hold up to {document.rows:,}.",
            SMALL,
        )


def _draw_method(sheets: Sheets, document: RunDocument) -> None:
    sheets.heading("How it was done", keep=40)
    sheets.pairs(
        (
            ("Method, version", f"{document.title}, {document.version}"),
            *document.parameters,
            ("Digest of the input", document.input_digest),
            ("Digest of the result", document.result_digest),
        ),
        label_room=160,
    )
    parts = (
        ("What it assumes", document.assumes),
        ("When not to trust it", document.fails),
        ("Sources", document.sources),
    )
    for heading, texts in parts:
        if texts:
            sheets.heading(heading, level=1, keep=24)
            for text in texts:
                sheets.paragraph(text, bullet="•", below=1.5)
    sheets.top -= 6
