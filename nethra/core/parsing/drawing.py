"""Pages of pixels: what a picture or a PDF shows, and a copy made of nothing but that, with boxes over it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pypdfium2
from PIL import Image, ImageDraw, ImageOps
from pypdfium2 import raw

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.pictures import MAX_PIXELS, opened
from nethra.core.parsing.regions import Box
from nethra.core.parsing.watermarks import watermark

DOTS_PER_INCH, POINTS_PER_INCH = 150, 72
#: Of a page, in pixels: A0 at a third of the sharpness of A4.
LONGEST_SIDE = 3_500
MOST_PAGES = 300
QUALITY = 92
#: What is said of a document that is made here, and nothing else is.
CREATOR = "PDFium"
TOO_MANY_PIXELS = (
    f"The picture has more than {MAX_PIXELS // 1_000_000} million points: no copy is made of it."
)
TOO_MANY_PAGES = f"The document has more than {MOST_PAGES} pages: no copy is made of it."
NO_SUCH_PAGE = "The document has no such page."
FIRST_ONLY = "The file holds several pictures: the copy shows the first."
LOCKED = "The document is encrypted: no copy can be made of it."
BEYOND = "A box lies outside of what is shown."


def pages_of(source: BinaryIO, kind: ParsedKind) -> int:
    """Return how many pages a picture or PDF has; raise CannotRead where they are too many."""
    if kind == ParsedKind.PICTURE:
        return 1
    count = len(_document(source))
    if count > MOST_PAGES:
        raise answer.CannotRead(TOO_MANY_PAGES)
    return count


def page_of(source: BinaryIO, kind: ParsedKind, number: int) -> Image.Image:
    """Return one page as it is shown, upright and without anything that is not seen; raise CannotRead."""
    if kind == ParsedKind.PICTURE:
        return _picture(source)
    document = _document(source)
    if not 1 <= number <= len(document):
        raise answer.CannotRead(NO_SUCH_PAGE)
    return _rendered(document, number - 1)


def redact(source: BinaryIO, kind: ParsedKind, boxes: list[Box], given_to: str = "") -> bytes:
    """Return a JPEG of a picture, or a PDF of a PDF, of pixels alone and with the boxes over them.

    ``given_to`` is drawn over each page, beneath the boxes. Raise CannotRead. Progress is said page by page.
    """
    if kind == ParsedKind.PICTURE:
        picture = watermark(_picture(source), given_to)
        cover(picture, boxes)
        return jpeg(picture)
    count = pages_of(source, kind)
    if any(not 1 <= box.page <= count for box in boxes):
        raise answer.CannotRead(NO_SUCH_PAGE)
    return bound(_covered(_document(source), boxes, given_to), count)


def cover(page: Image.Image, boxes: Iterable[Box]) -> None:
    """Draw the boxes over a page, opaque; raise CannotRead where one covers nothing of it."""
    brush = ImageDraw.Draw(page)
    for box in boxes:
        left, top, right, bottom = box.grown(*page.size)
        if left >= right or top >= bottom:
            raise answer.CannotRead(BEYOND)
        brush.rectangle((left, top, right - 1, bottom - 1), fill="black")


def jpeg(picture: Image.Image) -> bytes:
    """Return a JPEG of the pixels alone. Colours are as fine as light, so that blocks are of eight pixels."""
    out = io.BytesIO()
    # A new picture has no information that could be written with it.
    Image.frombytes("RGB", picture.size, picture.tobytes()).save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def bound(pages: Iterable[Image.Image], count: int) -> bytes:
    """Return a new PDF of pictures; progress is said for each of so many pages."""
    # The time that is written into a new document is the same for all.
    fixed = raw.FSDK_SetTimeFunction.argtypes[0](lambda: 0)
    raw.FSDK_SetTimeFunction(fixed)
    document = pypdfium2.PdfDocument.new()
    for number, page in enumerate(pages, start=1):
        width, height = (side * POINTS_PER_INCH / DOTS_PER_INCH for side in page.size)
        image = pypdfium2.PdfImage.new(document)
        image.load_jpeg(io.BytesIO(jpeg(page)), inline=True)
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        sheet = document.new_page(width, height)
        sheet.insert_obj(image)
        sheet.gen_content()
        sheet.close()
        answer.say(answer.PROGRESS, f"{number} {count}".encode())
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _covered(document: pypdfium2.PdfDocument, boxes: list[Box], given_to: str) -> Iterator[Image.Image]:
    for index in range(len(document)):
        # SECURITY: the boxes last: what is covered is black to the last pixel, which the gate asks for.
        page = watermark(_rendered(document, index), given_to)
        cover(page, (box for box in boxes if box.page == index + 1))
        yield page


def _document(source: BinaryIO) -> pypdfium2.PdfDocument:
    source.seek(0)
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as problem:
        if problem.err_code == raw.FPDF_ERR_PASSWORD:
            raise answer.CannotRead(LOCKED) from problem
        raise
    # What is filled into a form is drawn only then.
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    return document


def _rendered(document: pypdfium2.PdfDocument, index: int) -> Image.Image:
    page = document[index]
    longest = max(page.get_size())
    scale = DOTS_PER_INCH / POINTS_PER_INCH
    if longest * scale > LONGEST_SIDE:
        scale = LONGEST_SIDE / longest
    shown: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    return shown


def _picture(source: BinaryIO) -> Image.Image:
    with opened(source) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise answer.CannotRead(TOO_MANY_PIXELS)
        if getattr(picture, "n_frames", 1) > 1:
            answer.say_note(FIRST_ONLY)
        return _on_white(ImageOps.exif_transpose(picture))


def _on_white(picture: Image.Image) -> Image.Image:
    """Return what is seen of a picture: colours that lie under full transparency would come to light otherwise."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    paper.alpha_composite(seen)
    return paper.convert("RGB")
