"""Change a campaign's synonyms, and hand them to the analysis together with the shipped ones."""

from __future__ import annotations

import re
from collections import Counter

from forum.analysis.synonyms.models import MAX_LIST_CHARS, SynonymList
from forum.analysis.synonyms.permissions import can_edit_synonyms
from forum.analysis.synonyms.queries import synonym_list
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_text, comparison_key, refuse_resident_numbers
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.models import Campaign
from nlp.text.synonyms import Synonyms, shipped_groups, synonyms_with

MAX_GROUPS = 200
MAX_GROUP_WORDS = 12
MAX_WORD_CHARS = 30
_SEPARATORS = re.compile("[,，、;/|\t]+")
Groups = tuple[tuple[str, ...], ...]


def change_synonyms(campaign: Campaign, actor: Actor, words: str, seen: int) -> SynonymList:
    """Replace a campaign's own synonyms. The caller commits.

    :param words: one group a line, its words separated by commas; may be empty
    :param seen: version that the page showed; 0 for none
    :raise Forbidden: only analysts
    :raise WrongState: somebody changed them since
    :raise InvalidInput: too much, a group of one word, or a word in two groups
    """
    require(can_edit_synonyms(actor))
    lock_name(db.session, f"synonyms of campaign {campaign.id}")
    present = synonym_list(campaign.id)
    if present is not None:
        db.session.refresh(present, with_for_update=True)
    if (present.version if present else 0) != seen:
        raise WrongState(
            _("이 화면을 연 뒤에 다른 분석가가 먼저 고쳤어요. 지금 낱말과 견주어 보고 다시 저장해 주세요.")
        )
    groups = parse_groups(words)
    before = _for_audit(present)
    present = present or SynonymList(campaign_id=campaign.id, version=0)
    present.words = "\n".join(", ".join(group) for group in groups)
    present.version, present.changed_at = present.version + 1, clock.now()
    db.session.add(present)
    db.session.flush()
    record(actor, "synonyms.change", campaign, before, _for_audit(present))
    return present


def parse_groups(words: str) -> Groups:
    """Return the groups of a typed list.

    :raise InvalidInput: see `change_synonyms`
    """
    text = clean_text(words, "words", _("낱말"), max_chars=MAX_LIST_CHARS, min_chars=0)
    refuse_resident_numbers(text, "words")
    groups = tuple(_group(line) for line in text.split("\n") if line.strip())
    if len(groups) > MAX_GROUPS:
        raise InvalidInput(
            {"words": _("%(most)s줄까지 쓸 수 있어요. 지금 %(n)s줄이에요.", most=MAX_GROUPS, n=len(groups))}
        )
    counts = Counter(comparison_key(word) for group in groups for word in group)
    twice = next((word for group in groups for word in group if counts[comparison_key(word)] > 1), None)
    if twice is not None:
        raise InvalidInput({"words": _("‘%(word)s’{이} 두 줄에 있어요. 한 줄에 모아 주세요.", word=twice)})
    return groups


def _group(line: str) -> tuple[str, ...]:
    """Return the different words of a line.

    :raise InvalidInput: fewer than two or too many, or something that is no word
    """
    typed = (" ".join(word.split()) for word in _SEPARATORS.split(line))
    group = tuple({comparison_key(word): word for word in typed if word}.values())
    if not 2 <= len(group) <= MAX_GROUP_WORDS:
        raise InvalidInput(
            {
                "words": _(
                    "한 줄에 낱말 2~%(most)s개를 쉼표로 나누어 써 주세요: %(line)s",
                    most=MAX_GROUP_WORDS,
                    line=line[:40],
                )
            }
        )
    wrong = next((word for word in group if len(word) > MAX_WORD_CHARS or not _is_word(word)), None)
    if wrong is not None:
        raise InvalidInput(
            {
                "words": _(
                    "글자나 숫자로 된 %(most)s자까지의 낱말을 써 주세요: %(word)s", most=MAX_WORD_CHARS, word=wrong[:40]
                )
            }
        )
    return group


def _is_word(word: str) -> bool:
    return all(char.isalnum() or char == " " for char in word)


def synonyms_of(campaign_id: int) -> Synonyms:
    """Return the shipped synonyms, extended by the campaign's own."""
    own = synonym_list(campaign_id)
    return synonyms_with(parse_groups(own.words) if own else ())


def shipped_synonyms() -> Groups:
    """Return the groups that every campaign has."""
    return shipped_groups()


def _for_audit(words: SynonymList | None) -> dict[str, object]:
    """Return what the audit keeps: how many groups, and a hash of the words."""
    if words is None:
        return {"version": 0, "groups": 0}
    n_groups = len(words.words.split("\n")) if words.words else 0
    return {"version": words.version, "groups": n_groups, "words": text_hash(words.words)}
