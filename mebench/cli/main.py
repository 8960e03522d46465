"""The `mebench` command. Everything heavy is imported by the command that needs it, so that `--help` is quick."""

import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mebench import __version__
from mebench.cli import bench as cli_bench
from mebench.cli import compare as cli_compare
from mebench.cli import data as cli_data
from mebench.cli import doctor as cli_doctor
from mebench.cli import experiments as cli_experiments
from mebench.cli import leaderboard as cli_leaderboard
from mebench.cli import methods as cli_methods
from mebench.cli import new as cli_new
from mebench.cli import predict as cli_predict
from mebench.cli import score as cli_score
from mebench.cli import submit as cli_submit
from mebench.cli import table as cli_table
from mebench.cli.data import CacheFolder, DataFolder
from mebench.errors import MebenchError

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

GO_ON = (("run",), ("data", "build"))
"""Commands that, run again, go on with what was done before they were stopped."""


class _Stopped(Exception):
    """Ctrl-C, which click would answer with `Aborted!` and exit code 1."""


class _Commands(TyperGroup):
    """Commands whose EOFError is an error like others, and whose Ctrl-C is told of; click says `Aborted!` to both."""

    def invoke(self, ctx: Any) -> Any:
        """Call the command that the user named."""
        try:
            return super().invoke(ctx)
        except EOFError as error:
            raise RuntimeError("a file ended before it should have") from error
        except KeyboardInterrupt as error:
            raise _Stopped from error


app = typer.Typer(
    cls=_Commands,
    help="Benchmark suite for facial micro-expression analysis.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
weights_app = typer.Typer(help="Bring published weights into mebench's form.", no_args_is_help=True)
app.add_typer(cli_score.app, name="score")
app.add_typer(weights_app, name="weights")
app.add_typer(cli_data.app, name="data")
app.add_typer(cli_leaderboard.app, name="leaderboard")
app.add_typer(cli_predict.app, name="predict")
app.add_typer(cli_bench.app, name="bench")
app.add_typer(cli_new.app, name="new")
app.command("compare")(cli_compare.compare)
app.command("methods")(cli_methods.methods)
app.command("submit")(cli_submit.submit)
app.command("table")(cli_table.table)
app.command("experiments")(cli_experiments.experiments)
app.command("config-schema")(cli_experiments.config_schema)
app.command("doctor")(cli_doctor.doctor)


def _show_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"mebench {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Benchmark suite for facial micro-expression analysis."""


@app.command()
def run(
    experiment: Annotated[
        Path,
        typer.Argument(
            metavar="EXPERIMENT",
            help="A TOML file, or a name of `mebench experiments`.",
            autocompletion=cli_experiments.complete_experiment,
        ),
    ],
    runs: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run folders.")] = Path("runs"),
    data: DataFolder = None,
    cache: CacheFolder = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Use only the first N subjects of each dataset.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key, as train.epochs=2; repeatable."),
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Seed of everything random; repeatable: a run for each.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Checkpoint's folder, for a model that needs one (Qwen2.5-VL)."),
    ] = None,
    adapter: Annotated[
        Path | None, typer.Option(metavar="DIR", help="LoRA adapter in PEFT's files that goes with --weights.")
    ] = None,
    native: Annotated[
        bool, typer.Option("--native", help="Use all instructions and cores of this machine; the numbers are its own.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Run it anew where it was run before; the old run folder is set aside.")
    ] = False,
    dev: Annotated[
        bool, typer.Option("--dev", help="Go on with a run after its code was changed; its record fits no leaderboard.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be run, and how long it takes.")] = False,
) -> None:
    """Run an experiment, or go on with it where it stopped."""
    from mebench.config.experiment import limited, load_experiment, to_toml
    from mebench.config.idle import refuse_idle
    from mebench.config.shipped import found_experiment
    from mebench.runtime import environment as runtime

    if again and dry_run:
        raise MebenchError("--again sets a run folder aside, and --dry-run changes nothing; leave one of them out")
    runtime.start(native=native)
    if limit is not None and any(one.partition("=")[0].strip().endswith(".limit") for one in changes or ()):
        raise MebenchError("--limit and a --set of a dataset's limit say the same thing; give one of them")
    each = [[f"seed={one}"] for one in dict.fromkeys(seed or ())] or [[]]
    path, resolved = found_experiment(experiment), []
    for more in each:
        every = (*(changes or ()), *more)
        resolved.append(load_experiment(path, every))
        refuse_idle(resolved[-1], every)
    if limit is not None:
        resolved = [limited(one, limit) for one in resolved]
    from mebench.cli.terminal import TerminalProgress, show_table
    from mebench.methods.protocols import ExternalWeights
    from mebench.methods.registry import refuse_unused
    from mebench.record.run_folder import folder_of, set_aside
    from mebench.run.dry_run import plan_run
    from mebench.run.plan_text import plan_text
    from mebench.run.run import run_seeds

    external = ExternalWeights(weights, adapter)
    if dry_run:
        for one in resolved:
            refuse_unused(external, one)
            typer.echo(to_toml(one) + "\n" + plan_text(plan_run(one, runs, data)))
        return
    for one in resolved if again else ():
        aside = set_aside(folder_of(one, runs))
        if aside is not None:
            typer.echo(f"set aside    {aside}")
    for result in run_seeds(resolved, runs, data, TerminalProgress(), external, cache, dev):
        if result.already_done:
            typer.echo("This experiment is finished; nothing was done. To run it anew, add --again")
        if result.other_code:
            typer.echo("It was run by other code of mebench, and its figures may differ: --again runs it with this one")
        if len(resolved) > 1:
            typer.echo(f"seed {result.record.seeds['experiment']}")
        show_table(result.record)
        for label, path in result.artefacts():
            typer.echo(f"{label:<12} {path}")


@app.command()
def check(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
) -> None:
    """Look at a finished run again: its files are what it wrote, its figures follow from its predictions."""
    from mebench.record.run_folder import RunFolder
    from mebench.run.check import check_run

    found = check_run(RunFolder(run))
    files = (
        "no list (the run was made by an older mebench)" if found.files is None else f"{found.files}, all as written"
    )
    typer.echo(f"files        {files}")
    if found.figures is None:
        typer.echo("figures      none: nothing was scored")
    else:
        typer.echo("statistics   follow from predictions and truth")
        typer.echo(f"figures      {found.figures}, which follow from the statistics")


@weights_app.command("import-keras")
def import_keras(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of Keras HDF5 files, one a subject.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the imported weights go.")] = Path("weights"),
) -> None:
    """Read MEAN's published Keras weights."""
    from mebench.runtime import environment as runtime

    runtime.start()
    from mebench.methods.mean.keras import import_keras as read

    for weights in read(folder, out):
        classes = f", {weights.num_classes} classes" if weights.num_classes else ""
        typer.echo(f"{weights.source} -> {weights.target} ({weights.kind}{classes})")


@weights_app.command("merge")
def merge_adapter(
    weights: Annotated[Path, typer.Option(metavar="DIR", help="Folder of a Qwen2.5-VL checkpoint.")],
    adapter: Annotated[Path, typer.Option(metavar="DIR", help="LoRA adapter in PEFT's files, as a run writes it.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the merged checkpoint goes; a new or empty folder.")],
) -> None:
    """Add a LoRA adapter to the weights that it was tuned on, as a checkpoint of its own."""
    from mebench.runtime import environment as runtime

    runtime.start()
    from mebench.methods.qwen2_5_vl.network.merge import write_merged

    for path in write_merged(weights, adapter, out):
        typer.echo(f"written      {path}")


def main() -> None:
    """Run the command line: an error of ours is one line on standard error and exit code 2, Ctrl-C one and 130."""
    try:
        app()
    except MebenchError as error:
        sys.exit(_fail(str(error)))
    except _Stopped:
        print(f"mebench: {_after_stop(sys.argv[1:])}", file=sys.stderr)
        sys.exit(STOPPED)
    except OSError as error:
        sentence = _of_system(error)
        if sentence is None:
            raise
        sys.exit(_fail(sentence))


def _after_stop(arguments: Sequence[str]) -> str:
    """Return what a user who pressed Ctrl-C should know: whether the same command goes on where it stopped."""
    goes_on = any(list(arguments[: len(names)]) == list(names) for names in GO_ON)
    return "stopped; the same command goes on where it stopped" if goes_on else "stopped"


def _of_system(error: OSError) -> str | None:
    """Return the sentence for what the system refused; None where it is none of these, so most likely a bug."""
    where = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"disk full{' at' * bool(where)}{where}; make room and run it again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason = (error.strerror or str(error)).lower()
        return f"no access to{where or ' a file'}: {reason}; choose other folders (--data, --cache, --runs DIR)"
    return None


def _fail(sentence: str) -> int:
    """Print the sentence and return the exit code for what the user can mend."""
    print(f"mebench: {' '.join(sentence.split())}", file=sys.stderr)
    return 2
