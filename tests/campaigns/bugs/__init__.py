"""Deliberate bugs, each of which a test must notice; by the part of the package that they are put into."""

from typing import Final

from tests.campaigns.bugs import commvault, deciding, journal_and_runs, marking, probing, working

__all__ = ["BUGS"]

BUGS: Final = (*commvault.BUGS, *deciding.BUGS, *marking.BUGS, *working.BUGS, *journal_and_runs.BUGS, *probing.BUGS)
