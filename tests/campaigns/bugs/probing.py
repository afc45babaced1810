"""Bugs in a probe: what it deletes, what it believes, what it lets others see."""

from typing import Final

from tests.campaigns.bugs.bug import Bug

__all__ = ["BUGS"]

BUGS: Final = (
    Bug(
        "whatever has an id that a create was answered with is deleted",
        "probe/scratch.py",
        "        if not self.is_own(own):\n",
        "        if own is None:\n",
        "tests/probe/test_scratch.py",
    ),
    Bug(
        "a set that was there before is the probe's if its name says so",
        "probe/scratch.py",
        "return listed.id not in self.left.before and (cut or",
        "return (cut or",
        "tests/probe/test_scratch.py",
    ),
    Bug(
        "another's set that a read shows is no reason to stop",
        "probe/trials.py",
        'if look.form == "set" and not (look.set and self.scratch.is_own(look.set)):',
        'if look.form == "sets":',
        "tests/probe/test_trials.py tests/probe/test_clean_up.py",
    ),
    Bug(
        "a create is written down when it is answered",
        "probe/scratch.py",
        "        self._diary.creates(want.name)\n        intent = Intent(name=want.name)",
        "        intent = Intent(name=want.name)",
        "tests/probe/test_scratch.py",
    ),
    Bug(
        "what no list and no read shows is gone at once",
        "probe/clean_up.py",
        'return "" if number in scratch.deleted or last else',
        'return "" if last in (True, False) else',
        "tests/probe/test_clean_up.py",
    ),
    Bug(
        "a list that lacks what was there before is believed",
        "probe/sets.py",
        "elif before and not before & sets.keys():",
        "elif before and not before:",
        "tests/probe/test_sets.py tests/probe/test_clean_up.py",
    ),
    Bug(
        "a create without an answer is forgotten when its set is not listed",
        "probe/clean_up.py",
        "if not left and not unanswered:",
        "if not left:",
        "tests/probe/test_execute.py",
    ),
    Bug(
        "a diary with any prefix is believed",
        "probe/diary.py",
        "if left.server and not _PREFIX.fullmatch(left.prefix):",
        "if left.server is None:",
        "tests/probe/test_diary.py",
    ),
    Bug(
        "a probe that only reads cleans up",
        "probe/execute.py",
        "            if not self._asked.makes:\n",
        "            if self._asked.makes is None:\n",
        "tests/probe/test_execute.py",
    ),
    Bug(
        "six sets are made",
        "probe/trials.py",
        "self.scratch.made_in_all >= _MOST_SETS",
        "self.scratch.made_in_all > _MOST_SETS",
        "tests/probe/test_trials.py",
    ),
    Bug(
        "requests leave as fast as they are answered",
        "probe/server.py",
        "self._next = self.clock() + self._pace",
        "self._next = self.clock()",
        "tests/probe/test_server.py",
    ),
    Bug(
        "the findings keep all names",
        "probe/execute.py",
        "probed.findings = without_names(findings, hidden, log.masked)",
        "probed.findings = findings",
        "tests/probe/test_execute.py",
    ),
    Bug(
        "words are cut before names are taken out",
        "probe/findings.py",
        'each.name == "version" else _cut(hidden.without(words))',
        'each.name == "version" else hidden.without(_cut(words))',
        "tests/probe/test_findings.py",
    ),
    Bug(
        "a client without a display name is the one that is called nothing",
        "probe/reads.py",
        "    if not plain(wanted):",
        "    if wanted is None:",
        "tests/probe/test_reads.py",
    ),
)
