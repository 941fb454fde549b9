"""What processes of tests/begun.py have read when they begin: the business and the libraries, but nothing that names its place when it is read."""

import gc
import importlib
import pkgutil

from sqlalchemy.orm import configure_mappers

import trade
from trade import text

LIBRARIES = (
    *("alembic.config", "babel.dates", "cn2an", "cryptography.x509", "flask", "flask_login", "flask_wtf"),
    *("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "limits.storage", "PIL.Image", "psycopg", "redis"),
    *("sqlalchemy.dialects.postgresql", "structlog", "webauthn", "whitenoise", "wtforms", "xlsxwriter"),
)

for name in (*LIBRARIES, *(found.name for found in pkgutil.walk_packages(trade.__path__, "trade."))):
    importlib.import_module(name)
configure_mappers()
text.warm_up()
gc.collect()
gc.freeze()
