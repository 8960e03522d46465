"""Cards of made datasets: which frames are shown, what is counted, a picture and a page for whatever there is."""

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mebench.data.card import Card
from mebench.data.frames import SEGMENT, LazyFrames, SegmentStore
from mebench.data.interval import Expression, VideoInfo
from mebench.data.source import Dataset, Video
from mebench.report.card.card import _durations, _short_ids, draw_card
from mebench.report.card.contact_sheet import FACES, contact_sheet, sheet_title, spread
from mebench.report.card.facts import REST, class_counts, seconds
from mebench.report.card.page import TABLE_SUBJECTS, card_markdown

FRAMES, FPS = 30, 30.0
CARD = Card(
    holds="made | up",
    kind="long videos",
    subjects=2,
    videos=None,
    micro=5,
    macro=0,
    fps="30",
    licence="none",
    apply="nowhere",
    experimental=True,
)


def expression(onset: int, offset: int, emotion: str, coarse: str = "", kind: str = "micro", apex: int = -1):
    return Expression(onset, apex, offset, kind, emotion, coarse, "")


def image(number: int, depth: int = 8) -> bytes:
    """A PNG of 12 x 20 pixels whose brightness tells its number."""
    pixels = np.linspace(0, 1, 240).reshape(20, 12) * 100 + number
    kept = pixels.astype(np.uint8) if depth == 8 else (pixels * 20 + 500).astype(np.uint16)
    return cv2.imencode(".png", kept)[1].tobytes()


def dataset(tmp_path, videos: dict[tuple[str, str], tuple[Expression, ...]], files=image, **facts) -> Dataset:
    """A dataset of (subject, video) -> expressions; frame `n` of each video is `files(n)`."""
    from tensorflow_datasets.proto import tf_example_pb2

    assert FRAMES <= SEGMENT
    pictures, elements, found = [files(n) for n in range(FRAMES)], [], []
    store = SegmentStore(tmp_path, lambda: elements)
    for number, ((subject, name), expressions) in enumerate(sorted(videos.items())):
        info = VideoInfo("made", f"{subject}_{name}", subject, name, FPS, FRAMES, expressions, **facts)
        example = tf_example_pb2.Example()
        example.features.feature["video_id"].bytes_list.value.append(info.video_id.encode())
        example.features.feature["start"].int64_list.value.append(0)
        example.features.feature["frames"].bytes_list.value.extend(pictures)
        elements.append(example.SerializeToString())
        found.append(Video(info, LazyFrames(name, info.video_id, FRAMES, number, store), "", f"print {number}"))
    return Dataset("made", "v1", "1.0.0", tuple(found))


def drawn(one: Dataset, path):
    """The picture of a dataset as pixels, and its page."""
    faces = contact_sheet(one)
    draw_card(one, faces, path / "card.png")
    pixels = cv2.imread(str(path / "card.png"))
    assert pixels.shape[1] == 1320
    assert (pixels[[0, -1]] == 255).all()  # a white margin above and below
    return pixels, card_markdown(one, faces, CARD, "card.png")


SMALL = {
    ("a", "1"): (expression(3, 8, "fear", "negative", apex=5), expression(10, 29, "joy", "positive", "macro")),
    ("a", "2"): (expression(2, 6, "joy", "positive"),),
    ("b", "1"): (),
}


def test_faces_are_apexes_or_middles_with_subject_and_emotion(tmp_path):
    one = dataset(tmp_path, SMALL)
    faces = contact_sheet(one)
    assert [(f.video.info.video_id, f.frame, f.label, f.size) for f in faces] == [
        ("a_1", 5, "fear", (12, 20)),
        ("a_2", 4, "joy", (12, 20)),
    ]
    assert faces[0].image[0, 0].tolist() == [5, 5, 5]
    assert sheet_title(one, faces) == "Apex frames of 2 of 2 micro-expressions, middle frames where the apex is unknown"


def test_counts_by_hand(tmp_path):
    one = dataset(tmp_path, SMALL)
    classes = class_counts(one)
    assert (classes.kind, classes.names, classes.counts.tolist()) == (
        "micro",
        ("negative", "positive"),
        [[1, 1], [0, 0]],
    )
    assert seconds(one, "micro") == pytest.approx([6 / FPS, 5 / FPS])
    assert seconds(one, "macro") == pytest.approx([20 / FPS])


def test_the_picture_is_reproducible_and_the_page_says_what_was_published(tmp_path):
    one = dataset(tmp_path, SMALL)
    pixels, page = drawn(one, tmp_path)
    first = (tmp_path / "card.png").read_bytes()
    drawn(one, tmp_path)
    assert (tmp_path / "card.png").read_bytes() == first
    assert (pixels != 255).any()
    for line in (
        "made \\| up",
        "| subjects | 2 | 2 |",
        "| videos | not published | 3 |",
        "| micro-expressions | 5 | 2 |",
        "| expressions with an unknown apex |  | 2 |",
        "| subject | negative | positive | macro-expressions |",
        "| all subjects | 1 | 1 | 1 |",
        f"| fingerprint | {one.fingerprint} |",
    ):
        assert line in page.splitlines()
    assert "](card.png)" in page
    assert "nothing is recorded" in card_markdown(one, [], None, "card.png")


def test_a_test_set_without_labels_shows_first_frames_and_no_charts(tmp_path):
    one = dataset(tmp_path, {("a", "1"): (), ("a", "2"): ()}, has_labels=False)
    pixels, page = drawn(one, tmp_path)
    assert [(f.frame, f.label) for f in contact_sheet(one)] == [(0, "1"), (0, "2")]
    assert sheet_title(one, contact_sheet(one)) == "First frames of 2 of 2 videos (no labels)"
    assert "The videos have no labels." in page
    assert "| micro-expressions | 5 | no labels |" in page.splitlines()
    drawn(dataset(tmp_path, SMALL), tmp_path)
    assert cv2.imread(str(tmp_path / "card.png")).shape[0] > pixels.shape[0]


def test_macro_expressions_alone_are_counted(tmp_path):
    one = dataset(tmp_path, {("a", "1"): (expression(0, 29, "joy", "positive", "macro"),)})
    _, page = drawn(one, tmp_path)
    assert class_counts(one).kind == "macro"
    assert "Counted are macro-expressions." in page
    assert "no micro-expressions" in page


@pytest.mark.parametrize("subjects", [1, 40, 41, 300])
def test_any_number_of_subjects(tmp_path, subjects):
    videos = {(f"s{n:03d}", "1"): (expression(3, 8, "fear", "negative"),) * (1 + n % 3) for n in range(subjects)}
    one = dataset(tmp_path, videos)
    faces = contact_sheet(one)
    shown = {face.video.info.subject for face in faces}
    assert len(faces) == min(FACES, sum(map(len, videos.values())))
    assert len(shown) == min(FACES, subjects)
    _, page = drawn(one, tmp_path)
    assert (f"{subjects - TABLE_SUBJECTS} more subjects not listed" in page) == (subjects > TABLE_SUBJECTS)


def test_depth_of_16_bits_is_stretched(tmp_path):
    one = dataset(tmp_path, SMALL, files=lambda n: image(n, 16))
    grey = contact_sheet(one)[0].image
    assert (int(grey.min()), int(grey.max())) == (0, 255)
    drawn(one, tmp_path)


@pytest.mark.parametrize("shape", [(20, 12, 4), (20, 12, 3)])
def test_colours_are_red_green_blue(tmp_path, shape):
    blue = np.zeros(shape, np.uint8)
    blue[..., 0] = 200
    one = dataset(tmp_path, SMALL, files=lambda n: cv2.imencode(".png", blue)[1].tobytes())
    assert contact_sheet(one)[0].image[3, 3].tolist() == [0, 0, 200]


def test_a_frame_that_cannot_be_decoded_is_a_tile_and_a_line(tmp_path):
    one = dataset(tmp_path, SMALL, files=lambda n: b"" if n == 5 else image(n))
    assert [face.image is None for face in contact_sheet(one)] == [True, False]
    assert "cannot be decoded (grey tiles): a\\_1 frame 5" in drawn(one, tmp_path)[1]


def test_odd_names_and_many_emotions(tmp_path):
    names = [*(f"emotion {n}" for n in range(14)), "_hidden", "$\\frac$", "厌恶", "a very long name of an emotion", ""]
    odd = {("_s$1$ 王|x", "v"): tuple(expression(3, 3 + n % 5, name) for n, name in enumerate(names))}
    one = dataset(tmp_path, odd)
    classes = class_counts(one)
    assert len(classes.names) == 10
    assert classes.names[-1] == REST
    assert int(classes.counts.sum()) == len(names)
    _, page = drawn(one, tmp_path)
    assert "\\|x" in page


def test_shares_are_even_and_spread():
    assert spread([5], 3) == [[0, 2, 4]]
    assert spread([5, 1], 24) == [[0, 1, 2, 3, 4], [0]]
    assert spread([2, 9, 9], 8) == [[0, 1], [0, 4, 8], [0, 4, 8]]
    assert [len(picks) for picks in spread([3] * 5, 3)] == [1, 0, 1, 0, 1]
    assert spread([], 3) == []


def test_long_ids_are_told_apart_below_bars():
    assert _short_ids(["participant_1_left", "participant_10_left"]) == ["1", "10"]
    assert _short_ids(["participant_110", "participant_111"]) == ["110", "111"]
    assert _short_ids(["s1", "s2"]) == ["s1", "s2"]
    assert _short_ids(["a_single_very_long_id"]) == ["a_sing…ng_id"]
    assert _short_ids(["a_very_long_", "a_very_long_id"]) == ["-", "id"]


def test_a_bar_of_durations_covers_its_bin_and_kinds_are_stacked(tmp_path):
    same = (expression(0, 14, "joy", "positive"), expression(0, 14, "joy", "positive", "macro"))
    axes = Figure().add_subplot()
    _durations(axes, dataset(tmp_path, {("a", "1"): same}))
    bars = [bar for bar in axes.patches if bar.get_height()]
    assert [(bar.get_y(), bar.get_height()) for bar in bars] == [(0, 1), (1, 1)]
    assert all(bar.get_x() <= 0.5 < bar.get_x() + bar.get_width() for bar in bars)
    assert axes.get_ylim()[1] > 2
