"""Labels of physical exhibits, as PDF: what people read, and a QR code that leads who may see it to the exhibit.

A label hangs where everybody walks by: it names the case and the bag, and tells nothing of what happened.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from django.conf import settings
from django.urls import reverse
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from incidents.admin.moments import moment
from media_evidence.models import Item
from media_evidence.room.intake import amount
from nethra.core.errors import InvalidInput

LABEL = (100 * mm, 62 * mm)
MARGIN = 4 * mm
CODE_SIDE = 32 * mm
#: Two columns and four rows of labels on a sheet.
COLUMNS, ROWS = 2, 4
MOST_LABELS = 200


def scan_address(item: Item) -> str:
    """Return what a label's QR code holds: an address that tells nothing and opens to whom the exhibit is visible."""
    return f"{settings.PUBLIC_URL}{reverse('admin:evidence_scan', args=[item.label_code])}"


def label_pdf(item: Item) -> bytes:
    """Return a PDF of one label, 100 by 62 mm, for a label printer."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LABEL, invariant=True)
    _begin(canvas, str(item.bag_number))
    _draw(canvas, item, 0, 0, *LABEL)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def sheet_pdf(items: Sequence[Item]) -> bytes:
    """Return a PDF of labels on sheets of A4, eight each; raise InvalidInput for none or more than 200."""
    if not 1 <= len(items) <= MOST_LABELS:
        raise InvalidInput(f"Choose from 1 to {MOST_LABELS} exhibits.")
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    _begin(canvas, "Labels")
    width, height = A4[0] / COLUMNS, A4[1] / ROWS
    for index, item in enumerate(items):
        place = index % (COLUMNS * ROWS)
        if index and place == 0:
            canvas.showPage()
        row, column = divmod(place, COLUMNS)
        _draw(canvas, item, column * width, A4[1] - (row + 1) * height, width, height)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _begin(canvas: Canvas, title: str) -> None:
    canvas.setTitle(title)
    canvas.setCreator("Nethra")


def _draw(canvas: Canvas, item: Item, left: float, bottom: float, width: float, height: float) -> None:
    canvas.setStrokeGray(0.6)
    canvas.rect(left + 1 * mm, bottom + 1 * mm, width - 2 * mm, height - 2 * mm)
    _draw_code(canvas, scan_address(item), left + width - MARGIN - CODE_SIDE, bottom + MARGIN)
    lines = _lines(item)
    top, room = bottom + height - MARGIN - 5 * mm, width - 2 * MARGIN
    for index, (size, text) in enumerate(lines):
        at = top - 6.2 * mm * index
        # Beside the code there is less room than above it.
        is_beside = at < bottom + MARGIN + CODE_SIDE + 2 * mm
        canvas.setFont("Helvetica-Bold" if size > 10 else "Helvetica", size)
        canvas.drawString(
            left + MARGIN, at, _fitting(text, size, room - (CODE_SIDE + 2 * mm if is_beside else 0))
        )


def _lines(item: Item) -> list[tuple[int, str]]:
    exhibit = f"{item.case.number} E-{item.evidence.position:02d}"
    said = [
        (9, _printable(item.agency.name, item.agency.code)),
        (15, exhibit),
        (13, f"Bag {item.bag_number}"),
        (9, f"Seal {item.seal_number}" if item.seal_number else ""),
        (9, f"{item.get_kind_display()}, {amount(item)}"),
        (9, f"Collected {moment(item.collected_at)}"),
    ]
    return [(size, text) for size, text in said if text]


def _printable(text: str, instead: str) -> str:
    """Return the text where the PDF's own letters can write it, else what stands for it."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return instead
    return text


def _fitting(text: str, size: int, room: float) -> str:
    font = "Helvetica-Bold" if size > 10 else "Helvetica"
    shown = "".join(sign if _printable(sign, "") else "?" for sign in text)
    while shown and stringWidth(shown, font, size) > room:
        shown = shown[:-1]
    return shown


def _draw_code(canvas: Canvas, text: str, left: float, bottom: float) -> None:
    # Error correction M: a label gets scratched.
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(scale=1, border=2)]
    side = CODE_SIDE / len(rows)
    canvas.setFillGray(0)
    for down, row in enumerate(rows):
        for across, is_dark in enumerate(row):
            if is_dark:
                # A hair wider than its place: no white line between two dark ones.
                canvas.rect(
                    left + across * side,
                    bottom + CODE_SIDE - (down + 1) * side,
                    side * 1.02,
                    side * 1.02,
                    stroke=0,
                    fill=1,
                )
