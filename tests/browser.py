"""A real browser, headless, that talks to this machine only."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1200,2600",
)  # fmt: skip
SEEN = r"""
    const seen = [];
    const walk = (node) => {
        if (node.shadowRoot) walk(node.shadowRoot);
        if (node.nodeType === Node.TEXT_NODE) seen.push(node.textContent);
        if (node.matches && node.matches('svg.marks, canvas.marks')) seen.push('[chart]');
        node.childNodes.forEach(walk);
    };
    walk(document.body);
    return seen.join(' ').replace(/\s+/g, ' ');
"""
"""What stands on a page, also inside web components, which a page's own text leaves out."""


class Page:
    """One page of the browser."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome

    def open(self, address: str) -> None:
        """Go to an address."""
        self.chrome.get(address)

    def seen(self) -> str:
        """Return all text that stands there, and `[chart]` for every drawn chart."""
        return str(self.chrome.execute_script(SEEN))

    def wait_for(self, *words: str, seconds: float = 90) -> str:
        """Wait until all words stand there; return everything that does."""
        return str(
            WebDriverWait(self.chrome, seconds).until(
                lambda _: (seen := self.seen()) and all(word in seen for word in words) and seen,
                f"the page never showed all of {words}",
            )
        )

    def complaints(self) -> list[str]:
        """Return what the page reported as an error."""
        return [
            each["message"] for each in self.chrome.get_log("browser") if each["level"] == "SEVERE"
        ]


@contextmanager
def browser() -> Iterator[Page]:
    """Start Chromium. Skips the test where there is none."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs Chromium and its driver (Debian: chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory() as profile:
        for argument in (*QUIET, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        chrome = Chrome(options=options, service=Service(driver))
        try:
            yield Page(chrome)
        finally:
            chrome.quit()
