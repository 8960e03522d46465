"""The unseen test set read: both parts, or one, or that of 2022; there are no labels."""

from collections.abc import Sequence

from mebench.data.audit import Count, Finding
from tfds_builders.archives.annotation import Key
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import ArchiveVideo, Recipe, assemble
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree
from tfds_builders.megc2025_str.clips import clips_of
from tfds_builders.megc2025_str.published import FOLDERS, FPS, PARTS, SAMM_FRAMES, VIDEOS, Edition, Part


def read_test_set(tree: Tree, choice: Choice) -> Reading:
    """Return the videos of the parts that the variant asks for."""
    edition: Edition = "2022" if choice.pixels == "megc2022" else "2025"
    wanted = [part for part in PARTS if choice.pixels not in PARTS or choice.pixels == part]
    videos: list[ArchiveVideo] = []
    findings: list[Finding] = _workbooks(tree)
    counts: list[Count] = []
    parts: list[tuple[str, str]] = []
    for part in wanted:
        found, told = _part(tree, edition, part, choice)
        videos += found
        findings += told
        names = VIDEOS[edition, part]
        counts.append(Count(f"videos of {part}", len(found), len(names) or None))
        counts.append(Count(f"frames of {part}", sum(v.info.num_frames for v in found), _frames(edition, part)))
        above = sorted({video.folder.rpartition("/")[0] or "." for video in found})
        parts += [(f"videos of {part}", path) for path in above[:5]]
    videos.sort(key=lambda video: (video.info.subject, video.info.video))
    return Reading(tuple(videos), edition, tuple(parts), tuple(counts), tuple(findings))


def _part(tree: Tree, edition: Edition, part: Part, choice: Choice) -> tuple[Sequence[ArchiveVideo], list[Finding]]:
    """Return the videos of one part, and what is odd about them."""

    def video_id(key: Key) -> str:
        return f"{part}_{key[1]}"

    clips, findings = clips_of(tree, edition, part)
    if not clips:
        return (), [*findings, _missing(edition, part, choice)]
    recipe = Recipe(dataset="megc2025_str", fps=FPS[part], policy=choice.policy, video_id=video_id, has_labels=False)
    videos, more = assemble(recipe, clips, ())
    lacking = [name for name in VIDEOS[edition, part] if name not in {video.info.video for video in videos}]
    if lacking:
        what = f"{len(lacking)} of {len(VIDEOS[edition, part])} videos of {part} are missing: {', '.join(lacking)}"
        more = (*more, Finding("error", "video-missing", "", what, "a submission needs them: unpack them too"))
    return videos, [*findings, *more, *_odd(videos, edition, part)]


def _odd(videos: Sequence[ArchiveVideo], edition: Edition, part: Part) -> list[Finding]:
    """Return videos of other lengths than published, and those of CAS that are not counted from 0."""
    findings = []
    for video in videos:
        info, where = video.info, f"folder {video.folder}"
        published = SAMM_FRAMES.get(info.video) if edition == "2025" and part == "samm" else None
        if published not in (None, info.num_frames):
            what = f"{info.num_frames} frames, published are {published}"
            findings.append(Finding("warning", "count-differs", where, what, "unpack its images again"))
        if edition == "2025" and part == "cas" and info.first_number != 0:
            what = f"its first file is {video.files[0]}, published is 0000.jpg"
            action = "kept: its first file is frame 0; look whether files are missing"
            findings.append(Finding("warning", "first-number", where, what, action))
    return findings


def _missing(edition: Edition, part: Part, choice: Choice) -> Finding:
    what = f"no video of the part {part}, as {FOLDERS[edition, part]} ({FPS[part]:g} fps)"
    action = "unpack it there"
    if not choice.pixels:
        action += f", or take the variant {'cas' if part == 'samm' else 'samm'} for the other part alone"
    return Finding("fatal", "part-missing", "", what, action)


def _frames(edition: Edition, part: Part) -> int | None:
    return sum(SAMM_FRAMES.values()) if (edition, part) == ("2025", "samm") else None


def _workbooks(tree: Tree) -> list[Finding]:
    """Return a note for each spreadsheet: the test set has no public labels."""
    what = "a spreadsheet; the labels are not public, and the workbooks that circulate are mocks"
    return [Finding("note", "table-unused", path, what, "passed over") for path in tree.named(".xlsx", ".xls", ".csv")]
