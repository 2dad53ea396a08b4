"""Every setting of Nethra, read once from the environment; `.env.example` explains each variable."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from nethra import environment as read
from nethra.core.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = read.choice("ENVIRONMENT", read.ENVIRONMENTS, "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False
SECRET_KEY = read.required_text("SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters.")
ALLOWED_HOSTS = read.words("ALLOWED_HOSTS") or ([] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is missing: name the hosts that serve Nethra.")
# Still read, no longer signed with: what was sealed or signed with an older SECRET_KEY.
SECRET_KEY_FALLBACKS = read.words("SECRET_KEY_FALLBACKS")
CSRF_TRUSTED_ORIGINS = read.words("CSRF_TRUSTED_ORIGINS")
# Pages of these origins may call the API from a browser, with a token; cookies are never sent along.
CORS_ALLOWED_ORIGINS = read.origins("CORS_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")
CORS_ALLOW_HEADERS = (
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "range",
    "tus-resumable",
    "upload-checksum",
    "upload-length",
    "upload-metadata",
    "upload-offset",
    "x-http-method-override",
    "x-reading-reason",
    "x-request-id",
)
CORS_EXPOSE_HEADERS = (
    "ETag",
    "Location",
    "Retry-After",
    "X-Request-ID",
    "Idempotent-Replayed",
    "Content-Disposition",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Offset",
    "X-Exhibit",
)
CORS_PREFLIGHT_MAX_AGE = 600
PASETO_KEYS = read.paseto_keys("PASETO_KEYS")
DEPLOYMENT_ID = read.env.str("DEPLOYMENT_ID", default="nethra")

# CJIS Security Policy 5.9.5: 30 minutes idle, 12 hours in all, five failures within 15 minutes, 100 in all.
ACCESS_TOKEN_SECONDS = 3600
SESSION_SECONDS = read.number("SESSION_SECONDS", default=12 * 3600, least=60, most=7 * 24 * 3600)
SESSION_IDLE_SECONDS = read.number("SESSION_IDLE_SECONDS", default=1800, least=10, most=24 * 3600)
SESSION_LIMIT = read.number("SESSION_LIMIT", default=3, least=1, most=100)
ADMIN_SESSION_LIMIT = read.number("ADMIN_SESSION_LIMIT", default=1, least=1, most=100)
LOCK_AFTER = read.number("LOCK_AFTER", default=5, least=1, most=100)
LOCK_WINDOW_SECONDS = read.number("LOCK_WINDOW_SECONDS", default=900, least=60, most=24 * 3600)
# 0: locked until an administrator releases.
LOCK_RELEASE_SECONDS = read.number("LOCK_RELEASE_SECONDS", default=0, least=0, most=24 * 3600)
LOCK_IN_ALL = 100
# Of one session or key, and of all at one address who have neither; 0: as many as they like, as tests and drills do.
_MOST = 0 if ENVIRONMENT == "test" else 1200
REQUESTS_PER_MINUTE = read.number("REQUESTS_PER_MINUTE", default=_MOST, least=0, most=1_000_000)
STRANGERS_PER_MINUTE = read.number("STRANGERS_PER_MINUTE", default=_MOST // 2, least=0, most=1_000_000)
STEP_UP_SECONDS = read.number("STEP_UP_SECONDS", default=600, least=30, most=3600)
INVITATION_SECONDS = read.number("INVITATION_HOURS", default=72, least=1, most=24 * 30) * 3600
PASSWORD_LINK_SECONDS = 3600
IDLE_ACCOUNT_DAYS = 90
BREACHED_PASSWORDS_FILE = read.env.str("BREACHED_PASSWORDS_FILE", default="")

# Links in mails never trust the Host header of a request.
PUBLIC_URL = read.env.str("PUBLIC_URL", default="").rstrip("/") or read.own_address(ALLOWED_HOSTS)
EMAIL_URL = read.mail("EMAIL_URL")
EMAIL_BACKEND = EMAIL_URL["EMAIL_BACKEND"]
EMAIL_FILE_PATH = EMAIL_URL["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = EMAIL_URL["EMAIL_HOST"], EMAIL_URL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL_URL["EMAIL_HOST_USER"], EMAIL_URL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_URL["EMAIL_USE_TLS"], EMAIL_URL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = read.env.str("EMAIL_FROM", default="Nethra <nethra@localhost>")

# What proves the audit lies outside the database; only the sealer is handed its login and reads its key.
AUDIT_DIR = Path(read.env.str("AUDIT_DIR", default=str(BASE_DIR / ".local" / "audit")))
AUDIT_KEY_FILE = Path(
    read.env.str("AUDIT_KEY_FILE", default=str(BASE_DIR / ".local" / "audit-key" / "audit.key"))
)
AUDIT_SYSLOG = read.env.str("AUDIT_SYSLOG", default="")
SEALER_DATABASE_URL = read.env.str("SEALER_DATABASE_URL", default="")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_gis",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "procrastinate.contrib.django",
    "nethra.core",
    "nethra.audit",
    "nethra.jobs",
    "accounts",
    "incidents",
    "cases",
    "media_evidence",
    "insights",
    "nethra.exchange",
]

MIDDLEWARE = [
    "nethra.core.middleware.RequestFrameMiddleware",
    "nethra.core.middleware.ContentSecurityPolicyMiddleware",
    "accounts.short_way.ShortWayMiddleware",
    "nethra.core.doors.RefusalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.throttling.ThrottleMiddleware",
    "accounts.middleware.AgencyTransactionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

#: Off, every request goes through all of these (accounts/short_way.py).
SHORT_WAY = read.flag("SHORT_WAY", default=True)
ROOT_URLCONF = "nethra.urls"
WSGI_APPLICATION = "nethra.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the theme's own templates, which some of these extend.
        "DIRS": [BASE_DIR / "nethra" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": read.database("DATABASE_URL")}
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
# Values go beside the statement, so that PostgreSQL keeps the plans of what is asked again and again (ADR 25).
DATABASES["default"].setdefault("OPTIONS", {}).update(
    server_side_binding=True, prepare_threshold=5 if read.flag("DATABASE_PREPARES", default=True) else None
)
GEO_INDEX = read.choice("GEO_INDEX", ("leakproof", "lonlat"), "leakproof")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.authentication.EmailBackend"]
PASSWORD_HASHERS = ["accounts.passwords.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.PredictablePasswordValidator"},
    {"NAME": "accounts.breached.BreachedPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# The cookie carries ids only and is signed; the UserSession row it names decides on every request.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
# The cookie outlives the session by a day, so that its holder can be told why it ended.
SESSION_COOKIE_AGE = SESSION_SECONDS + 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "nethra.core.notices.NoticeStorage"

HTTPS = read.flag("HTTPS", default=PRODUCTION)
if PRODUCTION and not HTTPS:
    raise ImproperlyConfigured(
        "HTTPS must be true in production: sessions may not cross the network in clear."
    )
CSRF_FAILURE_VIEW = "nethra.core.problems.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers take such a name from this host alone, over TLS and for all of its paths; without TLS not at all.
_HOST = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST}nethra_session"
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
MESSAGE_COOKIE_NAME = f"{_HOST}messages"
REFRESH_COOKIE_NAME = f"{_HOST}nethra_refresh"
# For the path of one link alone, which the other prefix forbids.
GIVEN_COOKIE_NAME = "__Secure-nethra_given" if HTTPS else "nethra_given"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^health/db$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Who may say in X-Forwarded-For where a request comes from; nobody, unless named.
TRUSTED_PROXIES = read.networks("TRUSTED_PROXIES")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# gis.W001: GDAL before 3.9 could open files named in a spatial reference. Nethra never parses one from
# input: SRIDs come from an allow-list (nethra.core.geo), so the warning does not apply.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English (US)"), ("en-gb", "English (UK)")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["nethra.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = read.env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT == "test"
UPLOAD_DIR = Path(read.env.str("UPLOAD_DIR", default=str(BASE_DIR / ".local" / "uploads")))
# Files of exports, and how long after its making each is deleted.
EXPORT_DIR = Path(read.env.str("EXPORT_DIR", default=str(BASE_DIR / ".local" / "exports")))
EXPORT_HOURS = read.number("EXPORT_HOURS", default=24, least=1, most=24 * 30)
EVIDENCE_DIR = Path(read.env.str("EVIDENCE_DIR", default=str(BASE_DIR / ".local" / "evidence")))
# The same files in a bucket instead; uploads still arrive in EVIDENCE_DIR, and previews lie there.
EVIDENCE_BUCKET = read.bucket("EVIDENCE_BUCKET_URL")
if EVIDENCE_BUCKET:
    STORAGES["evidence"] = EVIDENCE_BUCKET
EVIDENCE_BUCKET_LOCK_DAYS = read.number("EVIDENCE_BUCKET_LOCK_DAYS", default=0, least=0, most=36_500)
MAX_UPLOAD_MB = read.number("MAX_UPLOAD_MB", default=10_240, least=1, most=1_000_000)
# An upload that nobody goes on with expires so long after its last byte.
UPLOAD_HOURS = read.number("UPLOAD_HOURS", default=24, least=1, most=24 * 30)
# What is given to somebody outside the agency ends after so many days, at the latest.
DISCLOSURE_DAYS = read.number("DISCLOSURE_DAYS", default=30, least=1, most=366)
FILE_UPLOAD_HANDLERS = ["nethra.core.uploads.StreamingUploadHandler"]
# Who scans exhibits for malware: nobody, unless named. What is larger than it takes is never called clean.
CLAMD = read.socket_address("CLAMD")
CLAMD_SECONDS = read.number("CLAMD_SECONDS", default=300, least=1, most=24 * 3600)
CLAMD_MAX_MB = read.number("CLAMD_MAX_MB", default=25, least=1, most=2047)
BASEMAP_URL = read.tile_address("BASEMAP_URL")
BASEMAP_FILE = read.tile_file("BASEMAP_FILE", instead_of=BASEMAP_URL)

LOG_LEVEL = read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
# json for machines that collect lines, line for people.
LOG_FORMAT = read.choice("LOG_FORMAT", ("json", "line"), "json" if PRODUCTION else "line")
LOGGING = logging_settings(LOG_LEVEL, as_json=LOG_FORMAT == "json")
# A line for every request: method, route, status and milliseconds, but no address, name or query.
WEB_ACCESS_LOG = read.flag("WEB_ACCESS_LOG", default=False)

# The jobs of an app are in its module jobs.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["nethra.core.api.CapabilityPermission"],
    "DEFAULT_RENDERER_CLASSES": ["nethra.core.api.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "nethra.core.schema.NethraSchema",
    "EXCEPTION_HANDLER": "nethra.core.api.problem_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Nethra",
    "DESCRIPTION": "Incidents with place and time, cases, areas, imports, counts. Times are UTC, points EPSG:4326.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    # Its own default asks a public server to check the schema.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "nethra.core.schema.plain_nulls",
    ],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "accounts.choices.RoleChoice",
        "SeriesVerdictEnum": "insights.choices.Verdict",
        "VerdictEnum": "cases.choices.Verdict",
        "CapabilitiesEnum": "nethra.core.capabilities.CAPABILITY_NAMES",
        "KindEnum": "incidents.choices.AreaKind",
        "SessionKindEnum": "accounts.choices.SessionKind",
        "IncidentStatusEnum": "incidents.choices.IncidentStatus",
        "CameraTypeEnum": "media_evidence.choices.CameraType",
        "IntegrityEnum": "media_evidence.choices.Integrity",
        "MediaTypeEnum": "media_evidence.choices.MediaType",
        "ScanStateEnum": "media_evidence.choices.ScanState",
        "ItemKindEnum": "media_evidence.choices.ItemKind",
        "CaseStatusEnum": "cases.choices.CaseStatus",
        "ClearanceEnum": "cases.choices.Clearance",
        "InvolvedRoleEnum": "cases.choices.InvolvedRole",
        "PriorityEnum": "cases.choices.Priority",
        "TaskStatusEnum": "cases.choices.TaskStatus",
        "ImportStatusEnum": "incidents.choices.ImportStatus",
        "LevelEnum": "cases.choices.Level",
        "ExpungeKindEnum": "cases.choices.ExpungeKind",
        "ShareLevelEnum": "cases.choices.ShareLevel",
        "LeadStateEnum": "cases.choices.LeadState",
        "SharedFieldEnum": "cases.choices.SHARED_NAMES",
        "AskedLevelEnum": "cases.choices.ASKED_LEVELS",
        "CasePartEnum": "cases.choices.SealedPart",
        "IncidentPartEnum": "incidents.choices.SealedPart",
    },
}
UNFOLD = {
    "SITE_TITLE": "Nethra",
    "SITE_HEADER": "Nethra",
    "SITE_SUBHEADER": "nethra.admin_site.agency_name",
    "ACCOUNT": {"navigation": "nethra.admin_site.account_links"},
    "SITE_SYMBOL": "shield",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "nethra.admin_site.favicon"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "nethra.admin_site.environment_label",
    "STYLES": ["nethra.admin_site.map_style", "nethra.admin_site.console_style"],
    "SCRIPTS": ["nethra.admin_site.console_script", "nethra.admin_site.idle_lock"],
    # SECURITY: Unfold's own model search ignores view permission and caches hits past a revoked right.
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "nethra.admin_site.navigation",
    },
}
