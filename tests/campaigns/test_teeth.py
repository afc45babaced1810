"""The deliberate bugs of `python -m tests.campaigns.teeth` still fit the code they are to be put into."""

import shutil
from pathlib import Path

from tests.campaigns.teeth import BUGS, ROOT, apply


def test_every_bug_can_be_put_in(tmp_path: Path) -> None:
    """Whoever edits a line that a bug changes has to edit the bug as well."""
    for number, bug in enumerate(BUGS):
        package = tmp_path / str(number)
        (package / bug.file).parent.mkdir(parents=True)
        shutil.copy(ROOT / "bulkprov" / bug.file, package / bug.file)

        assert apply(bug, package) == ""
        compile(
            (package / bug.file).read_text("utf-8"), bug.file, "exec"
        )  # a test that cannot be loaded proves nothing


def test_bugs_are_many_and_each_is_another() -> None:
    """The tests that are to notice are there."""
    assert len(BUGS) >= 100
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert all((ROOT / test).exists() for bug in BUGS for test in bug.tests.split())
