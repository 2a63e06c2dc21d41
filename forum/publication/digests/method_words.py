"""How a digest came about, in words: a run's settings, and what the numbers cannot tell. Loads no pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forum.core.i18n import LazyString, _, _l

SETTINGS: dict[str, LazyString] = {
    "granularity": _l("주제를 나누는 정도"),
    "min_size": _l("한 묶음에 있어야 하는 서로 다른 제안"),
    "title_weight": _l("제목을 내용보다 몇 배 무겁게 보는지"),
    "body_chars": _l("내용에서 읽는 글자 수"),
    "n_components": _l("뜻을 나타내는 수의 개수"),
    "random_state": _l("무작위를 정하는 씨앗 수"),
    "seed": _l("무작위를 정하는 씨앗 수"),
    "tagger": _l("낱말을 나누는 프로그램"),
    "topics": _l("알려진 주제 목록에서 시작하는지"),
    "compounds": _l("붙여 쓰는 낱말을 하나로 읽는지"),
    "resample": _l("일부만으로 다시 분석해 보는지"),
    "user_words": _l("한 낱말로 읽은 말"),
    "method": _l("묶는 방법"),
    "resolution": _l("묶음의 크기를 정하는 수"),
}
"""Settings of a run, in words; of a setting that is not here its own name is shown."""
GRANULARITY = {"broad": _l("넓게"), "normal": _l("보통"), "fine": _l("세밀하게")}
FOR_PROGRAMS = {"recipe"}
"""Settings in English, which the JSON file has for programs."""
LIMITS = (
    _l("스스로 참여한 사람들의 제안과 투표예요. 국민 전체의 뜻과 다를 수 있어요."),
    _l("한 사람이 한 주제의 여러 제안에 투표할 수 있어서, 주제의 찬성 비율은 두 끝 사이가 실제보다 좁아요."),
    _l("투표가 5표가 안 되면 비율을 적지 않고, 5명이 안 되는 칸은 숨겼어요."),
    _l("묶음과 그 이름은 자동 분석이 만들었고, 정책 주제는 분석가가 읽고 승인했어요."),
    _l("모임에서 종이로 받은 표는 누구의 것인지 몰라서 따로 적었어요. 투표 수와 비율, 공감대에는 들어 있지 않아요."),
    _l("숨기거나 비공개로 바꾼 제안은 들어 있지 않아요."),
)


def settings_in_words(parameters: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the settings of a run with their values, for readers."""
    for name, value in parameters.items():
        if name == "granularity":
            yield str(SETTINGS[name]), str(GRANULARITY.get(str(value), value))
        elif name not in FOR_PROGRAMS:
            yield str(SETTINGS.get(name, name)), value_in_words(value)


def value_in_words(value: object) -> str:
    """Return a setting's value for readers."""
    if isinstance(value, bool):
        return _("예") if value else _("아니요")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or _("없음")
    return str(value)
