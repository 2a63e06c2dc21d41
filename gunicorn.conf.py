"""gunicorn settings. In production put nginx in front: a few slow connections block a bare gthread server.

Override settings on the command line or in GUNICORN_CMD_ARGS, e.g. `--workers 8`.
"""

wsgi_app = "wsgi:app"
bind = "127.0.0.1:8000"

# Two processes use two cores (the Korean tagger holds the interpreter lock); threads cover waiting for the database.
workers = 2
worker_class = "gthread"
# Two of them are kept for requests without the database, two for those that only read (forum/web/slots.py).
threads = 24
preload_app = False  # connections and locks must not cross a fork

timeout = 30  # seconds without a heartbeat of the worker process; long work is done by jobs, not requests
graceful_timeout = 20  # seconds for running requests at a restart
keepalive = 5  # seconds; longer than nginx keeps an idle connection
# Limits memory leaks in libraries. The screens of a joint session send a thousand requests a second: with 20,000 a
# worker was replaced every forty seconds, and its screens waited for the new one.
max_requests = 500_000
max_requests_jitter = 50_000

control_socket_disable = True  # the socket would be one file in the home folder, shared by all forums of a user
# No header of a client may name the scheme or the folder of the forum. ProxyFix reads X-Forwarded-* where PROXY_HOPS
# says so; by default gunicorn would also take SCRIPT_NAME and PATH_INFO, from everybody on this machine.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}

accesslog = None  # the application logs each request itself, with its id
errorlog = "-"


def on_starting(server):
    """Stop the start with a message if a setting is invalid, instead of restarting workers again and again."""
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
    """Make the static files, limit the database's use to the process's threads, refuse a database that may lose data.

    Only the first workers check the database: one that replaces another during a repair or migration must not end the
    whole service (/readyz reports it then).
    """
    from forum.administration.operations.startup_checks import UnsafeDatabase, require_safe_database
    from forum.web.slots import limit_database_use
    from forum.web.static_files import prepare_static_files

    prepare_static_files(worker.wsgi)
    limit_database_use(worker.wsgi, worker.cfg.threads)
    if worker.age > worker.cfg.workers:
        return
    try:
        require_safe_database(worker.wsgi)
    except UnsafeDatabase as error:
        worker.log.error("설정 오류 / refused to start: %s", error)
        raise SystemExit(3) from error  # gunicorn's "worker failed to boot": the master stops too
