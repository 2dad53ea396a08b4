"""Texts that tell of the same, and the words that say so."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from incidents.demo.planted import SERIES
from insights.methods.base import MethodFault
from insights.methods.narratives import Narratives, alike, weighed

TEXTS = (
    "Ladder from the garden put to the rear window; jewellery taken.",
    "Rear window forced from a ladder, only jewellery taken.",
    "Van door peeled down, power tools taken.",
    "Puerta lateral de la furgoneta forzada; herramientas eléctricas.",
    "",
)
KEYS = np.array([10, 20, 30, 40, 50])


def test_the_same_story_comes_first_with_its_words() -> None:
    found = alike(TEXTS, KEYS, 10, Narratives(fewest=1, words=3))

    assert found.key.tolist() == [20, 30]
    assert found.cosine[0] > 3 * found.cosine[1] > 0
    assert set(found.words[0]) <= {"ladder", "rear", "window", "jewellery", "from"}
    assert found.words[1] == ("taken",)
    assert found.compared == 3


def test_words_fall_by_what_they_add() -> None:
    made = weighed(TEXTS, Narratives(fewest=1))
    words = made.shared(0, 1, 50)
    parts = [made.weights[[0]].toarray()[0] * made.weights[[1]].toarray()[0]][0]

    by_word = [parts[made.words.index(word)] for word in words]
    assert by_word == sorted(by_word, reverse=True)
    assert sum(by_word) == pytest.approx(made.likeness(0)[1])


def test_cosines_are_those_of_the_oracle() -> None:
    made = weighed(TEXTS, Narratives(fewest=1))
    oracle = cosine_similarity(
        TfidfVectorizer(sublinear_tf=True, token_pattern=r"\b[a-zé]{2,}\b").fit_transform(TEXTS)
    )

    np.testing.assert_allclose(np.array([made.likeness(at) for at in range(5)]), oracle, atol=1e-12)


def test_accents_and_case_do_not_divide_words() -> None:
    found = alike(("Herramientas ELÉCTRICAS", "electricas usadas", "otra cosa"), KEYS[:3], 10, Narratives())

    assert found.key.tolist() == [20]
    assert found.words == (("electricas",),)


def test_english_leaves_out_its_stop_words() -> None:
    assert "from" in weighed(TEXTS, Narratives(fewest=1)).words
    assert "from" not in weighed(TEXTS, Narratives(fewest=1, language="english")).words


def test_words_that_are_everywhere_or_nowhere_else_are_left_out() -> None:
    texts = [f"burglary at number house word{'abcdefghijkl'[at % 12]}" for at in range(24)]

    assert weighed(texts, Narratives()).words == tuple(sorted(f"word{letter}" for letter in "abcdefghijkl"))
    with pytest.raises(MethodFault, match="No word is left"):
        weighed(texts, Narratives(fewest=3))


def test_the_demonstration_s_series_are_found_by_their_words() -> None:
    told = [(plan.name, text) for plan in SERIES for text in (*plan.descriptions, plan.attempt)]
    texts, keys = [text for _, text in told], np.arange(len(told))

    for at, (name, _) in enumerate(told):
        best = alike(texts, keys, at, Narratives(fewest=1)).key[:2]
        assert [told[other][0] for other in best] == [name, name]


def test_the_order_of_rows_does_not_matter() -> None:
    order = [3, 1, 4, 0, 2]
    one = alike(TEXTS, KEYS, 10, Narratives(fewest=1))
    other = alike([TEXTS[at] for at in order], KEYS[order], 10, Narratives(fewest=1))

    assert np.array_equal(one.key, other.key)
    assert np.array_equal(one.cosine, other.cosine)
    assert one.words == other.words


def test_equal_texts_are_equal_and_by_key() -> None:
    found = alike(
        ("red van", "blue van", "red van", "red van"), np.array([4, 3, 2, 1]), 4, Narratives(fewest=1)
    )

    assert found.key.tolist() == [1, 2, 3]
    assert found.cosine[:2] == pytest.approx([1, 1])


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(MethodFault, match="two texts"):
        weighed(("one text",), Narratives())
    with pytest.raises(MethodFault, match="two texts"):
        weighed((), Narratives())
    with pytest.raises(MethodFault, match="No word is left"):
        weighed(("", "12 34"), Narratives())
    with pytest.raises(MethodFault, match="no word that another shares"):
        alike(TEXTS, KEYS, 50, Narratives(fewest=1))
    with pytest.raises(MethodFault, match="not among"):
        alike(TEXTS, KEYS, 7, Narratives())
    with pytest.raises(MethodFault):
        Narratives(widest=0)
