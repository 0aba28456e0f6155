"""The `escalation` command with one guarantee broken on purpose: `python -m tests.faults.saboteur SABOTAGE worker`."""

import sys

from tests.faults import sabotage
from worker.commands import main

if __name__ == "__main__":
    sabotage.commit(sys.argv.pop(1))
    main.main()
