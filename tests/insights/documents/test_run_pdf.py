"""The PDF of a run says all that the run knows, whatever its size, and is the same each time."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pypdfium2
import pytest

from insights.documents.ground import frame_of, ground_of, round_metres
from insights.documents.plan import Chart, ChartKind, MapPlan, Paper, Series, Shape
from insights.documents.run_pdf import run_pdf
from tests.insights.documents.papers import (
    charts,
    columns,
    run,
    square,
    squares_map,
    text_of,
    texts_of,
    words_map,
)


def darkest_outside_margins(pdf: bytes) -> int:
    """Return the darkest grey (0 black, 255 white) within 10 mm of the left or right edge of any page."""
    edge = 28
    pages = [np.asarray(page.render(scale=1).to_pil().convert("L")) for page in pypdfium2.PdfDocument(pdf)]
    return min(int(min(page[:, :edge].min(), page[:, -edge:].min())) for page in pages)


def test_all_that_a_run_says_is_found_again() -> None:
    told = run(marking="Law enforcement sensitive")
    text = text_of(run_pdf(told))

    for part in (told.title, told.question, told.made_by, told.why, told.filters, *told.assumes, *told.fails):
        assert part in text
    for part in (*told.sentences, *told.cautions, *told.sources, told.marking):
        assert part in text
    assert "31 August 2026, 15:05 (UTC-07:00, America/Los_Angeles)" in text
    assert "4,211 incidents; 37 left out" in text
    assert "20 to 41 (20 places)" in text
    assert "reported to and recorded by the police" in text


def test_sentences_come_before_map_charts_and_table() -> None:
    text = text_of(run_pdf(run()))
    places = [
        text.index(part) for part in ("41 of 812", "500 m", "Hour by weekday", "Cell 12", "How it was done")
    ]

    assert places == sorted(places)


def test_each_page_has_its_number_the_agency_and_the_digest() -> None:
    pages = texts_of(run_pdf(run()))

    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "North Police Department" in text
        assert "b2" * 32 in text


def test_the_same_run_gives_the_same_bytes() -> None:
    assert run_pdf(run()) == run_pdf(run())
    assert run_pdf(run()) != run_pdf(run(counted=4_212))


def test_title_language_and_bookmarks_are_those_of_the_run() -> None:
    pdf = run_pdf(run(language="en-US"))
    document = pypdfium2.PdfDocument(pdf)

    assert document.get_metadata_value("Title") == "Hot spots (Getis-Ord Gi*)"
    assert b"/Lang (en-US)" in pdf
    marks = [mark.get_title() for mark in document.get_toc()]
    assert {"What was found", "Map", "Charts", "Table", "How it was done"} <= set(marks)


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))])
def test_paper_is_what_was_asked_for(paper: Paper, size: tuple[int, int]) -> None:
    found = pypdfium2.PdfDocument(run_pdf(run(paper=paper)))[0].get_size()

    assert tuple(round(side) for side in found) == size


def test_of_many_rows_the_first_are_printed_and_the_others_counted() -> None:
    text = text_of(run_pdf(run(columns=columns(5_000), cut=70, most_rows=100, charts=())))

    assert "Cell 100 " in text
    assert "Cell 101 " not in text
    assert "4,970 more rows are not printed" in text


def test_no_rows_no_map_and_no_sentences_are_said() -> None:
    text = text_of(run_pdf(run(columns=columns(0), map=None, charts=(), sentences=())))

    assert "There are no rows." in text
    assert "Nothing was found." in text
    assert "500 m" not in text


def test_wide_tables_go_on_in_parts_with_every_cell() -> None:
    many = tuple(column for _ in range(4) for column in columns(3))
    text = text_of(run_pdf(run(columns=many, map=None, charts=())))

    assert "part 1 of" in text
    assert text.count("Cell 3 ") == 4


def test_names_of_many_alphabets_are_printed() -> None:
    text = text_of(run_pdf(run(made_by="Жанна Ñandú and דוד", why="for محمد", charts=(), map=None)))

    assert "Жанна Ñandú" in text
    assert "דוד" in text or "דוד"[::-1] in text
    assert "محمد" in text or "محمد"[::-1] in text


def test_letters_that_cannot_be_printed_are_said_to_be_missing() -> None:
    with_them, without = (text_of(run_pdf(run(why=why))) for why in ("漢字", "words"))

    assert "stands for a letter that the font of this document does not have" in with_them
    assert "stands for a letter" not in without


def test_long_names_stay_within_the_margins() -> None:
    long = "Département-de-la-Sûreté " * 12 + "W" * 400
    wide = tuple(column for _ in range(5) for column in columns(3))

    pdf = run_pdf(run(agency=long, title=long, why=long, sentences=(long,), filters=long, columns=wide))

    assert darkest_outside_margins(pdf) == 255


def test_two_thousand_shapes_are_a_bounded_file() -> None:
    assert len(run_pdf(run(map=squares_map(2_000)))) < 400_000


def test_what_a_map_does_not_draw_is_counted() -> None:
    assert "first 5,000 of 5,010 places" in text_of(run_pdf(run(map=squares_map(5_010), charts=())))


def test_a_map_without_any_place_says_so() -> None:
    assert "Nothing has a place." in text_of(run_pdf(run(map=MapPlan("Empty", (), ("any",)), charts=())))


def test_words_of_a_map_are_told_by_number_too() -> None:
    told, bare = (text_of(run_pdf(run(map=plan, charts=(), columns=()))) for plan in (words_map(), None))

    assert "intensifying (6 places)" in told
    assert told.split().count("3") == bare.split().count("3") + 7


def test_degrees_become_metres() -> None:
    # By WGS 84 0.01° of longitude at 37.75° north are 881.5 m, 0.01° of latitude 1,109.9 m.
    ring = ((-122.455, 37.745), (-122.445, 37.745), (-122.445, 37.755), (-122.455, 37.755))
    ground = ground_of(MapPlan("", (Shape((ring,), 0),), ("any",), is_degrees=True), 10)

    across, upwards = np.ptp(ground.shapes[0][0], axis=0)
    assert across == pytest.approx(881.5, rel=0.004)
    assert upwards == pytest.approx(1_109.9, rel=0.004)


def test_maps_of_two_periods_have_one_scale() -> None:
    grounds = tuple(
        ground_of(MapPlan("", (Shape((square(0, 0, side),)),), ()), 9) for side in (900.0, 4_500.0)
    )

    frame = frame_of(grounds, 0, 0, 100, 200)

    assert frame is not None
    assert frame.scale == pytest.approx(100 / (4_500 * 1.08))


@pytest.mark.parametrize(("most", "told"), [(1.0, 1), (4.9, 2), (5.0, 5), (730, 500), (99_999, 50_000)])
def test_a_scale_bar_is_a_round_number(most: float, told: float) -> None:
    assert round_metres(most) == told


def test_charts_without_numbers_say_so() -> None:
    empty = Chart(ChartKind.LINES, "Weeks", ("a", "b"), (Series("x", (None, float("nan"))),))

    assert "There is nothing to draw." in text_of(run_pdf(run(charts=(empty,))))


def test_numbers_of_a_matrix_stand_in_its_cells() -> None:
    text = text_of(run_pdf(run(charts=charts()[:1], map=None, columns=())))

    assert "Wednesday 0 22.5 45" in text


def test_faulty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        run(as_of=datetime(2026, 8, 31))
    with pytest.raises(ValueError, match="one length"):
        run(columns=(*columns(3), *columns(4)))
