"""How a digest came about, in words: a run's settings, and what the numbers cannot tell. Loads no pandas."""

from __future__ import annotations

from forum.core.i18n import _, _l

SETTINGS = {
    "granularity": _l("묶음을 나눈 정도(broad 넓게, normal 보통, fine 세밀하게)"),
    "min_size": _l("묶음 하나에 드는 가장 적은 제안 수"),
    "title_weight": _l("제목의 낱말을 몇 배로 세었는지"),
    "body_chars": _l("내용에서 읽은 글자 수"),
    "n_components": _l("제안의 뜻을 나타내는 데 쓴 숫자의 수"),
    "random_state": _l("같은 결과가 다시 나오게 하는 시작 수"),
    "tagger": _l("글을 낱말로 나눈 프로그램"),
    "topics": _l("널리 알려진 탄소중립 화제에서 시작했는지"),
    "compounds": _l("자주 붙여 쓰는 낱말을 하나로 읽었는지"),
    "resample": _l("제안 일부로 여러 번 다시 분석했는지"),
    "user_words": _l("한 낱말로 읽기로 정한 말"),
    "recipe": _l("분석 방법의 판"),
}
"""Settings of a run, in words; of a setting that is not here its own name is shown."""
LIMITS = (
    _l("스스로 참여한 사람들의 제안과 투표예요. 국민 전체의 뜻과 다를 수 있어요."),
    _l("한 사람이 한 주제의 여러 제안에 투표할 수 있어서, 주제의 찬성 비율은 두 끝 사이가 실제보다 좁아요."),
    _l("투표가 5표가 안 되면 비율을 적지 않고, 5명이 안 되는 칸은 숨겼어요."),
    _l("묶음과 그 이름은 자동 분석이 만들었고, 정책 주제는 분석가가 읽고 승인했어요."),
    _l("숨기거나 비공개로 바꾼 제안은 들어 있지 않아요."),
)


def value_in_words(value: object) -> str:
    """Return a setting's value for readers."""
    if isinstance(value, bool):
        return _("예") if value else _("아니요")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
