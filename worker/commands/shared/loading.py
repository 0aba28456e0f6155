"""Modules are loaded without looking for garbage among them.

There is none, and a short command would spend a tenth of its time on it.
"""

import gc


def begin() -> None:
    """From here on modules are loaded."""
    gc.disable()


def end() -> None:
    """They are: what is here now stays for as long as the process, and is never looked at again."""
    gc.freeze()
    gc.enable()
