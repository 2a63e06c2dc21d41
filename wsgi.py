"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi`."""

from config import Config, ConfigError
from forum import create_app

try:
    settings = Config.from_env()
except ConfigError as error:  # whoever starts the forum wants the sentence, not a traceback
    raise SystemExit(f"설정 오류 / configuration error: {error}") from error

app = create_app(settings)
