"""Pages that fill from the top: a head, headings that are bookmarks, paragraphs, and a foot on each page."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from reportlab.lib.pagesizes import A4, LETTER, landscape
from reportlab.lib.units import mm

from insights.documents.letters import (
    BOLD,
    UNKNOWN,
    PaperCanvas,
    Style,
    fitting,
    prepare_fonts,
    wrapped,
    write,
)
from insights.documents.plan import Paper

MARGIN = 16 * mm
FOOT = 18 * mm
ACCENT = "#5b21b6"
INK, QUIET, LINE, WASH = "#111827", "#4b5563", "#d1d5db", "#f3f4f6"
WARNING, WARNING_WASH = "#78350f", "#fef3c7"

TITLE = Style(17, BOLD)
HEADING = Style(11.5, BOLD, ACCENT)
SMALL_HEADING = Style(9, BOLD)
TEXT = Style(9)
STRONG = Style(10)
SMALL = Style(7.5, colour=QUIET)


@dataclass(frozen=True)
class Foot:
    """What stands at the foot of each page."""

    agency: str
    digest: str
    marking: str = ""


class Sheets:
    """A PDF under construction; ``top`` is where the next thing begins, in points from the bottom of the page."""

    def __init__(self, title: str, foot: Foot, paper: Paper, *, language: str, is_wide: bool = False) -> None:
        prepare_fonts()
        size = A4 if paper == Paper.A4 else LETTER
        self.page_width, self.page_height = landscape(size) if is_wide else size
        self._out = io.BytesIO()
        # Invariant: no moment of writing and no chance in it, so that the same document has the same digest.
        self.canvas = PaperCanvas(
            self._out, (self.page_width, self.page_height), invariant=True, lang=language, pageCompression=1
        )
        self.canvas.setTitle(title)
        self.canvas.setAuthor(foot.agency)
        self.canvas.setCreator("Nethra")
        self.canvas.setSubject(f"Result {foot.digest}")
        self.title, self.foot = title, foot
        self.pages, self.marks = 0, 0
        self.top = 0.0
        self._begin_page()

    @property
    def left(self) -> float:
        """Where lines begin, in points."""
        return float(MARGIN)

    @property
    def width(self) -> float:
        """Points from the left to the right margin."""
        return float(self.page_width - 2 * MARGIN)

    @property
    def height(self) -> float:
        """Points of a page that can be filled."""
        return float(self.page_height - MARGIN - FOOT)

    @property
    def left_over(self) -> float:
        """Points that are still free on this page."""
        return self.top - FOOT

    def take(self, height: float) -> float:
        """Return the bottom of the next ``height`` points, on a new page where this one has too few."""
        if height > self.left_over and self.top < self.page_height - MARGIN:
            self.new_page()
        self.top -= height
        return self.top

    def new_page(self) -> None:
        """End this page and begin the next one."""
        self.canvas.showPage()
        self._begin_page()

    def _begin_page(self) -> None:
        self.pages += 1
        self.top = float(self.page_height - MARGIN)
        # How many pages there are is known at the end only: until then the foot is a name.
        self.canvas.doForm(f"foot{self.pages}")

    def heading(self, text: str, *, level: int = 0, keep: float = 60.0) -> None:
        """Write a heading and bookmark it; it stays with the ``keep`` points that follow."""
        style = (HEADING, SMALL_HEADING)[level]
        lines = wrapped(text, style, self.width)
        above = 9.0 if level == 0 else 5.0
        if above + len(lines) * style.leading + keep > self.left_over:
            self.new_page()
        self.bookmark(text, level)
        self.top -= above
        self._lines(lines, style)
        self.top -= 2

    def bookmark(self, text: str, level: int) -> None:
        """Let the outline of the document lead here."""
        self.marks += 1
        key = f"mark{self.marks}"
        self.canvas.bookmarkHorizontalAbsolute(key, self.top)
        self.canvas.addOutlineEntry(text, key, level=level if self.marks > 1 else 0)

    def paragraph(self, text: str, style: Style = TEXT, *, bullet: str = "", below: float = 3.0) -> None:
        """Write a text over as many lines and pages as it takes."""
        indent = 11.0 if bullet else 0.0
        for place, line in enumerate(wrapped(text, style, self.width - indent)):
            base = self.take(style.leading) + style.size * 0.3
            if bullet and place == 0:
                write(self.canvas, self.left + 1, base, bullet, replace(style, font=BOLD))
            write(self.canvas, self.left + indent, base, line, style)
        self.top -= below

    def pairs(self, pairs: tuple[tuple[str, str], ...], *, label_room: float = 120.0) -> None:
        """Write labels with their texts beside them."""
        for label, text in pairs:
            labels = wrapped(label, replace(TEXT, colour=QUIET), label_room - 8)
            texts = wrapped(text, TEXT, self.width - label_room)
            for place in range(max(len(labels), len(texts))):
                base = self.take(TEXT.leading) + TEXT.size * 0.3
                if place < len(labels):
                    write(self.canvas, self.left, base, labels[place], replace(TEXT, colour=QUIET))
                if place < len(texts):
                    write(self.canvas, self.left + label_room, base, texts[place], TEXT)
            self.top -= 1.5

    def box(self, heading: str, texts: tuple[str, ...]) -> None:
        """Write a caution in a frame that stands out without its colour too."""
        style = replace(TEXT, colour=WARNING)
        lines = [line for text in texts for line in wrapped(text, style, self.width - 20)]
        height = (len(lines) + 1) * style.leading + 12
        if height > self.height:
            self.heading(heading)
            for text in texts:
                self.paragraph(text, style)
            return
        bottom = self.take(height + 6)
        self._frame(bottom, height)
        base = bottom + height - 6 - style.size
        write(self.canvas, self.left + 12, base, heading, replace(style, font=BOLD))
        for place, line in enumerate(lines, 1):
            write(self.canvas, self.left + 12, base - place * style.leading, line, style)

    def _frame(self, bottom: float, height: float) -> None:
        self.canvas.setFillColor(WARNING_WASH)
        self.canvas.setStrokeColor(WARNING)
        self.canvas.setLineWidth(0.6)
        self.canvas.rect(self.left, bottom, self.width, height, stroke=1, fill=1)
        self.canvas.setFillColor(WARNING)
        self.canvas.rect(self.left, bottom, 4, height, stroke=0, fill=1)

    def _lines(self, lines: list[str], style: Style) -> None:
        for line in lines:
            write(self.canvas, self.left, self.take(style.leading) + style.size * 0.3, line, style)

    def finish(self) -> bytes:
        """Return the PDF with the feet written."""
        if self.canvas.lacks_letters:
            self.paragraph(
                f"{UNKNOWN} stands for a letter that the font of this document does not have.", SMALL
            )
        self.canvas.showPage()
        for page in range(1, self.pages + 1):
            self.canvas.beginForm(f"foot{page}", 0, 0, self.page_width, self.page_height)
            self._foot(page)
            self.canvas.endForm()
        self.canvas.showOutline()
        self.canvas.save()
        return self._out.getvalue()

    def _foot(self, page: int) -> None:
        canvas, right = self.canvas, self.left + self.width
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(self.left, FOOT - 4 * mm, right, FOOT - 4 * mm)
        above, below = FOOT - 7.5 * mm, FOOT - 11 * mm
        write(canvas, right, above, f"Page {page} of {self.pages}", SMALL, align=1)
        write(canvas, self.left, above, fitting(self.foot.agency, SMALL, self.width * 0.4), SMALL)
        if self.foot.marking:
            marking = fitting(self.foot.marking, replace(SMALL, font=BOLD), self.width * 0.36)
            write(canvas, self.left + self.width * 0.62, above, marking, replace(SMALL, font=BOLD), align=0.5)
        write(canvas, self.left, below, fitting(self.title, SMALL, self.width * 0.36), SMALL)
        fine = replace(SMALL, size=6.5)
        digest = fitting(f"Result {self.foot.digest}", fine, self.width * 0.62)
        write(canvas, right, below, digest, fine, align=1)
