"""The `escalation` command with one guarantee broken on purpose.

python -m tests.faults.machinery.saboteur SABOTAGE worker
"""

import sys

from tests.faults.machinery import sabotage
from worker.commands import main

if __name__ == "__main__":
    sabotage.commit(sys.argv.pop(1))
    main.main()
