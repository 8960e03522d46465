"""Clips and rows of a table put together: the videos of a dataset, and what is odd about them."""

import bisect
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mebench.data.action_units import parse_aus
from mebench.data.audit import Count, Finding
from mebench.data.interval import Expression, VideoInfo
from mebench.data.questions import Question
from tfds_builders.archives.annotation import Annotation, Clip, Key, Span
from tfds_builders.archives.frames import repair
from tfds_builders.archives.rules import Policy, Rule
from tfds_builders.archives.sheets import text
from tfds_builders.archives.tree import missing_runs

MICRO_SECONDS = 0.5
"""From onset to offset: a longer micro-expression is worth a look (mebench/docs/datasets.md, CAS(ME)^3)."""

Published = int | tuple[int, ...]
"""A published number; of several releases or lists the usual number first."""


@dataclass(frozen=True)
class ArchiveVideo:
    """A video of the archive: its facts, its image files in order, and in question sets what is asked about it."""

    info: VideoInfo
    folder: str
    files: tuple[str, ...]
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Steps from a dataset's clips and rows to videos.

    Attributes:
        dataset: name of it.
        fps: frames per second of all videos that `fps_of` has no other number for.
        fps_of: frames per second of a key's video.
        policy: its name.
        rules: its rules, in order.
        video_id: id of a key's video; by default subject and video joined by an underscore.
        lone_clips: whether clips that no row names are kept (long videos: yes, nothing happens in them; short clips: a
            clip without a row tells nothing).
        has_labels: False for test sets, whose rows nobody outside has.
        without_folder: videos that have rows in the published table and no folder in the published images.
    """

    dataset: str
    fps: float
    policy: Policy
    fps_of: Mapping[Key, float] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    video_id: Callable[[Key], str] = "_".join
    lone_clips: bool = True
    has_labels: bool = True
    without_folder: frozenset[Key] = frozenset()


def assemble(
    recipe: Recipe, clips: Sequence[Clip], rows: Sequence[Annotation]
) -> tuple[tuple[ArchiveVideo, ...], tuple[Finding, ...]]:
    """Return the videos, sorted by subject and video, and the findings of every row and clip."""
    findings: list[Finding] = []
    by_key = _unique(clips, findings)
    of_clip: dict[Key, list[Annotation]] = {}
    for row in rows:
        of_clip.setdefault(row.key, []).append(row)
    findings += _lone_rows(recipe, of_clip, by_key)
    videos = []
    for key, clip in sorted(by_key.items()):
        own = of_clip.get(key, [])
        if not own and recipe.has_labels:
            action = "kept, without expressions" if recipe.lone_clips else "left out"
            findings.append(Finding("note", "video-without-rows", clip.where, "no row of the table names it", action))
            if not recipe.lone_clips:
                continue
        videos.append(_video(recipe, clip, own, findings))
    findings += _nothing_kept(recipe, videos, rows)
    if not videos:
        what = "no folder of image files goes with a row of the table" if clips else "no folder of image files"
        findings.append(Finding("fatal", "no-videos", "", what, "point --archive at the unpacked archive's own folder"))
    return tuple(videos), tuple(findings)


def counts_of(
    videos: Sequence[ArchiveVideo], rows: Sequence[Annotation], published: Mapping[str, Published]
) -> tuple[Count, ...]:
    """Return the counts of an audit: `subjects`, `videos`, `frames`, rows and kept expressions, by kind.

    Args:
        videos: that are built.
        rows: of the table.
        published: what of it is known, of the release, table and policy that are looked at.
    """
    kept = [e for v in videos for e in v.info.expressions]
    found = {
        "subjects": len({v.info.subject for v in videos}),
        "videos": len(videos),
        "frames": sum(v.info.num_frames for v in videos),
        "micro rows": sum(row.kind == "micro" for row in rows),
        "macro rows": sum(row.kind == "macro" for row in rows),
        "micro-expressions kept": sum(e.kind == "micro" for e in kept),
        "macro-expressions kept": sum(e.kind == "macro" for e in kept),
    }
    return tuple(counted(what, number, published) for what, number in found.items())


def counted(what: str, found: int, published: Mapping[str, Published]) -> Count:
    """Return one count beside what is published."""
    known = published.get(what)
    first, *also = known if isinstance(known, tuple) else (known,)
    return Count(what, found, first, tuple(n for n in also if n is not None))


def _nothing_kept(recipe: Recipe, videos: Sequence[ArchiveVideo], rows: Sequence[Annotation]) -> list[Finding]:
    """Return that no expression is kept, or none of a kind that the table has."""
    if not recipe.has_labels or not videos:
        return []
    kept = {e.kind for video in videos for e in video.info.expressions}
    if not kept:
        what = f"none of the table's {len(rows)} rows gives an expression in a video"
        return [Finding("fatal", "no-expressions", "", what, "look whether the table is that of these images")]
    lost = Counter(row.kind for row in rows if row.kind not in kept)
    action = "see below why each is left out"
    return [
        Finding("error", "no-expressions", "", f"none of the table's {number} {kind} rows gives an expression", action)
        for kind, number in lost.items()
    ]


def _unique(clips: Sequence[Clip], findings: list[Finding]) -> dict[Key, Clip]:
    """Return one clip a key: the one with the most files, then the first by path."""
    found: dict[Key, Clip] = {}
    for clip in sorted(clips, key=lambda c: (-len(c.files), c.folder)):
        if not clip.files:
            findings.append(Finding("warning", "no-frames", clip.where, "no numbered image file", "left out"))
        elif clip.key in found:
            what = f"the same video ({'/'.join(clip.key)}) as {found[clip.key].folder}"
            findings.append(Finding("warning", "video-twice", clip.where, what, "left out"))
        else:
            found[clip.key] = clip
    return found


def _lone_rows(recipe: Recipe, rows: Mapping[Key, Sequence[Annotation]], clips: Mapping[Key, Clip]) -> list[Finding]:
    """Return an error for each video whose folder is missing; a note where the release itself has none."""
    findings = []
    for key, own in sorted(rows.items()):
        if key not in clips:
            known = key in recipe.without_folder
            what = f"no folder of this video (rows: {len(own)})" + (", as in the published images" if known else "")
            findings.append(Finding("note" if known else "error", "video-missing", own[0].where, what, "left out"))
    return findings


def _video(recipe: Recipe, clip: Clip, rows: Sequence[Annotation], findings: list[Finding]) -> ArchiveVideo:
    missing = missing_runs(clip.files)
    if missing and clip.whole:
        findings.append(
            Finding(
                "warning", "frame-gap", clip.where, f"files {missing} are missing", "frames are counted without them"
            )
        )
    expressions = []
    for row in rows:
        repaired = repair(row, clip, recipe.policy, recipe.rules)
        findings += repaired.findings
        if repaired.span is not None:
            expressions.append((expression_of(row, repaired.span, repaired.repairs), row))
    expressions.sort(key=lambda pair: (pair[0].onset, pair[0].offset, pair[1].row))
    findings += _oddities(recipe, expressions, clip)
    info = VideoInfo(
        dataset=recipe.dataset,
        video_id=recipe.video_id(clip.key),
        subject=clip.key[0],
        video=clip.key[1],
        fps=recipe.fps_of.get(clip.key, recipe.fps),
        num_frames=len(clip.files),
        expressions=tuple(e for e, _ in expressions),
        has_labels=recipe.has_labels,
        first_number=min(clip.files),
        missing_numbers=missing,
    )
    return ArchiveVideo(info, clip.folder, tuple(clip.files[n] for n in sorted(clip.files)))


def expression_of(row: Annotation, span: Span, repairs: tuple[str, ...]) -> Expression:
    """Return the expression of a row."""
    aus = parse_aus(row.aus if not isinstance(row.aus, bool) else None)
    notes = {name: cell for name, cell in row.notes.items() if cell is not None}
    more = {"aus_kept": "+".join(aus.kept), "aus_unparsed": aus.unparsed}
    notes.update({name: value for name, value in more.items() if value})
    return Expression(
        onset=span.onset,
        apex=-1 if span.apex is None else span.apex,
        offset=span.offset,
        kind=row.kind,
        emotion=row.emotion,
        coarse=row.coarse,
        fine=row.fine,
        aus=aus.units,
        raw_row=row.row,
        raw_onset=text(row.onset),
        raw_apex=text(row.apex),
        raw_offset=text(row.offset),
        raw_aus=text(row.aus),
        notes=json.dumps(notes, ensure_ascii=False, sort_keys=True) if notes else "",
        repairs=(*row.repairs, *repairs),
    )


def _oddities(recipe: Recipe, pairs: Sequence[tuple[Expression, Annotation]], clip: Clip) -> list[Finding]:
    """Return what is worth a look in the expressions of a video, which are in order of onset; nothing is changed."""
    findings = []
    numbers = sorted(clip.files)
    fps = recipe.fps_of.get(clip.key, recipe.fps)
    for e, row in pairs:
        seconds = (e.offset - e.onset) / fps
        if e.kind == "micro" and seconds > MICRO_SECONDS:
            what = f"a micro-expression of offset - onset = {e.offset - e.onset} frames ({seconds:.2f} s)"
            findings.append(Finding("note", "micro-too-long", row.where, what, "kept"))
        if e.apex >= 0 and not e.onset <= e.apex <= e.offset:
            findings.append(Finding("note", "apex-outside", row.where, "the apex lies outside the interval", "kept"))
        elif 0 <= e.apex == e.onset:
            findings.append(Finding("note", "apex-is-onset", row.where, "the apex is the onset", "kept"))
        gap = missing_runs(numbers[e.onset : e.offset + 1])
        if gap:
            findings.append(Finding("warning", "gap-in-expression", row.where, f"files {gap} are missing", "kept"))
        unparsed = json.loads(e.notes).get("aus_unparsed", "") if e.notes else ""
        if unparsed:
            findings.append(Finding("note", "au-unparsed", row.where, f"action units {unparsed!r}", "kept as text"))
    onsets = [e.onset for e, _ in pairs]
    for index, (e, row) in enumerate(pairs):
        for _, following in pairs[index + 1 : bisect.bisect_right(onsets, e.offset)]:
            what = f"overlaps {following.name} (row {following.row})"
            findings.append(Finding("note", "overlap", row.where, what, "both are kept"))
    return findings
