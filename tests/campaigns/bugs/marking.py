"""Bugs in marks: how they are minted, stored, sent, read back and believed."""

from typing import Final

from tests.campaigns.bugs.bug import Bug

__all__ = ["BUGS"]

BUGS: Final = (
    Bug(
        "a mark is not stored with the intent",
        "engine/pipeline.py",
        "                row = self._exchanges.marked(row)\n"
        "                nr = await self._journal.begin(row, self._ids.highest)\n",
        "                nr = await self._journal.begin(row, self._ids.highest)\n"
        "                row = self._exchanges.marked(row)\n",
        "tests/engine/test_pipeline.py",
    ),
    Bug(
        "a mark is minted anew for each create",
        "engine/exchanges.py",
        "if self._mint is None or row.standing.mark or not self._operation.creates:",
        "if self._mint is None or not self._operation.creates:",
        "tests/engine/test_pipeline.py",
    ),
    Bug(
        "a mark is stored and not sent",
        "engine/exchanges.py",
        "return await self._service.create(row.want, leaves, row.standing.mark)",
        "return await self._service.create(row.want, leaves)",
        "tests/engine/test_pipeline.py",
    ),
    Bug(
        "the mark of another create is taken for ours",
        "engine/marks.py",
        "return one.casefold() == other.casefold()",
        "return bool(one and other)",
        "tests/engine/test_marks.py tests/engine/test_evidence.py",
    ),
    Bug(
        "a mark is known by its run and row",
        "engine/marks.py",
        "return one.casefold() == other.casefold()",
        'return one.casefold().rpartition(" ")[0] == other.casefold().rpartition(" ")[0]',
        "tests/engine/test_marks.py tests/engine/test_evidence.py",
    ),
    Bug(
        "a mark that was cut is one",
        "engine/marks.py",
        "[0-9a-f]{{{_BITS // 4}}}(?!",
        "[0-9a-f]{{1,{_BITS // 4}}}(?!",
        "tests/engine/test_marks.py",
    ),
    Bug(
        "of several marks the first one counts",
        "engine/marks.py",
        "return found[-1] if found",
        "return found[0] if found",
        "tests/engine/test_marks.py",
    ),
    Bug(
        "what bears no mark is not ours",
        "engine/evidence.py",
        "    if not mark:\n        return Evidence.PERHAPS",
        "    if not mark:\n        return Evidence.NONE",
        "tests/engine/test_evidence.py",
    ),
    Bug(
        "a row without a mark heeds no mark",
        "engine/evidence.py",
        "    if not mark:\n        return Evidence.PERHAPS",
        "    if not (mark and standing.mark):\n        return Evidence.PERHAPS",
        "tests/engine/test_evidence.py",
    ),
    Bug(
        "our mark makes ours what was there before",
        "engine/evidence.py",
        "    if not (standing.left or standing.ever_in_doubt) or was_known(standing, number):",
        "    if not (standing.left or standing.ever_in_doubt) or (was_known(standing, number) and not reply.marks):",
        "tests/engine/test_evidence.py",
    ),
    Bug(
        "a rerun does not know the mark of a row",
        "engine/evidence.py",
        "        mark=standing.mark,\n        marked=standing.marked,\n",
        "        marked=standing.marked,\n",
        "tests/engine/test_evidence.py",
    ),
    Bug(
        "a row in doubt forgets its mark when its process dies",
        "engine/lifecycle.py",
        "        mark=standing.mark,\n        marked=standing.marked,\n",
        "        marked=standing.marked,\n",
        "tests/engine/test_reading.py",
    ),
    Bug(
        "a healthy row forgets its mark",
        "engine/creating.py",
        "noted = standing.left or standing.others or standing.mark or verdict.reply.warning",
        "noted = standing.left or standing.others or verdict.reply.warning",
        "tests/engine/test_reading.py",
    ),
    Bug(
        "what its id denies bears no mark",
        "engine/reading.py",
        "    if mark is None:\n        return None\n",
        '    mark = mark or ""\n',
        "tests/engine/test_reading.py",
    ),
    Bug(
        "the mark of one thing is believed of another",
        "engine/reading.py",
        "marks=(*look.reply.marks, (number, mark))",
        "marks=(*look.reply.marks, (look.reply.id, mark))",
        "tests/engine/test_reading.py",
    ),
    Bug(
        "an audit reads no marks",
        "engine/targets.py",
        "tries_for_mark=lambda policy: policy.inconclusive_looks,\n",
        "tries_for_mark=None,\n",
        "tests/engine/test_targets.py",
    ),
    Bug(
        "a rollback deletes what bears the mark of another create",
        "engine/targets.py",
        "        if of_mark(standing, standing.target, reply) is Evidence.NONE:\n            return _anothers",
        "        if False:\n            return _anothers",
        "tests/engine/test_targets.py",
    ),
    Bug(
        "what an audit says by a mark does not change the status",
        "engine/evidence.py",
        "        status=news.status if settled else reported.status,\n",
        "",
        "tests/engine/test_evidence.py",
    ),
    Bug(
        "a rollback leaves further things that bear the mark of their row",
        "runs/assemble.py",
        "        if job.operation.undoes:\n            await self._undo_further(stopping)",
        "        if job.operation.undoes and job.also_unproven:\n            await self._undo_further(stopping)",
        "tests/runs/test_audit.py",
    ),
    Bug(
        "an empty description in a list is believed",
        "commvault/backupset_replies.py",
        "            if each.mark:",
        "            if True:",
        "tests/commvault/test_backupset_replies.py",
    ),
)
