"""Flask-SQLAlchemy holds the engine; sessions come from trade.db alone."""

import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from trade import db
from trade.db import Base

store = SQLAlchemy(model_class=Base, disable_autonaming=True)


def init_app(app: Flask, url: str) -> None:
    """Connect to the database at `url` and hand its engine to run() and read()."""
    app.config["SQLALCHEMY_DATABASE_URI"] = db.psycopg_url(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = db.engine_options(url)
    store.init_app(app)
    with app.app_context():
        db.bind(store.engine)
    db.follow(os.environ.get("TONGQU_REPLICA_URL"))
