"""The history of a row, in the lines of `show`."""

from collections.abc import Iterator, Mapping
from typing import Any

from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["history_lines"]


def history_lines(history: Mapping[str, Any]) -> Iterator[str]:
    """A row's history, as `runs.history.row_history` gives it, in lines."""
    yield f"Row {history['sheetRow']} of {history['run']}"
    if history.get("carried_from"):
        command = typed(["show", history["carried_from"], "--row", str(history["sheetRow"])])
        yield f"Carried over: this run has sent nothing for it. Its history: {command}"
    for name, cell in history["cells"].items():
        if cell:
            yield f"  {clean(name)}: {clean(cell)}"
    carried = history.get("carried_from")
    if history["request"]:
        yield "Request, as that run has sent it" if carried else "Request"
        yield from (f"  {line}" for line in history["request"].splitlines())
    for fault in history["faults"]:
        yield f"Fault: {clean(fault)}"
    for each in history["exchanges"]:
        yield f"{each['at']}  {each['step']}: {each['told']}"
    ended = history["ended"]
    yield f"{ended['at']}  {ended['status']}" + "".join(
        f", {name} {clean(str(value))}"
        for name, value in ended.items()
        if name not in ("at", "status") and value not in (None, "")
    )
    yield from (f"  {name}: {words}" for name, words in history["meaning"].items() if words)
