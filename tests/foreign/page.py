"""Opens the admin page in Chromium, on a phone and on a desk, in the light and in the dark.

Arguments: the address of the admin port. Exits 0 if the page fits, asks nobody but that port for anything, says
nothing to the console that is an error, and switches the log level. Speaks DevTools over a pipe.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

PATIENCE = 30
PHONE, DESK = 375, 1280
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"]
# Whatever the browser itself wants of the world, it does not get.
OPTIONS += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]

# Everything that has come: the sections of all parts, and the first fetched values.
READY = """
    document.querySelector('#phase')?.textContent.startsWith('serving')
    && ['methods', 'errors', 'connections', 'policy', 'log-level', 'config', 'reload'].every(
        part => [...document.querySelectorAll(`[data-part="${part}"]`)].every(shown => !shown.hidden))
    && document.querySelectorAll('#config section').length > 5
"""
# Whoever is wider than the screen, unless within a box that scrolls by itself.
WIDE = """
    [...document.querySelectorAll('body *')]
        .filter(e => !e.closest('.scroll, thead, .tall') && e.getBoundingClientRect().right > innerWidth + 0.5)
        .map(e => e.tagName + '#' + e.id + '.' + e.className)
"""
# Text that is too small to be read at arm's length.
SMALL = """
    [...document.querySelectorAll('body *')]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.checkVisibility()
            && parseFloat(getComputedStyle(e).fontSize) < 11)
        .map(e => e.tagName + '#' + e.id + '.' + e.className)
"""


class Browser:
    """One tab, and what it has said."""

    def __init__(self, profile):
        ours, theirs = os.pipe(), os.pipe()
        # Chromium reads from 3 and writes to 4; what else may be there is moved out of the way.
        ends = [os.dup2(ours[0], 103), os.dup2(theirs[1], 104)]
        command = ["chromium", *OPTIONS, f"--user-data-dir={profile}"]
        takes = lambda: [os.dup2(end, number) for end, number in zip(ends, [3, 4], strict=True)]
        self.process = subprocess.Popen(command, preexec_fn=takes, close_fds=False, stderr=subprocess.DEVNULL)
        for end in [*ends, ours[0], theirs[1]]:
            os.close(end)
        self.write, self.read = os.fdopen(ours[1], "wb"), os.fdopen(theirs[0], "rb")
        self.rest, self.number, self.session = b"", 0, None
        self.requests, self.complaints = [], []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Network", "Runtime", "Page", "Log"]:
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        """The answer to a command; what happens meanwhile is noted."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.write.write(json.dumps(message).encode() + b"\0")
        self.write.flush()
        while True:
            told = self.next()
            if told.get("id") == self.number:
                assert "error" not in told, (method, told)
                return told["result"]
            self.note(told.get("method"), told.get("params", {}))

    def next(self):
        while b"\0" not in self.rest:
            more = self.read.read1(1 << 16)
            assert more, "Chromium has gone"
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(params["entry"])

    def value(self, expression):
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression):
        start = time.monotonic()
        while not self.value(expression):
            assert time.monotonic() - start < PATIENCE, (expression, self.value("document.body.innerText"))
            time.sleep(0.05)

    def end(self):
        self.write.close()
        self.process.wait(PATIENCE)


def look(browser, page, width, scheme):
    """The page fits a screen of that width."""
    phone = width == PHONE
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=phone)
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.ask("Page.navigate", url=page)
    browser.until(READY)
    # Whatever can be opened is.
    browser.value("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    where = f"{width} px, {scheme}"
    shown = browser.value("[innerWidth, document.documentElement.scrollWidth]")
    # A desk has a bar to scroll down with, which takes some of the width.
    assert shown[0] == width >= shown[1], (where, shown, browser.value(WIDE))
    assert not browser.value(WIDE), (where, browser.value(WIDE))
    assert not browser.value(SMALL), (where, browser.value(SMALL))
    dark = browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 25)"
    assert dark == (scheme == "dark"), where


def main():
    (address,) = sys.argv[1:]
    page = f"http://{address}/"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        for scheme in ["light", "dark"]:
            for width in [PHONE, DESK]:
                look(browser, page, width, scheme)
        browser.value("document.querySelector('#levels [value=debug]').click()")
        browser.until("document.querySelector('#level-said').textContent === 'In force: debug'")
        browser.until("document.querySelector('#levels [value=debug]').ariaPressed === 'true'")
        state = browser.value("document.querySelector('#reload-state').textContent")
        assert state.startswith("Generation 1, taken "), state
        elsewhere = [url for url in browser.requests if not url.startswith((page, "data:", "about:"))]
        browser.end()
    assert browser.requests and not elsewhere, elsewhere
    assert not browser.complaints, browser.complaints


if __name__ == "__main__":
    main()
