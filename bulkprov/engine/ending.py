"""How a row ends: its outcome, made of where it stood and of the verdict that decided it. Pure."""

from bulkprov.engine.model import Outcome, Standing, Status, Verdict

__all__ = ["outcome"]


def outcome(status: Status, standing: Standing, verdict: Verdict, note: str = "", *, ours: bool = False) -> Outcome:
    """The end of a row, with the words of the verdict that decided it."""
    return Outcome(
        status=status,
        reply=verdict.reply,
        attempts=standing.sends,
        http_status=verdict.http_status,
        seconds=verdict.seconds,
        finished_at=verdict.at,
        note=_note(note, verdict, refused=status is Status.REJECTED),
        ours=ours,
    )


def _note(note: str, verdict: Verdict, *, refused: bool) -> str:
    warning = verdict.reply.warning
    if not (refused or warning):
        return note
    return "; ".join(filter(None, (note, verdict.why if refused else "", warning and f"the server warns: {warning}")))
