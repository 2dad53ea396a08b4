"""A chart and its table say the same."""

from __future__ import annotations

import json

import pytest
from django.template.loader import render_to_string

from nethra.core.charts import Chart, Series


def weekly(**changes: object) -> Chart:
    fields = {
        "id": "weekly",
        "title": "Incidents a week",
        "summary": "7 in the latest week.",
        "label_header": "Week",
        "labels": ["Week 1", "Week 2"],
        "series": [Series("Burglary", [5, 7]), Series("Robbery", [1, None])],
    }
    return Chart(**(fields | changes))  # type: ignore[arg-type]


def test_picture_and_table_hold_the_same_numbers() -> None:
    chart = weekly()

    drawn = json.loads(chart.data)

    assert chart.headers == ["Week", "Burglary", "Robbery"]
    assert chart.rows == [("Week 1", [5, 1]), ("Week 2", [7, None])]
    assert [line["data"] for line in drawn["datasets"]] == [[5, 7], [1, None]]
    assert all(line["borderColor"] for line in drawn["datasets"])


def test_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="Burglary has 1 numbers for 2 labels"):
        weekly(series=[Series("Burglary", [5])])


def test_long_names_are_cut_beside_sideways_bars_only() -> None:
    name = "Destruction/Damage/Vandalism of Property"
    bars = weekly(kind="bar", sideways=True, labels=[name], series=[Series("Incidents", [3])])

    assert json.loads(bars.data)["labels"] == ["Destruction/Damage/Va…"]
    assert bars.rows == [(name, [3])]


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_the_page_shows_the_picture_with_its_words_and_table(kind: str) -> None:
    html = render_to_string("nethra/chart.html", {"chart": weekly(kind=kind)})

    assert f'data-type="{kind}"' in html
    assert 'aria-label="Incidents a week. 7 in the latest week."' in html
    assert '<th scope="row">Week 1</th><td class="number">5</td>' in html
    assert '<td class="number">-</td>' in html


def test_no_numbers_is_said_in_words() -> None:
    html = render_to_string("nethra/chart.html", {"chart": weekly(labels=[], series=[])})

    assert "Nothing to show yet." in html
    assert "<canvas" not in html
