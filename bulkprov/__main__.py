"""The command `bulkprov`, and `python -m bulkprov`. What it does is in `cli.main`; here is seen to Ctrl-C around it.

However early or late Ctrl-C comes, a command ends with one line and no traceback. While modules are imported it is held
back, since an interrupt inside an import may be swallowed there, or leave half a module behind: that takes less than a
second, and a second Ctrl-C does not wait for it.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

__all__ = ["main"]

_INTERRUPTED: Final = 130
"""The exit code; `errors.ExitCode` is not imported yet."""


def main(tokens: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code. No traceback reaches a user.

    Args:
        tokens: the words of the command line; by default those of this process, which then is ours alone.
    """
    if tokens is not None:
        from bulkprov.cli import main as command  # noqa: PLC0415 - see below

        command.main(tokens)
    try:
        let_through = _held_back()
        from bulkprov.cli import main as command  # noqa: PLC0415 - only now is Ctrl-C held back

        tokens = sys.argv[1:]
        command.load(tokens)
        sys.unraisablehook = _unless_interrupted
        command.main(tokens, begin=let_through)
    except KeyboardInterrupt:  # once more, while the line about the first was written
        _leave()
    finally:
        # What is left is to end the process. The system does that at once, and without a word of Python's.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _held_back() -> Callable[[], None]:
    """Hold Ctrl-C back, unless the process ignores it.

    Returns:
        what lets it through again.

    Raises:
        KeyboardInterrupt: by what is returned, if Ctrl-C has come meanwhile.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return lambda: None
    came = False

    def hold(*_: object) -> None:
        nonlocal came
        if came:
            _leave()
        came = True

    def let_through() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if came:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, hold)
    return let_through


def _unless_interrupted(unraisable: Any) -> None:
    """Leave at once after a Ctrl-C that came where nothing can be raised, as while an object is deleted."""
    if unraisable.exc_type is KeyboardInterrupt:
        _leave()
    sys.__unraisablehook__(unraisable)


def _leave() -> NoReturn:
    """Leave at once: nothing that is on disk depends on how the process ends."""
    try:
        os.write(2, b"bulkprov: interrupted\n")
    finally:
        os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
