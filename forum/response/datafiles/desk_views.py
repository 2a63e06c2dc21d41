"""Pages and requests by which a file comes in: at once, or in parts that may be sent again."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.forms import UploadForm
from forum.response.datafiles.models import MAX_FILE_BYTES, PART_BYTES, DataUpload
from forum.response.datafiles.parts import remove_folder
from forum.response.datafiles.queries import file_in_use, get_upload, open_uploads
from forum.response.datafiles.uploads import add_file, begin_upload, cancel_upload, finish_upload, receive_part
from forum.response.datasets.locking import require_describe
from forum.response.datasets.models import DatasetVersion
from forum.response.datasets.queries import get_dataset, get_version
from forum.web.uploads import accepts_files

FORM_BYTES = 24 << 20
"""Of a file that the plain form takes: it must fit UPLOAD_REQUEST_MAX_BYTES with the rest of the form."""


def register_uploads(bp: Blueprint) -> None:
    """Add the routes of uploads to the slice's blueprint."""
    bp.get("/datasets/<int:dataset_id>/versions/<int:number>/file")(new)
    bp.post("/datasets/<int:dataset_id>/versions/<int:number>/file")(add)
    bp.post("/datasets/<int:dataset_id>/versions/<int:number>/uploads")(begin)
    bp.post("/datasets/uploads/<int:upload_id>/parts/<int:number>")(part)
    bp.post("/datasets/uploads/<int:upload_id>/finish")(finish)
    bp.post("/datasets/uploads/<int:upload_id>/cancel")(cancel)


def new(dataset_id: int, number: int) -> ResponseReturnValue:
    """Show the form for a version's file."""
    return _page(UploadForm(formdata=None), _version(dataset_id, number))


@accepts_files
def add(dataset_id: int, number: int) -> ResponseReturnValue:
    """Take a small file at once."""
    version, form = _version(dataset_id, number), UploadForm()
    with form.collect_errors():
        if form.validate_on_submit():
            sent = form.upload.data
            if not sent or not sent.filename:
                raise InvalidInput({"upload": _("파일을 골라 주세요.")})
            file = add_file(version, current_user, sent.filename, sent.stream, FORM_BYTES)
            db.session.commit()
            flash(_("파일을 받았어요. 검사가 끝나면 이 화면에 나와요."))
            return redirect(url_for("datafiles.show", file_id=file.id), 303)
    return _page(form, _version(dataset_id, number))


def begin(dataset_id: int, number: int) -> ResponseReturnValue:
    """Begin an upload in parts, or say which parts of the same one are there."""
    version = _version(dataset_id, number)
    name, size = request.form.get("name", ""), request.form.get("size", "")
    if not (size.isascii() and size.isdecimal() and len(size) < len(str(1 << 60))):
        raise InvalidInput(_("파일의 크기를 알 수 없어요."))
    upload = begin_upload(version, current_user, name, int(size))
    db.session.commit()
    return jsonify(_progress(upload))


@accepts_files
def part(upload_id: int, number: int) -> ResponseReturnValue:
    """Take one part."""
    upload = _upload(upload_id)
    sent = request.files.get("part")
    if sent is None:
        raise InvalidInput(_("조각이 오지 않았어요. 다시 보내 주세요."))
    kept = receive_part(upload, current_user, number, sent.stream, request.form.get("sha256", ""))
    db.session.commit()
    return jsonify(number=kept.number, sha256=kept.sha256)


def finish(upload_id: int) -> ResponseReturnValue:
    """Ask for the check of what has come."""
    file = finish_upload(_upload(upload_id), current_user)
    db.session.commit()
    return jsonify(url=url_for("datafiles.show", file_id=file.id))


def cancel(upload_id: int) -> ResponseReturnValue:
    """Forget an upload, so that the same name can be begun anew."""
    upload = _upload(upload_id)
    folder, version = upload.folder, upload.version
    cancel_upload(upload)
    db.session.commit()
    remove_folder(folder)
    target = url_for("datafiles.new", dataset_id=version.dataset_id, number=version.number)
    return redirect(target, 303)


def _upload(upload_id: int) -> DataUpload:
    """:raise NotFound: no such upload of this person that goes on
    :raise Forbidden: who began it speaks for the holder no more
    """
    upload = get_upload(upload_id, current_user)
    require_describe(upload.version.dataset, current_user)
    return upload


def _progress(upload: DataUpload) -> dict[str, object]:
    return {
        "upload": upload.id,
        "address": url_for("datafiles.finish", upload_id=upload.id).removesuffix("/finish"),
        "part_bytes": PART_BYTES,
        "n_parts": upload.n_parts,
        "parts": {str(one.number): one.sha256 for one in upload.parts},
    }


def _page(form: UploadForm, version: DatasetVersion) -> ResponseReturnValue:
    return form.page(
        "datafiles/new.html",
        version=version,
        dataset=version.dataset,
        in_use=file_in_use(version.id),
        begun=open_uploads(version.id, current_user),
        form_megabytes=FORM_BYTES >> 20,
        most_gigabytes=MAX_FILE_BYTES >> 30,
        part_megabytes=PART_BYTES >> 20,
    )


def _version(dataset_id: int, number: int) -> DatasetVersion:
    """:raise NotFound: no such version, or of a proposal of another holder
    :raise Forbidden: neither a steward of its holder nor an analyst
    """
    require_describe(get_dataset(dataset_id), current_user)
    version = get_version(dataset_id, number)
    if version.published_at is None:
        raise NotFound(_("공개한 판에만 파일을 올릴 수 있어요."))
    return version
