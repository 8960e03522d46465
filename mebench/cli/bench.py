"""`mebench bench`: how fast parts of mebench are, beside a peer in the same run."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mebench.benchmarks.rows import BenchmarkRow

JsonOut = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Where the rows are written, as a list.")]

app = typer.Typer(help="Time a part of mebench beside a peer in the same run.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Time a part of mebench beside a peer in the same run."""


@app.command("score")
def bench_score(
    predictions: Annotated[int, typer.Option(metavar="N", min=1, help="Predicted intervals.")] = 10_000,
    resamples: Annotated[int, typer.Option(metavar="N", min=0, help="Resamples of the bootstrap.")] = 1000,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 5,
    json_out: JsonOut = None,
) -> None:
    """Score made-up predictions of 30 long videos, beside the official rule in plain Python over pandas tables."""
    from mebench.benchmarks.score import benchmark_score

    _show(benchmark_score(predictions, resamples, repeats), json_out)


@app.command("features")
def bench_features(
    flow: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Method of flow; repeatable.  [default: opencv_dis, jax_clg]"),
    ] = None,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 3,
    json_out: JsonOut = None,
) -> None:
    """Bring videos from stored pictures to MEAN's windows, beside a plain loop over frames."""
    from mebench.runtime import environment as runtime

    runtime.start(native=True)
    from mebench.benchmarks.features import benchmark_features

    _show(benchmark_features(tuple(flow or ("opencv_dis", "jax_clg")), repeats), json_out)


@app.command("roi")
def bench_roi(
    flow: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Method of flow; repeatable.  [default: jax_clg]")
    ] = None,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 3,
    subjects: Annotated[int, typer.Option(metavar="N", min=1, max=7, help="Drawn subjects for the errors.")] = 7,
    json_out: JsonOut = None,
) -> None:
    """Follow the regions of faces, beside a plain OpenCV script: frames a second, and errors on known motion."""
    from mebench.runtime import environment as runtime

    runtime.start(native=True)
    from mebench.benchmarks.roi import benchmark_roi

    _show(benchmark_roi(tuple(flow or ("jax_clg",)), repeats, subjects), json_out)


@app.command("flow")
def bench_flow(
    size: Annotated[
        list[int] | None, typer.Option(metavar="PX", help="Side of the pictures; repeatable.  [default: 128, 256]")
    ] = None,
    pairs: Annotated[int, typer.Option(metavar="N", help="Pairs of each length of motion.")] = 16,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 3,
    contrib_python: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="A Python with opencv-contrib: the peer of TV-L1.")
    ] = None,
    json_out: JsonOut = None,
) -> None:
    """Compute optical flow by every method, beside OpenCV's: pairs a second, and errors on faces with known flow."""
    from mebench.runtime import environment as runtime

    runtime.start(native=True)
    from mebench.benchmarks.flow import FlowBenchmark, benchmark_flow

    _show(benchmark_flow(FlowBenchmark(tuple(size or (128, 256)), pairs, repeats), contrib_python), json_out)


@app.command("qwen")
def bench_qwen(
    size: Annotated[str, typer.Option(metavar="100m|3b", help="Random weights of this size.")] = "100m",
    batch: Annotated[
        list[int] | None, typer.Option(metavar="N", min=1, help="Prompts at once; repeatable.  [default: 1, 8]")
    ] = None,
    train_batch: Annotated[int, typer.Option(metavar="N", min=1, help="Questions in a LoRA step.")] = 4,
    tokens: Annotated[int, typer.Option(metavar="N", help="Tokens of the prompt, 64 of them a picture's.")] = 256,
    new: Annotated[int, typer.Option(metavar="N", help="Tokens that are made.")] = 65,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 5,
    torch_python: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="A Python with torch, transformers and peft: the peer.")
    ] = None,
    json_out: JsonOut = None,
) -> None:
    """Answer and fine-tune with Qwen2.5-VL of random weights, beside transformers and PEFT on the same device."""
    from mebench.runtime import environment as runtime

    runtime.start(native=True)
    from mebench.benchmarks.qwen import QwenBenchmark, benchmark_qwen

    chosen = QwenBenchmark(size, tuple(batch or (1, 8)), train_batch, tokens, new, repeats)
    _show(benchmark_qwen(chosen, torch_python), json_out)


@app.command("train")
def bench_train(
    folds: Annotated[int, typer.Option(metavar="N", min=1, help="Folds.")] = 4,
    windows: Annotated[int, typer.Option(metavar="N", min=1, help="Windows a fold spots in.")] = 960,
    epochs: Annotated[int, typer.Option(metavar="N", min=1, help="Epochs of spotting.")] = 1,
    apexes: Annotated[int, typer.Option(metavar="N", min=1, help="Micro-expressions a fold recognises.")] = 96,
    recognition_epochs: Annotated[int, typer.Option(metavar="N", min=1, help="Epochs of recognition.")] = 10,
    batch: Annotated[int, typer.Option(metavar="N", min=1, help="Windows in a step.")] = 32,
    peer_folds: Annotated[int | None, typer.Option(metavar="N", min=1, help="Folds the peer trains.  [all]")] = None,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 3,
    growth: Annotated[bool, typer.Option(help="Also 10 times the folds and windows.")] = True,
    torch_python: Annotated[str | None, typer.Option(metavar="PROGRAM", help="A Python with torch: the peer.")] = None,
    json_out: JsonOut = None,
) -> None:
    """Train MEAN on all folds of made-up windows, beside the same network in plain PyTorch, fold by fold."""
    from mebench.runtime import environment as runtime

    runtime.start(native=True)
    from mebench.benchmarks.train import TrainBenchmark, benchmark_train

    theirs = min(folds, peer_folds or folds)
    sizes = TrainBenchmark(folds, windows, epochs, apexes, recognition_epochs, batch, theirs, repeats, growth)
    _show(benchmark_train(sizes, torch_python), json_out)


@app.command("infer")
def bench_infer(
    folds: Annotated[int, typer.Option(metavar="N", min=1, help="Folds, each with its own weights.")] = 4,
    videos: Annotated[int, typer.Option(metavar="N", min=1, help="Videos of each fold.")] = 2,
    windows: Annotated[int, typer.Option(metavar="N", min=32, help="Windows of an average video.")] = 600,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 5,
    growth: Annotated[bool, typer.Option(help="Also 10 times the windows and folds.")] = True,
    torch_python: Annotated[str | None, typer.Option(metavar="PROGRAM", help="A Python with torch: the peer.")] = None,
    json_out: JsonOut = None,
) -> None:
    """Score made-up windows with MEAN beside plain PyTorch, and decode 30 long videos beside plain scipy."""
    from mebench.runtime import environment as runtime

    runtime.start(native=True)
    from mebench.benchmarks.infer import InferBenchmark, benchmark_infer

    _show(benchmark_infer(InferBenchmark(folds, videos, windows, repeats, growth), torch_python), json_out)


def _show(rows: "list[BenchmarkRow]", json_out: Path | None) -> None:
    """Print rows as a table, and write them where asked."""
    from mebench.atomic import write_text
    from mebench.cli.terminal import show_rows

    table: list[tuple[str, ...]] = [("name", "ours", "peer", "ratio", "unit", "of limit", "threads")]
    for row in rows:
        numbers = [f"{value:.4g}" if value is not None else "" for value in (row.ours, row.peer, row.ratio)]
        share = f"{row.limit_share:.0%}" if row.limit_share is not None else ""
        table.append((row.name, *numbers, row.unit, share, str(row.threads)))
    show_rows(table, ())
    if json_out is not None:
        write_text(json_out, json.dumps([row.to_json() for row in rows], indent=1, allow_nan=False) + "\n")
        typer.echo(f"rows         {json_out}")
