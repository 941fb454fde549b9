"""Two web hosts, two databases, etcd, Redis and a balancer on one machine, as docs/scale-out.md draws them."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from string import Template

import psycopg

from tests.cluster import binary
from tests.failover.hosts import HERE, NETWORK, Host, close_bridge, launch, open_bridge, wait_until
from tests.served import ROOT

HA = ROOT / "deploy/ha"
PATRONI = os.environ.get("TONGQU_PATRONI", "patroni")
PATIENCE = 120.0


class Brand:
    """Everything that runs, by name."""

    def __init__(self, folder: Path):
        self.folder, self.password = folder, secrets.token_hex(12)
        self.databases = [Host("db1", 11, folder), Host("db2", 12, folder)]
        self.webs = [Host("web1", 21, folder), Host("web2", 22, folder)]
        self.local: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"postgresql://tongqu:{self.password}@{HERE}:5000/tongqu"
        self.base_url = f"http://{HERE}:8080"
        self.values = {
            "ETCD": f"{HERE}:2379",
            "NETWORK": f"{NETWORK}.0/24",
            "PASSWORD": self.password,
            "POSTGRESQL": str(Path(binary("initdb")).parent),
            "FRONT": HERE,
            "WEB_PORT": "8080",
            **{each.name.upper(): each.address for each in [*self.databases, *self.webs]},
            "PAGES": str(HA),
        }

    def open(self) -> None:
        """From nothing to two synchronous databases behind the balancer."""
        open_bridge()
        for host in [*self.databases, *self.webs]:
            host.open()
        self.start_etcd()
        self.start_redis()
        config = self.folder / "haproxy.cfg"
        config.write_text(Template((HA / "haproxy.cfg").read_text("utf-8")).substitute(self.values), "utf-8")
        self.local["haproxy"] = launch(["haproxy", "-db", "-f", str(config)], {}, self.folder / "haproxy.log")
        for host in self.databases:
            self.start_database(host)
            wait_until(lambda: self.members(), PATIENCE, "the first database")
        self.wait_for_two()
        with psycopg.connect(
            host=self.primary().address, user="postgres", password=self.password, autocommit=True
        ) as it:
            it.execute(f"CREATE ROLE tongqu LOGIN PASSWORD '{self.password}'")
            it.execute("CREATE DATABASE tongqu OWNER tongqu TEMPLATE template0")
        wait_until(self.is_writable, PATIENCE, "the balancer")

    def start_etcd(self) -> None:
        urls = [
            "--listen-client-urls",
            f"http://{HERE}:2379",
            "--advertise-client-urls",
            f"http://{HERE}:2379",
        ]
        more = ["--data-dir", str(self.folder / "etcd"), "--listen-peer-urls", f"http://{HERE}:2380"]
        self.local["etcd"] = launch(["etcd", *urls, *more], {}, self.folder / "etcd.log")

    def start_redis(self) -> None:
        command = ["redis-server", "--bind", HERE, "--protected-mode", "no", "--save", ""]
        self.local["redis"] = launch(command, {}, self.folder / "redis.log")

    def start_database(self, host: Host) -> None:
        for each in "data", "sockets", "home":
            place = host.folder / each
            place.mkdir(mode=0o700, exist_ok=True)
            shutil.chown(place, "postgres", "postgres")
        values = {"NAME": host.name, "ADDRESS": host.address, "DATA": str(host.folder / "data")}
        values["SOCKETS"] = str(host.folder / "sockets")
        text = Template((HA / "patroni.yml").read_text("utf-8")).substitute(self.values | values)
        config = host.folder / "patroni.yml"
        config.write_text(text, "utf-8")
        shutil.chown(config, "postgres", "postgres")
        host.start("patroni", [PATRONI, str(config)], {"HOME": str(host.folder / "home")}, user="postgres")

    def start_web(self, host: Host) -> None:
        data = host.folder / "data"
        data.mkdir(exist_ok=True)
        environment = {
            "TONGQU_DATABASE_URL": self.url,
            "TONGQU_DATA_DIR": str(data),
            "TONGQU_HOST": host.address,
            "TONGQU_SECRET_KEY": self.password * 2,
            "TONGQU_REDIS_URL": f"redis://{HERE}:6379/0",
            "TONGQU_PROXIES": "1",
            "TONGQU_DRAIN_SECONDS": "3",
            "TONGQU_THREADS": "4",
            "TONGQU_REPLICA_URL": self.url.replace(":5000", ":5001"),
        }
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "ops/gunicorn.py")]
        host.start("web", [*gunicorn, "--chdir", str(ROOT)], environment)
        host.start("worker", [str(Path(sys.executable).parent / "tongqu"), "worker"], environment)

    def members(self) -> list[dict[str, str]]:
        """What Patroni says of its members, from whichever answers."""
        for host in self.databases:
            try:
                with urllib.request.urlopen(f"http://{host.address}:8008/cluster", timeout=1) as answer:
                    found: list[dict[str, str]] = json.load(answer)["members"]
                    return found
            except OSError:
                continue
        return []

    def primary(self) -> Host:
        name = next(each["name"] for each in self.members() if each["role"] == "leader")
        return next(host for host in self.databases if host.name == name)

    def wait_for_two(self) -> None:
        """Until there is a primary and a synchronous standby again."""

        def are_two() -> bool:
            roles = {each["role"]: each["state"] for each in self.members()}
            return roles.get("leader") == "running" and roles.get("sync_standby") == "streaming"

        wait_until(are_two, PATIENCE, "a synchronous standby")

    def is_writable(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2) as it:
                return it.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        except psycopg.Error:
            return False

    def stop(self, name: str) -> None:
        """End one of the programs of this host."""
        self.local[name].kill()
        self.local.pop(name).wait()

    def close(self) -> None:
        for host in [*self.webs, *self.databases]:
            host.close()
        for name in list(self.local):
            self.stop(name)
        close_bridge()
