"""Build the files a browser fetches: theirs from node_modules, ours from web/static, each named after its content."""

import fcntl
import gzip
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ops import drawn_icons

THEIRS = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.min.js": "echarts/dist/echarts.simple.min.js",
}
JOINED = {"theme.css": "css/*.css", "app.js": "js/*.js"}
FACES = "portal", "admin", "web"
ICON_CALL = re.compile(r"\bicon\(([^)]*)\)")
ICON_NAME = re.compile(r"""^\s*["']([a-z0-9-]+)["']|\belse\s+["']([a-z0-9-]+)["']""")
ICON_VALUE = re.compile(r"""\bicon["']?\s*[:=]\s*["']([a-z0-9-]+)["']|icons\.svg#([a-z0-9-]+)""")
FRAME = re.compile(r"""(?s)^.*?<svg[^>]*>|</svg>\s*$|<path stroke="none" d="M0 0h24v24H0z"[^>]*/>\s*""")
TEXT = {".css", ".js", ".svg", ".json", ".webmanifest", ".txt"}
SMALLEST_WORTH_PACKING = 1024
DARK = re.compile(r'@media screen \{\s*\[data-bs-theme="dark"\] (\{.*?\n  \})\s*\}', re.DOTALL)
MARK = "img/mark.svg"
KEPT_SECONDS = 7 * 24 * 3600


class AssetError(Exception):
    """A file or icon that is named somewhere and exists nowhere."""


def build(root: Path) -> dict[str, str]:
    """Write build/static/ and last its manifest; files of the build before stay for servers that still name them."""
    static = root / "build/static"
    static.mkdir(parents=True, exist_ok=True)
    with (root / "build/assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        seen = fingerprint(root)
        manifest = _write_all(root, static)
        compile_translations(root)
        _forget_old(static, manifest)
        _stamp(root).write_text(seen, "utf-8")
    return manifest


def build_when_stale(root: Path) -> bool:
    """Build if an input is new, changed or gone since the last time; say whether it was."""
    stamp = _stamp(root)
    built = stamp.exists() and (root / "build/static/manifest.json").exists()
    if built and stamp.read_text("utf-8") == fingerprint(root):
        return False
    build(root)
    return True


def fingerprint(root: Path) -> str:
    """Hash names, sizes and times of all inputs, which costs a directory walk and no reading."""
    digest = hashlib.sha256()
    for path in sorted(set(_inputs(root))):
        status = path.stat()
        digest.update(f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def compile_translations(root: Path) -> None:
    """Turn the catalogues that people edit into those that gettext reads."""
    catalogues = sorted(root.glob("web/translations/*/LC_MESSAGES/*.po"))
    if not catalogues:
        return
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "compile"]
    for domain in sorted({path.stem for path in catalogues}):
        subprocess.run([*command, "-D", domain, "-d", str(root / "web/translations")], check=True)


def sprite(root: Path) -> str:
    """Draw the icons that the pages name into one SVG."""
    body = "\n".join(_symbol(root, name, path) for name, path in sorted(icon_names(root).items()))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'


def icon_names(root: Path) -> dict[str, Path]:
    """Find every icon that a template or a view names, with one file that does."""
    found: dict[str, Path] = {}
    for path in _pages(root):
        text = path.read_text("utf-8")
        hits = ICON_VALUE.findall(text)
        for arguments in ICON_CALL.findall(text):
            hits += ICON_NAME.findall(arguments)
        found.update((name, path) for hit in hits for name in hit if name)
    return found


def _symbol(root: Path, name: str, named_in: Path) -> str:
    stem, is_filled = name.removesuffix("-filled"), name.endswith("-filled")
    folder = root / "node_modules/@tabler/icons/icons" / ("filled" if is_filled else "outline")
    drawing = folder / f"{stem}.svg"
    if not drawing.exists():
        raise AssetError(f"{named_in.relative_to(root)} names the icon {name!r}, which @tabler/icons lacks")
    inner = FRAME.sub("", drawing.read_text("utf-8")).strip()
    if is_filled:
        inner = f'<g fill="currentColor" stroke="none">{inner}</g>'
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def _write_all(root: Path, folder: Path) -> dict[str, str]:
    manifest: dict[str, str] = {}
    ours = root / "web/static"
    for path in _single_files(ours):
        name = path.relative_to(ours).as_posix()
        _write(folder, manifest, name, _linked(name, path.read_bytes(), manifest))
    for name, drawn in drawn_icons.draw_all(ours / MARK).items():
        _write(folder, manifest, name, drawn)
    for name, source in THEIRS.items():
        _write(folder, manifest, name, _without_map(_their_file(root, source)))
    for name, pattern in JOINED.items():
        parts = [path.read_bytes().rstrip() + b"\n" for path in sorted(ours.glob(pattern))]
        joined = _dark_as_the_device(b"".join(parts)) if name.endswith(".css") else b"".join(parts)
        _write(folder, manifest, name, _linked(name, joined, manifest))
    _write(folder, manifest, "icons.svg", sprite(root).encode())
    listing = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    unfinished = folder / "manifest.json.new"
    unfinished.write_text(listing + "\n", "utf-8")
    unfinished.replace(folder / "manifest.json")
    return manifest


def _dark_as_the_device(sheet: bytes) -> bytes:
    """Repeat the dark tokens for whoever leaves it to the device: they stand once in the source."""

    def twice(match: re.Match[str]) -> str:
        asked = "@media screen and (prefers-color-scheme: dark)"
        return f'{match[0]}\n{asked} {{\n  [data-bs-theme="system"] {match[1]}\n}}'

    return DARK.sub(twice, sheet.decode()).encode()


def _forget_old(folder: Path, manifest: dict[str, str]) -> None:
    kept = {"manifest.json", *manifest.values(), *(f"{name}.gz" for name in manifest.values())}
    for path in _files(folder):
        is_old = time.time() - path.stat().st_mtime > KEPT_SECONDS
        if is_old and path.relative_to(folder).as_posix() not in kept:
            path.unlink()


def _single_files(ours: Path) -> list[Path]:
    """List what keeps its own name, pictures first, since stylesheets and the web manifest refer to them."""
    joined = {path for pattern in JOINED.values() for path in ours.glob(pattern)}
    alone = [path for path in _files(ours) if path not in joined]
    return sorted(alone, key=lambda path: (path.suffix in {".css", ".webmanifest"}, path.as_posix()))


def _write(folder: Path, manifest: dict[str, str], name: str, content: bytes) -> None:
    stem, dot, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}{dot}{suffix}"
    target = folder / hashed
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if target.suffix in TEXT and len(content) >= SMALLEST_WORTH_PACKING:
        packed = gzip.compress(content, mtime=0)
        target.with_name(target.name + ".gz").write_bytes(packed)
    manifest[name] = hashed


def _linked(name: str, content: bytes, manifest: dict[str, str]) -> bytes:
    """Point url(…) in a stylesheet and names in a web manifest at the hashed files."""

    def hashed(match: re.Match[str]) -> str:
        target = re.sub(r"^(\.{1,2}/)+", "", match[2])
        up = "../" * name.count("/")
        return f"{match[1]}{up}{manifest[target]}{match[3]}" if target in manifest else match[0]

    if name.endswith(".css"):
        return re.sub(r"""(url\(\s*["']?)([^"')#?]+)(["']?\s*\))""", hashed, content.decode()).encode()
    if name.endswith(".webmanifest"):
        return re.sub(r'(")([^"]+\.[a-z0-9]+)(")', hashed, content.decode()).encode()
    return content


def _their_file(root: Path, source: str) -> bytes:
    path = root / "node_modules" / source
    if not path.exists():
        raise AssetError(f"node_modules/{source} is missing: ./run --set-up-only installs it")
    return path.read_bytes()


def _without_map(content: bytes) -> bytes:
    return re.sub(rb"(?m)^\s*(/\*|//)# sourceMappingURL=.*$", b"", content).rstrip() + b"\n"


def _inputs(root: Path) -> Iterator[Path]:
    yield (
        Path(__file__).resolve()
        if Path(__file__).resolve().is_relative_to(root)
        else root / "package-lock.json"
    )
    yield root / "package-lock.json"
    yield from (path for source in THEIRS.values() if (path := root / "node_modules" / source).exists())
    yield from _files(root / "web/static")
    yield from root.glob("web/translations/*/LC_MESSAGES/*.po")
    yield from _pages(root)


def _pages(root: Path) -> list[Path]:
    scripts = [path for face in FACES for path in root.glob(f"{face}/**/*.py")]
    return sorted([*root.glob("templates/**/*.html"), *root.glob("web/static/js/**/*.js"), *scripts])


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _stamp(root: Path) -> Path:
    return root / "build/assets.stamp"


if __name__ == "__main__":
    try:
        build_when_stale(Path(__file__).resolve().parent.parent)
    except AssetError as error:
        sys.exit(f"assets: {error}")
