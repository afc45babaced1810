"""What becomes of rows, written down: in the journal, in the counts, in the log, and among the ids that rows have.

The pipeline makes exchanges and asks `lifecycle` what comes next; it tells that here.
"""

from dataclasses import replace

from bulkprov.engine import absence, lifecycle
from bulkprov.engine.evidence import amended
from bulkprov.engine.model import End, Outcome, Reply, Row, Standing, Status, Verdict
from bulkprov.engine.parts import Parts
from bulkprov.engine.wanted import folded
from bulkprov.errors import ExitCode, Stop

__all__ = ["Recorder"]


class Recorder:
    """Where the pipeline tells what became of a row."""

    def __init__(self, parts: Parts) -> None:
        """Use these parts."""
        self._operation, self._journal, self._log = parts.operation, parts.journal, parts.log
        self._tally, self._ids, self._id = parts.tally, parts.ids, parts.id_name
        self._error_budget, self._stopping, self._clock = parts.error_budget, parts.stopping, parts.clock
        self._refused: set[int] = set()
        """Numbers of the rows that were refused and have no outcome yet."""

    def went_on(self, row: Row, nr: int, verdict: Verdict, decided: Standing) -> None:
        """Store and log an exchange whose row goes on. A first look that found nothing is in the next intent."""
        if nr:
            self._journal.ended(nr, verdict)
            if decided.refusal and self._operation.creates:
                self._refused.add(row.number)
                self._tally.refused += 1
                self._check_error_budget()
        elif self._operation.keeps_looks and not (
            decided.absent_before_send and absence.is_first_look(row.standing) and verdict.end is End.ANSWERED
        ):
            self._journal.looked(row, verdict)
        if verdict.end is not End.ANSWERED:
            self._log.warning(
                f"{row.standing.step}.{'doubted' if verdict.end is End.IN_DOUBT else 'not_taken'}",
                row=row.sheet_row,
                httpStatus=verdict.http_status,
                why=verdict.why,
            )

    def left(self, row: Row, standing: Standing, verdict: Verdict) -> None:
        """Log a row that no look could settle; it stays as its last exchange left it.

        One that a rollback could not even ask about stays as it was reported, with a note.
        """
        status, why = lifecycle.provisional_status(standing), standing.unsure or verdict.why
        self._log.warning("row.left", row=row.sheet_row, status=status, why=why)
        if self._operation.undoes and row.reported and not standing.sends:
            why = why or "its list and its id do not agree"
            note = f"not rolled back: whether it is there could not be told: {why}"
            news = Outcome(status=Status.AS_REPORTED, note=note, facts=row.reported.facts)
            self._journal.finish(row, amended(row.reported, news))

    def ended(self, row: Row, outcome: Outcome, verdict: Verdict, *, stored: bool = False) -> None:
        """Store what became of a row, as far as it is new.

        Args:
            row: as it was before its last exchange.
            outcome: what became of it.
            verdict: of that exchange.
            stored: whether that is stored already, by `went_on`.
        """
        ended = outcome
        if self._operation.amends and outcome.status is Status.GONE:
            self._log.warning("row.reopened", row=row.sheet_row, why=outcome.note)
            lost = replace(verdict, end=End.IN_DOUBT, reply=Reply(), why=outcome.note)
            self._journal.reopen(replace(row, standing=outcome.facts), lost)
        elif self._operation.amends and (outcome.status is Status.AS_REPORTED or _settles(row, outcome)):
            if row.reported:
                ended = amended(row.reported, outcome)
                self._amend(row, ended, changed=ended != row.reported)
        else:
            if not stored and row.standing.refusal and outcome.status is Status.REJECTED:
                self._journal.looked(row, verdict)  # the outcome has the refusal, and nothing of the look after it
            self._journal.finish(row, outcome)
            self._log_end(row, outcome)
        if ended.status.done and ended.reply.id:
            self._know(row, ended.reply.id)
        self._tally.statuses[outcome.status] += 1
        if row.number in self._refused:
            self._refused.discard(row.number)
            self._tally.refused -= outcome.status is not Status.REJECTED
        if outcome.status is Status.FAILED:
            self._check_error_budget()

    def confirmed(self, row: Row) -> None:
        """Count a row that stands just as it was reported: nothing of it is new."""
        self._know(row, row.standing.target)
        self._tally.statuses[Status.AS_REPORTED] += 1

    def _know(self, row: Row, number: int) -> None:
        """A row's thing is there under this id."""
        self._ids.report(number)
        # now: when an exchange of an earlier process ended is a time of its clock, which may have been set since
        self._ids.testify(folded(row.want.scope), number, self._clock())

    def _amend(self, row: Row, ended: Outcome, *, changed: bool) -> None:
        """Store a row as it was reported, with what is new of it; or to say that its act has come to its end."""
        if changed or row.standing.sends:
            self._log.info("row.amended", row=row.sheet_row, note=ended.note)
            self._journal.finish(row, ended)

    def _log_end(self, row: Row, outcome: Outcome) -> None:
        if row.standing.untroubled and outcome.status.done:
            # A success is in the journal already; a million such lines would only fill the log.
            self._log.debug("row.finished", row=row.sheet_row, status=outcome.status, **{self._id: outcome.reply.id})
            return
        self._log.info(
            "row.finished",
            row=row.sheet_row,
            status=outcome.status,
            errorCode=outcome.reply.error_code,
            attempts=outcome.attempts,
            seconds=round(outcome.seconds, 3),
            **{self._id: outcome.reply.id},
        )

    def _check_error_budget(self) -> None:
        if reason := self._error_budget(self._tally):
            self._stopping.stop(Stop(reason, ExitCode.STOPPED))


def _settles(row: Row, outcome: Outcome) -> bool:
    """Whether an outcome only says whose the thing is that was reported of a row."""
    return outcome.status.done and bool(row.standing.target)
