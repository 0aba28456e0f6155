"""The web process alone, as it is served, without Jira: `python -m tests.hostile.intake_server PORT REDIS_URL`."""

import sys

from config import protocol_file
from worker.run import web_process
from worker.web import server

SECRETS = (b"the new secret", b"the old secret")


def main() -> None:
    port, redis_url = sys.argv[1:]
    app = server.create(
        redis_url=redis_url, secrets=SECRETS, labels=web_process.our_labels(protocol_file.load()), probe=lambda: "bot"
    )
    server.serve(app, "127.0.0.1", int(port))


if __name__ == "__main__":
    main()
