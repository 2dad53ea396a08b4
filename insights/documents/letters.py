"""Letters on paper: the fonts, what they can print, how wide it is and where a line breaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from insights.documents.reading import as_written, cleaned
from nethra.core.parsing.fonts import FONT

PLAIN, BOLD = "NethraPlain", "NethraBold"
#: Stands for a letter that the font does not have.
UNKNOWN = "\ufffd"
ELLIPSIS = "…"


@dataclass(frozen=True)
class Style:
    """How a text looks: its font, size in points and colour, and the points from line to line."""

    size: float = 9.0
    font: str = PLAIN
    colour: str = "#111827"

    @property
    def leading(self) -> float:
        """Points from line to line."""
        return self.size * 1.35


class PaperCanvas(Canvas):
    """A canvas that remembers whether a letter was printed as ``UNKNOWN``, so that the document can say so."""

    lacks_letters = False


@cache
def prepare_fonts() -> frozenset[int]:
    """Make both fonts known to the PDF writer once, and return the code points that both of them have.

    Debian's DejaVu has most alphabets; where it is missing, what comes with the PDF writer has the Latin one.
    """
    bold = FONT.with_name("DejaVuSans-Bold.ttf")
    files = (str(FONT), str(bold)) if FONT.is_file() and bold.is_file() else ("Vera.ttf", "VeraBd.ttf")
    known = []
    for name, file in zip((PLAIN, BOLD), files, strict=True):
        font = TTFont(name, file)
        registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return known[0] & known[1]


def printable(text: str) -> str:
    """Return one line as it is printed, letters that the font does not have replaced by a sign that says so."""
    known = prepare_fonts()
    missing = UNKNOWN if ord(UNKNOWN) in known else "?"
    return "".join(sign if ord(sign) in known else missing for sign in as_written(cleaned(text)))


def width(text: str, style: Style) -> float:
    """Return how wide one line is, in points."""
    return float(stringWidth(printable(text), style.font, style.size))


def fitting(text: str, style: Style, room: float) -> str:
    """Return the text, cut and marked with an ellipsis where it is wider than ``room`` points."""
    text = cleaned(text)
    if width(text, style) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle] + ELLIPSIS, style) <= room else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def wrapped(text: str, style: Style, room: float) -> list[str]:
    """Return the lines of a text in ``room`` points; a word that is wider is broken."""
    lines: list[str] = []
    line = ""
    for word in cleaned(text).split(" "):
        for piece in _pieces(word, style, room):
            longer = f"{line} {piece}" if line else piece
            if line and width(longer, style) > room:
                lines.append(line)
                longer = piece
            line = longer
    return [*lines, line]


def _pieces(word: str, style: Style, room: float) -> list[str]:
    pieces = []
    while word and width(word, style) > room:
        end = max(1, next((n for n in range(1, len(word)) if width(word[: n + 1], style) > room), len(word)))
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word] if word or not pieces else pieces


def write(canvas: PaperCanvas, x: float, y: float, text: str, style: Style, *, align: float = 0.0) -> None:
    """Write one line with its base at ``y``; ``align`` 0 begins at x, 0.5 is centred on it, 1 ends there."""
    shown = printable(text)
    canvas.lacks_letters |= shown.count(UNKNOWN) > text.count(UNKNOWN)
    canvas.setFillColor(style.colour)
    canvas.setFont(style.font, style.size)
    canvas.drawString(x - align * float(stringWidth(shown, style.font, style.size)), y, shown)
