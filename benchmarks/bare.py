"""How gunicorn serves the limit's page: as many processes and threads as ours, nothing else."""

import os

wsgi_app = "benchmarks.limits:create_app()"
bind = f"127.0.0.1:{os.environ['TONGQU_PORT']}"
worker_class = "gthread"
workers = int(os.environ["TONGQU_PROCESSES"])
threads = int(os.environ["TONGQU_THREADS"])
keepalive = 15
control_socket_disable = True
