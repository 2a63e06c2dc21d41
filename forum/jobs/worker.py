"""The worker: `huey_consumer forum.jobs.worker.huey -k thread -w 2`.

Threads, not processes: a sentence encoder used before a fork deadlocks the child (DESIGN §6).
"""

from config import Config
from forum import create_app

app = create_app(Config.from_env())
huey = app.extensions["forum_queue"].huey
