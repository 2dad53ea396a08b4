"""Who did several: links are scored with their reasons, planted series are proposed, and no person is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from insights.answers.base import Kind
from insights.answers.learning import LINKAGE, answer_linkage
from insights.answers.links import cautions_of_habits, learned
from insights.answers.proposals import SERIES, answer_series
from insights.answers.who import CANDIDATES, answer_candidates
from insights.methods import linkage
from insights.methods.base import Events, MethodFault
from insights.methods.candidates import Candidates
from insights.methods.evidence import Crimes, evidence
from insights.methods.link_models import score
from insights.methods.linkage import BY_CHANCE, Linkage
from insights.methods.series import Grouping
from insights.methods.solved import Solved
from tests.insights.answers import studies
from tests.insights.answers.studies import column, figure, told
from tests.support import planted


def test_the_parts_of_each_candidate_sum_to_its_score() -> None:
    answer = answer_candidates(studies.whole(), Candidates())
    summed = sum(np.asarray(one.values) for one in answer.columns if one.name.startswith(("base", "part_")))

    assert answer.rows == 20
    np.testing.assert_allclose(summed, column(answer, "score"), rtol=1e-12)
    assert (np.diff(column(answer, "score")) <= 0).all()


def test_candidates_are_scored_as_the_model_scores_their_pairs() -> None:
    study = studies.whole()
    assert study.crimes is not None
    assert study.solved is not None
    answer = answer_candidates(study, Candidates(most=5))

    pairs = np.column_stack([np.full(5, study.subject), column(answer, "incident")])
    told_by_model = score(learned(study.solved).model, evidence(study.crimes, pairs))

    np.testing.assert_allclose(column(answer, "score"), told_by_model, rtol=1e-12)


def test_a_planted_crime_finds_others_of_its_series_first_and_says_why() -> None:
    answer = answer_candidates(studies.whole(), Candidates(most=10))
    series = studies.agency().series[0]

    assert np.isin(column(answer, "incident"), series).sum() >= 7
    reasons = column(answer, "reasons")[0]
    assert "speaks for a link, +" in reasons
    assert "km apart" in reasons
    assert "entry point matches" in reasons
    assert answer.shapes is not None
    events = studies.whole().events
    assert shapely.get_x(np.array(answer.shapes)).tolist() == events.x[column(answer, "incident")].tolist()


def test_a_lone_crime_far_from_all_is_told_to_have_none() -> None:
    events = Events.of([0.0, 400_000.0], [0.0, 0.0], [19_000.0, 19_001.0])

    answer = answer_candidates(studies.of(events), Candidates())

    assert answer.rows == 0
    assert answer.sentences[0].startswith("No crime lies near enough")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_planted_series_are_among_the_first_ten_proposals(seed: int) -> None:
    answer = answer_series(studies.whole(seed), Grouping())
    rank, keys = np.asarray(column(answer, "series")), np.asarray(column(answer, "incident"))

    for series in studies.agency(seed).series:
        held = [
            np.isin(keys[rank == number], series).sum()
            for number in range(1, 11)
            if 2 * np.isin(keys[rank == number], series).sum() > (rank == number).sum()
        ]
        assert max(held, default=0) >= 0.7 * len(series)


def test_each_crime_of_a_series_is_tied_to_the_one_most_alike() -> None:
    study = studies.whole()
    answer = answer_series(study, Grouping())
    assert study.crimes is not None
    assert study.solved is not None
    model = learned(study.solved).model
    rank, keys = np.asarray(column(answer, "series")), np.asarray(column(answer, "incident"))

    members = keys[rank == 1]
    for at, key in enumerate(members):
        others = np.delete(members, at)
        scores = score(model, evidence(study.crimes, np.column_stack([np.full(len(others), key), others])))
        row = int(np.flatnonzero(keys == key)[0])
        assert column(answer, "tie")[row] == pytest.approx(scores.max())
        assert column(answer, "tied_to")[row] == others[scores.argmax()]
        assert "speaks for a link" in column(answer, "reasons")[row]
    began = np.asarray(column(answer, "began"))[rank == 1]
    assert (np.diff(began) >= 0).all()
    assert set(column(answer, "number")[: len(members)]) == {str(members.min())}
    assert answer.kept["series"][0]["number"] == members.min()
    assert answer.kept["series"][0]["keys"] == members.tolist()
    assert {one.name for one in answer.columns if one.kind is Kind.INCIDENT} == {"incident", "tied_to"}


def test_shuffled_copies_tell_which_series_may_be_chance() -> None:
    answer = answer_series(studies.whole(), Grouping(replications=19))

    p = np.asarray(column(answer, "p"))
    assert figure(answer, "p") == 0.05 == p[0]
    assert p.max() > 0.05
    assert "may be chance" in answer.sentences[-1]
    assert not any("shuffled" in caution for caution in answer.cautions)
    assert any("shuffled" in caution for caution in answer_series(studies.whole(), Grouping()).cautions)


def test_rows_that_are_too_many_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = answer_series(studies.whole(), Grouping())
    monkeypatch.setattr("insights.answers.proposals.MOST_ROWS", 20)

    cut = answer_series(studies.whole(), Grouping())

    assert (cut.rows, cut.cut) == (20, whole.rows - 20)
    assert list(column(cut, "incident")) == list(column(whole, "incident"))[:20]
    assert cut.kept == whole.kept


def test_the_card_tells_how_well_links_are_told_apart() -> None:
    answer = answer_linkage(studies.whole(), Linkage())
    solved = studies.whole().solved
    assert solved is not None
    card = linkage.train(solved, Linkage()).card

    assert figure(answer, "auc") == card.auc.mean
    assert figure(answer, "linked_pairs") == card.linked
    assert answer.cautions == card.cautions
    assert set(column(answer, "feature")) == {
        *("distance", "days apart", "hour of the day", "day of the week"),
        *planted.FIELDS,
    }
    apart = np.asarray(column(answer, "apart"))
    assert (np.diff(np.abs(apart)) <= 0).all()
    # Offenders were planted with places, days, hours and habits of their own, but no day of the week.
    assert column(answer, "feature")[-1] == "day of the week"
    assert (apart[:-1] > 1).all()
    assert abs(apart[-1]) < 0.1


def test_a_model_that_guesses_says_so_wherever_it_scores() -> None:
    made = planted.solved(3)
    chance = np.random.default_rng(3)
    order = chance.permutation(len(made.crimes))
    # Whose crimes are whose is shuffled: nothing is left to learn.
    guessed = Solved(made.crimes, made.offender, made.crime[order])

    study = replace(studies.whole(), solved=guessed)

    assert BY_CHANCE in answer_linkage(study, Linkage()).cautions
    assert BY_CHANCE in answer_candidates(study, Candidates()).cautions
    assert BY_CHANCE not in answer_candidates(studies.whole(), Candidates()).cautions


@pytest.mark.parametrize("what", ["place", "moment", "nowhere"])
@pytest.mark.parametrize("analysis", [LINKAGE, CANDIDATES, SERIES], ids=["linkage", "candidates", "series"])
@pytest.mark.filterwarnings("error")
def test_solved_crimes_all_alike_are_answered_or_refused(analysis: object, what: str) -> None:
    made = planted.solved(1)
    events = made.crimes.events
    n = len(events)
    alike = {
        "place": replace(events, x=np.full(n, 100.0), y=np.full(n, 100.0)),
        "moment": replace(events, begin=np.full(n, 19_000.5), end=np.full(n, 19_000.5)),
        "nowhere": replace(events, x=np.full(n, np.nan)),
    }[what]
    study = replace(
        studies.whole(), solved=replace(made, crimes=Crimes(alike, made.crimes.habits, made.crimes.fields))
    )
    assert isinstance(analysis, type(LINKAGE))

    if what == "nowhere":
        with pytest.raises(MethodFault, match="nothing tells what a link is like"):
            analysis.answer(study, analysis.parameters())
        return
    answer = analysis.answer(study, analysis.parameters())
    assert figure(answer, "auc") > 0.5


@pytest.mark.parametrize("analysis", [CANDIDATES, SERIES], ids=["candidates", "series"])
def test_rows_in_another_order_give_the_same_answer(analysis: object) -> None:
    assert isinstance(analysis, type(CANDIDATES))
    asked = analysis.parameters()

    assert told(analysis.answer(studies.mixed(studies.whole()), asked)) == told(
        analysis.answer(studies.whole(), asked)
    )


def test_a_field_that_describes_a_person_is_refused() -> None:
    crimes = studies.agency().crimes

    with pytest.raises(MethodFault, match="never who somebody is"):
        Crimes(crimes.events, crimes.habits, ("ethnicity", "entry method", "property"))


def test_crimes_that_do_not_tell_how_they_were_done_make_a_caution() -> None:
    crimes = planted.planted(1).crimes
    bare = replace(crimes, habits=np.full_like(crimes.habits, -1))
    assert cautions_of_habits(crimes) == ()
    assert "do not tell how they were done" in cautions_of_habits(bare)[0]
