"""Debian's Chromium under Playwright: headless, and deaf to everything but this machine."""

import os

from playwright.sync_api import Browser, Playwright

EXECUTABLE = "/usr/bin/chromium"

_FLAGS = [
    # Chromium asks its maker for updates, field trials and lists; no name but our own resolves.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    # Letters are drawn alike on every machine, so that pictures differ only when pages do.
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
]


def launch(playwright: Playwright) -> Browser:
    """The browser; playwright's own downloads are not used."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to sandbox as root
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=[*_FLAGS, *as_root])
