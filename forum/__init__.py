"""탄소중립 국민포럼: from a citizen's idea to a ministry's answer, one unbroken thread.

`create_app` puts the pieces together. A slice (one folder per domain) is listed in `SLICES`; whatever of `views.bp`,
`commands.cli`, `tasks` and `setup.register` it has is found there.
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
from forum.core.extensions import babel, csrf, db, limiter, migrate
from forum.core.failpoints import check_failpoint
from forum.web.error_pages import register_errors
from forum.web.form_recovery import register_form_recovery
from forum.web.gate import register_access
from forum.web.idempotency import IdempotentFlask, register_idempotency
from forum.web.pagecache import register_pagecache
from forum.web.request_hooks import StrictJson, register_request_hooks
from forum.web.template_globals import register_template_globals

# From the ground up: a wing uses the wings before it; within a wing, a slice uses the slices before it.
WINGS = {
    "system": ("audit", "jobs", "notices"),
    "people": ("ministries", "accounts", "signin"),
    "voice": ("campaigns", "ideas", "votes", "moderation", "guardians"),
    "analysis": ("embeddings", "themes", "curation", "routing"),
    "response": ("referrals", "answers", "delivery", "deadlines", "certificates"),
    "publication": ("tracking", "digests"),
    "development": ("sample",),
    "administration": ("mydata", "operations"),
}
SLICES = tuple(f"{wing}.{name}" for wing, names in WINGS.items() for name in names)

# Views of libraries that visitors may open. Ours are marked with `@public` where they are written.
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
    """A number in an address that a database key can hold; a larger one is no page rather than an error there.

    Written in one way only: `int` would take １２ and 012 too, and one thing would have many addresses.
    """

    regex = "[1-9][0-9]*"

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **({"max": 2**31 - 1} | kwargs))


def create_app(config: Config) -> Flask:
    """A forum with these settings. Nothing here touches the database."""
    check_failpoint(config.FAILPOINT)
    app = IdempotentFlask(__name__)
    app.config.from_mapping(config.for_flask())
    app.json_provider_class = StrictJson  # Flask-Security derives its own from it
    app.json = StrictJson(app)
    app.url_map.converters["int"] = RowId
    config.INSTANCE_DIR.mkdir(parents=True, exist_ok=True)
    if config.PROXY_HOPS:
        hops = config.PROXY_HOPS
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    register_request_hooks(app)  # first: a request that CSRF refuses has an id too
    register_pagecache(app)
    register_extensions(app)
    register_access(app, PUBLIC_LIBRARY_ENDPOINTS)
    register_errors(app)
    register_template_globals(app)
    register_idempotency(app)
    register_form_recovery(app)
    register_slices(app)
    return app


def register_extensions(app: Flask) -> None:
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    db.init_app(app)
    app.teardown_appcontext(_let_go_of_the_database)  # registered later, so it runs before the library's own
    with app.app_context():
        engine: Engine = db.engine
        prepare_engine(engine)
    migrate.init_app(app, db, render_as_batch=True)
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, default_locale="ko", default_timezone="Asia/Seoul", locale_selector=lambda: "ko")


def _let_go_of_the_database(_error: BaseException | None) -> None:
    """End the transaction here: where the server died, the library's `remove` would raise, and an answer be lost."""
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
