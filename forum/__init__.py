"""탄소중립 국민포럼: every idea can be traced to its answer, and every answer back to its ideas.

`create_app` is the application factory. It finds the `models`, `tasks`, `setup.register`, `views.bp` and
`commands.register` of each slice in `SLICES`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from config import Config
from forum.core.database import engine_options, prepare_engine
from forum.core.extensions import babel, csrf, db, migrate
from forum.core.failpoints import check_failpoint
from forum.core.files import keep_sqlite_private, make_private_folder
from forum.core.rate_limits import bind_limiter
from forum.web.error_pages import register_errors
from forum.web.form_recovery import register_form_recovery
from forum.web.gate import register_access
from forum.web.idempotency import IdempotentFlask, register_idempotency
from forum.web.looks import register_looks
from forum.web.pagecache import PageCachingFlask, register_pagecache
from forum.web.photos import register_photos
from forum.web.request_hooks import StrictJson, register_request_hooks
from forum.web.slots import register_slots
from forum.web.static_files import register_static_files
from forum.web.template_globals import register_template_globals

# Lowest first: a wing uses the wings before it; within a wing, a slice uses the slices before it.
WINGS = {
    "system": ("audit", "jobs", "blobs", "notices", "pauses", "texts", "finding"),
    "people": ("ministries", "accounts", "follows", "policies", "signin", "passes"),
    "voice": ("campaigns", "moderation", "ideas", "everyday", "photos", "votes", "integrity", "guardians"),
    "analysis": ("words", "embeddings", "themes", "curation", "routing", "opinions", "shortlists"),
    "deliberation": (
        "gatherings",
        "rooms",
        "sheets",
        "minutes",
        "kits",
        "joint",
        "council",
        "rounds",
        "scorecards",
        "hearings",
        "meetings",
        "advisory",
    ),
    "response": (
        "referrals",
        "answers",
        "delivery",
        "deadlines",
        "certificates",
        "shortpath",
        "pilots",
        "pledges",
        "evidence",
        "commissions",
        "datasets",
        "datafiles",
        "dataneeds",
        "dataviews",
        "datarequests",
        "datauses",
        "datajoins",
        "datanoise",
    ),
    "publication": (
        "search",
        "representation",
        "figures",
        "fixes",
        "outcomes",
        "tracking",
        "digests",
        "dayreports",
        "councilpapers",
        "opendata",
        "subscriptions",
    ),
    "development": ("sample", "style"),
    "administration": ("mydata", "operations"),
}
SLICES = tuple(f"{wing}.{name}" for wing, names in WINGS.items() for name in names)

# Library views that visitors may open. Our own views are marked with `@public`.
PUBLIC_LIBRARY_ENDPOINTS = frozenset(
    {
        "static",
        "security.login",
        "security.register",
        "security.confirm_email",
        "security.send_confirmation",
        "security.forgot_password",
        "security.reset_password",
    }
)


class RowId(IntegerConverter):
    """URL integer limited to the database's INTEGER range; anything larger is a 404.

    Only one spelling matches: `int` would accept １２ and 012 too, and one thing would have many addresses.
    """

    regex = "[1-9][0-9]*"

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **({"max": 2**31 - 1} | kwargs))


class ForumFlask(PageCachingFlask, IdempotentFlask):
    """Flask application with the forum's page cache and idempotency keys."""


def create_app(config: Config) -> Flask:
    """Create the application with these settings, without touching the database."""
    check_failpoint(config.FAILPOINT)
    app = ForumFlask(__name__, static_folder=None)  # forum/web/static_files.py serves it
    app.config.from_mapping(config.for_flask())
    app.json_provider_class = StrictJson  # Flask-Security derives its own class from it
    app.json = StrictJson(app)
    app.url_map.converters["int"] = RowId
    make_private_folder(config.INSTANCE_DIR)
    if config.QUEUE == "sqlite" and not config.TESTING:
        keep_sqlite_private(config.INSTANCE_DIR / "queue.sqlite")  # huey would make it readable for everybody
    if config.PROXY_HOPS:
        hops = config.PROXY_HOPS
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    register_static_files(app)
    register_request_hooks(app)  # first: a request that CSRF refuses has an id too
    register_pagecache(app)
    register_slots(app)
    register_extensions(app)
    register_access(app, PUBLIC_LIBRARY_ENDPOINTS)
    register_errors(app)
    register_template_globals(app)
    register_looks(app)
    register_idempotency(app)
    register_form_recovery(app)
    register_photos(app)
    register_slices(app)
    return app


def register_extensions(app: Flask) -> None:
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    db.init_app(app)
    app.teardown_appcontext(_end_transaction)  # registered later, so it runs before the library's own
    with app.app_context():
        engine: Engine = db.engine
        prepare_engine(engine)
    migrate.init_app(app, db, render_as_batch=True)
    csrf.init_app(app)
    bind_limiter(app)
    babel.init_app(app, default_locale="ko", default_timezone="Asia/Seoul", locale_selector=lambda: "ko")


def _end_transaction(_error: BaseException | None) -> None:
    """End the transaction first: if the server died, the library's own `remove` would raise and lose the response."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def register_slices(app: Flask) -> None:
    for name in SLICES:
        slice_name = f"forum.{name}"
        import_module(slice_name)
        for part in ("models", "tasks"):
            if find_spec(f"{slice_name}.{part}"):
                import_module(f"{slice_name}.{part}")
        if find_spec(f"{slice_name}.setup"):
            import_module(f"{slice_name}.setup").register(app)
        if find_spec(f"{slice_name}.views"):
            app.register_blueprint(import_module(f"{slice_name}.views").bp)
        if find_spec(f"{slice_name}.commands"):
            import_module(f"{slice_name}.commands").register(app)
