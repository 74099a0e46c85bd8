"""`make check`: all quick checks at once, so that their sum is the slowest one's time; exit status 1 if one fails."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = {
    "types": ["mypy", "--no-error-summary"],
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "import boundaries": ["lint-imports", "--no-cache"],
    "schemas": ["python", "-m", "shared.contracts.schemas", "--check"],
    "asyncapi": ["python", "-m", "shared.contracts.asyncapi", "--check"],
    "published events": ["python", "-m", "shared.contracts.compatibility"],
}


def passes(name: str) -> bool:
    """Run one check; print its output only if it fails."""
    started = time.monotonic()
    program, *arguments = CHECKS[name]
    done = subprocess.run([BIN / program, *arguments], capture_output=True, text=True)
    seconds = time.monotonic() - started
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({seconds:.1f} s)", flush=True)
    if done.returncode:
        print(f"{done.stdout}{done.stderr}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as workers:
        sys.exit(0 if all(list(workers.map(passes, CHECKS))) else 1)
