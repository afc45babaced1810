"""Whether the suite has teeth: deliberate bugs, each put into a copy of the package, each of which must fail a test.

A bug is a change of a few words in one file. The tests that should bite are named with it, so that a campaign takes
minutes; they are run first without any bug, since a test that fails anyway proves nothing::

    python -m tests.campaigns.teeth
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["BUGS", "Bug", "apply"]

ROOT: Final = Path(__file__).parents[2]
_LONG: Final = 60.0


@dataclass(frozen=True, slots=True)
class Bug:
    """A few words changed."""

    name: str
    file: str
    """Below the package."""
    right: str
    wrong: str
    tests: str
    """Which must notice."""


BUGS: Final = (
    Bug(
        "a redirect is followed",
        "commvault/transport.py",
        "allow_redirects=False",
        "allow_redirects=True",
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "a lost connection is taken for one that never was, so that the create is sent again blind",
        "commvault/transport.py",
        'Failure(Break.AFTER, "the connection was lost',
        'Failure(Break.BEFORE, "the connection was lost',
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "no answer in time is taken for no connection",
        "commvault/transport.py",
        'Failure(Break.AFTER, f"no answer within',
        'Failure(Break.BEFORE, f"no answer within',
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "what is not HTTP counts as not sent, because aiohttp calls it status 400",
        "commvault/transport.py",
        'Failure(Break.AFTER, "the answer is not HTTP")',
        'Failure(Break.BEFORE, "the answer is not HTTP")',
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "answers are read whatever their length",
        "commvault/transport.py",
        "if len(body) <= cap:",
        "if len(body) <= cap + (1 << 40):",
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "a certificate that is not trusted is tried again for every row",
        "commvault/transport.py",
        "return Failure(Break.UNTRUSTED",
        "return Failure(Break.BEFORE",
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "packed answers are unpacked whatever they become",
        "commvault/transport.py",
        "auto_decompress=False",
        "auto_decompress=True",
        "tests/commvault/test_transport.py",
    ),
    Bug(
        "errorCode 0 is a success without an id",
        "commvault/classify.py",
        "(reply.id > 0 or not gives_id)",
        "(reply.id >= 0 or not gives_id)",
        "tests/commvault/test_classify.py tests/engine/test_lifecycle.py",
    ),
    Bug(
        "5xx counts as not taken",
        "commvault/classify.py",
        "return Verdict(end=End.IN_DOUBT, http_status=status, why=named, retry_after=pause, may_still_run",
        "return Verdict(end=End.NOT_TAKEN, http_status=status, why=named, retry_after=pause, may_still_run",
        "tests/commvault/test_classify.py",
    ),
    Bug(
        "a redirect stops nobody",
        "commvault/classify.py",
        "http_status=status, why=why, halt=why)",
        "http_status=status, why=why)",
        "tests/commvault/test_classify.py",
    ),
    Bug(
        "doubt is forgotten before the next create",
        "engine/lifecycle.py",
        "_ready_to_act(standing.sends, standing.ever_in_doubt, absent",
        "_ready_to_act(standing.sends, False, absent",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "one look-up that finds nothing permits the next create, however early it was",
        "engine/absence.py",
        "    return verdict.at - verdict.seconds < settled_at(standing, policy)",
        "    return verdict.at < 0",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "a refusal is final even after a doubt",
        "engine/absence.py",
        "reply.not_created and standing.absent_before_send and not standing.ever_in_doubt",
        "reply.not_created and standing.absent_before_send",
        "tests/engine/test_absence.py tests/engine/test_lifecycle.py",
    ),
    Bug(
        "what may be the set is taken for absent at the first look",
        "engine/lifecycle.py",
        "        if verdict.reply.unsure:",
        "        if False:",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "what may be the set is taken for absent after a doubt",
        "engine/lifecycle.py",
        "if words := may_be_it(standing, verdict.reply):",
        "if words := '':",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "a set that appeared since is another one, since its agent is",
        "engine/absence.py",
        "if set(reply.others) - set(standing.others) else",
        "if False else",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "the ids of the first look are not stored",
        "journal/codec.py",
        '_NOT_STORED: Final = frozenset({"listing"})',
        '_NOT_STORED: Final = frozenset({"listing", "others"})',
        "tests/engine/test_lifecycle.py tests/journal/test_codec.py",
    ),
    Bug(
        "agents are known by their names alone",
        "commvault/identity.py",
        "_BY_ID.get(application_id)",
        "_BY_ID.get(0)",
        "tests/commvault/test_identity.py",
    ),
    Bug(
        "an agent that is not known is another one",
        "commvault/identity.py",
        "return Match.OTHER if entry.app in _FAMILIES and app in _FAMILIES else Match.UNSURE",
        "return Match.OTHER",
        "tests/commvault/test_identity.py",
    ),
    Bug(
        "a set with a display name for its client is another client's",
        "commvault/backupset.py",
        "- {None}) <= 1:",
        "- {None}) <= 0:",
        "tests/commvault/test_identity.py",
    ),
    Bug(
        "any refusal is believed at once",
        "engine/absence.py",
        "certain = standing.refusal.reply.not_created and",
        "certain =",
        "tests/engine/test_absence.py tests/engine/test_lifecycle.py",
    ),
    Bug(
        "a refusal under HTTP 500 is no answer",
        "commvault/classify.py",
        "if verdict and not (reply.error_code and",
        "if verdict and not (False and",
        "tests/commvault/test_classify.py",
    ),
    Bug(
        "a row that was refused is rejected although no list could be had",
        "engine/lifecycle.py",
        "if verdict.end is not End.ANSWERED or not verdict.reply.sure or not said_to_exist(standing):",
        "if False:",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "an answer without a list says that nothing is there",
        "engine/absence.py",
        "return not verdict.reply.sure and (",
        "return False and (",
        "tests/engine/test_lifecycle.py",
    ),
    Bug(
        "an act whose end nobody knows was never begun",
        "engine/lifecycle.py",
        "return _put_in_doubt(standing, Verdict(end=End.IN_DOUBT, may_still_run=True, at=at))",
        "return standing",
        "tests/engine/test_lifecycle.py tests/journal/test_view.py",
    ),
    Bug(
        "commits do not wait for the disk",
        "journal/sqlite.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = NORMAL",
        "tests/journal/test_power_loss.py tests/journal/test_store.py",
    ),
    Bug(
        "two processes may work on one run",
        "journal/sqlite.py",
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA locking_mode = NORMAL",
        "tests/journal/test_store.py",
    ),
    Bug(
        "rows are loaded one by one, so that a death leaves half of them",
        "journal/sqlite.py",
        'self.connection.execute("BEGIN IMMEDIATE")\n            with',
        "with",
        "tests/journal/test_intake.py",
    ),
    Bug(
        "a row that repeats another is sent as well",
        "journal/intake.py",
        "        refuse_repeats(db, kind.noun)\n",
        "",
        "tests/journal/test_duplicates.py",
    ),
    Bug(
        "an intent is not waited for",
        "journal/group_commit.py",
        "        await self._next_commit()\n        return nr",
        "        return nr",
        "tests/journal/test_group_commit.py",
    ),
    Bug(
        "a journal that cannot be written stops nobody",
        "journal/group_commit.py",
        "        self._failed(error)\n",
        "",
        "tests/journal/test_group_commit.py",
    ),
    Bug(
        "what ended when the disk was full is dropped",
        "journal/group_commit.py",
        "self._batch.outcomes[:0] = batch.outcomes",
        "pass",
        "tests/journal/test_group_commit.py",
    ),
    Bug(
        "an error in one row ends all others",
        "engine/pipeline.py",
        "except Exception:",
        "except StopAsyncIteration:",
        "tests/engine/test_pipeline.py",
    ),
    Bug(
        "a row that waits keeps its worker",
        "engine/pipeline.py",
        "if self._waiting <= MAX_WAITING:",
        "if self._waiting < 0:",
        "tests/engine/test_pipeline.py",
    ),
    Bug(
        "what hangs is waited for when the run is stopped",
        "engine/pipeline.py",
        "stopping.on_stop(self._set_deadline)",
        "stopping.on_stop(list)",
        "tests/engine/test_pipeline.py",
    ),
    Bug(
        "a server that asks to be left alone is asked by the others",
        "engine/throttle/gate.py",
        "        if verdict.retry_after:",
        "        if verdict.retry_after > 1e9:",
        "tests/engine/throttle/test_gate.py",
    ),
    Bug(
        "a silent server is sent every row",
        "engine/throttle/circuit.py",
        "            self.closed.clear()\n",
        "",
        "tests/engine/throttle/test_circuit.py",
    ),
    Bug(
        "one more exchange than there are slots",
        "engine/throttle/slots.py",
        "free = self._held < self._size and not self._waiting",
        "free = self._held <= self._size and not self._waiting",
        "tests/engine/throttle/test_gate.py tests/engine/throttle/test_slots.py",
    ),
    Bug(
        "a look after a refusal waits until nothing else does",
        "engine/throttle/gate.py",
        "Priority.SETTLE if settles else",
        "Priority.READ if settles else",
        "tests/engine/throttle/test_gate.py",
    ),
    Bug(
        "a set that was just made is gone, since the list is late",
        "engine/operations.py",
        "return is_first_look(standing) and too_early(standing, verdict, policy)",
        "return False",
        "tests/engine/test_operations.py",
    ),
    Bug(
        "the limit learns from reads what creates take",
        "engine/throttle/gate.py",
        "if act is self._learns_from_acts:",
        "if True:",
        "tests/engine/throttle/test_gate.py",
    ),
    Bug(
        "a look-up about now is answered by an older listing",
        "engine/lookups.py",
        "newest.left_at is not None and newest.left_at < asked_after)",
        "newest.left_at is not None and newest.left_at < 0)",
        "tests/engine/test_lookups.py",
    ),
    Bug(
        "a refused log-in is tried again, so that the account is locked",
        "commvault/auth.py",
        "return answer.status < 300 and not self._read(answer)",
        "return not self._read(answer).get('token')",
        "tests/commvault/test_auth.py",
    ),
    Bug(
        "every worker renews the token",
        "commvault/auth.py",
        "if used is self.headers and not self._problem:",
        "if not self._problem:",
        "tests/commvault/test_auth.py",
    ),
    Bug(
        "a token that died costs the row",
        "commvault/webservice.py",
        "for _ in range(_TOKENS):",
        "for _ in range(1):",
        "tests/commvault/test_webservice.py",
    ),
    Bug(
        "a token file that everybody can read is used",
        "commvault/credentials.py",
        "mode & (stat.S_IRWXG | stat.S_IRWXO)",
        "mode & 0",
        "tests/commvault/test_credentials.py",
    ),
    Bug(
        "secrets are logged",
        "runs/mask.py",
        "        if not secret:\n            return",
        "        if secret:\n            return",
        "tests/runs/test_log.py tests/runs/test_mask.py",
    ),
    Bug(
        "control characters of the server reach the terminal",
        "text.py",
        "    if text.isprintable():\n        return text",
        "    if text:\n        return text",
        "tests/test_text.py",
    ),
    Bug(
        "of a key that stands twice the last one counts",
        "wire.py",
        "object_pairs_hook=",
        "object_pairs_hook=None and ",
        "tests/test_wire.py",
    ),
    Bug(
        "a rollback deletes whatever has the name by now",
        "engine/operations.py",
        "if reply.id == standing.target:\n        return _still_there",
        "if reply.id:\n        return _still_there",
        "tests/engine/test_operations.py",
    ),
)


def apply(bug: Bug, package: Path) -> str:
    """Put a bug in; empty, or why it cannot be done: the file has been edited since, and so must this list be."""
    path = package / bug.file
    text = path.read_text("utf-8")
    if text.count(bug.right) != 1:
        return f"{bug.name}: {bug.file} has these words {text.count(bug.right)} times: {bug.right}"
    path.write_text(text.replace(bug.right, bug.wrong), "utf-8")
    return ""


def _copy(to: Path) -> None:
    """What is needed to run tests."""
    ignored = shutil.ignore_patterns("__pycache__", ".*", "reports")
    for name in ("bulkprov", "tests", "inputs"):
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, to)


def _passes(folder: Path, tests: str) -> bool:
    """Whether these tests pass there, in a time that is long for them: a test that hangs has noticed something."""
    options = ["-x", "-q", "-p", "no:cacheprovider", "-n", "0"]  # a few quick tests, and bugs go side by side already
    command = [sys.executable, "-m", "pytest", *options, *tests.split()]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=_LONG, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def _bites(bug: Bug) -> str:
    """Empty if a test notices the bug; else what is wrong."""
    with tempfile.TemporaryDirectory(prefix="teeth-") as folder:
        _copy(Path(folder))
        problem = apply(bug, Path(folder) / "bulkprov")
        return problem or (f"{bug.name}: no test of {bug.tests} noticed" if _passes(Path(folder), bug.tests) else "")


def main() -> int:
    """Put in each bug and say which were noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only bugs whose name has these words")
    given = parser.parse_args()
    bugs = [bug for bug in BUGS if given.only in bug.name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="teeth-") as folder:
        _copy(Path(folder))
        if not _passes(Path(folder), " ".join(sorted({test for bug in bugs for test in bug.tests.split()}))):
            sys.stdout.write("the tests fail without any bug; mend that first\n")
            return 2
    with ThreadPoolExecutor(given.jobs) as workers:
        problems = []
        for bug, problem in zip(bugs, workers.map(_bites, bugs), strict=True):
            sys.stdout.write(f"{'MISSED ' if problem else 'noticed'}  {bug.name}\n")
            sys.stdout.flush()
            problems += [problem] if problem else []
    bitten = len(bugs) - len(problems)
    sys.stdout.write(
        "\n".join([f"{bitten} of {len(bugs)} bugs were noticed, {time.monotonic() - began:.0f} s", *problems]) + "\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
