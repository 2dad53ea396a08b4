"""For whom a copy was made stands over all of it, and what is covered stays black beneath it."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

from nethra.core.parsing import rendering
from nethra.core.parsing.regions import Box, Range
from nethra.core.parsing.rendering import Region
from tests.core.parsing.test_rendering import BOX, docx, pdf, photo

GIVEN = "Dana Defence, DS-2026-0A1B2C3D, 22 Nov 2026"
#: A strip of so many pixels never is without a stroke of it.
STRIP = 100


def copied(folder: Path, content: bytes, *regions: Region, given_to: str = GIVEN) -> bytes:
    place = folder / "source"
    place.write_bytes(content)
    with place.open("rb") as file:
        return rendering.redact(file, regions, given_to=given_to).content


def nothing_remains(folder: Path, content: bytes, *regions: Region) -> bool:
    place = folder / "copy"
    place.write_bytes(content)
    with place.open("rb") as file:
        return rendering.remains(file, regions) == frozenset()


def pictures(content: bytes) -> list[Image.Image]:
    """Return the pages of a PDF."""
    return [page.render(scale=1).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(content)]


def is_everywhere(plain: Image.Image, marked: Image.Image) -> bool:
    """Return whether the pictures differ in every strip, across and down."""
    width, height = plain.size
    strips = [(0, top, width, top + STRIP) for top in range(0, height - STRIP, STRIP)]
    strips += [(left, 0, left + STRIP, height) for left in range(0, width - STRIP, STRIP)]
    difference = ImageChops.difference(plain, marked).convert("L")
    return all((difference.crop(strip).getextrema()[1] or 0) > 30 for strip in strips)  # type: ignore[operator]


@pytest.mark.parametrize("ground", ["white", "black", (120, 120, 120)])
def test_it_is_seen_on_every_ground_and_the_ground_through_it(tmp_path: Path, ground: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), ground).save(out, "PNG")

    plain = copied(tmp_path, out.getvalue(), given_to="")
    marked = copied(tmp_path, out.getvalue())

    shown = [Image.open(io.BytesIO(content)).convert("RGB") for content in (plain, marked)]
    assert is_everywhere(*shown)
    most = max(high for _, high in ImageChops.difference(*shown).getextrema())  # type: ignore[misc]
    assert most < 128


def test_boxes_of_a_picture_stay_black_to_the_last_pixel(tmp_path: Path) -> None:
    marked = copied(tmp_path, photo("JPEG"), BOX)

    shown = Image.open(io.BytesIO(marked)).convert("RGB")
    assert shown.crop((101, 53, 221, 93)).getcolors() == [(120 * 40, (0, 0, 0))]
    assert nothing_remains(tmp_path, marked, BOX)


def test_every_page_of_a_pdf_has_it_and_nothing_beneath_its_boxes(tmp_path: Path) -> None:
    box = Box(2, 140, 200, 400, 120)

    plain, marked = (copied(tmp_path, pdf(), box, given_to=given) for given in ("", GIVEN))

    assert all(is_everywhere(*pair) for pair in zip(pictures(plain), pictures(marked), strict=True))
    assert nothing_remains(tmp_path, marked, box)


def test_a_long_line_is_broken_and_still_everywhere(tmp_path: Path) -> None:
    given = f"{'Committee for the Examination of Evidence ' * 5}, DS-2026-0A1B2C3D"

    plain, marked = (copied(tmp_path, pdf(1), given_to=line) for line in ("", given))

    assert is_everywhere(*pictures(plain), *pictures(marked))


def test_a_document_has_it_over_its_pages(tmp_path: Path) -> None:
    plain, marked = (copied(tmp_path, docx(), given_to=given) for given in ("", GIVEN))

    assert all(is_everywhere(*pair) for pair in zip(pictures(plain), pictures(marked), strict=True))
    assert nothing_remains(tmp_path, marked)


def test_a_text_begins_and_ends_with_it(tmp_path: Path) -> None:
    marked = copied(tmp_path, b"Smith saw it.", Range(0, 5))

    assert marked.decode().split("\n") == [GIVEN, "", "[redacted] saw it.", "", GIVEN, ""]
    assert nothing_remains(tmp_path, marked, Range(0, 5))


def test_a_name_never_stands_for_a_range(tmp_path: Path) -> None:
    marked = copied(tmp_path, b"Smith saw it.", given_to="[redacted] Ltd")

    assert b"[redacted]" not in marked
    assert not nothing_remains(tmp_path, marked, Range(0, 5))


def test_two_people_get_two_files(tmp_path: Path) -> None:
    content = photo()

    assert copied(tmp_path, content) != copied(tmp_path, content, given_to=GIVEN + "4")
    assert copied(tmp_path, content) == copied(tmp_path, content)


def test_a_name_that_no_font_can_draw_leaves_the_number(tmp_path: Path) -> None:
    assert nothing_remains(tmp_path, copied(tmp_path, pdf(), given_to="\U00012000 DS-2026-0A1B2C3D"))
