"""Hosts that are network namespaces on one bridge: each can lose its link or everything that runs on it."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

BRIDGE, NETWORK, HERE = "tongqu0", "10.77.0", "10.77.0.1"


def ip(*arguments: str, check: bool = True) -> None:
    """Change the network; needs root."""
    subprocess.run(["ip", *arguments], check=check, stderr=None if check else subprocess.DEVNULL)


class Host:
    """A namespace with one address, and the processes that run on it."""

    def __init__(self, name: str, number: int, folder: Path):
        self.name, self.address = name, f"{NETWORK}.{number}"
        self.space, self.folder = f"tongqu-{name}", folder / name
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)

    def open(self) -> None:
        """Plug it in."""
        ip("netns", "add", self.space)
        ip("link", "add", f"tq-{self.name}", "type", "veth", "peer", "name", "eth0", "netns", self.space)
        ip("link", "set", f"tq-{self.name}", "master", BRIDGE, "up")
        ip("-n", self.space, "address", "add", f"{self.address}/24", "dev", "eth0")
        ip("-n", self.space, "link", "set", "eth0", "up")
        ip("-n", self.space, "link", "set", "lo", "up")

    def start(self, name: str, command: list[str], environment: dict[str, str], user: str = "") -> None:
        """Run a program there, as root or as another."""
        other = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        self.processes[name] = launch(
            ["ip", "netns", "exec", self.space, *other, *command], environment, self.folder / f"{name}.log"
        )

    def unplug(self) -> None:
        """Nothing comes in or goes out any more, and nobody is told."""
        ip("link", "set", f"tq-{self.name}", "down")

    def plug(self) -> None:
        ip("link", "set", f"tq-{self.name}", "up")

    def pids(self) -> list[int]:
        """Everything that runs in this namespace."""
        told = subprocess.run(
            ["ip", "netns", "pids", self.space], capture_output=True, text=True, check=False
        )
        return [int(each) for each in told.stdout.split()]

    def die(self) -> None:
        """Everything that runs there ends at once, as by a power cut."""
        for each in self.pids():
            signal_one(each, signal.SIGKILL)
        for process in self.processes.values():
            process.wait()
        self.processes.clear()

    def close(self) -> None:
        self.die()
        ip("netns", "delete", self.space, check=False)
        ip("link", "delete", f"tq-{self.name}", check=False)


def launch(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": output,
            "stderr": output,
            "cwd": log.parent,
        }
        return subprocess.Popen(command, env=os.environ | environment, start_new_session=True, **options)


def signal_one(process: int, how: signal.Signals) -> None:
    try:
        os.kill(process, how)
    except ProcessLookupError:
        return


def open_bridge() -> None:
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("address", "add", f"{HERE}/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")


def close_bridge() -> None:
    ip("link", "delete", BRIDGE, check=False)


def wait_until(is_so: Any, seconds: float = 60.0, what: str = "it") -> None:
    last_call = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > last_call:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.2)
