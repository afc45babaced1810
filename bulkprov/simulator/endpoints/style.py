"""How replies are formed: as recorded from real servers or as guessed before, for JSON or for XML.

RECORDED: a reply in JSON says in numbers what one in XML says in words (the type of an entity), and the reply to a
write begins with what was a processing instruction in XML.
"""

from dataclasses import dataclass
from typing import Final

from bulkprov.wire import Tree

__all__ = ["Style"]

_WORDS: Final = {
    3: "CLIENT_ENTITY",
    6: "BACKUPSET_ENTITY",
    7: "SUBCLIENT_ENTITY",
    13: "USER_ENTITY",  # GUESS
    158: "PLAN_ENTITY",  # GUESS
}
"""The types of entities by number. The numbers are RECORDED; the words DOCUMENTED as valid values, in
rest_api_get_client.html, rest_api_get_backup_set.html and rest_api_get_subclient.html."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one reply is formed."""

    recorded: bool
    xml: bool

    def type_of(self, number: int) -> int | str:
        """The type of an entity."""
        return _WORDS[number] if self.recorded and self.xml else number

    @property
    def written(self) -> Tree:
        """What the reply to a write begins with: RECORDED in JSON (create.json)."""
        if not self.recorded or self.xml:
            return {}
        return {"processinginstructioninfo": {"attributes": [{"@name": "exitval", "@value": "0"}]}}
