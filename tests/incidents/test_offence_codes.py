"""The offence codes that ship with Nethra are complete and consistent."""

from __future__ import annotations

from collections import Counter

from incidents.reference import NEVER_ATTEMPTED, load_offence_codes, offence_codes_by_code


def test_group_a_holds_the_71_offences_in_28_categories_of_the_2023_manual() -> None:
    group_a = [row for row in load_offence_codes() if row.group == "A"]

    assert len(group_a) == 71
    assert len({row.category for row in group_a}) == 28


def test_group_b_holds_ten_current_offences_and_the_four_retired_ones() -> None:
    group_b = [row for row in load_offence_codes() if row.group == "B" and row.source != "nethra"]

    assert [row.code for row in group_b if row.retired_on] == ["90A", "90E", "90H", "90I"]
    assert len([row for row in group_b if not row.retired_on]) == 10


def test_codes_are_unique_and_three_characters_long() -> None:
    codes = Counter(row.code for row in load_offence_codes())

    assert max(codes.values()) == 1
    assert {len(code) for code in codes} == {3}


def test_a_retired_code_is_replaced_by_a_current_one_or_by_none() -> None:
    by_code = offence_codes_by_code()

    for row in load_offence_codes():
        if row.replaced_by:
            assert row.retired_on, row.code
            assert by_code[row.replaced_by].retired_on is None, row.code


def test_only_three_codes_are_not_a_crime() -> None:
    assert [row.code for row in load_offence_codes() if not row.is_crime] == ["09C", "90I", "N00"]


def test_offences_that_cannot_be_attempted_are_known_codes() -> None:
    assert set(offence_codes_by_code()) >= NEVER_ATTEMPTED
