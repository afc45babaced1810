"""The calls that read the estate: clients, agents, instances, subclients, ids; most are made by the vendor's SDK only.

What each answer must hold is SEEN: cvpysdk 11.44 was driven against it, and every field it cannot do without is there.
Field names are those of rest_api_get_client.html, rest_api_get_client_properties.html, rest_api_get_instance.html and,
below /v11/software/, rest_api_get_id_for_client.html.
"""

from bulkprov.simulator import replies
from bulkprov.simulator.answer import Answer, Asked
from bulkprov.simulator.backupsets import named
from bulkprov.simulator.estate import APPLICATION_IDS, application
from bulkprov.simulator.office import Office, reply
from bulkprov.simulator.state import ClientRow
from bulkprov.wire import integer

__all__ = [
    "agents",
    "client",
    "client_by_name",
    "clients",
    "get_id",
    "instance",
    "instances",
    "nothing",
    "replications",
    "subclients",
]

_NO_SUCH_ID = -32000
"""DOCUMENTED nowhere; SEEN in the vendor's Terraform provider and PowerShell SDK, which test for it."""


def clients(office: Office, asked: Asked, _number: int) -> Answer:
    """All clients, retired ones too; of pseudo clients there are none."""
    if "pseudoclienttype" in asked.query:
        return reply(asked, "clients", {})
    return reply(asked, "clients", replies.clients(office.state.clients()))


def client(office: Office, asked: Asked, number: int) -> Answer:
    """One client by its id."""
    return _client(asked, office.state.client_by_id(number))


def client_by_name(office: Office, asked: Asked, _number: int) -> Answer:
    """One client by its name: ``Client/byName(clientName='..')``."""
    return _client(asked, office.state.client(named(asked.path).get("clientname", "")))


def _client(asked: Asked, row: ClientRow | None) -> Answer:
    """A retired client is listed, and yet answers errorCode 4 here (SEEN in a Java client of Apache CloudStack)."""
    if row is None or row.retired:
        return reply(asked, "clients", {"@errorCode": 4, "@errorMessage": "Client not found."})
    return reply(asked, "clients", replies.client(row))


def _client_of(office: Office, asked: Asked) -> ClientRow | None:
    number = integer(asked.query.get("clientid"))
    if number is None:
        return office.state.client(asked.query.get("clientname", ""))
    return office.state.client_by_id(number)


def agents(office: Office, asked: Asked, _number: int) -> Answer:
    """The agents of a client, or one of them (applicationId)."""
    owner, wanted = _client_of(office, asked), integer(asked.query.get("applicationid"))
    rows = office.state.instances(owner.id) if owner and not owner.retired else []
    return reply(asked, "agents", replies.agents(row for row in rows if wanted in (None, row.app_id)))


def instances(office: Office, asked: Asked, _number: int) -> Answer:
    """The instances of a client."""
    owner = _client_of(office, asked)
    rows = office.state.instances(owner.id) if owner and not owner.retired else []
    return reply(asked, "instances", replies.instances(rows))


def instance(office: Office, asked: Asked, number: int) -> Answer:
    """One instance by its id; its client and agent may stand in the query, under their places in a request."""
    client_id = integer(asked.query.get("association/entity/clientid"))
    app_id = integer(asked.query.get("association/entity/applicationid"))
    rows = office.state.instances_by_id(number)
    found = [row for row in rows if client_id in (None, row.client_id) and app_id in (None, row.app_id)]
    return reply(asked, "instances", replies.instances(found))


def subclients(office: Office, asked: Asked, _number: int) -> Answer:
    """The default subclient of each set (DOCUMENTED: a new set has one; /v11/software/qcreate_backupset.html)."""
    owner, wanted = _client_of(office, asked), integer(asked.query.get("backupsetid"))
    rows = office.commserve.listing(client_id=owner.id) if owner else []
    return reply(asked, "subclients", replies.subclients(row for row in rows if wanted in (None, row.id)))


def get_id(office: Office, asked: Asked, _number: int) -> Answer:
    """Ids for names: each unknown one is -32000, and then the status is 404 over a body that is useful all the same."""
    query = asked.query
    owner = office.state.client(query.get("clientname", ""))
    app = application(query.get("agent", "")) or ""
    answer = {"@clientName": query.get("clientname", ""), "@clientId": owner.id if owner else _NO_SUCH_ID}
    if "agent" in query:
        answer |= {"@appName": query["agent"], "@applicationId": APPLICATION_IDS.get(app, _NO_SUCH_ID)}
    if "backupset" in query:
        rows = office.commserve.listing(client=query.get("clientname", ""))
        name = query["backupset"].casefold()
        found = [row.id for row in rows if row.name.casefold() == name and app in ("", row.app)]
        answer |= {"@backupsetName": query["backupset"], "@backupsetId": found[0] if found else _NO_SUCH_ID}
    return reply(asked, "ids", answer, status=404 if _NO_SUCH_ID in answer.values() else 200)


def replications(_office: Office, asked: Asked, _number: int) -> Answer:
    """No pair of machines is replicated (SEEN: cvpysdk 11.44 asks after each set of a VMware instance)."""
    return reply(asked, "generic", {"summary": {"@totalPairs": 0}})


def nothing(_office: Office, asked: Asked, _number: int) -> Answer:
    """An empty object, which cvpysdk takes for none (virtualisation access nodes, schedules)."""
    return reply(asked, "generic", {})
