from __future__ import annotations

from collections import Counter

import numpy as np

from insights.methods.permuting import Shuffler


def drawn(rows: int, n: int = 4, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    return Shuffler(np.arange(n, dtype=np.int32), seed).fill(np.empty((rows, n), np.int32))


def test_every_row_holds_every_date_once() -> None:
    rows = drawn(50, 20)

    assert (np.sort(rows, axis=1) == np.arange(20)).all()


def test_every_permutation_is_drawn_about_as_often() -> None:
    many = Counter(map(tuple, drawn(24_000).tolist()))

    assert len(many) == 24
    assert (
        sum((count - 1000) ** 2 / 1000 for count in many.values()) < 49.7
    )  # chi-square, 23 degrees, p = .001


def test_the_same_seed_draws_the_same_in_blocks_of_any_size() -> None:
    shuffler = Shuffler(np.arange(9, dtype=np.int32), 5)
    blocks = [shuffler.fill(np.empty((size, 9), np.int32)) for size in (3, 1, 6)]

    np.testing.assert_array_equal(np.concatenate(blocks), drawn(10, 9, seed=5))
    assert (drawn(10, 9, seed=6) != drawn(10, 9, seed=5)).any()


def test_dates_stay_in_their_stratum_wherever_its_rows_are() -> None:
    stratum = np.array([2, 0, 2, 0, 1, 2])
    dates = np.array([20, 1, 21, 2, 10, 22], dtype=np.int32)

    rows = Shuffler(dates, 3, stratum).fill(np.empty((200, 6), np.int32))

    assert (rows[:, 4] == 10).all()
    assert (np.sort(rows[:, [1, 3]], axis=1) == [1, 2]).all()
    assert (np.sort(rows[:, [0, 2, 5]], axis=1) == [20, 21, 22]).all()
    assert len({tuple(row) for row in rows.tolist()}) == 12


def test_a_column_may_be_filled_across() -> None:
    across = np.empty((4, 10), np.int32)

    Shuffler(np.arange(4, dtype=np.int32), 1).fill(across.T)

    np.testing.assert_array_equal(across.T, drawn(10))


def test_nothing_and_one_date_are_permuted_as_they_are() -> None:
    assert drawn(3, 0).shape == (3, 0)
    assert drawn(3, 1).tolist() == [[0], [0], [0]]
