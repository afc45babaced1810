"""Names of backup sets: which one is stored, and when two are the same.

What a CommServe does about long names, blanks and case is not documented, so each is a setting; the defaults are a
GUESS. That case does not matter is SEEN too: cvpysdk 11.44 compares names in lower case.
"""

from bulkprov.simulator.settings import SimulatorSettings

__all__ = ["Names"]


class Names:
    """What the settings say of names."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """The length, the blanks and the case come from the settings."""
        self._trims = settings.name_blanks == "trimmed"
        self._length = settings.name_length
        self._cuts = settings.long_names == "cut"
        self.told_by_case = settings.name_case == "told"
        """Whether two names that differ in case only are two names."""

    def stored(self, name: str) -> str | None:
        """The name as it is stored; None if it is too long. A name of blanks alone is no name: it is empty."""
        name = name.strip() if self._trims or name.isspace() else name
        if not self._length or len(name) <= self._length:
            return name
        return self.stored(name[: self._length]) if self._cuts else None

    def same(self, one: str, other: str) -> bool:
        """Whether a stored name is meant by another, as it was sent."""
        sent = self.stored(other)
        return one == sent if self.told_by_case or sent is None else one.casefold() == sent.casefold()
