"""Passwords that end in a one-time PIN, and the words of servers that want one."""

import pytest

from bulkprov.commvault.one_time import may_have_pin


@pytest.mark.parametrize(
    ("password", "may"),
    [
        ("secret123456", True),
        ("secret99123456", True),
        ("123456", True),
        ("secret12345", False),
        ("secret123456!", False),
        ("secret12345६", False),
        ("simulator", False),
        ("", False),
    ],
)
def test_six_digits_at_the_end_may_be_a_pin(password: str, may: bool) -> None:
    """Commvault's PINs have six digits, and follow the password without a blank."""
    assert may_have_pin(password) is may
