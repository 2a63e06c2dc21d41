"""A few ideas typed by hand, with the expected proposals. The links come from the real `nlp.cluster.align`."""

from __future__ import annotations

from forum.analysis.curation.changes import Change, ThemeSnapshot, changes
from forum.analysis.curation.models import ProposalKind
from nlp.cluster.align import align

A, B = 1, 2  # themes
P, Q, R = 11, 12, 13  # clusters


def theme(key: int, machine: str = "", hand: str = "", **more: object) -> ThemeSnapshot:
    return ThemeSnapshot(key, ids(machine), ids(hand), **more)  # type: ignore[arg-type]


def ids(letters: str) -> frozenset[int]:
    return frozenset(map(ord, letters))


def found(themes: list[ThemeSnapshot], clusters: dict[int, str], unthemed: str = "") -> list[tuple[object, ...]]:
    new = {key: ids(letters) for key, letters in clusters.items()}
    read = frozenset().union(*new.values()) | ids(unthemed)
    old = {each.id: dict.fromkeys(each.members, 1.0) for each in themes}
    links = align(old, {key: dict.fromkeys(ideas, 1.0) for key, ideas in new.items()}, set().union(*old.values()), read)
    return [_plain(change) for change in changes(themes, new, links, read)]


def _plain(change: Change) -> tuple[object, ...]:
    return change.kind, change.theme_id, change.other_theme_id, "".join(sorted(map(chr, change.idea_ids)))


def test_nothing_changed_nothing_to_say():
    assert found([theme(A, "abcd")], {P: "abcd", Q: "xyz"}) == []


def test_new_ideas_of_the_theme_s_cluster_are_offered():
    assert found([theme(A, "abcd")], {P: "abcdef"}) == [(ProposalKind.NEW_IDEAS, A, None, "ef")]


def test_what_a_person_took_out_is_never_offered_again():
    assert found([theme(A, "abcd", excluded=ids("ef"))], {P: "abcdef"}) == []


def test_what_a_person_put_elsewhere_is_not_fetched_from_there():
    assert found([theme(A, "abcd"), theme(B, "wxyz", hand="e")], {P: "abcde", Q: "wxyz"}) == []


def test_a_machine_made_member_that_is_seen_with_another_theme_now_is_offered_to_it():
    said = found([theme(A, "abcde"), theme(B, "wxyz")], {P: "abcd", Q: "wxyze"})
    assert said == [(ProposalKind.DRIFT, A, B, "e")]


def test_a_machine_made_member_that_fits_nowhere_any_more_is_offered_to_be_taken_out():
    assert found([theme(A, "abcde")], {P: "abcd"}, unthemed="e") == [(ProposalKind.DRIFT, A, None, "e")]


def test_what_a_person_put_in_or_confirmed_never_drifts():
    assert found([theme(A, "abcd", hand="e"), theme(B, "wxyz")], {P: "abcd", Q: "wxyze"}) == []


def test_an_idea_that_the_run_has_not_read_has_not_drifted():
    assert found([theme(A, "abcde")], {P: "abcd"}) == []


def test_a_piece_that_became_a_cluster_of_its_own_is_offered_as_a_split():
    assert found([theme(A, "abcdefgh")], {P: "abcde", Q: "fgh"}) == [(ProposalKind.SPLIT, A, None, "fgh")]


def test_a_theme_that_went_into_anothers_cluster_is_offered_as_a_merger_once():
    themes = [theme(A, "abc"), theme(B, "uvwxyz")]
    clusters = {P: "abcuvwxyz"}
    assert (ProposalKind.MERGED, A, B, "abc") in found(themes, clusters)
    left = theme(A, "abc", dismissed=frozenset({(ProposalKind.MERGED, B)}))
    assert not [said for said in found([left, themes[1]], clusters) if said[0] is ProposalKind.MERGED]


def test_a_theme_of_which_nothing_is_left_is_told_once():
    clusters, unthemed = {P: "xyz"}, "abcd"
    assert found([theme(A, "abcd")], clusters, unthemed) == [(ProposalKind.GONE, A, None, "")]
    assert found([theme(A, "abcd", dismissed=frozenset({(ProposalKind.GONE, None)}))], clusters, unthemed) == []


def test_a_theme_that_was_sent_hears_of_new_ideas_only():
    sent = theme(A, "abcdefgh", is_sent=True)
    assert found([sent], {P: "abcdei", Q: "fgh"}) == [(ProposalKind.NEW_IDEAS, A, None, "i")]


def test_nothing_is_offered_to_a_theme_that_was_sent():
    said = found([theme(A, "abcde"), theme(B, "wxyz", is_sent=True)], {P: "abcd", Q: "wxyze"})
    assert said == [(ProposalKind.DRIFT, A, None, "e")]
