"""A CompStat briefing as PDF: one page of sentences, then the tables, the weekly series and the maps behind them."""

from __future__ import annotations

from dataclasses import replace

from insights.documents.briefing import Briefing
from insights.documents.compared_table import draw_compared
from insights.documents.letters import BOLD, Style, wrapped, write
from insights.documents.maps import draw_maps
from insights.documents.run_pdf import draw_title, moment
from insights.documents.sheets import SMALL, TEXT, Foot, Sheets
from insights.documents.small_multiples import draw_small_multiples
from insights.documents.verdicts import sentences

GAP = 18.0
SUMMARY = Style(8.4)


def compstat_pdf(briefing: Briefing) -> bytes:
    """Return the PDF of a briefing on wide pages; the same briefing gives the same bytes."""
    title = f"CompStat briefing, {briefing.last_on:%-d %B %Y}"
    foot = Foot(briefing.agency, briefing.result_digest, briefing.marking)
    sheets = Sheets(title, foot, briefing.paper, language=briefing.language, is_wide=True)
    draw_title(sheets, briefing.agency, title, "What changed more than chance, and what is only noise?")
    _draw_who(sheets, briefing)
    _draw_summary(sheets, briefing)
    sheets.new_page()
    draw_compared(sheets, "By offence", "Offence", briefing.comparisons, briefing.offences)
    draw_compared(sheets, "By beat", "Beat", briefing.comparisons, briefing.beats)
    sheets.paragraph(f"{briefing.rule} z is 2 (√now \N{MINUS SIGN} √before).", SMALL)
    if briefing.series:
        draw_small_multiples(sheets, briefing.series)
    if briefing.maps:
        draw_maps(sheets, "Hot spots", briefing.maps, most_height=300)
    _draw_method(sheets, briefing)
    return sheets.finish()


def _draw_who(sheets: Sheets, briefing: Briefing) -> None:
    sheets.pairs(
        (
            ("Made by", f"{briefing.made_by}; {briefing.why}" if briefing.why else briefing.made_by),
            ("Data as of", moment(briefing.as_of, briefing.zone)),
            ("Incidents", briefing.filters or "All that the person may see."),
        ),
        label_room=80,
    )


def _draw_summary(sheets: Sheets, briefing: Briefing) -> None:
    """Write a column for each comparison that is summed up, offences above beats, smaller where much is said."""
    chosen = [place for place, one in enumerate(briefing.comparisons) if one.is_summed_up]
    if not chosen:
        return
    wide = (sheets.width - GAP * (len(chosen) - 1)) / len(chosen)
    style = SUMMARY
    columns = [_column(briefing, place, style, wide) for place in chosen]
    while style.size > 5.5 and max(map(_height, columns)) > sheets.left_over:
        style = replace(style, size=style.size - 0.4)
        columns = [_column(briefing, place, style, wide) for place in chosen]
    # What still is more than the page goes on with the next one, column beside column.
    while any(columns):
        columns = [_draw_column(sheets, lines, place, wide) for place, lines in enumerate(columns)]
        if any(columns):
            sheets.new_page()


def _column(briefing: Briefing, place: int, style: Style, wide: float) -> list[tuple[str, Style]]:
    compared = briefing.comparisons[place]
    strong = replace(style, font=BOLD)
    title = replace(strong, size=style.size + 1.2)
    lines = [(line, title) for line in wrapped(_title(briefing, place), title, wide)]
    for heading, rows in (("Offences", briefing.offences), ("Beats", briefing.beats)):
        lines += [("", style), (heading, strong)]
        for sentence in sentences(rows, place, compared):
            lines += [(line, style) for line in wrapped(sentence, style, wide)]
    return lines


def _title(briefing: Briefing, place: int) -> str:
    compared = briefing.comparisons[place]
    return f"{compared.span[:1].upper()}{compared.span[1:]} against {compared.against}"


def _height(lines: list[tuple[str, Style]]) -> float:
    return sum(style.leading for _, style in lines)


def _draw_column(
    sheets: Sheets, lines: list[tuple[str, Style]], place: int, wide: float
) -> list[tuple[str, Style]]:
    """Write the lines that fit on this page and return the others."""
    base, left = sheets.top, sheets.left + place * (wide + GAP)
    for number, (line, style) in enumerate(lines):
        if base - style.leading < sheets.top - sheets.left_over:
            return lines[number:]
        base -= style.leading
        write(sheets.canvas, left, base + style.size * 0.3, line, style)
    return []


def _draw_method(sheets: Sheets, briefing: Briefing) -> None:
    sheets.heading("How it was done", keep=40)
    sheets.pairs(
        (
            ("Method, version", f"Periods compared (CompStat), {briefing.version}"),
            ("Digest of the input", briefing.input_digest),
            ("Digest of the result", briefing.result_digest),
        ),
        label_room=120,
    )
    sheets.paragraph(
        "Of many offences and beats a few are called notable by chance alone; a mark is a reason to look, not a"
        " finding. The last days may still be incomplete.",
        TEXT,
    )
    sheets.box("Caution", (*briefing.cautions, briefing.caution))
