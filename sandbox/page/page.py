"""The page for people at `/` and the small JSON calls behind it under `/sandbox/api/`.

Look at tickets, act as somebody, watch the worker's calls, make bad days. Writes take `application/json` only, so that
no other web site can make them from a reader's browser.
"""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.jira.site import Jira
from sandbox.page.changes import Changes
from sandbox.page.controls import Act, BadWish, Controls

HERE = Path(__file__).parent
STYLE = HERE.parents[1] / "config" / "style.css"
"""The one look of all pages."""
API = "/sandbox/api"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page_routes(jira: Jira) -> list[Route]:
    """The page, its script and style, and its calls."""
    controls = Controls(jira)
    files = [_file(path, name, kind) for path, name, kind in _FILES]
    reads = [_get(path, act) for path, act in controls.reads().items()]
    writes = [_post(path, act) for path, act in controls.writes().items()]
    news = Route(f"{API}/news", Changes(jira).__call__, methods=["GET"])
    return [*files, Route("/browse/{key}", _browse, methods=["GET"]), news, *reads, *writes]


async def _browse(request: Request) -> Response:
    """Where Jira shows an issue."""
    return RedirectResponse(f"/#{quote(request.path_params['key'])}", headers=SAFE)


_FILES = (
    ("/", "page.html", "text/html"),
    ("/sandbox/page.js", "page.js", "text/javascript"),
    ("/sandbox/patch.js", "patch.js", "text/javascript"),
    ("/sandbox/parts.js", "parts.js", "text/javascript"),
    ("/sandbox/style.css", STYLE, "text/css"),
    ("/sandbox/page.css", "page.css", "text/css"),
    ("/sandbox/icon.svg", "icon.svg", "image/svg+xml"),
)


def _file(path: str, name: str | Path, kind: str) -> Route:
    async def serve(request: Request) -> Response:
        return FileResponse(HERE / name, media_type=kind, headers=SAFE)

    return Route(path, serve)


def _get(path: str, act: Act) -> Route:
    async def serve(request: Request) -> Response:
        return await _answer(act, dict(request.query_params) | request.path_params)

    return Route(API + path, serve, methods=["GET"])


def _post(path: str, act: Act) -> Route:
    async def serve(request: Request) -> Response:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "application/json, please"}, 415)
        try:
            wish = await request.json()
        except ValueError:
            return JSONResponse({"error": "this is no JSON"}, 400)
        return await _answer(act, (wish if isinstance(wish, dict) else {}) | request.path_params)

    return Route(API + path, serve, methods=["POST"])


async def _answer(act: Act, wish: dict[str, Any]) -> Response:
    try:
        return JSONResponse(_json(await run_in_threadpool(act, wish)), headers=SAFE)
    except KeyError as missing:
        return JSONResponse({"error": f"there is no {missing}"}, 404)
    except (BadWish, TypeError, ValueError) as refusal:
        return JSONResponse({"error": str(refusal)}, 400)


def _json(value: Any) -> Any:
    """Instants and tuples as JSON."""
    if isinstance(value, dict):
        return {k: _json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value
