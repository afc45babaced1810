"""Drives one client library in that library's own environment, one call at a time.

`real_clients` starts this file with the interpreter of the environment, which has the client and what it needs, and
nothing else; so only the standard library is imported here, and the client once it is named. Calls are read from
standard input, a JSON object a line, and what came of each is written to standard output in the same way. Clients are
used as their documentation shows, and nothing in them is replaced::

    python -I real_clients_driver.py cvpysdk
"""

import base64
import hashlib
import json
import logging
import sys
import traceback
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from platform import python_version
from typing import Any, Final, TextIO
from urllib.parse import urlsplit

__all__ = ["DRIVERS", "CommvaultClient", "Cvpysdk", "Pinkopy", "installed", "serve"]

_NEEDED: Final = ("requests", "xmltodict")


class RefusedError(Exception):
    """A refusal in a reply, which a client that sends what it is told does not read."""


class Cvpysdk:
    """Commvault's own SDK, from 11.10 on."""

    by_request: Final = frozenset[str]()
    """Calls for which the client has only a method that sends what it is told."""
    refusals: Final = frozenset({"SDKException"})
    """How the client says that the server refuses."""

    def __init__(self) -> None:
        self._commcell: Any = None
        self._place: tuple[str, str, str] = ("", "", "")
        self._sets: Any = None
        self._older: Any = None

    def log_in(self, url: str, username: str, password: str) -> None:
        """Sign in. The SDK takes a host, and finds the web service there: it tries HTTPS, then HTTP."""
        self._commcell = import_module("cvpysdk.commcell").Commcell(urlsplit(url).netloc, username, password)

    def token(self) -> str:
        """The token that it sends now, for which 11.10 has no property."""
        return str(getattr(self._commcell, "auth_token", None) or self._commcell._headers["Authtoken"])

    def clients(self) -> list[str]:
        """The names of all clients."""
        return list(_all("clients", self._commcell.clients))

    def agents(self, client: str) -> list[str]:
        """The names of a client's agents."""
        return list(_all("agents", self._commcell.clients.get(client).agents))

    def instances(self, client: str, agent: str) -> list[str]:
        """The names of an agent's instances."""
        return list(_all("instances", self._commcell.clients.get(client).agents.get(agent).instances))

    def backupsets(self, client: str, agent: str, instance: str) -> dict[str, int]:
        """The ids of an instance's sets, by name. The calls below are about this instance."""
        self._place, self._older, self._sets = (client, agent, instance), None, None
        self._older, self._sets = self._listed(), self._listed()
        return {name: int(each["id"]) for name, each in _all("backupsets", self._sets).items()}

    def _listed(self) -> Any:
        """The sets of the instance, as the server lists them now. An agent with one instance is asked itself."""
        client, agent, instance = self._place
        owner = self._commcell.clients.get(client).agents.get(agent)
        has_one = len(_all("instances", owner.instances)) == 1
        return (owner if has_one else owner.instances.get(instance)).backupsets

    def create(self, name: str, on_demand: bool) -> None:
        """Create a set."""
        self._sets.add(name, on_demand)

    def create_by_older_list(self, name: str) -> None:
        """Create a set by a list in which it is not yet, so that the SDK itself has no reason to refuse."""
        self._older.add(name)

    def properties(self, name: str) -> dict[str, Any]:
        """A set's properties."""
        found = self._listed().get(name)
        return {
            "id": int(found.backupset_id),
            "on demand": found.is_on_demand_backupset,
            "default": found.is_default_backupset,
            "description": found.description,
        }

    def subclients(self, name: str) -> list[str]:
        """The names of a set's subclients."""
        return list(_all("subclients", self._listed().get(name).subclients))

    def rename(self, name: str, new: str) -> None:
        """Give a set another name."""
        self._listed().get(name).backupset_name = new

    def describe(self, name: str, description: str) -> None:
        """Give a set a description."""
        self._listed().get(name).description = description

    def delete(self, name: str) -> None:
        """Delete a set."""
        self._listed().delete(name)

    def log_out(self) -> None:
        """Sign out."""
        self._commcell.logout()


def _all(name: str, collection: Any) -> dict[str, Any]:
    """What one of the SDK's collections holds, by name."""
    if collection is None:  # 11.10 hides why a list failed
        raise LookupError(f"the SDK has no {name} and does not say why")
    found = getattr(collection, f"all_{name}", None)  # 11.10 has no such properties
    return dict(getattr(collection, f"_{name}") if found is None else found)


class Pinkopy:
    """pinkopy. It knows nothing of backup sets, but has a method that sends what it is told."""

    by_request = frozenset(
        {
            *("agents", "instances", "backupsets", "properties"),
            *("create", "create_by_older_list", "rename", "describe", "delete"),
        }
    )
    refusals: Final = frozenset({"HTTPError", "PinkopyError", "RefusedError"})

    def __init__(self) -> None:
        self._session: Any = None
        self._ids: dict[str, str] = {}
        self._place: tuple[str, str, str] = ("", "", "")

    def log_in(self, url: str, username: str, password: str) -> None:
        """Sign in."""
        session: Any = import_module("pinkopy").CommvaultSession
        self._session = session(service=f"{url}/", user=username, pw=password)

    def token(self) -> str:
        """The token that it sends now."""
        return str(self._session.headers["Authtoken"])

    def clients(self) -> list[str]:
        """The names of all clients."""
        found = [each["client"]["clientEntity"] for each in self._session.get_clients()]
        self._ids = {each["clientName"]: str(each["clientId"]) for each in found}
        return list(self._ids)

    def agents(self, client: str) -> list[str]:
        """The names of a client's agents."""
        return [each["idaEntity"]["appName"] for each in self._agents(self._ids[client])]

    def _agents(self, client_id: str) -> list[Any]:
        return list(self._get("Agent", clientId=client_id)["agentProperties"])

    def instances(self, client: str, agent: str) -> list[str]:
        """The names of an agent's instances."""
        found = [each["instance"] for each in self._get("Instance", clientId=self._ids[client])["instanceProperties"]]
        return [each["instanceName"] for each in found if _is(each["appName"], agent)]

    def backupsets(self, client: str, agent: str, instance: str) -> dict[str, int]:
        """The ids of an instance's sets, by name. The calls below are about this instance."""
        self._place = client, agent, instance
        found = self._get("Backupset", clientId=self._ids[client])["backupsetProperties"]
        return {
            each["backupsetName"]: int(each["backupsetId"])
            for each in (every["backupSetEntity"] for every in found)
            if _is(each["appName"], agent) and each["instanceName"] == instance
        }

    def create(self, name: str, on_demand: bool) -> None:
        """Create a set."""
        self._post("Backupset", name, backupSetInfo={"commonBackupSet": {"onDemandBackupset": on_demand}})

    def create_by_older_list(self, name: str) -> None:
        """Create a set; this client has no list."""
        self.create(name, on_demand=False)

    def properties(self, name: str) -> dict[str, Any]:
        """A set's properties."""
        (found,) = self._get(self._path(name))["backupsetProperties"]
        common = found["commonBackupSet"]
        return {
            "id": found["backupSetEntity"]["backupsetId"],
            "on demand": common["onDemandBackupset"],
            "default": common.get("isDefaultBackupSet", False),
            "description": common["userDescription"],
        }

    def subclients(self, name: str) -> list[str]:
        """The names of a set's subclients."""
        found = [each["subClientEntity"] for each in self._session.get_subclients(self._ids[self._place[0]])]
        return [each["subclientName"] for each in found if each["backupsetName"] == name]

    def rename(self, name: str, new: str) -> None:
        """Give a set another name."""
        self._post(self._path(name), name, backupsetProperties={"commonBackupSet": {"newBackupSetName": new}})

    def describe(self, name: str, description: str) -> None:
        """Give a set a description."""
        self._post(self._path(name), name, backupsetProperties={"commonBackupSet": {"userDescription": description}})

    def delete(self, name: str) -> None:
        """Delete a set."""
        _accepted(self._session.request("DELETE", self._path(name)).json())

    def log_out(self) -> None:
        """Sign out."""
        self._session.logout()

    def _path(self, name: str) -> str:
        return f"Backupset/{self.backupsets(*self._place)[name]}"

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        return dict(self._session.request("GET", path, qstr_vals=query or None).json())

    def _post(self, path: str, name: str, **more: Any) -> None:
        client, agent, instance = self._place
        entity = {"clientName": client, "appName": agent, "instanceName": instance, "backupsetName": name}
        _accepted(self._session.request("POST", path, payload={"association": {"entity": [entity]}, **more}).json())


class CommvaultClient(Pinkopy):
    """commvault-client, the successor of pinkopy under its module name. It knows agents."""

    by_request = Pinkopy.by_request - {"agents"}

    def _agents(self, client_id: str) -> list[Any]:
        return list(self._session.get_agent(client_id))


def _is(listed: str, agent: str) -> bool:
    """Whether that is the agent; a list may name its platform as well: "Windows File System"."""
    return listed == agent or listed.endswith(f" {agent}")


def _accepted(reply: Any) -> None:
    """Refuse what every client refuses that reads such a reply: an errorCode that is not 0, at the top level too."""
    (answer,) = reply.get("response", [reply])
    if answer["errorCode"] != 0:
        raise RefusedError(
            f"errorCode {answer['errorCode']}: {answer.get('errorString', answer.get('errorMessage', ''))}"
        )


DRIVERS: Final[dict[str, type[Cvpysdk | Pinkopy]]] = {
    "cvpysdk": Cvpysdk,
    "pinkopy": Pinkopy,
    "commvault-client": CommvaultClient,
}


def installed(client: str) -> dict[str, Any]:
    """The version of a client, the versions of what it needs, and its files that are not as they were installed."""
    found = distribution(client)
    changed = []
    for file in found.files or []:
        if file.hash is not None:
            digest = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != file.hash.value:
                changed.append(str(file))
    needed = {"Python": python_version(), **{name: distribution(name).version for name in _NEEDED}}
    return {"version": found.version, "needed": needed, "changed": changed}


def serve(driver: Cvpysdk | Pinkopy, calls: TextIO, answers: TextIO) -> None:
    """Make each call that is read, and write its value, or its error's class and words."""
    for line in calls:
        call = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = {"value": getattr(driver, call["call"])(*call["values"])}
        except Exception as error:  # noqa: BLE001 - whatever a client raises is what came of the call
            traceback.print_exc()
            answer = {"error": type(error).__name__, "words": str(error)}
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()


def main() -> None:
    """Say what is installed, then make calls until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr  # a client may print
    logging.basicConfig(stream=sys.stderr)
    client = sys.argv[1]
    answers.write(f"{json.dumps(installed(client))}\n")
    answers.flush()
    serve(DRIVERS[client](), sys.stdin, answers)


if __name__ == "__main__":
    main()
