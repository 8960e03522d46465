"""`mebench data`: list, check, build and show datasets. Everything heavy is imported by the command that needs it."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="List, check and build datasets.", no_args_is_help=True)

DataFolder = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Built datasets and features.  [default: the TFDS folder]")
]
CacheFolder = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Computed features.  [default: beside the data; the user's cache folder where that cannot be written]",
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A dataset; its variant follows a slash: synth_me/quick.")]
Config = Annotated[str, typer.Option(metavar="C", help="A variant (v1), a form (videos, frames), or both (v1_videos).")]
Policy = Annotated[str, typer.Option(metavar="P", help="How faults are repaired: recommended, mean, as_published.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("list")
def data_list(
    data: DataFolder = None,
    variants: Annotated[bool, typer.Option("--variants", help="A line for each variant.")] = False,
    as_json: AsJson = False,
) -> None:
    """List every dataset: what it holds, its licence, where to apply, whether it is built here."""
    from mebench.runtime import environment as runtime

    runtime.prepare()
    from mebench.data.overview import overview, overview_document
    from mebench.data.source import list_datasets

    if variants:
        for entry in list_datasets(data):
            typer.echo(str(entry))
    elif as_json:
        typer.echo(json.dumps(overview_document(overview(data)), indent=1, allow_nan=False))
    else:
        from mebench.cli.terminal import show_overview

        show_overview(overview(data))


@app.command("check")
def data_check(
    name: Name,
    archive: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the licensed archive.")] = None,
    config: Config = "",
    policy: Policy = "",
    deep: Annotated[bool, typer.Option("--deep", help="Read every image, not a few of each video.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every finding.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what an archive holds, and what is wrong with it; exit code 0 where it can be built, 2 where not."""
    from mebench.runtime import environment as runtime

    runtime.prepare()
    from mebench.cli.terminal import TerminalProgress
    from mebench.data.archives import audit_archive
    from mebench.report.audit_text import audit_text

    audit = audit_archive(name, archive, config, policy, deep, TerminalProgress())
    if as_json:
        typer.echo(json.dumps(audit.document(), indent=1, allow_nan=False, ensure_ascii=False))
    else:
        typer.echo(audit_text(audit, every))
    if not audit.usable:
        raise typer.Exit(2)


@app.command("build")
def data_build(
    name: Name,
    data: DataFolder = None,
    archive: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the licensed archive, where there is one.")
    ] = None,
    config: Config = "",
    policy: Policy = "",
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Subjects built at a time.  [default: the cores]")
    ] = None,
) -> None:
    """Build a dataset, so that runs and tfds.data_source find it; a build that was stopped goes on."""
    from mebench.runtime import environment as runtime

    runtime.prepare()
    from mebench.cli.terminal import TerminalProgress
    from mebench.data.archives import audit_archive, needs_archive
    from mebench.data.builders import build_dataset, builder_classes, is_built, title
    from mebench.data.variants import chosen
    from mebench.report.audit_text import summary_text

    meant = chosen(builder_classes(), name, config, policy)
    progress = TerminalProgress()
    if archive and archive.is_dir() and needs_archive(meant.name) and not is_built(meant.name, meant.variant, data):
        audit = audit_archive(name, archive, config, policy, False, progress)
        progress.say(summary_text(audit))
        progress.say(f"for all of it: mebench data check {title(meant.name, meant.variant)} --archive {archive}")
    typer.echo(
        str(build_dataset(meant.name, meant.variant, data, progress, jobs or runtime.cores(), archive, meant.forms))
    )


@app.command("info")
def data_info(
    name: Name,
    data: DataFolder = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the card is written.  [default: cards/NAME]")
    ] = None,
) -> None:
    """Show a dataset's card; where it is built, with a contact sheet, durations and classes."""
    from mebench.runtime import environment as runtime

    runtime.prepare()
    from mebench.cli.terminal import TerminalProgress
    from mebench.data.builders import builder_classes, title
    from mebench.data.overview import facts_text, first_variant
    from mebench.data.variants import chosen
    from mebench.report.card.folder import write_card

    meant = chosen(builder_classes(), name if "/" in name else title(name, first_variant(name, data)))
    typer.echo(facts_text(meant.name, meant.variant, data))
    for path in write_card(meant.name, meant.variant, data, out, TerminalProgress()):
        typer.echo(f"{'card' if path.suffix == '.md' else 'picture':<12} {path}")


@app.command("truth")
def data_truth(
    name: Name,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files are written.")],
    data: DataFolder = None,
    label: Annotated[
        str, typer.Option(metavar="coarse|fine|emotion", help="Emotions: the challenge's, fine ones, or the source's.")
    ] = "coarse",
) -> None:
    """Write truth and manifest of a built dataset, as mebench score takes them."""
    from mebench.runtime import environment as runtime

    runtime.prepare()
    from mebench.data.builders import builder_classes, title
    from mebench.data.overview import first_variant
    from mebench.data.variants import chosen
    from mebench.tasks.truth_folder import write_truth

    meant = chosen(builder_classes(), name if "/" in name else title(name, first_variant(name, data)))
    for path in write_truth(meant.name, meant.variant, data, out, label):
        typer.echo(f"{path.stem.partition('_')[0]:<12} {path}")
