from __future__ import annotations

from wtforms import PasswordField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from forum.web.forms import ForumForm


class CloseAccountForm(ForumForm):
    posts = RadioField(
        "내가 쓴 제안과 댓글은",
        choices=[SelectChoice("keep", "‘탈퇴한 참여자’의 글로 남겨요"), SelectChoice("erase", "내용까지 지워요")],
        validators=[InputRequired("둘 가운데 하나를 골라 주세요.")],
    )
    password = PasswordField("지금 비밀번호", render_kw={"autocomplete": "current-password"})
