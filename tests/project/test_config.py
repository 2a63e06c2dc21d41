from __future__ import annotations

import pytest

from config import Config, ConfigError

GOOD = {"SECRET_KEY": "k" * 64, "SECURITY_PASSWORD_SALT": "s" * 64}


def test_production_is_what_you_get_without_asking(tmp_path):
    settings = Config.from_env(GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)})
    assert settings.is_production
    assert settings.SESSION_COOKIE_SECURE


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", [None, "", "dev", "changeme", "short", "SECRET"])
def test_production_refuses_a_missing_short_or_well_known_secret(name, value, tmp_path):
    environ = GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)}
    if value is None:
        del environ[name]
    else:
        environ[name] = value
    with pytest.raises(ConfigError, match=name):
        Config.from_env(environ)


def test_development_makes_its_secrets_once_and_keeps_them_from_others(tmp_path):
    environ = {"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(tmp_path)}
    first, second = Config.from_env(environ), Config.from_env(environ)
    assert first.SECRET_KEY == second.SECRET_KEY
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "environ",
    [
        {"FORUM_ENV": "staging"},
        {"MAIL_TRANSPORT": "pigeon"},
        {"MAIL_TRANSPORT": "smtp"},
        {"QUEUE": "rabbit"},
        {"QUEUE": "redis"},
        {"QUEUE": "postgres"},
        {"SMTP_PORT": "２５"},
        {"PROXY_HOPS": "-1"},
        {"SMTP_SECURITY": "ssl"},
        {"SMTP_SECURITY": "none", "SMTP_USER": "forum"},
        {"SMTP_TIMEOUT_SECONDS": "0"},
        {"SMTP_TIMEOUT_SECONDS": "41"},
        {"JOB_HEARTBEAT_SECONDS": "60"},
        {"FAILPOINT": "themes.saving:kill"},
    ],
)
def test_a_setting_that_cannot_work_stops_the_start(environ, tmp_path):
    with pytest.raises(ConfigError):
        Config.from_env(GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)} | environ)
