"""The reader's pages: Redis -> view model -> Jinja (autoescaped) -> HTML."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.routing import Route

from newswire.errors import NewswireError
from newswire.problem import describe
from newswire.rawpath import story_uri
from services.feed.answer import digest, respond, unchanged
from services.feed.page import entry, story_page
from services.feed.query import no_query, page_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from services.feed.page import Related, Site
    from services.feed.store.reader import Reader
    from services.feed.tail import Tail

HTML: Final = "text/html"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; media-src https:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STATIC: Final = {"style.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}
_FOREVER: Final = "public, max-age=31536000, immutable"
_TEXTS: Final = {
    400: ("This address is not quite right", "Part of it cannot be understood."),
    404: ("There is no such story", "It may never have been published here."),
    410: ("This story has been withdrawn", "It is not available any more."),
    503: ("One moment, please", "The feed is being brought up to date. Try again in a few seconds."),
}
_BUG: Final = ("Something went wrong", "The fault is ours, and it is in the log.")


class Pages:
    """One method a page."""

    def __init__(self, reader: Reader, tail: Tail, site: Site) -> None:
        self._reader = reader
        self._tail = tail
        self._static = {name: _read(f"static/{name}") for name in _STATIC}
        self._names = {name: digest(content) for name, content in self._static.items()}
        self._jinja = Environment(
            loader=PackageLoader("services.feed", "pages/templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals.update(site=site, static=self._static_path)
        # Part of every validator: another template or another title makes another page.
        templates = "".join(_read(f"templates/{name}").decode() for name in self._jinja.list_templates())
        self._look = digest(templates.encode(), repr(site).encode(), repr(self._names).encode())

    async def index(self, request: Request) -> Response:
        """Show the list, newest first."""
        query = page_query(request.query_params.multi_items())
        variant = digest(self._look.encode(), repr(query).encode())
        if "if-none-match" in request.headers:
            kept = unchanged(f"{await self._tail.head()}-{variant}", request.headers, _HEADERS)
            if kept is not None:
                return kept
        found = await self._tail.current(self._reader.page(query.before, query.limit, bodies=False))
        body = self._render(
            "index.html",
            entries=[entry(card) for card in found.cards],
            change=found.change,
            first=query.before is None,
            more=None if found.cursor is None else f"/?{query.turned(found.cursor)}",
        )
        return respond(body, HTML, f"{found.change}-{variant}", request.headers, _HEADERS)

    async def story(self, request: Request) -> Response:
        """Show one story, whole."""
        no_query(request.query_params.multi_items())
        found = await self._tail.current(self._reader.story(story_uri(request.path_params["uri"])))
        if found.card is None:
            return self._fault(410 if found.story is not None and found.story.gone else 404)
        # No change number of the wire in it: the page alters, and its validator with it, only when the story does.
        story = story_page(found.card)
        body = self._render("story.html", story=story, here=await self._here(story.related))
        return respond(body, HTML, digest(body), request.headers, _HEADERS)

    async def _here(self, related: Sequence[Related]) -> frozenset[str]:
        """Which of these can be read here now: a card without a page is no link."""
        found = [(card.uri, await self._tail.current(self._reader.story(card.uri))) for card in related]
        return frozenset(uri for uri, known in found if known.card is not None)

    async def static(self, request: Request) -> Response:
        """Answer with a style, a script or an icon; under its digest's name it may be kept for ever."""
        name = request.path_params["name"]
        if name not in _STATIC:
            return self._fault(404)
        headers = {"X-Content-Type-Options": "nosniff"}
        if request.query_params.get("v") == self._names[name]:
            headers["Cache-Control"] = _FOREVER
        return respond(self._static[name], _STATIC[name], self._names[name], request.headers, headers)

    def guarded(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Let the errors of a page be pages."""

        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except NewswireError as error:
                return self._fault(describe(error)[0])

        return answer

    def _fault(self, status: int) -> Response:
        title, text = _TEXTS.get(status, _BUG)
        headers = {**_HEADERS, "Cache-Control": "no-store"}
        if status == 503:  # noqa: PLR2004 - the status itself
            headers["Retry-After"] = "1"
        return Response(self._render("fault.html", title=title, text=text), status, headers, HTML)

    def _render(self, template: str, **values: object) -> bytes:
        return self._jinja.get_template(template).render(values).encode()

    def _static_path(self, name: str) -> str:
        return f"/static/{name}?v={self._names[name]}"


def page_routes(reader: Reader, tail: Tail, site: Site) -> list[Route]:
    """The routes of the pages and of what they load."""
    pages = Pages(reader, tail, site)
    shown: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
        "/": pages.index,
        "/stories/{uri}": pages.story,
        "/static/{name}": pages.static,
    }
    return [Route(path, pages.guarded(page), methods=["GET"]) for path, page in shown.items()]


def _read(path: str) -> bytes:
    return files("services.feed").joinpath("pages", path).read_bytes()
