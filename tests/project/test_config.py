from __future__ import annotations

from dataclasses import replace

import pytest

import config
from config import Config, ConfigError
from tests.servers import OPERATOR

SECRETS = {"SECRET_KEY": "k" * 64, "SECURITY_PASSWORD_SALT": "s" * 64}
GOOD = SECRETS | OPERATOR
S3 = {"BLOB_STORE": "s3://photos/forum", "S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": "b"}
HTTPS = {"BASE_URL": "https://forum.example.go.kr", "TRUSTED_HOSTS": "forum.example.go.kr"}


def test_production_is_what_you_get_without_asking(tmp_path):
    settings = Config.from_env(GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)})
    assert settings.is_production
    assert settings.SESSION_COOKIE_SECURE


@pytest.mark.parametrize("name", sorted(SECRETS))
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
        {"REDIS_URL": "", "QUEUE": "redis"},
        {"QUEUE": "postgres"},
        {"QUEUE": "redis", "REDIS_URL": "127.0.0.1:6379"},
        {"QUEUE": "redis", "REDIS_URL": "redis://:secret@[::1/0"},
        {"QUEUE": "redis", "REDIS_URL": "redis://127.0.0.1:sixty/0"},
        {"RATELIMIT_STORAGE_URI": "memcached://127.0.0.1:11211"},
        {"RATELIMIT_STORAGE_URI": "redis://"},
        {"FORUM_NAMESPACE": "우리 포럼"},
        {"SMTP_PORT": "２５"},
        {"PROXY_HOPS": "-1"},
        {"SMTP_SECURITY": "ssl"},
        {"SMTP_SECURITY": "none", "SMTP_USER": "forum"},
        {"SMTP_TIMEOUT_SECONDS": "0"},
        {"SMTP_TIMEOUT_SECONDS": "41"},
        {"JOB_HEARTBEAT_SECONDS": "60"},
        {"FAILPOINT": "themes.saving:kill"},
        {"FLASK_DEBUG": "1"},
        {"TRUSTED_HOSTS": ","},
        {"TRUSTED_HOSTS": "*"},
        {"TRUSTED_HOSTS": "127.0.0.1,."},
        {"TRUSTED_HOSTS": "forum.example.go.kr"},
        {"MAX_CONTENT_LENGTH": "0"},
        {"MAX_CONTENT_LENGTH": "1000000000"},
        {"UPLOAD_REQUEST_MAX_BYTES": "0"},
        {"BASE_URL": "forum.example.go.kr"},
        {"TRUSTED_HOSTS": "forum.example.go.kr", "PROXY_HOPS": "1", "BASE_URL": "http://forum.example.go.kr"},
        HTTPS | {"PROXY_HOPS": ""},
        HTTPS | {"PROXY_HOPS": "6"},
        *({name: ""} for name in OPERATOR),
        {"OPERATOR_NAME": "예시 운영기관"},
        {"OPERATOR_EMAIL": "help@example.org"},
        {"CONTRIBUTION_LICENCE": "MIT"},
        {"PEOPLES_PROPOSAL_RULE": "perhaps"},
        {"BLOB_STORE": "photos"},
        {"BLOB_STORE": "gs://photos"},
        {"S3_REGION": "kr", "S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": "b", "BLOB_STORE": "s3://"},
        {"S3_REGION": "kr", "S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": "b", "BLOB_STORE": "s3://Photos/../x"},
        {"BLOB_STORE": "s3://photos", "S3_SECRET_ACCESS_KEY": "b", "S3_ACCESS_KEY_ID": ""},
        {"BLOB_STORE": "s3://photos", "S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": " "},
        S3 | {"S3_ENDPOINT": "storage.example.go.kr"},
        S3 | {"S3_ENDPOINT": "http://storage.example.go.kr"},
        S3 | {"S3_ENDPOINT": "https://key:secret@storage.example.go.kr"},
        {"BLOB_WAITING_MAX_BYTES": "0"},
        {"BLOB_WAITING_MAX_BYTES": "999999999999"},
    ],
    ids=str,
)
def test_a_setting_that_cannot_work_stops_the_start(environ, tmp_path):
    with pytest.raises(ConfigError, match=list(environ)[-1]):
        Config.from_env(GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)} | environ)


@pytest.mark.parametrize("endpoint", ["", "https://storage.example.go.kr", "http://127.0.0.1:9000"])
def test_photos_may_be_on_s3_or_in_a_folder(endpoint, tmp_path):
    environ = GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)}
    assert Config.from_env(environ | S3 | {"S3_ENDPOINT": endpoint}).BLOB_STORE == "s3://photos/forum"
    assert str(tmp_path) == Config.from_env(environ | {"BLOB_STORE": str(tmp_path)}).BLOB_STORE


REDIS = [{"REDIS_URL": "redis://:pass@127.0.0.1:6379/0", "QUEUE": "redis"}, {"RATELIMIT_STORAGE_URI": "rediss://redis"}]


@pytest.mark.parametrize("environ", REDIS, ids=str)
def test_redis_is_taken_and_its_client_is_asked_for_in_one_sentence(environ, tmp_path, monkeypatch):
    environ = GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)} | environ
    Config.from_env(environ)
    monkeypatch.setattr(config, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="needs the Python package redis") as refusal:
        Config.from_env(environ)
    assert ":pass" not in str(refusal.value)


@pytest.mark.parametrize("hops", ["0", "1"])
def test_behind_https_it_must_be_said_how_many_proxies_stand_in_front(hops, tmp_path):
    environ = GOOD | HTTPS | {"PROXY_HOPS": hops, "FORUM_INSTANCE_DIR": str(tmp_path)}
    assert int(hops) == Config.from_env(environ).PROXY_HOPS


def test_a_host_is_covered_by_the_domain_it_belongs_to(tmp_path):
    environ = GOOD | HTTPS | {"PROXY_HOPS": "1", "TRUSTED_HOSTS": ".example.go.kr", "FORUM_INSTANCE_DIR": str(tmp_path)}
    assert Config.from_env(environ).TRUSTED_HOSTS == (".example.go.kr",)


@pytest.mark.parametrize(
    "change", [{"SESSION_COOKIE_SECURE": False}, {"MAX_CONTENT_LENGTH": None}, {"TRUSTED_HOSTS": ()}, {"DEBUG": True}]
)
def test_what_no_variable_can_turn_off_is_refused_too(change, tmp_path):
    settings = Config.from_env(GOOD | {"FORUM_INSTANCE_DIR": str(tmp_path)})
    with pytest.raises(ConfigError, match=next(iter(change))):
        replace(settings, **change).check()


def test_development_names_an_operator_who_is_plainly_invented(tmp_path):
    settings = Config.from_env({"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(tmp_path)})
    assert "예시" in settings.OPERATOR_NAME
    assert "예시" in settings.PRIVACY_OFFICER


def test_development_may_debug_over_plain_http(tmp_path):
    environ = {"FORUM_ENV": "development", "FLASK_DEBUG": "1", "FORUM_INSTANCE_DIR": str(tmp_path)}
    assert Config.from_env(environ).DEBUG
