"""The way from a bare checkout to a running server, in the parts that can be tried quickly."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from ops import assets
from ops.set_up import standing, together
from tests.served import ROOT

PUBLIC = {"https://pypi.org", "https://files.pythonhosted.org", "https://registry.npmjs.org"}
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" fill="none"><path stroke="none" d="M0 0h24v24H0z" fill="none"/><path d="M5 9"/></svg>'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a small tree with the files that an asset build reads."""
    files = {f"node_modules/{source}": "var theirs" for source in assets.THEIRS.values()} | {
        "node_modules/@tabler/core/dist/css/tabler.min.css": "a{}\n/*# sourceMappingURL=tabler.min.css.map */",
        "node_modules/@tabler/icons/icons/outline/home.svg": DRAWING,
        "node_modules/@tabler/icons/icons/filled/star.svg": DRAWING,
        "package-lock.json": "{}",
        "web/static/css/02-late.css": "b { background: url('../img/mark.svg') }",
        "web/static/css/01-early.css": "a { color: red }",
        "web/static/js/one.js": "one()",
        "web/static/img/mark.svg": "<svg/>",
        "web/static/site.webmanifest": '{"icons": [{"src": "img/mark.svg"}]}',
        "templates/shared/layout.html": """{{ ui.icon("home", label) }}""",
        "portal/home.py": """TABS = [{"icon": "star-filled"}]""",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def test_assets_are_joined_hashed_and_linked(checkout: Path) -> None:
    manifest = assets.build(checkout)
    static = checkout / "build/static"
    assert json.loads((static / "manifest.json").read_text("utf-8")) == manifest
    assert all(re.search(r"\.[0-9a-f]{8}\.\w+$", name) for name in manifest.values())
    theme = (static / manifest["theme.css"]).read_text("utf-8")
    assert theme == f"a {{ color: red }}\nb {{ background: url('{manifest['img/mark.svg']}') }}\n"
    assert manifest["img/mark.svg"] in (static / manifest["site.webmanifest"]).read_text("utf-8")
    assert "sourceMappingURL" not in (static / manifest["tabler.min.css"]).read_text("utf-8")


def test_the_sprite_holds_the_icons_that_pages_name(checkout: Path) -> None:
    sprite = assets.sprite(checkout)
    assert re.findall(r'id="([\w-]+)"', sprite) == ["home", "star-filled"]
    assert "M0 0h24" not in sprite
    (checkout / "templates/shared/layout.html").write_text('{{ ui.icon("hoem") }}', "utf-8")
    with pytest.raises(assets.AssetError, match="layout.html names the icon 'hoem'"):
        assets.sprite(checkout)


def test_a_choice_between_two_icons_brings_both(checkout: Path) -> None:
    text = """{{ ui.icon("home" if plain else "star-filled", class="big") }}"""
    (checkout / "templates/shared/layout.html").write_text(text, "utf-8")
    assert assets.icon_names(checkout).keys() == {"home", "star-filled"}


def test_assets_are_built_again_only_when_an_input_changes(checkout: Path) -> None:
    assert assets.build_when_stale(checkout)
    assert not assets.build_when_stale(checkout)
    (checkout / "web/static/js/two.js").write_text("two()", "utf-8")
    assert assets.build_when_stale(checkout)
    (checkout / "web/static/js/two.js").unlink()
    assert assets.build_when_stale(checkout)


def test_locks_name_public_registries_alone() -> None:
    for name in ("uv.lock", "package-lock.json", "package.json", "pyproject.toml"):
        text = (ROOT / name).read_text("utf-8")
        hosts = set(
            re.findall(r'"(?:resolved": "|url": ")?(https?://[^/"]+)/[^"]*\.(?:whl|gz|tgz|zip)', text)
        )
        registries = set(re.findall(r'registry = "(https?://[^/"]+)', text))
        assert hosts | registries <= PUBLIC, name


def test_an_open_host_refuses_demo_accounts() -> None:
    answer = subprocess.run(
        [ROOT / "run", "--host", "0.0.0.0"], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 1
    assert "--no-demo" in answer.stderr


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    script = f'set -eu; ROOT="{ROOT}"; . "$ROOT/ops/set_up/tools.sh"; secret "$1"; secret "$1"'
    key = tmp_path / "secret_key"
    answer = subprocess.run(
        ["bash", "-c", script, "bash", str(key)], capture_output=True, text=True, timeout=60, check=True
    )
    first, second = answer.stdout.split()
    assert first == second and len(first) >= 48
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_server_and_worker_end_together(tmp_path: Path, how: signal.Signals) -> None:
    process, children = start_together(tmp_path, ["sleep", "60"], ["sleep", "60"])
    process.send_signal(how)
    assert process.wait(10) == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_when_one_dies_the_other_ends_and_the_code_says_so(tmp_path: Path) -> None:
    process, children = start_together(tmp_path, ["sleep", "60"], ["sh", "-c", "sleep 1; exit 7"])
    assert process.wait(10) == 7
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def start_together(folder: Path, *commands: list[str]) -> tuple[subprocess.Popen[bytes], list[int]]:
    """Run the commands under ops.set_up.together and return it with its children's ids."""
    program = (
        f"import sys; from ops.set_up.together import run_together; sys.exit(run_together({commands!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=os.environ)
    listing = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    last_call = time.monotonic() + 10
    while len(children := listing.read_text("utf-8").split()) < len(commands):
        assert time.monotonic() < last_call
        time.sleep(0.05)
    return process, [int(child) for child in children]


def test_a_taken_port_is_told_before_anything_is_changed(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            together.CannotStart, match=rf"port {port} .* taken by another(.|\n)*--port {port + 1}"
        ):
            together.refuse_taken("127.0.0.1", port)
        answer = begin(tmp_path, port)
    assert answer.returncode == 1 and "taken by another program" in answer.stderr
    assert not (tmp_path / "tongqu.db").exists()
    together.refuse_taken("127.0.0.1", port)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(together.CannotStart, match="no address of this machine"):
        together.refuse_taken("192.0.2.1", 8000)
    with pytest.raises(together.CannotStart, match="is no port"):
        together.refuse_taken("127.0.0.1", 99999)


def test_a_second_run_over_the_same_data_is_told_where_the_first_is(tmp_path: Path) -> None:
    with together.hold(tmp_path) as held:
        together.tell(held, "http://127.0.0.1:8000/")
        answer = begin(tmp_path, 0)
        assert answer.returncode == 1 and "http://127.0.0.1:8000/" in answer.stderr
        assert not (tmp_path / "tongqu.db").exists()
    together.hold(tmp_path).close()


def begin(data: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run what ./run ends in, over a data folder."""
    settings = {
        "TONGQU_DATA_DIR": str(data),
        "TONGQU_DATABASE_URL": f"sqlite:///{data}/tongqu.db",
        "TONGQU_HOST": "127.0.0.1",
        "TONGQU_PORT": str(port),
    }
    command = [sys.executable, "-m", "ops.set_up.together"]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_installation_stands_until_program_database_or_wish_changes(tmp_path: Path) -> None:
    for name in (*standing.SINGLE_FILES, "trade/one.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    file = tmp_path / "tongqu.db"
    url = f"sqlite:///{file}"
    assert standing.mark(tmp_path, url, with_demo=False) is None
    assert not file.exists()
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO alembic_version VALUES ('0001')")
        database.commit()
    first = standing.mark(tmp_path, url, with_demo=False)
    assert first and standing.mark(tmp_path, url, with_demo=False) == first
    seen = {first, standing.mark(tmp_path, url, with_demo=True)}
    (tmp_path / "trade/one.py").write_text("changed", "utf-8")
    seen.add(standing.mark(tmp_path, url, with_demo=False))
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0002'")
        database.commit()
    seen.add(standing.mark(tmp_path, url, with_demo=False))
    copy = tmp_path / "restored.db"
    copy.write_bytes(file.read_bytes())
    copy.replace(file)
    seen.add(standing.mark(tmp_path, url, with_demo=False))
    assert len(seen) == 5


def test_who_is_not_root_is_told_every_package_and_the_command(tmp_path: Path) -> None:
    """A Debian on which nothing is installed, asked by an account without sudo."""
    fakes = {"dpkg-query": "exit 1", "id": "echo 1000", "python3": "exit 1"}
    for name, body in fakes.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    for name in ("sed", "tr", "bash"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    script = f'set -euo pipefail; ROOT="{ROOT}"; . "$ROOT/ops/set_up/tools.sh"; system_packages $RUN_PACKAGES'
    answer = subprocess.run(
        ["/bin/bash", "-c", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    wanted = re.search(r'RUN_PACKAGES="(.*)"', (ROOT / "ops/set_up/tools.sh").read_text("utf-8"))
    assert answer.returncode == 1 and wanted
    assert f"apt-get install --no-install-recommends {wanted[1]}" in answer.stderr
    assert "sudo" not in answer.stderr and "nothing else here needs root" in answer.stderr


def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    script = f'set -euo pipefail; ROOT="{tmp_path}/file/no-folder"; . "{ROOT}/ops/set_up/tools.sh"; can_write'
    (tmp_path / "file").write_text("", "utf-8")
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert answer.returncode == 1 and "cannot be written by" in answer.stderr
    assert "./run --set-up-only" in answer.stderr
