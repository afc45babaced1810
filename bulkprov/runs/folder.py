"""Where a run is on disk: the names of the files in its folder, and the name of a new folder."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from bulkprov.sheets import IN_MEMORY

__all__ = [
    "FILES_OF_A_RUN",
    "JOURNAL",
    "LOG",
    "NO_FILES",
    "PROGRESS",
    "REPORTS",
    "SALVAGED",
    "SIMULATOR",
    "UNDER_WAY",
    "new_folder",
]

REPORTS: Final = Path("reports")
"""Where the folders of runs are, unless one is given."""
JOURNAL: Final = "journal.sqlite"
LOG: Final = "run.log"
SIMULATOR: Final = "simulator.sqlite"
"""State of the simulator that is the run's server."""
SALVAGED: Final = "salvaged"
"""Folder in that of a run whose journal is damaged, with what is whole of it."""
UNDER_WAY: Final = "under-way.keys"
"""What a run that has rows to do tells other runs; see `under_way`."""
PROGRESS: Final = "under-way.json"
"""How far a run at work is; see `progress`."""
FILES_OF_A_RUN: Final = frozenset({JOURNAL, LOG, PROGRESS, SIMULATOR, UNDER_WAY})
"""Files that are not read as sheets, and mean the run in whose folder they are."""

NO_FILES: Final = {"-": "the sheet came from stdin", IN_MEMORY: "the sheet came from a program's memory"}
"""Sheets that cannot be opened again."""

_STEMS: Final = {"-": "stdin", IN_MEMORY: "rows"}
_REFUSED: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]+$')
"""What a name may not have on Windows, where the run may have to be copied to."""
_LONGEST_STEM: Final = 100
"""Bytes; a file system takes some 255 for a name."""


def new_folder(sheet: str) -> Path:
    """A folder that does not exist yet: `reports/<stem>-<time>`.

    Args:
        sheet: path of the sheet, as in the manifest.
    """
    stem = _STEMS.get(sheet, Path(sheet).stem)
    stem = _REFUSED.sub("_", stem)
    stem = stem.encode(errors="surrogateescape")[:_LONGEST_STEM].decode(errors="ignore")
    name = f"{stem}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder, number = REPORTS / name, 2
    while folder.exists():
        folder, number = REPORTS / f"{name}-{number}", number + 1
    return folder
