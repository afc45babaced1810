"""Headless Chromium, spoken to by its own protocol: what a browser makes of a page, and what it asks others for.

https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", "about:blank"),
)
_SECONDS = 60.0


class Browser:
    """One page, open."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, count(1)
        self.asked: list[str] = []
        """Addresses that were asked for."""
        self.complained: list[str] = []
        """What the browser's console says: errors of the script, and what the page's policy has kept out."""

    async def say(self, method: str, **values: Any) -> Any:
        """Give an order, and wait for what comes of it; events are noted meanwhile."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": values})
        async with asyncio.timeout(_SECONDS):
            while (told := json.loads(await self._socket.receive_str())).get("id") != number:
                self._note(told)
        assert "error" not in told, told
        return told["result"]

    def _note(self, event: dict[str, Any]) -> None:
        values = event.get("params", {})
        name = event.get("method")
        if name == "Network.requestWillBeSent":
            self.asked.append(values["request"]["url"])
        elif name in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.complained.append(str(values.get("entry") or values["exceptionDetails"]))

    async def show(self, path: Path, fragment: str = "", *, width: int = 1280, dark: bool = False) -> None:
        """Open a page."""
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.say("Emulation.setEmulatedMedia", features=theme)
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await self.say("Emulation.setDeviceMetricsOverride", **screen)
        await self.say("Page.navigate", url=f"{path.as_uri()}{fragment}")
        await self.see(
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))"
        )

    async def see(self, expression: str) -> Any:
        """The value of an expression in the page."""
        told = await self.say("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def press(self, key: str, *, code: int, text: str = "") -> None:
        """Press a key and let it go."""
        pressed = {"key": key, "windowsVirtualKeyCode": code, "text": text}
        await self.say("Input.dispatchKeyEvent", type="keyDown", **pressed)
        await self.say("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def tab(self, times: int = 1) -> str:
        """Press the tabulator; what has the focus then, as its text or its id."""
        for _ in range(times):
            await self.press("Tab", code=9)
        return str(await self.see("document.activeElement.textContent.trim() || document.activeElement.id"))

    async def enter(self) -> None:
        """Press Enter."""
        await self.press("Enter", code=13, text="\r")

    async def write(self, text: str) -> None:
        """Type a text."""
        await self.say("Input.insertText", text=text)


@asynccontextmanager
async def browser(home: Path) -> AsyncIterator[Browser]:
    """A browser with one page, which keeps what it has in a folder of its own."""
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *_OPTIONS,
        f"--user-data-dir={home}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS), aiohttp.ClientSession() as session:
            port = await _port(process)
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
            socket = await session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
            shown = Browser(socket)
            for part in ("Page", "Runtime", "Network", "Log"):
                await shown.say(f"{part}.enable")
            yield shown
            await socket.close()
    finally:
        process.kill()
        await process.wait()


async def _port(process: asyncio.subprocess.Process) -> int:
    """Where it listens, as it says on stderr."""
    assert process.stderr
    async for line in process.stderr:
        if found := re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line):
            return int(found[1])
    raise AssertionError("the browser ended before it listened")
