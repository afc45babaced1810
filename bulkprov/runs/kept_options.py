"""Options that a run was given, kept for later commands on it: a kill leaves nothing else that knows them.

They are its brakes, and whether its creates carry marks. `resume` heeds them all, a plan first and a canary only until
one has passed or a person has overruled it; a rerun those that hold whatever the hour is, since the server is the same
one; rollback and verify those that spare that server. What is typed now beats what was typed then; that beats the
settings, since those may be meant for other nights; and settings of now beat those of then.
"""

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any, Final

from bulkprov.engine.operations import Operation
from bulkprov.runs.manifest import Manifest
from bulkprov.settings import Effort

__all__ = ["for_rerun", "kept_words", "passed", "spared", "with_kept"]

_LIFTED: Final = {
    "rate": "--rate none",
    "until": "--until none",
    "max_errors": "--max-errors none",
    "concurrency": "--concurrency auto",
    "plan_first": "--no-plan-first",
    "canary": "--canary 0",
    "strict": "--no-strict",
    "mark": "--no-mark",
}
"""The options that are kept, each with the words that lift it."""
_OF_RERUNS: Final = ("rate", "concurrency", "mark")
"""Those that hold whatever the hour and the rows are."""
_NUMBERS: Final = ("concurrency", "canary")
_DEFAULTS: Final = {each.name: each.default for each in fields(Effort)}


def with_kept(
    manifest: Manifest, effort: Effort, *, typed: Collection[str] = (), settings: Collection[str] = ()
) -> tuple[Effort, dict[str, Any]]:
    """Complete the options of a command on a run by those that the run keeps.

    Args:
        manifest: of the run.
        effort: the options, from wherever they come.
        typed: names of options that are typed; those that differ from their defaults are too, if not in `settings`.
        settings: names of options that are from the settings or the environment.

    Returns:
        the options that hold, and the fields of the manifest that keep them from now on.
    """
    held: dict[str, Any] = {}
    kept: dict[str, str] = {}
    of_settings = list[str]()
    for name in _LIFTED:
        given = getattr(effort, name)
        then, then_typed = manifest.kept.get(name), name not in manifest.kept_from_settings
        typed_now = name in typed or (name not in settings and given != _DEFAULTS[name])
        if then is not None and not typed_now and (then_typed or name not in settings):
            held[name] = _read(name, then)
            kept[name] = then
            of_settings += [] if then_typed else [name]
        elif typed_now or name in settings:
            kept[name] = _written(given)
            of_settings += [] if typed_now else [name]
    return replace(effort, **held), {"kept": kept, "kept_from_settings": tuple(of_settings)}


def spared(
    manifest: Manifest,
    effort: Effort,
    operation: Operation,
    *,
    typed: Collection[str] = (),
    settings: Collection[str] = (),
) -> Effort:
    """Complete the options of a command that creates nothing by those that spare the server of the run.

    Args:
        manifest: of the run.
        effort: as for `with_kept`, like what follows.
        operation: what the command does; a rate is one of acts.
        typed: names of options.
        settings: names of options.
    """
    held, _ = with_kept(manifest, effort, typed=typed, settings=settings)
    names = ("rate", "concurrency") if operation.act else ("concurrency",)
    return replace(effort, **{name: getattr(held, name) for name in names})


def passed(manifest: Manifest, brake: str) -> dict[str, Any]:
    """The fields of the manifest of a run that has passed a brake, or of which a person has overruled it.

    Args:
        manifest: of the run.
        brake: `plan_first`, once a plan of all rows that are left has passed; or `canary`.
    """
    return {"kept": {name: text for name, text in manifest.kept.items() if name != brake}}


def for_rerun(manifest: Manifest) -> dict[str, Any]:
    """The fields of the manifest of a rerun: the server is the same, but the hour and the rows are others."""
    return {
        "kept": {name: text for name, text in manifest.kept.items() if name in _OF_RERUNS},
        "kept_from_settings": tuple(name for name in manifest.kept_from_settings if name in _OF_RERUNS),
    }


def kept_words(given: Effort, held: Effort, begun: str) -> Iterator[str]:
    """The line on the options that were not given but are kept; none if all were.

    Args:
        given: the options of the command.
        held: those that hold.
        begun: how they come to hold, such as "as the run was begun".
    """
    changed = (name for name in _LIFTED if getattr(held, name) != getattr(given, name))
    other = {name: _typed(name, getattr(held, name)) for name in changed}
    if other:
        lifts = [_LIFTED[name] for name, words in other.items() if words != _LIFTED[name]]
        lifted = f" ({', '.join(lifts)} {'lifts it' if len(lifts) == 1 else 'lift them'})" if lifts else ""
        yield f"{' '.join(other.values())}, {begun}{lifted}"


def _typed(name: str, value: object) -> str:
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {value}"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "0" if value is None else str(value)


def _read(name: str, text: str) -> object:
    if isinstance(_DEFAULTS[name], bool):
        return text == "yes"
    return int(text) if name in _NUMBERS and text.isdecimal() else text
