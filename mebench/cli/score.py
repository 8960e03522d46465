"""`mebench score`: predictions in files to figures by the rules of each challenge."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Score predictions by the rules of a challenge.", no_args_is_help=True)

JsonOut = Annotated[Path, typer.Option("--json", metavar="OUT.json", help="Where the scores are written.")]


@app.command("str")
def score_str(
    pred: Annotated[
        Path, typer.Option(metavar="P.csv", help="Predictions: subject,video,onset,offset,emotion[,score].")
    ],
    truth: Annotated[Path, typer.Option(metavar="T.csv", help="Truth: subject,video,onset,offset,emotion.")],
    json_out: JsonOut,
    manifest: Annotated[
        Path | None, typer.Option(metavar="M.csv", help="Every video: dataset,subject,video,num_frames,fps.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="Emotions that count in recognition, or all.  [default: negative,positive,surprise; all where the "
            "truth has none of these]",
        ),
    ] = None,
    rules: Annotated[str, typer.Option(metavar="official|strict|both", help="Whose rules.")] = "both",
) -> None:
    """Score spot-then-recognise predictions by the organisers' rules and by strict ones."""
    from mebench.cli.terminal import show_scores
    from mebench.metrics.str.files import score_str_files

    show_scores(score_str_files(pred, truth, manifest, classes, rules, json_out))
    typer.echo(f"scores       {json_out}")


@app.command("spotting")
def score_spotting(
    pred: Annotated[
        Path,
        typer.Option(metavar="P.csv", help="Predictions: vid,onset,offset,type (me or mae), or an edition's log file."),
    ],
    truth: Annotated[Path, typer.Option(metavar="T.csv", help="Truth: vid,onset,offset,type.")],
    json_out: JsonOut,
    rules: Annotated[
        str, typer.Option(metavar="NAME", help="Whose rules: a name, several with commas between, or all.")
    ] = "all",
    manifest: Annotated[
        Path | None, typer.Option(metavar="M.csv", help="Every video: dataset,subject,video,num_frames,fps.")
    ] = None,
) -> None:
    """Score spotted macro- and micro-expressions by the rules of MEGC2020 to 2024."""
    from mebench.metrics.spotting.files import score_rows, score_spotting_files

    _show(score_spotting_files(pred, truth, json_out, rules, manifest), score_rows, json_out)


@app.command("recognition")
def score_recognition(
    pred: Annotated[
        Path, typer.Option(metavar="P.csv", help="Predictions: subject,video,predicted, or what mebench run writes.")
    ],
    json_out: JsonOut,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="T.csv", help="Truth: subject,video,emotion, where the predictions do not hold it."),
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Emotions that count.  [default: negative,positive,surprise]")
    ] = None,
) -> None:
    """Score recognised emotions as MEGC2019 does: UF1 and UAR, pooled and for each dataset."""
    from mebench.metrics.recognition.files import score_recognition_files, score_rows

    _show(score_recognition_files(pred, truth, json_out, classes), score_rows, json_out)


@app.command("vqa")
def score_vqa(
    pred: Annotated[Path, typer.Option(metavar="P.jsonl", help="Predictions: the question rows with answer filled.")],
    truth: Annotated[Path, typer.Option(metavar="T.jsonl", help="Truth: the question rows with the right answers.")],
    json_out: JsonOut,
    parser: Annotated[str, typer.Option(metavar="exact|search", help="How a class is read from an answer.")] = "exact",
    labels: Annotated[
        str, typer.Option(metavar="declared|present|union", help="Which classes the means are over.")
    ] = "declared",
    bleu: Annotated[str, typer.Option(metavar="corpus4|corpus4-ws|sentence4-smooth1", help="Which BLEU.")] = "corpus4",
    rouge: Annotated[str, typer.Option(metavar="f|recall", help="Which part of ROUGE-1.")] = "f",
) -> None:
    """Score answers about clips (ME-VQA): six columns for Overall, SAMM and CAS, and their mean."""
    from mebench.metrics.vqa.files import score_rows, score_vqa_files

    _show(score_vqa_files(pred, truth, json_out, parser, labels, bleu, rouge), score_rows, json_out)


@app.command("lvqa")
def score_lvqa(
    pred: Annotated[Path, typer.Option(metavar="P.jsonl", help="Predictions: the question rows with answer filled.")],
    truth: Annotated[Path, typer.Option(metavar="T.jsonl", help="Truth: the question rows with the right answers.")],
    json_out: JsonOut,
    parser: Annotated[str, typer.Option(metavar="exact|search", help="How a class is read from an answer.")] = "exact",
) -> None:
    """Score answers about long videos (ME-LVQA): counts, action units, types."""
    from mebench.metrics.vqa.lvqa_files import score_lvqa_files, score_rows

    _show(score_lvqa_files(pred, truth, json_out, parser), score_rows, json_out)


def _show(document: dict[str, Any], rows: Callable[[dict[str, Any]], list[tuple[str, ...]]], json_out: Path) -> None:
    from mebench.cli.terminal import show_rows

    show_rows(rows(document), document.get("warnings", ()))
    typer.echo(f"scores       {json_out}")
