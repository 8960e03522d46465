"""`mebench predict`: what a model says of a user's own clip."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Ask a model about a clip of your own.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Ask a model about a clip of your own."""


@app.command("vqa")
def predict_vqa(
    weights: Annotated[Path, typer.Option(metavar="DIR", help="Folder of a Qwen2.5-VL checkpoint.")],
    clip: Annotated[Path, typer.Option(metavar="PATH", help="Folder of pictures, or a video file.")],
    question: Annotated[str, typer.Option(metavar="TEXT", help="What to ask.")],
    kind: Annotated[str, typer.Option(metavar="video|oao|of", help="What the model is shown.")] = "video",
    adapter: Annotated[
        Path | None, typer.Option(metavar="DIR", help="LoRA adapter in PEFT's files that goes with --weights.")
    ] = None,
    onset: Annotated[int, typer.Option(metavar="N", help="First frame of the micro-expression, from 0.")] = 0,
    apex: Annotated[int | None, typer.Option(metavar="N", help="Its apex.  [default: estimated]")] = None,
    offset: Annotated[int | None, typer.Option(metavar="N", help="Its last frame.  [default: the last]")] = None,
    new_tokens: Annotated[int, typer.Option(metavar="N", min=1, help="Most tokens of the answer.")] = 96,
) -> None:
    """Answer one question about one clip with Qwen2.5-VL."""
    from mebench.runtime import environment as runtime

    runtime.start()
    from mebench.methods.protocols import ExternalWeights
    from mebench.methods.qwen2_5_vl.own_clip import answer_about

    found = answer_about(ExternalWeights(weights, adapter), clip, question, kind, (onset, apex, offset), new_tokens)
    if found.apex_estimated:
        typer.echo(f"apex         frame {found.apex_frame} (estimated)")
    typer.echo(f"answer       {found.answer}")
    typer.echo(f"licence      {found.licence}")
    typer.echo(f"took         {found.seconds:.1f} s, {found.tokens} tokens, the weights apart")
