"""The least that any intake of this kind has to do: Starlette on uvicorn, as our web process runs it, that verifies the
signature over the raw body, and nothing else.

    python -m tests.bench.parts.floor PORT
"""

import hashlib
import hmac
import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.parts.events import SECRET
from worker.web import server


async def verify(request: Request) -> Response:
    """204 where the signature is right, else 403."""
    right = hmac.new(SECRET, await request.body(), hashlib.sha256).hexdigest()
    same = hmac.compare_digest(f"sha256={right}", request.headers.get("x-hub-signature", ""))
    return Response(status_code=204 if same else 403)


if __name__ == "__main__":
    server.serve(Starlette(routes=[Route("/webhooks/jira", verify, methods=["POST"])]), "127.0.0.1", int(sys.argv[1]))
