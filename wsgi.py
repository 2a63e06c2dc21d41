"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi`."""

from config import Config
from forum import create_app

app = create_app(Config.from_env())
