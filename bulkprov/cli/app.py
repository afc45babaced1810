"""The commands and their help pages. A command's module is imported when the command is called, not before.

cyclopts takes a command as a string that names its function. So a module can import all that it needs at its top, and
`bulkprov --help` still starts as fast as an empty app. The text of a help page is here; the help of options is with the
command's function and in `bulkprov.settings`.
"""

import re
from typing import Final

from cyclopts import App, Parameter

from bulkprov.version import __version__

__all__ = ["app"]


def _page(words: str) -> str:
    """The text of a help page whose paragraphs fill the terminal, whatever its width; examples keep their lines."""
    return re.sub(r"(?<=\S)\n(?=\S)", " ", words)


app: Final = App(
    name="bulkprov",
    usage="",
    help=_page("""Create Commvault backup sets from a spreadsheet; report every row's outcome.
`bulkprov COMMAND --help` lists its usual options, the README all of them.
Exit code: 0 all is well, 1 rows are left, 2 or 3 nothing was sent, 4 stopped.

For example:
  bulkprov run wave.xlsx --simulate        a rehearsal
"""),
    version=__version__,
    help_format="plaintext",
    default_parameter=Parameter(show_env_var=False),
    suppress_keyboard_interrupt=False,  # `__main__` says how to go on
)

for flags in ("--help", "--version"):
    app[flags].show = False  # everyone knows them, and the list of commands should fit on one screen

app.register_install_completion_command(show=False, help="Install completion for this shell: bash, zsh or fish.")

app.command(
    "bulkprov.cli.commands:run",
    usage="Usage: bulkprov run [OPTIONS] SHEET...",
    help="""Check a sheet, create its backup sets, write the results.

For example:
  bulkprov run one.xlsx two.xlsx --simulate
  bulkprov run wave.xlsx --canary 5 --until 06:00""",
)
app.command(
    "bulkprov.cli.commands:resume",
    usage="Usage: bulkprov resume [OPTIONS] [RUN]",
    help="""Continue a run that was killed or stopped early.

For example:
  bulkprov resume
  bulkprov resume RUN --password-file pw.txt""",
)
app.command(
    "bulkprov.cli.commands:rerun",
    usage="Usage: bulkprov rerun [OPTIONS] RUN [FIXED]",
    help="""Rerun the rows that are not done; carry the rest over.

For example:
  bulkprov rerun RUN
  bulkprov rerun RUN RUN/failed.xlsx
  bulkprov rerun results.xlsx""",
)
app.command(
    "bulkprov.cli.plan:plan",
    usage="Usage: bulkprov plan [OPTIONS] SHEET",
    help="""Say what a run would do, row by row; create nothing.

For example:
  bulkprov plan wave.xlsx --profile prod -o monday""",
)
app.command(
    "bulkprov.cli.made:rollback",
    usage="Usage: bulkprov rollback [OPTIONS] RUN",
    help=_page("""Delete the backup sets that a run itself created, by id.

Without --yes it shows them and deletes nothing. Each set is asked for by its
id first, and one whose name or id has changed is left alone. What this run has
perhaps made, and perhaps another, is named and left.

For example:
  bulkprov rollback RUN
  bulkprov rollback RUN --wave --yes"""),
)
app.command(
    "bulkprov.cli.made:verify",
    usage="Usage: bulkprov verify [OPTIONS] RUN",
    help="""Check each done row on the server; report any gone or different.

For example:
  bulkprov verify RUN
  bulkprov verify RUN --wave""",
)
app.command(
    "bulkprov.cli.probe:probe",
    usage="Usage: bulkprov probe [OPTIONS] [SHEET]",
    help=_page("""Find out how this CommServe behaves where its manual does not say.

Without --yes it only reads. With --yes it makes at most five backup sets on the
scratch client, named bulkprov_probe_..., and deletes them again: some 30
requests, at most one a second. It ends with what differs from what bulkprov
assumes, and what that means for a wave.

For example:
  bulkprov probe --client scratch01 --profile prod
  bulkprov probe --client scratch01 --profile prod --yes"""),
)
app.command(
    "bulkprov.cli.init:init",
    help="""Ask for server and user, try the log-in, keep the settings.

They go into a file of your own that every command reads; never a password.

For example:
  bulkprov init
  bulkprov init --name prod         keep them as a profile""",
)
app.command(
    "bulkprov.cli.inspect:login",
    usage="Usage: bulkprov login [OPTIONS]",
    help="""Check the server and the credentials; change nothing.

For example:
  bulkprov login --profile prod""",
)
app.command(
    "bulkprov.cli.inspect:report",
    usage="Usage: bulkprov report [OPTIONS] RUN",
    help="""Write the results of a run again, from its journal.

For example:
  bulkprov report RUN
  bulkprov report RUN --format csv""",
)
app.command(
    "bulkprov.cli.overviews:runs",
    usage="Usage: bulkprov runs [OPTIONS] [FOLDER]",
    help="""List all runs, newest first: counts, and which reruns which.

For example:
  bulkprov runs
  bulkprov runs --json""",
)
app.command(
    "bulkprov.cli.overviews:discard",
    usage="Usage: bulkprov discard [OPTIONS] RUN",
    help="""Leave a run out of `runs` and `resume`; delete nothing.

It asks first if the run has made backup sets that no later run accounts for.

For example:
  bulkprov discard RUN
  bulkprov discard RUN --undo""",
)
app.command(
    "bulkprov.cli.inspect:show",
    usage="Usage: bulkprov show [OPTIONS] RUN --row N",
    help="""Show one row's full history, for a ticket.

For example:
  bulkprov show RUN --row 17
  bulkprov show RUN --row 17 --wire xml""",
)
app.command(
    "bulkprov.cli.inspect:template",
    usage="Usage: bulkprov template [OPTIONS] FILE",
    help="""Make an empty sheet for the ops team.

For example:
  bulkprov template wave.xlsx""",
)
app.command(
    "bulkprov.cli.simulate:simulate",
    usage="Usage: bulkprov simulate [OPTIONS]",
    help="""Serve a CommServe simulator to rehearse against.

It listens on this machine only, until Ctrl-C.

For example:
  bulkprov simulate --port 8400 --latency 0.05
  bulkprov simulate --faults 0.2 --seed 7 --state cs.sqlite""",
)
