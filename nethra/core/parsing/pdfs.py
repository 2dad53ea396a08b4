"""What a PDF says about itself, and its first page."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import pypdfium2

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.pictures import PREVIEW_SIDE, say_previews

#: 300 points an inch: more shows nothing more of a small page.
MOST_SCALE = 300 / 72
DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)'?(\d\d)|Z)?", re.ASCII)
UNOPENED = "The PDF cannot be opened: it is damaged, or encrypted."


def look(source: BinaryIO, kind: ParsedKind) -> None:
    """Say the PDF's pages, author, producer and time, and a preview of its first page."""
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError:
        raise answer.CannotRead(UNOPENED) from None
    stated = document.get_metadata_dict()
    answer.say_facts(
        {
            "pages": len(document),
            "author": stated.get("Author", ""),
            "producer": stated.get("Creator") or stated.get("Producer", ""),
            **_time(stated.get("CreationDate", "")),
        }
    )
    page = document[0]
    longest = max(page.get_size())
    scale = min(PREVIEW_SIDE / longest, MOST_SCALE) if longest > 0 else 1
    say_previews(page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB"))


def _time(text: str) -> dict[str, Any]:
    match = DATE.match(text)
    if match is None:
        return {}
    year, month, day, hour, minute, second, hours, minutes = match.groups()
    offset = f"{hours}:{minutes}" if hours else "+00:00" if text.rstrip().endswith("Z") else ""
    return {"stated": f"{year}-{month}-{day}T{hour}:{minute}:{second}", "offset": offset}
