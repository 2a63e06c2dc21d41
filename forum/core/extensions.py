"""Flask extensions, unbound; `create_app` binds them to an application."""

from __future__ import annotations

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from forum.core.database import Base, ForumSession
from forum.core.network import household_of

db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": ForumSession})
migrate = Migrate(compare_type=True)
csrf = CSRFProtect()
limiter = Limiter(key_func=lambda: household_of(get_remote_address()), default_limits=[], headers_enabled=True)
babel = Babel()
