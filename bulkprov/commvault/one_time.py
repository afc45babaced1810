"""Passwords that end in a one-time PIN: how they are told, and what is said of them. Pure.

With two-factor log-in a PIN of six digits follows the password, without a blank ("Logging On Using a PIN with
Two-Factor Authentication"). It is good for one log-in, and for half a minute or half an hour. So a second log-in with
the same password is sure to fail, and counts towards the lock of the account.
"""

import re
from typing import Final

__all__ = ["FOLLOWS", "SENT_ONCE", "asks_for_pin", "may_have_pin"]

_PIN: Final = re.compile(r"[0-9]{6}\Z")
_ASKED: Final = re.compile(
    r"(two|multi|second)[- ]?factor|\b[2m]fa\b|\botp\b|one[- ]time|\bpin\b|authenticator|verification code",
    re.IGNORECASE,
)
"""A guess: what a CommServe says is not documented. Some say no more than "Invalid username/password" (Commvault
Community, 11615)."""

SENT_ONCE: Final = (
    "a password that may end in a one-time PIN is sent once: try again with a new PIN, or give --token-file "
    "(or --one-time-pin no, if there is none)"
)
"""What to do when such a password would have to be sent again."""
FOLLOWS: Final = "with two-factor log-in the PIN follows the password, without a blank; or give --token-file"
"""What to do when a server asks for a second factor."""


def may_have_pin(password: str) -> bool:
    """Whether a password may end in a one-time PIN."""
    return _PIN.search(password) is not None


def asks_for_pin(words: str) -> bool:
    """Whether a server's refusal speaks of a second factor."""
    return _ASKED.search(words) is not None
