"""How gunicorn serves the forum. Put nginx in front of it in production: a few slow sockets stop a bare gthread server.

Override any of it on the command line or in GUNICORN_CMD_ARGS, e.g. `--workers 8`.
"""

wsgi_app = "wsgi:app"
bind = "127.0.0.1:8000"

# Two processes use two cores (the Korean tagger holds the interpreter); threads wait for the database meanwhile.
workers = 2
worker_class = "gthread"
threads = 8
preload_app = False  # connections and locks must not cross a fork

timeout = 30  # seconds without a sign of life; no request does long work, jobs do
graceful_timeout = 20  # seconds that running requests get at a restart
keepalive = 5  # seconds; longer than nginx waits between two requests of one page
max_requests = 20_000  # a leak in a library does not grow for ever
max_requests_jitter = 2_000

control_socket_disable = True  # it would be one file in the home folder, shared by all forums of a user
accesslog = None  # the application logs each request itself, with its id
errorlog = "-"


def on_starting(server):
    """Settings that cannot work stop the start with a sentence, before a worker is tried again and again."""
    from config import Config, ConfigError

    try:
        settings = Config.from_env()
    except ConfigError as error:
        raise SystemExit(f"설정 오류 / configuration error: {error}") from error
    if settings.is_production and server.cfg.workers > 1 and settings.RATELIMIT_STORAGE_URI.startswith("memory:"):
        server.log.warning(
            "RATELIMIT_STORAGE_URI is memory:// and there are %d web processes: each counts for itself, so the limits "
            "are up to %d times as wide. Set redis://… (docs/deploy.md).",
            server.cfg.workers,
            server.cfg.workers,
        )


def post_worker_init(worker):
    """Nobody is served from a database that may lose what it said it kept.

    Asked at the start only: a worker that replaces another while the database is being mended or migrated must not
    end the whole service (/readyz tells then).
    """
    from forum.administration.operations.startup_checks import UnsafeDatabase, require_safe_database

    if worker.age > worker.cfg.workers:
        return
    try:
        require_safe_database(worker.wsgi)
    except UnsafeDatabase as error:
        worker.log.error("설정 오류 / refused to start: %s", error)
        raise SystemExit(3) from error  # gunicorn's "worker failed to boot": the master stops too
