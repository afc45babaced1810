"""What becomes of a create, an update or a delete: done, or refused in the words of the settings."""

from dataclasses import dataclass
from typing import Final, Literal

from bulkprov.simulator.settings import Reason, Refusal, SimulatorSettings

__all__ = ["Refusals", "WriteResult"]

_SUCCESS: Final = 0  # DOCUMENTED: rest_api_post_backup_set.html, errorCode "0, successful completion"
_FAILURE: Final = 2  # DOCUMENTED: same page, errorCode "2, a failure"; RECORDED: business-error-500.json
_DB_ERROR: Final = 1  # DOCUMENTED: same page, second sample reply: an invalid client name

_DEFAULTS: Final[dict[Reason, tuple[int, str]]] = {
    "unknown-client": (_DB_ERROR, "DB error: please refer to logs for more details."),  # DOCUMENTED: same sample
    "unknown-agent": (_FAILURE, "Application [{}] is not valid."),
    "unknown-instance": (_FAILURE, "Instance [{}] of [{}] not found."),
    "unknown-plan": (_FAILURE, "Plan [{}] not found."),
    "empty-name": (_FAILURE, "Backup set name is empty."),
    "long-name": (_FAILURE, "Backup set name is longer than {} characters."),
    "default-set": (_FAILURE, "The default backup set cannot be deleted."),
    "no-such-set": (_FAILURE, "Backup set not found."),
}
"""Code and text of each refusal; the texts are a GUESS where no mark is beside them. See `Refusals` for a duplicate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """The result of a create, an update or a delete."""

    error_code: int = _SUCCESS
    error_string: str = ""
    set_id: int = 0
    """The id of the backup set that was created or updated, or 0."""
    client_id: int = 0
    app_id: int = 0
    duplicate: bool = False
    """Whether the set existed already, so that it was refused or, by an idempotent server, answered with its id."""
    status: int = 200
    """The HTTP status."""
    shape: Literal["response", "top"] = "response"
    """Where a refusal stands; see `Refusal`."""


class Refusals:
    """How one CommServe refuses."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Statuses, codes and texts come from the settings.

        RECORDED: a refusal under HTTP 500 has its errorCode and errorMessage at the top level, and so has a duplicate
        under HTTP 409, though that is of another call (business-error-500.json, duplicate-409.json). What a CommServe
        answers for a backup set that exists is not known, hence the settings.
        """
        self._given = settings.refusals
        self._status = settings.refusal_status
        self._recorded = settings.replies == "recorded"
        status = settings.refusal_status if settings.duplicate_status == 200 else settings.duplicate_status
        self._duplicate = self._refusal(status, settings.duplicate_code, settings.duplicate_text)

    def _refusal(self, status: int, code: int, text: str) -> Refusal:
        return Refusal(status, code, text, "top" if self._recorded and status != 200 else "response")

    def of(self, reason: Reason, about: WriteResult, *words: object) -> WriteResult:
        """The result of what is refused for that reason.

        Args:
            reason: decides about code and text.
            about: has the ids that the reply names.
            words: what the text quotes.
        """
        refusal = self._given.get(reason)
        if refusal is None and reason == "duplicate":
            refusal = self._duplicate
        elif refusal is None:
            code, text = _DEFAULTS[reason]
            refusal = self._refusal(self._status, code, text.format(*words))
        return WriteResult(
            error_code=refusal.code,
            error_string=refusal.text,
            client_id=about.client_id,
            app_id=about.app_id,
            duplicate=reason == "duplicate",
            status=refusal.status,
            shape=refusal.shape,
        )
