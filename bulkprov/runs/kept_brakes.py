"""The brakes that a run was given, kept for later commands on it: a kill leaves nothing else that knows them.

`resume` heeds them all, and a rerun those that spare the server, which is the same one. What is typed now beats what
was typed then; that beats the settings, since those may be meant for other nights; and settings of now beat those of
then.
"""

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any, Final

from bulkprov.runs.manifest import Manifest
from bulkprov.settings import Effort

__all__ = ["braked_words", "for_rerun", "with_kept"]

_LIFTED: Final = {"rate": "none", "until": "none", "max_errors": "none", "concurrency": "auto"}
"""The brakes, each with the value that lifts it."""
_SPARING: Final = ("rate", "concurrency")
"""Those that spare the server, whatever the command and the hour are."""
_DEFAULTS: Final = {each.name: each.default for each in fields(Effort)}


def with_kept(
    manifest: Manifest, effort: Effort, *, typed: Collection[str] = (), settings: Collection[str] = ()
) -> tuple[Effort, dict[str, Any]]:
    """Complete the options of a command on a run by the brakes that the run keeps.

    Args:
        manifest: of the run.
        effort: the options, from wherever they come.
        typed: names of options that are typed; those that differ from their defaults are too, if not in `settings`.
        settings: names of options that are from the settings or the environment.

    Returns:
        the options that hold, and the fields of the manifest that keep their brakes from now on.
    """
    held: dict[str, Any] = {}
    brakes: dict[str, str] = {}
    of_settings = list[str]()
    for name in _LIFTED:
        given = getattr(effort, name)
        then, then_typed = manifest.brakes.get(name), name not in manifest.brakes_from_settings
        typed_now = name in typed or (name not in settings and given != _DEFAULTS[name])
        if then is not None and not typed_now and (then_typed or name not in settings):
            held[name] = int(then) if then.isdecimal() and name == "concurrency" else then
            brakes[name] = then
            of_settings += [] if then_typed else [name]
        elif typed_now or name in settings:
            brakes[name] = str(given)
            of_settings += [] if typed_now else [name]
    return replace(effort, **held), {"brakes": brakes, "brakes_from_settings": tuple(of_settings)}


def for_rerun(manifest: Manifest) -> dict[str, Any]:
    """The fields of the manifest of a rerun: the server is the same, but the hour and the rows are others."""
    return {
        "brakes": {name: text for name, text in manifest.brakes.items() if name in _SPARING},
        "brakes_from_settings": tuple(name for name in manifest.brakes_from_settings if name in _SPARING),
    }


def braked_words(given: Effort, held: Effort, begun: str) -> Iterator[str]:
    """The line on the brakes that were not given but are kept; none if all were.

    Args:
        given: the options of the command.
        held: those that hold.
        begun: how they come to hold, such as "as the run was begun".
    """
    other = {name: getattr(held, name) for name in _LIFTED if getattr(held, name) != getattr(given, name)}
    if other:
        lifts = [_option(name, value) for name, value in _LIFTED.items() if name in other and other[name] != value]
        lifted = f" ({', '.join(lifts)} {'lifts it' if len(lifts) == 1 else 'lift them'})" if lifts else ""
        yield f"{' '.join(_option(name, value) for name, value in other.items())}, {begun}{lifted}"


def _option(name: str, value: object) -> str:
    return f"--{name.replace('_', '-')} {value}"
