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
