"""Error handlers: every error of `forum.core.errors`, of Flask and of the database becomes a page or JSON."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from forum.core.database_outages import DatabaseOutage, outage_of
from forum.core.errors import (
    Forbidden,
    ForumError,
    Gone,
    InvalidInput,
    MustAgree,
    NotFound,
    NotSignedIn,
    ServiceUnavailable,
    TooManyAttempts,
    WrongState,
)
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.web.form_recovery import (
    ResendableForm,
    must_sign_in_first,
    read_texts_of_large_form,
    refused_texts,
    resendable_form,
    save_refused_form,
)
from forum.web.navigation import menu_of_error_pages, plain_url
from forum.web.outage_pages import WORDS, as_unavailable, outage_advice

log = structlog.get_logger()
HTTP_TOO_LARGE = 413
KEEP_TEXT_STATUSES = frozenset({401, 422})
"""With these the form itself was valid, and its text would otherwise have to be typed again."""
HTTP_TEXTS = {
    400: (
        _l("알아볼 수 없는 요청이에요"),
        _l("보낸 내용이나 주소에 잘못된 곳이 있어요."),
        _l("앞 화면에서 다시 해 주세요."),
    ),
    401: (NotSignedIn.title, NotSignedIn.explanation, NotSignedIn.advice),
    403: (Forbidden.title, Forbidden.explanation, Forbidden.advice),
    404: (NotFound.title, NotFound.explanation, NotFound.advice),
    405: (
        _l("이 주소로는 할 수 없는 일이에요"),
        _l("단추를 눌러야 하는 곳을 주소로 열었거나, 그 반대예요."),
        _l("위의 메뉴에서 하려던 화면을 다시 열어 주세요."),
    ),
    409: (WrongState.title, WrongState.explanation, WrongState.advice),
    410: (Gone.title, Gone.explanation or Gone.title, Gone.advice),
    413: (
        _l("보낸 내용이 너무 커요"),
        _l("한 번에 받을 수 있는 크기를 넘었어요."),
        _l("글을 줄이거나, 더 작은 파일을 골라 다시 보내 주세요."),
    ),
    415: (
        _l("받을 수 없는 형식이에요"),
        _l("이 화면이 읽을 수 없는 형식으로 왔어요."),
        _l("앞 화면의 칸에 써서 다시 보내 주세요."),
    ),
    429: (
        _l("잠깐 쉬었다가 해 주세요"),
        _l("짧은 동안 너무 여러 번 눌렀어요."),
        _l("1분쯤 뒤에 다시 해 주세요."),
    ),
    500: (
        ForumError.title,
        _l("누리집의 프로그램이 잘못되어 이 화면을 보여 주지 못했어요."),
        _l("잠시 뒤 다시 해 보고, 그래도 안 되면 아래 번호를 적어 알려 주세요."),
    ),
}
"""Status -> heading, what happened, what to do next."""


def register_errors(app: Flask) -> None:
    app.register_error_handler(ForumError, _handle_forum_error)
    app.register_error_handler(CSRFError, _handle_csrf_error)
    app.register_error_handler(HTTPException, _handle_http_exception)
    app.register_error_handler(IntegrityError, _handle_integrity_error)
    app.register_error_handler(DataError, _handle_data_error)
    for kind in (OperationalError, InterfaceError, InternalError, PoolTimeout):
        app.register_error_handler(kind, _handle_database_error)
    app.register_error_handler(Exception, _handle_unexpected_error)


def _handle_forum_error(error: ForumError) -> BaseResponse:
    if isinstance(error, ServiceUnavailable):
        return _unavailable(str(error.title), error.message, outage_advice(may_be_stored=False), error.wait)
    if isinstance(error, NotSignedIn) and not wants_json() and request.method in {"GET", "HEAD"}:
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if isinstance(error, MustAgree) and _is_a_page_being_opened():
        return redirect(url_for("policies.agree", next=request.full_path.rstrip("?")))
    fields = error.errors if isinstance(error, InvalidInput) else {}
    response = error_response(
        error.status,
        str(error.title),
        error.message,
        str(error.advice),
        fields,
        keep_text=error.status in KEEP_TEXT_STATUSES or isinstance(error, MustAgree),
        help_link=error.help_link,
    )
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.wait)
    return response


def _is_a_page_being_opened() -> bool:
    """Return whether a browser asks for a whole page, which it may be sent elsewhere for."""
    return request.method in {"GET", "HEAD"} and not wants_json() and "HX-Request" not in request.headers


def _handle_csrf_error(error: CSRFError) -> BaseResponse:
    message = _("화면을 연 지 오래되었거나 로그아웃되어서 보내지 못했어요.")
    return error_response(
        400, _("다시 한번 보내 주세요"), message, _("그 화면을 다시 열어 보내 주세요."), keep_text=True
    )


def _handle_http_exception(error: HTTPException) -> BaseResponse:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    code = error.code or 500
    if code == 503:
        words = WORDS[DatabaseOutage.UNKNOWN]
        return _unavailable(str(words.title), str(words.message), outage_advice(words.may_be_stored))
    response = _said(code, keep_text=code == HTTP_TOO_LARGE and read_texts_of_large_form())
    if code in {405, 429}:  # for programs: these say what the page says in words
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                response.headers[name] = value
    return response


def _handle_integrity_error(error: IntegrityError) -> BaseResponse:
    """Answer 409: a concurrent request won the race."""
    log.info("integrity_error", kind=type(error.orig).__name__)
    message = _("다른 곳에서 같은 일을 방금 먼저 했어요.")
    return error_response(409, str(WrongState.title), message, str(WrongState.advice), keep_text=True)


def _handle_data_error(_error: DataError) -> BaseResponse:
    """Answer 400: no column can store the value, such as a NUL in the URL."""
    return _said(400)


def _handle_database_error(error: DBAPIError | PoolTimeout) -> BaseResponse:
    """Answer 503. The handler sends no statement: each would wait as long as the one that failed."""
    outage = outage_of(error)
    if isinstance(error, InternalError) and outage is DatabaseOutage.UNKNOWN:
        return _handle_unexpected_error(error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    log.warning("database_unavailable", outage=outage.value, error=str(cause)[:200])
    words = WORDS[outage]
    return _unavailable(str(words.title), str(words.message), outage_advice(words.may_be_stored))


def _unavailable(title: str, message: str, advice: str, wait: int | None = None) -> Response:
    form = None if wants_json() else resendable_form()
    return as_unavailable(error_response(503, title, message, advice, resend=form), wait)


def _handle_unexpected_error(error: Exception) -> BaseResponse:
    log.exception("unhandled_error", error_type=type(error).__name__)
    return _said(500)


def _said(code: int, keep_text: bool = False) -> Response:
    """Answer with the words of this status, or of its kind."""
    title, message, advice = HTTP_TEXTS.get(code, HTTP_TEXTS[400 if code < 500 else 500])
    return error_response(code, str(title), str(message), str(advice), keep_text=keep_text)


def wants_json() -> bool:
    """Return whether the client prefers JSON to HTML."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.is_json or best == "application/json"


def error_response(
    status: int,
    title: str,
    message: str,
    advice: str,
    fields: Mapping[str, str] | None = None,
    keep_text: bool = False,
    help_link: tuple[str, str] | None = None,
    resend: ResendableForm | None = None,
) -> Response:
    """Return the error as a page or, for programs, as JSON.

    The page is rendered without the application's context processors, which may ask the database.

    :param keep_text: the form was valid but cannot be accepted now: show its texts and restore them on the form's page
    :param resend: the form, shown to be sent again from this very page
    """
    _end_transaction()
    request_id = getattr(g, "request_id", "")
    if wants_json():
        error = {"status": status, "message": message, "fields": dict(fields or {}), "request_id": request_id}
        return make_response(jsonify(error=error), status)
    page = current_app.jinja_env.get_template("errors/error.html").render(
        title=title,
        message=message,
        advice=advice,
        request_id=request_id,
        menu=menu_of_error_pages(),
        plain_url=plain_url,
        help_link=help_link,
        resend=resend,
        **((_recoverable_texts() | ({"back_to": ""} if help_link else {})) if keep_text else {}),
    )
    response = make_response(page, status)
    if request.headers.get("HX-Request"):  # replace the whole page, not the fragment
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "body", "innerHTML"
    return response


def _recoverable_texts() -> dict[str, object]:
    """Return the page's variables about the submitted texts, and where they can be restored."""
    texts = refused_texts()
    path = save_refused_form()
    must_sign_in = must_sign_in_first()
    where = url_for("security.login", next=path or None) if must_sign_in else path
    register_at = url_for("security.register", next=path or None) if must_sign_in else ""
    return {
        "texts": texts,
        "back_to": where,
        "must_sign_in": must_sign_in,
        "register_at": register_at,
        "is_saved": bool(path),
    }


def _end_transaction() -> None:
    """Roll back, so that the error page neither reads in the failed transaction nor keeps partial work."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session.remove()
