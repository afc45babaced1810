"""Reads the files it is given and says as JSON lines how each ended; a process of its own, as a file may end it."""

import json
import sys
import time
from pathlib import Path

from bulkprov.errors import SheetError
from tests.backupsets import open_sheet

__all__ = ["main"]


def main(folder: Path) -> None:
    """Read every file of the folder."""
    for path in sorted(folder.iterdir()):
        begun = time.process_time()
        try:
            end = f"{sum(map(len, open_sheet(path).chunks()))} rows"
        except SheetError as error:
            end = str(error)
        seconds = time.process_time() - begun
        told = {"file": path.name, "end": end, "seconds": seconds, "megabytes": _peak()}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def _peak() -> float:
    """The most memory that this process has used so far, in megabytes; 0 where the system does not tell, as Linux does.

    `getrusage` would tell of the process that began this one as well, which may be a large one.
    """
    status = Path("/proc/self/status")
    told = status.read_text("ascii") if status.exists() else "VmHWM: 0 kB"
    return int(told.partition("VmHWM:")[2].split()[0]) / (1 << 10)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
