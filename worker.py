"""The worker's entry point: `huey_consumer worker.huey -k thread -w 2`.

Threads, not processes: a sentence encoder that was used before a fork deadlocks the child.
"""

from config import Config, ConfigError
from forum import create_app

try:
    settings = Config.from_env()
except ConfigError as error:  # whoever starts the worker wants the sentence, not a traceback
    raise SystemExit(f"설정 오류 / configuration error: {error}") from error

app = create_app(settings)
huey = app.extensions["forum_queue"].huey
