"""Change a campaign's own words, and hand them to the analysis together with the shipped ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from forum.analysis.words.models import MAX_LIST_CHARS, CampaignWords
from forum.analysis.words.permissions import can_edit_words
from forum.analysis.words.queries import campaign_words
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
from nlp.text.userwords import MAX_USER_WORD_CHARS, MAX_USER_WORDS, Fault, fault_of, shipped_user_words

MAX_GROUPS = 200
MAX_GROUP_WORDS = 12
MAX_FAULTS_SAID = 5
MAX_WORD_CHARS = MAX_USER_WORD_CHARS
_SEPARATORS = re.compile("[,，、;/|\t]+")
Groups = tuple[tuple[str, ...], ...]


def change_words(campaign: Campaign, actor: Actor, user_words: str, synonyms: str, seen: int) -> CampaignWords:
    """Replace a campaign's own words. The caller commits.

    :param user_words: words that are one, one a line or separated by commas; may be empty
    :param synonyms: one group a line, its words separated by commas; may be empty
    :param seen: version that the page showed; 0 for none
    :raise Forbidden: only analysts
    :raise WrongState: somebody changed them since
    :raise InvalidInput: the faults of both lists at once (`parse_user_words`, `parse_groups`)
    """
    require(can_edit_words(actor))
    lock_name(db.session, f"words of campaign {campaign.id}")
    present = campaign_words(campaign.id)
    if present is not None:
        db.session.refresh(present, with_for_update=True)
    if (present.version if present else 0) != seen:
        raise WrongState(
            _("이 화면을 연 뒤에 다른 분석가가 먼저 고쳤어요. 지금 낱말과 견주어 보고 다시 저장해 주세요.")
        )
    words, groups = _parse(user_words, synonyms)
    before = _for_audit(present)
    present = present or CampaignWords(campaign_id=campaign.id, version=0)
    present.user_words = "\n".join(words)
    present.synonyms = "\n".join(", ".join(group) for group in groups)
    present.version, present.changed_at = present.version + 1, clock.now()
    db.session.add(present)
    db.session.flush()
    record(actor, "words.change", campaign, before, _for_audit(present))
    return present


def _parse(user_words: str, synonyms: str) -> tuple[tuple[str, ...], Groups]:
    """:raise InvalidInput: with the faults of both lists"""
    words: tuple[str, ...] = ()
    groups: Groups = ()
    errors: dict[str, str] = {}
    try:
        words = parse_user_words(user_words)
    except InvalidInput as error:
        errors |= error.errors
    try:
        groups = parse_groups(synonyms)
    except InvalidInput as error:
        errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    return words, groups


def parse_user_words(typed: str) -> tuple[str, ...]:
    """Return the words of a typed list, in its order.

    :raise InvalidInput: too much, a word twice, or one that cannot be a user word (`nlp.text.userwords`)
    """
    words = tuple(word for line in _lines(typed, "user_words") for word in _words(line))
    faults = [(fault, word) for word in words if (fault := fault_of(word)) is not None]
    if faults:
        raise InvalidInput({"user_words": " ".join(_said(*fault) for fault in faults[:MAX_FAULTS_SAID])})
    twice = _word_twice(words)
    if twice is not None:
        raise InvalidInput({"user_words": _("‘%(word)s’{이} 두 번 있어요. 하나는 지워 주세요.", word=twice)})
    if len(words) > MAX_USER_WORDS:
        most = _("%(most)s개까지 쓸 수 있어요. 지금 %(n)s개예요.", most=MAX_USER_WORDS, n=len(words))
        raise InvalidInput({"user_words": most})
    return words


def parse_groups(typed: str) -> Groups:
    """Return the groups of a typed list of synonyms.

    :raise InvalidInput: too much, a group of one word, or a word in two groups
    """
    groups = tuple(_group(line) for line in _lines(typed, "synonyms"))
    if len(groups) > MAX_GROUPS:
        most = _("%(most)s줄까지 쓸 수 있어요. 지금 %(n)s줄이에요.", most=MAX_GROUPS, n=len(groups))
        raise InvalidInput({"synonyms": most})
    twice = _word_twice([word for group in groups for word in group])
    if twice is not None:
        raise InvalidInput({"synonyms": _("‘%(word)s’{이} 두 줄에 있어요. 한 줄에 모아 주세요.", word=twice)})
    return groups


def _lines(typed: str, field: str) -> list[str]:
    text = clean_text(typed, field, _("낱말"), max_chars=MAX_LIST_CHARS, min_chars=0)
    refuse_resident_numbers(text, field)
    return [line for line in text.split("\n") if line.strip()]


def _words(line: str) -> list[str]:
    return [word for part in _SEPARATORS.split(line) if (word := " ".join(part.split()))]


def _word_twice(words: Sequence[str]) -> str | None:
    """Return the first word that occurs twice, without regard to case and spaces."""
    counts = Counter(map(comparison_key, words))
    return next((word for word in words if counts[comparison_key(word)] > 1), None)


def _said(fault: Fault, word: str) -> str:
    if fault == "STOP_WORD":
        return _("‘%(word)s’{은} 거의 모든 제안에 나오는 말이라 분석에서 세지 않아요. 빼 주세요.", word=word)
    if fault == "TOO_SHORT":
        return _("‘%(word)s’{은} 한 글자예요. 두 글자 이상의 낱말을 써 주세요.", word=word)
    if fault == "TOO_LONG":
        most = MAX_WORD_CHARS
        return _("‘%(word)s…’{은} 너무 길어요. %(most)s자까지 쓸 수 있어요.", word=word[:most], most=most)
    return _("‘%(word)s’{은} 한 낱말이 아니에요. 띄어 쓰지 말고 한글, 영문, 숫자로만 써 주세요.", word=word[:40])


def _group(line: str) -> tuple[str, ...]:
    """Return the different words of a line.

    :raise InvalidInput: fewer than two or too many, or something that is no word
    """
    group = tuple({comparison_key(word): word for word in _words(line)}.values())
    if not 2 <= len(group) <= MAX_GROUP_WORDS:
        raise InvalidInput(
            {
                "synonyms": _(
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
                "synonyms": _(
                    "글자나 숫자로 된 %(most)s자까지의 낱말을 써 주세요: %(word)s", most=MAX_WORD_CHARS, word=wrong[:40]
                )
            }
        )
    return group


def _is_word(word: str) -> bool:
    return all(char.isalnum() or char == " " for char in word)


def synonyms_of(campaign_id: int) -> Synonyms:
    """Return the shipped synonyms, extended by the campaign's own."""
    own = campaign_words(campaign_id)
    return synonyms_with(parse_groups(own.synonyms) if own else ())


def user_words_of(campaign_id: int) -> tuple[str, ...]:
    """Return the campaign's own user words.

    Without those that have become stop words since they were typed: an analysis would refuse them.
    """
    own = campaign_words(campaign_id)
    return tuple(word for word in own.user_words.split("\n") if fault_of(word) is None) if own else ()


def shipped_words() -> tuple[tuple[str, ...], Groups]:
    """Return the user words and the groups of synonyms that every campaign has."""
    return shipped_user_words(), shipped_groups()


def _for_audit(words: CampaignWords | None) -> dict[str, object]:
    """Return what the audit keeps: how many words and groups, and hashes of them."""
    if words is None:
        return {"version": 0, "user_words": 0, "synonyms": 0}
    return {
        "version": words.version,
        "user_words": len(words.user_words.split()),
        "synonyms": len(words.synonyms.splitlines()),
        "user_words_hash": text_hash(words.user_words),
        "synonyms_hash": text_hash(words.synonyms),
    }
