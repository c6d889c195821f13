"""Visit a console as a browser without scripts would, header by header."""

import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

COOKIE = "__Host-tongban"
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def form_token(self) -> str:
        """What the forms of the page hold; empty without one."""
        found = _TOKEN.search(self.text)
        return found[1] if found else ""

    @property
    def location(self) -> str:
        """Where it leads on."""
        return self.headers.get("location", "")


@dataclass
class Visitor:
    """Someone with a browser; `cookie` is the session's token, kept as a browser would."""

    port: int
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The console's own origin."""
        return f"http://localhost:{self.port}"

    def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Page:
        """Send a form from the console's own pages, unless headers say otherwise; an empty header is left out."""
        form = urlencode(fields or {})
        sent = {"Origin": self.origin, "Content-Type": "application/x-www-form-urlencoded"} | headers
        return self._ask("POST", path, form, {name: value for name, value in sent.items() if value})

    def send(self, path: str, page: str, **fields: str) -> Page:
        """Send a form with the token that another page holds."""
        return self.post(path, {"form_token": self.get(page).form_token, **fields})

    def sign_in(self, number: str, password: str) -> Page:
        """Sign in."""
        return self.post("/sign-in", {"number": number, "password": password})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        own = {"Host": f"localhost:{self.port}", **self.headers}
        if self.cookie:
            own["Cookie"] = f"{COOKIE}={self.cookie}"
        try:
            connection.request(method, path, body, own | {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in answer.getheaders()}
        set_cookie = re.match(rf'{COOKIE}="?([^;"]*)"?;', found.get("set-cookie", ""))
        if set_cookie:
            self.cookie = set_cookie[1]
        return Page(answer.status, found, text)
