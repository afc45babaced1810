"""How a row ends: its outcome, made of where it stood and of the verdict that decided it. Pure."""

from bulkprov.engine.evidence import inherited
from bulkprov.engine.model import Evidence, Outcome, Standing, Status, Verdict

__all__ = ["outcome"]


def outcome(
    status: Status,
    standing: Standing,
    verdict: Verdict,
    note: str = "",
    *,
    evidence: Evidence = Evidence.NONE,
    attempts: int | None = None,
) -> Outcome:
    """The end of a row, with the words of the verdict that decided it.

    Args:
        status: how it ends.
        standing: before that.
        verdict: what decided it.
        note: what the operator should know.
        evidence: whether this run made the thing.
        attempts: acts that may have reached the server, if they are not those of the standing.
    """
    return Outcome(
        status=status,
        reply=verdict.reply,
        attempts=standing.sends if attempts is None else attempts,
        http_status=verdict.http_status,
        seconds=verdict.seconds,
        finished_at=verdict.at,
        note=_note(note, verdict, standing.warning, refused=status is Status.REJECTED),
        evidence=evidence,
        facts=inherited(standing),
    )


def _note(note: str, verdict: Verdict, earlier: str, *, refused: bool) -> str:
    """The note, with what the server warned of beside the answer that decided the row, or beside its last act."""
    warning = verdict.reply.warning or earlier
    if not (refused or warning):
        return note
    return "; ".join(filter(None, (note, verdict.why if refused else "", warning and f"the server warns: {warning}")))
