"""How much a row may cost, and how long it waits to be sure: the settings of all decisions. Pure."""

from dataclasses import dataclass

__all__ = ["RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How much one row may cost, and how long it waits to be sure."""

    max_attempts: int = 8
    """Creates that may have reached the server, for one row."""
    settle: float = 10.0
    """Seconds after an act until a look that does not show its effect is believed."""
    first_look: bool = True
    """Whether a row is looked up before it is sent."""
    look_age: float = 300.0
    """Seconds that a first look holds: a row that is sent later is looked up again."""
    inconclusive_looks: int = 20
    """Inconclusive looks in a row after which a doubt is left unsettled."""
    inconclusive_looks_optional: int = 4
    """The same for looks that a row can do without: the first one, one after a refusal that is documented as "not
    created", and looks in lists against the server's word that the thing exists."""
