"""짧은 답변: what kind of short answer an answer is, with its photos, as a part of its draft (`answers.parts`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forum.core import clock
from forum.core.errors import Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.answers.parts import AnswerPart
from forum.response.referrals.models import Answer, Decision, Referral
from forum.response.shortpath.facts import SHORT_ANSWERS
from forum.response.shortpath.forms import PLACES, answer_fields
from forum.response.shortpath.models import DECISIONS, AnswerPhoto, ShortAnswer, ShortAnswerKind
from forum.response.shortpath.queries import answer_photos, is_on_short_path, short_answers
from forum.system.audit.facts import FactsByKind
from forum.system.audit.services import text_hash
from forum.system.blobs.services import Bytes, keep_blob, store_bytes
from forum.web.photos import read_photos

MAX_CAPTION_CHARS = 200


@dataclass(frozen=True)
class SentPhoto:
    """What was typed and sent for one place. `kept` is None where no new photo came; sizes are in pixels."""

    caption: str
    taken_on: date | None
    drop: bool
    kept: Bytes | None = None
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class TypedShortAnswer:
    """A short answer as typed, with stored photos. `photos` are by place, 1 to 3."""

    kind: ShortAnswerKind
    why_no_photo: str
    photos: Mapping[int, SentPhoto]


@dataclass(frozen=True)
class ShownShortAnswer:
    """A short answer as pages show it. `kind` is None where nothing is written yet."""

    kind: ShortAnswerKind | None
    why_no_photo: str
    photos: Sequence[AnswerPhoto]

    @property
    def by_place(self) -> dict[int, AnswerPhoto]:
        return {photo.position: photo for photo in self.photos}


class ShortAnswerPart(AnswerPart):
    """The short answer to a letter that ended a check."""

    fields = answer_fields()
    form_template = "shortpath/_answer_form.html"
    shown_template = "shortpath/_answer_draft.html"

    def applies(self, referral: Referral) -> bool:
        return is_on_short_path(referral)

    def prefilled(self, answer: Answer | None) -> Mapping[str, Any]:
        """A new version begins with the kind of the one before, and without its photos: they show that one."""
        if answer is None:
            return {}
        found = self.shown(answer)
        data: dict[str, Any] = {"kind": found.kind.name if found.kind else None, "why_no_photo": found.why_no_photo}
        for photo in found.photos if answer.published_at is None else ():
            data |= {f"caption_{photo.position}": photo.caption, f"taken_{photo.position}": photo.taken_on}
        return data

    def read(self, form: Any) -> TypedShortAnswer:
        mistakes, why, photos = Mistakes(), "", dict[int, SentPhoto]()
        kind = ShortAnswerKind.__members__.get(form.kind.data or "")
        if kind is None:
            mistakes.add("kind", _("무엇을 했는지 하나 골라 주세요."))
        with mistakes.noted():
            why = _line(form.why_no_photo.data, "why_no_photo", _("사진을 낼 수 없는 까닭"))
        rebuilt = {}
        for place in PLACES:
            caption = ""
            with mistakes.noted():
                caption = _line(form[f"caption_{place}"].data, f"caption_{place}", _("사진 설명"))
            with mistakes.noted():
                rebuilt[place] = read_photos([form[f"photo_{place}"].data], f"photo_{place}", 1)
            if rebuilt.get(place) and not caption:
                mistakes.add(f"caption_{place}", _("사진이 무엇을 보여 주는지 한 줄로 써 주세요."))
            taken_on = form[f"taken_{place}"].data
            if taken_on is not None and taken_on > clock.today():
                mistakes.add(f"taken_{place}", _("오늘이나 그 앞의 날을 골라 주세요."))
            photos[place] = SentPhoto(caption, taken_on, bool(form[f"drop_{place}"].data))
        mistakes.raise_if_any()
        assert kind is not None
        for place, sent in rebuilt.items():
            for one in sent:
                kept = store_bytes(one.data, one.media_type)
                was = photos[place]
                photos[place] = SentPhoto(was.caption, was.taken_on, False, kept, one.width, one.height)
        return TypedShortAnswer(kind, why, photos)

    def decision_of(self, typed: TypedShortAnswer) -> Decision:
        return DECISIONS[typed.kind]

    def is_said_by(self, typed: TypedShortAnswer, answer: Answer) -> bool:
        found = self.shown(answer)
        if (found.kind, found.why_no_photo) != (typed.kind, typed.why_no_photo):
            return False
        return all(_is_as_sent(found.by_place.get(place), sent) for place, sent in typed.photos.items())

    def write(self, typed: TypedShortAnswer, answer: Answer, officer_id: int) -> None:
        short = db.session.get(ShortAnswer, answer.id) or ShortAnswer(answer_id=answer.id)
        short.kind, short.why_no_photo = typed.kind, typed.why_no_photo
        db.session.add(short)
        there = self.shown(answer).by_place
        mistakes = Mistakes()
        for place, sent in typed.photos.items():
            _write_photo(answer, place, there.get(place), sent, officer_id, mistakes)
        mistakes.raise_if_any()
        db.session.flush()

    def require_whole(self, answer: Answer) -> None:
        found = self.shown(answer)
        if found.kind is None:
            raise WrongState(_("무엇을 했는지 고르지 않은 초안이에요. 초안을 고쳐 골라 주세요."))
        if DECISIONS[found.kind] is not answer.decision:
            raise WrongState(_("고른 답변과 결정이 맞지 않아요. 초안을 다시 저장해 주세요."))
        if found.kind is ShortAnswerKind.ALREADY_FIXED and not found.photos and not found.why_no_photo:
            raise WrongState(_("‘이미 고쳤어요’에는 고친 곳의 사진을 붙이거나, 사진을 낼 수 없는 까닭을 적어 주세요."))

    def fingerprints(self, answer: Answer) -> Mapping[str, object]:
        found = self.shown(answer)
        return {
            "kind": found.kind.name if found.kind else None,
            "why_no_photo": text_hash(found.why_no_photo),
            "photos": {
                str(one.position): [one.sha256, text_hash(one.caption), _iso(one.taken_on)] for one in found.photos
            },
        }

    def changes_since(self, before: Mapping[str, Any], answer: Answer) -> Sequence[str]:
        now, said = self.fingerprints(answer), []
        if now["kind"] != before.get("kind"):
            said.append(_("무엇을 했는지를 바꾸었어요."))
        if now["photos"] != before.get("photos") or now["why_no_photo"] != before.get("why_no_photo"):
            said.append(_("사진이나 그 설명을 고쳤어요."))
        return said

    def facts(self, answer: Answer) -> FactsByKind:
        return SHORT_ANSWERS.of([answer.id])

    def shown(self, answer: Answer | None) -> ShownShortAnswer:
        ids = [answer.id] if answer else []
        return shown_short_answers(ids).get(ids[0] if ids else 0, ShownShortAnswer(None, "", ()))


def shown_short_answers(answer_ids: Sequence[int]) -> dict[int, ShownShortAnswer]:
    """Return the short answers among these answers as pages show them, by id, in two statements."""
    shorts = short_answers(answer_ids)
    photos = answer_photos(shorts)
    return {key: ShownShortAnswer(one.kind, one.why_no_photo, photos.get(key, ())) for key, one in shorts.items()}


def _write_photo(
    answer: Answer, place: int, there: AnswerPhoto | None, sent: SentPhoto, officer_id: int, mistakes: Mistakes
) -> None:
    """Add, replace, correct or remove the photo of one place."""
    if sent.kept is not None:
        if there is not None:
            db.session.delete(there)
            db.session.flush()
        blob = keep_blob(sent.kept)
        size = {"width": sent.width, "height": sent.height}
        values = {"sha256": blob.sha256, "caption": sent.caption, "taken_on": sent.taken_on, **size}
        db.session.add(AnswerPhoto(answer_id=answer.id, position=place, added_by_id=officer_id, **values))
    elif there is None:
        if sent.caption:
            mistakes.add(f"photo_{place}", _("설명만 있고 사진이 없어요. 사진을 고르거나 설명을 지워 주세요."))
    elif sent.drop:
        db.session.delete(there)
    elif not sent.caption:
        mistakes.add(f"caption_{place}", _("사진이 무엇을 보여 주는지 한 줄로 써 주세요."))
    else:
        there.caption, there.taken_on = sent.caption, sent.taken_on


def _is_as_sent(there: AnswerPhoto | None, sent: SentPhoto) -> bool:
    if there is None:
        return sent.kept is None and not sent.caption
    same = sent.kept is None or sent.kept.sha256 == there.sha256
    return same and not sent.drop and (sent.caption, sent.taken_on) == (there.caption, there.taken_on)


def _line(text: str | None, field: str, name: str) -> str:
    cleaned = clean_line(text or "", field, name, max_chars=MAX_CAPTION_CHARS, min_chars=0)
    refuse_resident_numbers(cleaned, field)
    return cleaned


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
