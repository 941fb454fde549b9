"""A PostgreSQL of the tests' own, from the installed binaries, on a socket that only we can reach."""

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

OWNER = "tongqu"
PATIENCE_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "autovacuum": "off",  # it would hold template databases open
    "jit": "off",
    "log_min_messages": "warning",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """One data directory and the server on it; as root it runs as the user postgres, which the server insists on."""

    def __init__(self, folder: Path, *, is_durable: bool = False):
        self.folder = folder
        self.data = folder / "data"
        self.is_durable = is_durable or os.environ.get("TONGQU_TEST_FSYNC") == "1"

    def create(self) -> None:
        """Make the data directory; nobody but its owner and root can reach the socket in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        options = ["--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        command = [binary("initdb"), "--pgdata", str(self.data), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_owner())

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = SETTINGS | ({} if self.is_durable else CARELESS)
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
        command = [binary("postgres"), "-D", str(self.data), "-k", str(self.folder), *flags]
        log = self.folder / "log"
        with log.open("ab") as output:
            # In a session of its own, a Ctrl-C at the terminal does not end it before the tests that use it.
            server = subprocess.Popen(
                command, stdout=output, stderr=output, start_new_session=True, **self._as_owner()
            )
        last_call = time.monotonic() + PATIENCE_SECONDS
        while not self._is_ready():
            if server.poll() is not None or time.monotonic() > last_call:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text('utf-8')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Shut down in order, ending connections."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def is_running(self) -> bool:
        """Say whether the server's process lives."""
        process = self._process()
        return process is not None and is_alive(process)

    def url(self, database: str) -> str:
        """Address a database the way SQLAlchemy wants it."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={quote(str(self.folder), safe='')}"

    def connection_info(self, database: str) -> str:
        """Address a database the way libpq wants it."""
        return f"host={self.folder} user={OWNER} dbname={database}"

    def _process(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text("utf-8").splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _end(self, how: signal.Signals) -> None:
        process = self._process()
        if process is None or not is_alive(process):
            return
        group = _family(process) if how is signal.SIGKILL else [process]
        for member in group:
            try:
                os.kill(member, how)
            except ProcessLookupError:
                continue
        last_call = time.monotonic() + PATIENCE_SECONDS
        while any(is_alive(member) for member in group) and time.monotonic() < last_call:
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        command = [binary("pg_isready"), "--quiet", "--host", str(self.folder), "--username", OWNER]
        return subprocess.run([*command, "--dbname", "postgres"], check=False).returncode == 0

    def _as_owner(self) -> dict[str, Any]:
        user = "postgres" if os.getuid() == 0 else getpass.getuser()
        owner = pwd.getpwnam(user)
        identity = {"user": user, "group": owner.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        return {"cwd": self.folder, **identity}


def binary(name: str) -> str:
    """Find a program of the newest installed PostgreSQL."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(folders, key=lambda folder: int(folder.parent.name), reverse=True)
    found = next((str(folder / name) for folder in newest if (folder / name).exists()), shutil.which(name))
    if found is None:
        raise RuntimeError(f"{name} is missing: apt-get install postgresql")
    return found


def is_alive(process: int) -> bool:
    """Say whether a process runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def _family(process: int) -> list[int]:
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()
    except OSError:
        return [process]
    return [process, *map(int, children)]
