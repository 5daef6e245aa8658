"""What no page of the portal may do in a browser."""

from typing import Any

TELL = """addEventListener("securitypolicyviolation", event =>
    console.error(`${event.violatedDirective} forbids ${event.blockedURI} ${event.sample}`))"""


class Watch:
    """Keeps in `trouble` what the pages of a context must not do, from the watch's start on.

    That is: break the Content-Security-Policy, log an error or a warning, leave an error uncaught, or ask
    anybody but `home` for anything.
    """

    def __init__(self, context: Any, home: str) -> None:
        self.home, self.trouble = home, list[str]()
        self._addresses: set[str] = set()
        context.add_init_script(TELL)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.trouble.append(f"uncaught: {error.error}"))
        context.on("request", self._on_request)

    def _on_console(self, message: Any) -> None:
        if message.type not in ("error", "warning"):
            return
        # Chromium logs pages with an error status, too; which status a page has is for its test to say.
        is_page = message.location["url"] in self._addresses
        if not (is_page and message.text.startswith("Failed to load resource")):
            self.trouble.append(f"{message.location['url']}: {message.text}")

    def _on_request(self, request: Any) -> None:
        if request.is_navigation_request():
            self._addresses.add(request.url)
        if not request.url.startswith((f"{self.home}/", "data:")):
            self.trouble.append(f"asked elsewhere: {request.url}")
