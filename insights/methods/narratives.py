"""Reports that tell of the same: likeness of free texts by their words, with the words that make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer

from insights.methods.base import Floats, Integers, Method, MethodFault, Parameters, parameter

#: From this many texts on, words that are in too many of them are left out.
TEXTS_FOR_CUT = 20
WORD = r"(?u)\b[^\W\d_]{2,}\b"


@dataclass(frozen=True)
class Narratives(Parameters):
    """How texts are compared."""

    language: str = parameter(
        "any",
        "Language",
        choices=("any", "english"),
        help="English leaves out its stop words; any leaves out words that are in too many texts.",
    )
    widest: float = parameter(0.3, "Leave out words in more than", unit="of the texts", least=0.01, most=1)
    fewest: int = parameter(2, "Leave out words in fewer than", unit="texts", least=1, most=100)
    most: int = parameter(20, "Candidates to show", least=1, most=1000)
    words: int = parameter(5, "Words to show for each", least=1, most=50)


@dataclass(frozen=True)
class Weighed:
    """Texts as weights of words: ``weights`` of shape (texts, words), each row of length 1 or, without words, 0.

    ``words``: in alphabetical order; case and accents are dropped, numbers left out.
    """

    weights: csr_array
    words: tuple[str, ...]

    def likeness(self, one: int) -> Floats:
        """Return the cosine of one text with each, shape (texts): 0 nothing in common, 1 the same words."""
        found: Floats = (self.weights @ self.weights[[one]].T).toarray().ravel()
        return np.clip(found, 0, 1)

    def shared(self, one: int, other: int, most: int) -> tuple[str, ...]:
        """Return the words that two texts share, those that add most to their cosine first, equals by the alphabet."""
        both = self.weights[[one]].multiply(self.weights[[other]]).tocoo()
        order = np.lexsort((both.coords[1], -both.data))[:most]
        return tuple(self.words[column] for column in both.coords[1][order])


@dataclass(frozen=True)
class Alike:
    """The texts most like one, the likest first, all of one length k: their keys, cosines, and the words they share.

    Texts without a common word are not among them. ``compared``: how many had words to compare.
    """

    key: Integers
    cosine: Floats
    words: tuple[tuple[str, ...], ...]
    compared: int


def weighed(texts: Sequence[str], asked: Narratives) -> Weighed:
    """Return the texts' weights: (1 + log count) (1 + log((1 + n) / (1 + texts with the word))), rows of length 1.

    MethodFault: fewer than two texts, or no word is left. Source: Salton and Buckley (1988).
    """
    if len(texts) < 2:
        raise MethodFault("At least two texts are needed to compare them.")
    cut = asked.widest if len(texts) >= TEXTS_FOR_CUT else 1.0
    maker = TfidfVectorizer(
        strip_accents="unicode",
        token_pattern=WORD,
        stop_words="english" if asked.language == "english" else None,
        max_df=cut,
        min_df=min(asked.fewest, max(int(cut * len(texts)), 1)),
        sublinear_tf=True,
        dtype=np.float64,
    )
    try:
        weights = maker.fit_transform(texts)
    except ValueError as fault:
        raise MethodFault(
            "No word is left to compare: the texts are empty, or share none or all; widen the limits.",
            "fewest",
        ) from fault
    return Weighed(csr_array(weights), tuple(maker.get_feature_names_out().tolist()))


def alike(texts: Sequence[str], keys: Integers, key: int, asked: Narratives) -> Alike:
    """Return the texts most like that of ``key``; equal cosines by key.

    MethodFault: there is no such text, it has no words to compare by, or fewer than two texts.
    """
    found = np.flatnonzero(keys == key)
    if len(found) != 1:
        raise MethodFault(f"Text {key} is not among those compared.")
    order = np.argsort(keys, kind="stable")
    made = weighed([texts[at] for at in order], asked)
    keys, one = keys[order], int(np.flatnonzero(keys[order] == key)[0])
    told = np.diff(made.weights.indptr) > 0
    if not told[one]:
        raise MethodFault("The text has no word that another shares; describe the incident in more words.")
    likeness = made.likeness(one)
    likeness[one] = 0
    # Rounding must not rank: texts with the same words are equal.
    best = np.lexsort((keys, -np.round(likeness, 12)))[: asked.most]
    best = best[likeness[best] > 0]
    words = tuple(made.shared(one, int(other), asked.words) for other in best)
    return Alike(keys[best], likeness[best], words, int(told.sum()) - 1)


METHOD = Method(
    key="narratives",
    title="Reports that tell of the same",
    question="Which other reports use the same rare words?",
    version="1",
    parameters=Narratives,
    run=alike,
    minimum=2,
    assumes=("What was done alike is told in the same words, in one language.",),
    fails=(
        "Words are counted, not understood: no synonyms, no endings, and not is as good as yes.",
        "Officers with phrases of their own, and templates, make reports alike that have nothing else in common.",
        "Short texts are alike by one word.",
    ),
    sources=(
        "Salton and Buckley (1988), Term-weighting approaches in automatic text retrieval.",
        "Spärck Jones (1972), A statistical interpretation of term specificity.",
    ),
)
