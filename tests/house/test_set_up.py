"""The way from a bare checkout to a running server, in the parts that can be tried quickly."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops import assets
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
