"""`python -m sandbox [cloud|dc] [port]`: the sandbox alone, for a quick look; `escalation sandbox` offers more."""

import sys
from typing import cast

from sandbox.process import PortTaken, introduce, serve
from sandbox.state.people import Flavour


def main(arguments: list[str]) -> int:
    """0 when stopped by hand, 1 when the address cannot be had, 2 on odd arguments."""
    flavour, port = (arguments + ["cloud", "8090"][len(arguments) :])[:2]
    if flavour not in ("cloud", "dc") or not port.isdigit():
        print("usage: python -m sandbox [cloud|dc] [port]", file=sys.stderr)
        return 2
    try:
        serve(port=int(port), flavour=cast(Flavour, flavour), ready=introduce)
    except PortTaken as taken:
        print(taken, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
