"""Whether a reply that reports a created thing can be the answer to its own request. Pure.

Nothing in HTTP ties an answer to its request but the order on a connection, and a gateway may confuse it. A reply that
cannot be the row's own is in doubt, however well-formed it is, and its connection is not to be used again.
"""

from collections.abc import Container

from bulkprov.engine.index import index_of
from bulkprov.engine.model import Listing, Reply

__all__ = ["implausible", "listed_ids"]


def listed_ids(listing: Listing) -> Container[int]:
    """The ids of all things in a listing."""
    return index_of(listing).keys


def implausible(
    reply: Reply, *, scope: str, listed: Container[int] = (), scope_id: int = 0, other_row: bool = False
) -> str:
    """Why a reply to a create cannot be its own, in plain English; empty if nothing speaks against it.

    Args:
        reply: what the server said: errorCode 0 and an id.
        scope: name of the scope in which the thing was to be made.
        listed: ids that were listed in that scope before the create left; a new thing has none of them.
        scope_id: the server's id of that scope; 0 if it is not known.
        other_row: whether another row was reported with this id.
    """
    number = reply.id
    if number <= 0:
        return "the answer has no id"
    if other_row:
        return f"the answer has id {number}, which another row has"
    if number in listed:
        return f"the answer has id {number}, which was listed before the create was sent"
    if reply.scope_id and scope_id and reply.scope_id != scope_id:
        return f"the answer is not about {scope}, which has id {scope_id}, but about one with id {reply.scope_id}"
    return ""
