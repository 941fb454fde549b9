"""Start ./run, wait for the sign-in page, end it, and print what was seen; runs on a bare system, standard library only.

python3 set_up_driver.py PORT HOW FIRST COMMAND…     HOW: INT, TERM, or slow (a request is under way at TERM)
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE_SECONDS = 300
FORM = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\n"


def raise_loopback() -> None:
    """In a network namespace of its own even loopback is down."""
    name = struct.pack("16sH14x", b"lo", 0x1 | 0x40)
    with socket.socket() as any_socket, contextlib.suppress(PermissionError):
        fcntl.ioctl(any_socket, 0x8914, name)


def put_first(process: int) -> None:
    """Before whatever else this machine does, so that a busy one tells the times of an idle one."""
    todo = [process]
    while todo:
        each = todo.pop()
        with contextlib.suppress(OSError):
            Path(f"/proc/{each}/autogroup").write_text("-15")
            os.setpriority(os.PRIO_PROCESS, each, -10)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]


def main() -> None:
    port, how, first, command = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "first", sys.argv[4:]
    raise_loopback()
    log = Path(f"/tmp/driven-{os.getuid()}-{port}.log")
    begun = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    seen: dict[str, object] = {}
    while process.poll() is None and time.monotonic() - begun < PATIENCE_SECONDS:
        if first:
            put_first(process.pid)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=10) as answer:
                seen = {"answers_after": round(time.monotonic() - begun, 1), "status": answer.status}
                seen["form"] = b'name="password"' in answer.read()
            break
        except OSError:
            time.sleep(0.05)
    slow = socket.create_connection(("127.0.0.1", port)) if how == "slow" else None
    if slow:
        slow.sendall(FORM + b"name=nobody")
        time.sleep(1)
    asked = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGINT if how == "INT" else signal.SIGTERM)
    if slow:
        time.sleep(3)
        slow.sendall(b"&password")
        seen["slow_answer"] = slow.recv(200).split(b"\r\n")[0].decode()
    seen["exit_code"] = process.wait(60)
    seen["ended_after"] = round(time.monotonic() - asked, 1)
    left = subprocess.run(["grep", "-la", f"TONGQU_PORT={port}"] + [
        str(each / "environ") for each in Path("/proc").iterdir() if each.name.isdecimal()
    ], capture_output=True, text=True, check=False).stdout.split()  # fmt: skip
    seen["left_running"] = len([each for each in left if f"/{os.getpid()}/" not in each])
    plain = [line for line in log.read_text("utf-8", "replace").splitlines() if not line.startswith("{")]
    print(json.dumps({"seen": seen, "said": plain[-8:]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
