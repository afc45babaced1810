"""What more can be said of a row that was refused, by lists that were read already: nothing is asked for it.

The list of all scopes is therefore kept when a plan reads it (`reader_of`).
"""

from collections.abc import Awaitable, Callable

from bulkprov.commvault.webservice import WebService
from bulkprov.engine.model import Row, Verdict
from bulkprov.engine.ports import Lookups
from bulkprov.kind import Query
from bulkprov.runs.job import Job

__all__ = ["advice_for", "reader_of"]


def reader_of(job: Job, query: Query, service: WebService) -> Callable[[str], Awaitable[Verdict]]:
    """What gets the list that a query asks for. The list of all scopes is kept for later jobs of the same command."""

    async def read(name: str) -> Verdict:
        verdict = await service.read(query, name)
        if verdict.listing and query is job.run.kind.scopes:
            job.scopes[:] = [verdict.listing]
        return verdict

    return read


def advice_for(job: Job, lookups: Lookups) -> Callable[[Row], str] | None:
    """What says more of the refused rows of a job; None if nothing does.

    Args:
        job: whose rows they are.
        lookups: those of the job, for what is known of a row's own scope.
    """
    if job.run.kind.advice is None:
        return None
    words = job.run.kind.advice()
    return lambda row: words(row.want, next(iter(job.scopes), None), lookups.kept(row.want.scope))
