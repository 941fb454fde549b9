"""How gunicorn serves Tongqu: two processes of eight threads, sized by the environment."""

import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from ops import schema
from trade.errors import NewerSchema
from web.store import store

wsgi_app = os.environ.get("TONGQU_WSGI", "wsgi:create_app()")
bind = f"{os.environ.get('TONGQU_HOST', '127.0.0.1')}:{os.environ.get('TONGQU_PORT', '8000')}"
# The program is read once and shared by the processes: a third of the memory, and they start at once.
preload_app = True
worker_class = "gthread"
workers = int(os.environ.get("TONGQU_PROCESSES", "2"))
threads = int(os.environ.get("TONGQU_THREADS", "8"))
timeout = 60
graceful_timeout = 25
keepalive = 15
# Its place is the home folder, which two servers would share.
control_socket_disable = True
# A heartbeat file on a slow disk makes a healthy process look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def post_worker_init(worker: Any) -> None:
    """Serve only tables of this program's own time; a database that is away is waited for."""
    try:
        with worker.wsgi.app_context():
            schema.refuse_other(store.engine)
    except NewerSchema as error:
        worker.log.critical("%s; start with the other version, or run: tongqu set-up", error)
        sys.exit(4)  # gunicorn's own code for an application that does not start: the arbiter stops too
    except DBAPIError as error:
        worker.log.warning("the database is away: %s", type(error).__name__)
