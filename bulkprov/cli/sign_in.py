"""How the jobs of one command sign in: asked for once, and with one log-in for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bulkprov.cli.signing_in import ask_for
from bulkprov.commvault.auth import OpenSession
from bulkprov.commvault.credentials import Credentials
from bulkprov.errors import BulkprovError, ServerError
from bulkprov.runs.connect import credentials_for, end_session
from bulkprov.runs.execute import drive
from bulkprov.runs.job import Job
from bulkprov.settings import Access

__all__ = ["SignIn"]


@dataclass(slots=True)
class SignIn:
    """The credentials of a command, and the session that its jobs leave to each other."""

    credentials: Credentials | None = None
    session: OpenSession | None = None

    def prepared(self, access: Access, *, more: bool) -> Credentials:
        """The credentials; asked for the first time.

        Args:
            access: of the run.
            more: whether there is more than one job, so that the session is left to the next one.
        """
        if self.credentials is None:
            self.credentials = credentials_for(access, ask_for(access))
            if more and self.credentials.username and not access.simulate:
                self.session = OpenSession(lasting=True)
        return self.credentials

    @contextmanager
    def ended_with(self, job: Job) -> Iterator[None]:
        """End the session if the work on a job raises something: then no further job comes."""
        try:
            yield
        except BulkprovError:
            self.end(job)
            raise

    def end(self, job: Job) -> None:
        """End the session that was left for a job which is not to come."""
        if self.session and self.session.token:
            self.session.lasting = False
            with suppress(ServerError):  # it expires by itself, and what the jobs did is to be told
                drive(end_session(job.access, job.credentials, self.session, job.log))
