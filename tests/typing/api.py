"""The library as a program uses it, for the type checker; nobody runs this."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import assert_type

import pandas as pd

from bulkprov import (
    Access,
    BackupSet,
    BulkprovError,
    Credentials,
    Effort,
    ExitCode,
    Provisioned,
    Reading,
    Result,
    Status,
    provision,
    resume,
)


def wave() -> Iterator[Mapping[str, object]]:
    """Rows that are made as they are asked for."""
    yield {"clientName": "client001", "backupsetName": "FS_New", "ticket": 17}


async def every_kind_of_rows(frame: pd.DataFrame) -> None:
    """Mappings, narrower ones, backup sets, both, a frame, and paths are rows."""
    access = Access(server="https://cs.example.com/commandcenter/api", timeout=30)
    credentials = Credentials(username="ops", password="secret")
    assert_type(await provision(wave(), access=access, credentials=credentials), Provisioned)
    await provision([{"clientName": "client001", "backupsetName": "FS_New"}])
    await provision([BackupSet(client="client001", name="FS_New")])
    await provision([BackupSet(client="a", name="b"), {"clientName": "c", "backupsetName": "d"}])
    await provision(frame, effort=Effort(concurrency=4, rate="100/h"))
    await provision("wave.csv", reading=Reading(delimiter=";"), folder=Path("reports/wave"))
    await provision(Path("wave.xlsx"))
    await provision(17)  # type: ignore[arg-type]


async def what_comes_back(folder: Path) -> list[str]:
    """Counts, an exit code, and every row's result."""
    try:
        done = await resume(folder)
    except BulkprovError as error:
        assert_type(error.exit_code, ExitCode)
        return [str(error)]
    assert_type(done.counts, Mapping[Status, int])
    assert_type(done.done, bool)
    assert_type(done.to_frame(), pd.DataFrame)
    for row in done:
        assert_type(row, Result)
        assert_type(row.backupset_id, int | None)
    return [row.note for row in done]
