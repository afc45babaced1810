"""What the Summary says of a run as a whole. Pure."""

import json
from pathlib import Path

from bulkprov.runs.manifest import Manifest

__all__ = ["facts_of"]


def facts_of(manifest: Manifest, folder: Path, *, unaudited: int) -> dict[str, str | int | float]:
    """The facts of a run; what is not known is left out.

    Args:
        manifest: of the run.
        folder: to be named as the run's.
        unaudited: rows of which a create left, and that no audit has looked at since.
    """
    speed = manifest.finished / manifest.seconds if manifest.finished is not None and manifest.seconds else None
    known = {
        "run": str(folder),
        "started": manifest.created_at,
        "sheet": manifest.sheet,
        "server": manifest.server,
        "reruns": str(manifest.rerun_of) if manifest.rerun_of else None,
        "limits": json.dumps(manifest.limits) if manifest.limits else None,
        "seconds": manifest.seconds,
        "requests": manifest.requests,
        "rows_per_second": speed,
        "audited": _audit(manifest, unaudited),
    }
    return {name: value for name, value in known.items() if value is not None}


def _audit(manifest: Manifest, unaudited: int) -> str | None:
    """Whether it was audited; None if nothing was created yet."""
    if unaudited:
        return f"no: {unaudited:,} row{' is' if unaudited == 1 else 's are'} still to be looked at again"
    return "yes" if manifest.audited > 0 else None
