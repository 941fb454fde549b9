"""How gunicorn serves Tongqu: two processes of eight threads, sized by the environment."""

import os
from pathlib import Path

wsgi_app = os.environ.get("TONGQU_WSGI", "wsgi:create_app()")
bind = f"{os.environ.get('TONGQU_HOST', '127.0.0.1')}:{os.environ.get('TONGQU_PORT', '8000')}"
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
