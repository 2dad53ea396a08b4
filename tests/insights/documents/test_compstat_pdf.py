"""A CompStat briefing says what rose and fell, and calls noise noise."""

from __future__ import annotations

import pytest

from insights.documents.briefing import Change, Compared, Weeks
from insights.documents.compstat_pdf import compstat_pdf
from insights.documents.verdicts import percent_of, sentences, z_of
from tests.insights.documents.papers import COMPARED, briefing, briefing_row, text_of, texts_of, weeks
from tests.insights.documents.test_run_pdf import darkest_outside_margins


def test_the_first_page_sums_up_in_sentences() -> None:
    first = texts_of(compstat_pdf(briefing()))[0]

    assert "Burglary rose beyond noise: 40, against 12 in the 7" in first
    assert "Robbery fell beyond noise: 4, against 30" in first
    assert "Only noise: Robbery (5 to 3)" in first
    assert "of 5" in first


def test_rises_come_before_falls_and_strongest_first() -> None:
    pairs = {"a": (30, 10), "b": (60, 10), "c": (10, 60), "d": (11, 10)}
    rows = [briefing_row(name, *[pair] * 5) for name, pair in pairs.items()]

    told = sentences(rows, 0, COMPARED[0])

    assert [sentence[:3] for sentence in told[:3]] == ["▲ b", "▲ a", "▼ c"]
    assert told[3:] == ["Only noise: d (10 to 11)."]


def test_only_noise_is_called_so() -> None:
    told = sentences([briefing_row("a", *[(11, 10)] * 5)], 0, COMPARED[0])

    assert told == ["Nothing rose or fell beyond noise.", "Only noise: a (10 to 11)."]


def test_nothing_is_said_of_a_span_that_the_data_do_not_reach() -> None:
    told = sentences(
        [briefing_row("a", *[(50, 0)] * 5)], 0, Compared("7 days", "last year", is_covered=False)
    )

    assert told == ["The data do not reach back over last year, so nothing is said of it."]


@pytest.mark.parametrize(
    ("change", "percent", "z"),
    [
        (Change(4, 2, 100.0, 1.17, 0), "+100 %", "+1.2"),
        (Change(2, 4, -50.0, -1.17, 0), "\N{MINUS SIGN}50 %", "\N{MINUS SIGN}1.2"),
        (Change(3, 0, None, 3.46, 1), "new", "+3.5"),
        (Change(0, 0, None, 0.0, 0), "\N{EN DASH}", "0.0"),
        (Change(7, 7, 0.0, 0.0, 0), "0 %", "0.0"),
    ],
)
def test_changes_have_their_sign(change: Change, percent: str, z: str) -> None:
    assert (percent_of(change), z_of(change)) == (percent, z)


def test_tables_have_each_number_and_mark_notable_ones_by_word() -> None:
    told = briefing()
    verdicts = [one.verdict for row in (*told.offences, *told.beats) for one in row.changes]

    pages = texts_of(compstat_pdf(told))

    assert "Burglary 40 12 +233 % +5.7 RISE" in pages[1]
    assert "Robbery 3 5" in pages[1]
    assert pages[1].count("FALL") == verdicts.count(-1)
    assert pages[1].count("RISE") == verdicts.count(1)


def test_the_same_briefing_gives_the_same_bytes() -> None:
    assert compstat_pdf(briefing()) == compstat_pdf(briefing())


def test_series_and_maps_are_drawn_where_given() -> None:
    given, bare = text_of(compstat_pdf(briefing())), text_of(compstat_pdf(briefing(series=(), maps=())))

    for part in ("Weekly series", "Last month", "500 m"):
        assert part in given
        assert part not in bare


def test_many_rows_and_long_names_stay_within_the_margins() -> None:
    rows = tuple(
        briefing_row(f"Участок שלום {'long name ' * (n % 5)}{n}", *[(n * 20_000, 999_999)] * 5)
        for n in range(60)
    )
    pdf = compstat_pdf(briefing(offences=rows, beats=rows, series=tuple(weeks(f"{n}") for n in range(7))))

    assert darkest_outside_margins(pdf) == 255
    assert text_of(pdf).count("999,999") >= 600


def test_a_briefing_of_nothing_says_so() -> None:
    assert "Nothing was counted." in text_of(
        compstat_pdf(briefing(offences=(), beats=(), series=(), maps=()))
    )


def test_faulty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="one change for each"):
        briefing(comparisons=COMPARED[:2])
    with pytest.raises(ValueError, match="one length"):
        Weeks("x", weeks("x").mondays, (1, 2))
