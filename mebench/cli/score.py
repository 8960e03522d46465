"""`mebench score`: predictions in files to figures by the rules of each challenge."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mebench.metrics.score import Counted
    from mebench.metrics.score_inputs import ScoreInputs
    from mebench.record.record import Record

app = typer.Typer(help="Score predictions by the rules of a challenge.", no_args_is_help=True)

JsonOut = Annotated[
    Path | None, typer.Option("--json", metavar="OUT.json", help="Where the scores are written.  [default: nowhere]")
]
Manifest = Annotated[
    Path | None,
    typer.Option(
        metavar="M.csv",
        help="Every video: dataset,subject,video,num_frames,fps.  [default: manifest.csv where truth.csv was found]",
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,C",
        help="Emotions that count in recognition, or all.  [default: those of the run; of other tables "
        "negative,positive,surprise where every true emotion is one of them or others, else all]",
    ),
]
Labels = Annotated[str, typer.Option(metavar="declared|present|union", help="Which classes the means are over.")]
Parser = Annotated[str, typer.Option(metavar="exact|search", help="How a class is read from an answer.")]
Answers = Annotated[Path, typer.Option(metavar="P.jsonl", help="Predictions: the question rows with answer filled.")]
TrueAnswers = Annotated[
    Path | None,
    typer.Option(
        metavar="T.jsonl",
        help="Truth: the question rows with the right answers.  [default: truth.jsonl beside the predictions]",
    ),
]


@app.command("str")
def score_str(
    pred: Annotated[
        Path, typer.Option(metavar="P.csv", help="Predictions: subject,video,onset,offset,emotion[,score].")
    ],
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="T.csv",
            help="Truth: subject,video,onset,offset,emotion.  [default: truth.csv beside the predictions]",
        ),
    ] = None,
    json_out: JsonOut = None,
    manifest: Manifest = None,
    classes: Classes = None,
    rules: Annotated[str, typer.Option(metavar="official|strict|both", help="Whose rules.")] = "both",
) -> None:
    """Score spot-then-recognise predictions by the organisers' rules and by strict ones."""
    from mebench.metrics.str.files import count_str_files

    files = _files("str", pred, truth, manifest)
    named = classes or _classes_of_run(files)
    _show(count_str_files(files.pred, files.known_truth, files.manifest, named, rules), files, json_out)


@app.command("spotting")
def score_spotting(
    pred: Annotated[
        Path,
        typer.Option(metavar="P.csv", help="Predictions: vid,onset,offset,type (me or mae), or an edition's log file."),
    ],
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="T.csv",
            help="Truth: vid,onset,offset,type, or a log.  [default: truth_spotting.csv beside the predictions]",
        ),
    ] = None,
    json_out: JsonOut = None,
    rules: Annotated[
        str, typer.Option(metavar="NAME", help="Whose rules: a name, several with commas between, or all.")
    ] = "all",
    manifest: Manifest = None,
) -> None:
    """Score spotted macro- and micro-expressions by the rules of MEGC2020 to 2024."""
    from mebench.metrics.spotting.files import count_spotting_files

    files = _files("spotting", pred, truth, manifest)
    _show(count_spotting_files(files.pred, files.known_truth, rules, files.manifest), files, json_out)


@app.command("recognition")
def score_recognition(
    pred: Annotated[
        Path, typer.Option(metavar="P.csv", help="Predictions: subject,video,predicted, or what mebench run writes.")
    ],
    json_out: JsonOut = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="T.csv",
            help="Truth: subject,video,emotion.  [default: in the predictions, or truth.csv beside them]",
        ),
    ] = None,
    classes: Classes = None,
    labels: Labels = "present",
) -> None:
    """Score recognised emotions as MEGC2019 does: UF1 and UAR, pooled and for each dataset."""
    from mebench.metrics.recognition.files import count_recognition_files

    files = _files("recognition", pred, truth, None)
    named = classes or _classes_of_run(files)
    _show(count_recognition_files(files.pred, files.truth, named, labels), files, json_out)


@app.command("vqa")
def score_vqa(
    pred: Answers,
    truth: TrueAnswers = None,
    json_out: JsonOut = None,
    parser: Parser = "exact",
    labels: Labels = "declared",
    bleu: Annotated[str, typer.Option(metavar="corpus4|corpus4-ws|sentence4-smooth1", help="Which BLEU.")] = "corpus4",
    rouge: Annotated[str, typer.Option(metavar="f|recall", help="Which part of ROUGE-1.")] = "f",
) -> None:
    """Score answers about clips (ME-VQA): six columns for Overall, SAMM and CAS, and their mean."""
    from mebench.metrics.vqa.files import count_vqa_files
    from mebench.metrics.vqa.statistics import VqaSettings

    files = _files("vqa", pred, truth, None)
    _show(count_vqa_files(files.pred, files.known_truth, VqaSettings(parser, labels, bleu, rouge)), files, json_out)


@app.command("lvqa")
def score_lvqa(pred: Answers, truth: TrueAnswers = None, json_out: JsonOut = None, parser: Parser = "exact") -> None:
    """Score answers about long videos (ME-LVQA): counts, action units, types."""
    from mebench.metrics.vqa.files import count_lvqa_files

    files = _files("lvqa", pred, truth, None)
    _show(count_lvqa_files(files.pred, files.known_truth, parser), files, json_out)


def _files(task: str, pred: Path, truth: Path | None, manifest: Path | None) -> "ScoreInputs":
    """Return the files of a score, and say which were found that nobody named."""
    from mebench.metrics.score_inputs import score_inputs

    files = score_inputs(task, pred, truth, manifest)
    for what, path in files.beside:
        typer.echo(f"{what:<12} {path}")
    return files


def _run_of(files: "ScoreInputs") -> "Record | None":
    """Return the record beside the predictions, where they lie in the folder of a finished run."""
    from mebench.record.record import read_record
    from mebench.record.run_folder import RunFolder

    run = RunFolder(files.pred.parent)
    return read_record(run.record) if run.record.is_file() and run.experiment.is_file() else None


def _classes_of_run(files: "ScoreInputs") -> str | None:
    """Return the classes that a run's experiment declares, and say so; None for tables that are no run's."""
    record = _run_of(files)
    if record is None:
        return None
    classes = ",".join(record.experiment.config["protocol"]["classes"])
    typer.echo(f"{'classes':<12} {classes}, as in {files.pred.parent / 'record.json'}")
    return classes


def _show(counted: "Counted", files: "ScoreInputs", json_out: Path | None) -> None:
    """Print the score of what was counted, and write it where that is wanted; that of a run has its record's seed."""
    from mebench.cli.terminal import show_rows
    from mebench.metrics.score import score_of, write_score
    from mebench.report.score_text import score_lines, score_notes, score_rows

    bootstrap, seed = 1000, 0
    if (record := _run_of(files)) is not None:
        bootstrap, seed = record.bootstrap
        typer.echo(f"{'intervals':<12} {bootstrap} resamples, seed {seed}, as in {files.pred.parent / 'record.json'}")
    score = score_of(counted, bootstrap, seed)
    show_rows(score_rows(score), score_notes(score), score_lines(score))
    if json_out is not None:
        write_score(json_out, score)
        typer.echo(f"{'scores':<12} {json_out}")
