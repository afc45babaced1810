"""The history of one row, from the journal of its run: what an operator attaches to a ticket.

It asks no server and changes nothing.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Any, Final

from bulkprov.engine.marks import same_mark
from bulkprov.engine.model import End, Evidence, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.errors import RunError
from bulkprov.journal.rows import JournalRow, RowHistory
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.text import clean
from bulkprov.wire import BY_NAME

if TYPE_CHECKING:
    from bulkprov.runs.run import Run

__all__ = ["histories", "row_history"]

_EVIDENCE: Final = {
    Evidence.NONE: None,
    Evidence.PROVEN: "proven to be this run's",
    Evidence.PERHAPS: "perhaps this run's",
}


def row_history(run: "Run", sheet_row: int, wire: str, catalogue: Catalogue) -> dict[str, Any]:
    """Everything that is known of a row, as plain values that JSON can hold.

    Args:
        run: has the row.
        sheet_row: its number in the wave, as in the column `sheetRow`.
        wire: format in which the request is shown: `json` or `xml`.
        catalogue: what errors mean.

    Returns:
        `run`; `sheetRow`; `cells` by column; `request`, the create as it is sent, or None for an invalid row; `faults`;
        `exchanges` in their order, each with `at`, `step`, `told`, `httpStatus` and `end`; `ended`, the outcome with
        `at`, `status` and the columns of the results; `meaning` of its error, by `means`, `rerun` and `edit`, if the
        catalogue knows it; and `format`, the media type of the request.

    Raises:
        RunError: the run has no such row.
    """
    row = run.history(sheet_row)
    if row is None:
        raise RunError(f"{run.folder} has no row {sheet_row}; the column sheetRow of its results has the numbers")
    return _told(run, row, wire, catalogue.of_kind(run.kind.name))


def histories(run: "Run", sheet_rows: Collection[int], catalogue: Catalogue) -> Iterator[tuple[int, dict[str, Any]]]:
    """The same of many rows, each with its number in the wave."""
    known = catalogue.of_kind(run.kind.name)
    for row in run.view().histories(sheet_rows):
        yield row.row.sheet_row, _told(run, row, "json", known)


def _told(run: "Run", row: RowHistory, wire: str, catalogue: Catalogue) -> dict[str, Any]:
    form, state = BY_NAME[wire], row.row.state or Standing()
    return {
        "run": str(run.folder),
        "sheetRow": row.row.sheet_row,
        "cells": dict(zip(run.columns, row.row.cells, strict=True)),
        "request": _request(run, row.row, wire, _mark(row)) if row.row.want else None,
        "faults": [fault.text for fault in row.row.faults],
        "exchanges": list(_exchanges(row)),
        "ended": _outcome(state, run.kind.columns.id_column, _settled_at(row)),
        "meaning": _meaning(state, catalogue),
        "format": form.media_type,
    }


def _mark(row: RowHistory) -> str:
    """The mark that the creates of a row carry."""
    state = row.row.state
    ended = state.facts if isinstance(state, Outcome) else state or Standing()
    return next((each.mark for each in (ended, *(standing for _, standing, _ in row.exchanges)) if each.mark), "")


def _request(run: "Run", row: JournalRow, wire: str, mark: str) -> str:
    """The create as it is sent, the token masked."""
    form = BY_NAME[wire]
    assert row.want  # noqa: S101 - asked by the caller
    messages = run.kind.messages
    body = form.dumps(messages.root, messages.create(row.want, mark)).decode()
    lines = (
        f"POST {run.manifest.server}/{messages.path} HTTP/1.1",
        f"Accept: {form.media_type}",
        "Authtoken: ***",
        f"Content-type: {form.media_type}",
        "",
        clean(body.replace("\n", "")),
    )
    return "\n".join(lines)


def _exchanges(row: RowHistory) -> Iterator[dict[str, Any]]:
    """All exchanges of a row, with the look by which it was found: that is stored as its outcome alone.

    A look that a stopped run has not made any more is none.
    """
    made = [each for each in row.exchanges if each[2] is None or each[2].tried or each[1].step is Step.ACT]
    ended = row.row.state if isinstance(row.row.state, Outcome) else None
    if ended and (look := _finding_look(ended)) and all(each[2] is None or each[2].at != look.at for each in made):
        later = len(list(takewhile(lambda each: each[1].target, reversed(made))))  # of a rollback
        made.insert(len(made) - later, (_began(look), Standing(step=Step.LOOK), look))
    following = [standing for _, standing, _ in made[1:]]
    for (at, standing, verdict), after in zip_longest(made, following):
        if verdict:
            yield _exchange(_began(verdict) or at, standing, verdict, _described(standing, verdict))
        elif after is None and ended and ended.reply.error_code == 0:
            yield _exchange(_began(ended) or at, standing, None, "sent; its answer ended the row, as below")
        else:
            yield _exchange(at, standing, None, _unsaid(standing, after))


def _finding_look(ended: Outcome) -> Verdict | None:
    """The look that has ended a row which is done; None if that was the answer to its create, or in an earlier run.

    Only the answer to a create has an errorCode.
    """
    if not ended.status.done or ended.carried or not ended.http_status or ended.reply.error_code is not None:
        return None
    return Verdict(
        end=End.ANSWERED,
        reply=Reply(id=ended.reply.id),
        http_status=ended.http_status,
        at=ended.finished_at,
        seconds=ended.seconds,
    )


def _unsaid(standing: Standing, after: Standing | None) -> str:
    """What is told of an act without a verdict of its own, by where its row stood before it and at what follows."""
    if after is None:
        return "sent; its answer is not known"
    if after.target and not standing.target:
        ended = "what came of it" if after.ever_in_doubt else "its answer"
        return f"sent; {ended} ended the row, which was then to be deleted"
    if after.lost and not standing.lost:
        return f"sent; it was answered with id {after.lost}, which nothing of this name has"
    return "sent; its answer was not written down, and what follows tells what came of it"


def _began(ended: Outcome | Verdict) -> float:
    """When the exchange left that has ended so; its intent is stored before it waits for its turn. 0 if not known."""
    at = ended.finished_at if isinstance(ended, Outcome) else ended.at
    return max(at - ended.seconds, 0.0)


def _exchange(at: float, standing: Standing, verdict: Verdict | None, told: str) -> dict[str, Any]:
    """When an exchange began, what it was, and how it ended, as far as the journal knows."""
    steps = {Step.ACT: "delete" if standing.target else "create", Step.LOOK: "look-up", Step.ASK: "look-up by id"}
    return {
        "at": _moment(at),
        "step": steps[standing.step],
        "told": told,
        "httpStatus": verdict.http_status if verdict else None,
        "end": verdict.end if verdict else None,
    }


def _described(standing: Standing, verdict: Verdict) -> str:
    """How an exchange ended, in words."""
    if not verdict.tried:
        return f"not sent: {clean(verdict.why)}"
    http, why = f"HTTP {verdict.http_status}" if verdict.http_status else "", clean(verdict.why)
    words = [str(verdict.end), "" if why.startswith(http) else http, why]
    if standing.step is not Step.ACT and verdict.end == "answered":
        found = f"found with id {verdict.reply.id}" if verdict.reply.id else ""
        words += [found or clean(verdict.reply.elsewhere) or "not there", *_marks(standing, verdict.reply)]
    else:
        words.append(_server_words(verdict.reply))
    words.append(f"{verdict.seconds:.3f} s")
    return ", ".join(dict.fromkeys(filter(None, words)))


def _marks(standing: Standing, reply: Reply) -> Iterator[str]:
    """What the marks say that were read."""
    for number, mark in reply.marks:
        if not mark:
            if standing.mark:  # else none was to be expected
                yield f"id {number} bears no mark"
        elif same_mark(mark, standing.mark):
            yield f"id {number} bears the row's own mark"
        else:
            yield f"id {number} bears another mark: {clean(mark)}"


def _server_words(reply: Reply) -> str:
    if reply.error_code is None:
        return ""
    return clean(f"errorCode {reply.error_code} {reply.error_string}".strip())


def _settled_at(row: RowHistory) -> float:
    """When the look ended that let a refusal stand; 0 if that is not known, or the row was not refused."""
    at, _, verdict = row.exchanges[-1] if row.exchanges else (0.0, None, None)
    state = row.row.state
    refused = isinstance(state, Outcome) and state.status is Status.REJECTED
    return at + verdict.seconds if refused and verdict else 0.0


def _outcome(ended: Outcome | Standing, id_column: str, settled_at: float) -> dict[str, Any]:
    if isinstance(ended, Standing):
        return {"at": "now", "status": "in doubt" if ended.unsettled else "not finished"}
    return {
        "at": _moment(max(ended.finished_at, settled_at)),
        "status": str(ended.status),
        "errorCode": ended.reply.error_code,
        "errorString": ended.reply.error_string,
        id_column: ended.reply.id or None,
        "attempts": ended.attempts,
        "httpStatus": ended.http_status,
        "seconds": round(ended.seconds, 3),
        "evidence": _EVIDENCE[ended.evidence] if ended.status.done else None,
        "note": ended.note,
    }


def _meaning(ended: Outcome | Standing, catalogue: Catalogue) -> dict[str, str]:
    """What the catalogue knows of the error of a row that is not done."""
    if isinstance(ended, Standing) or ended.status.done:
        return {}
    reply = ended.reply
    code, http = reply.error_code or None, None if reply.error_code else ended.http_status
    entry = catalogue.find(code, http, clean(reply.error_string or ended.note))
    return {"means": entry.meaning, "rerun": entry.rerun, "edit": entry.edit} if entry else {}


def _moment(at: float) -> str:
    """A time as ISO 8601 with the local offset; a row that was invalid from the start has none."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds") if at else "before the run"
