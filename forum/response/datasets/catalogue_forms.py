from __future__ import annotations

from flask_wtf.file import FileField

from forum.core.errors import ForumError, InvalidInput
from forum.core.i18n import _, _l
from forum.response.datasets.linked_input import MAX_BYTES, media_type_of
from forum.web.forms import ForumForm

MAX_SHOWN = 20


class ImportForm(ForumForm):
    file = FileField(_l("목록 파일"))

    def file_to_read(self) -> tuple[bytes, str]:
        """Return the file's bytes and the notation that its name says it is in.

        :raise InvalidInput: there is none, or a name of another kind
        """
        if not self.file.data or not self.file.data.filename:
            raise InvalidInput({"file": _("파일을 골라 주세요.")})
        return self.file.data.stream.read(MAX_BYTES + 1), media_type_of(self.file.data.filename)

    def add_errors(self, error: ForumError) -> None:
        """Show a message that is about a dataset with that dataset's address."""
        if not isinstance(error, InvalidInput) or set(error.errors) <= {"", "file"}:
            super().add_errors(error)
            return
        self.status = error.status
        told = [f"{subject}: {message}" for subject, message in error.errors.items()]
        more = len(told) - MAX_SHOWN
        self.form_errors += told[:MAX_SHOWN] + ([_("그 밖에 %(n)s개가 더 있어요.", n=more)] if more > 0 else [])
