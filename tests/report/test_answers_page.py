"""The page of answers: pictures, right and wrong, strangers' words escaped, nothing loaded."""

import numpy as np

from mebench.report.answers_page import SIDE, AnswerRow, ClipCard, answers_page, picture_of


def test_a_page_shows_every_clip_and_answer():
    picture = picture_of(np.full((224, 224, 3), (255, 0, 0), np.uint8), "apex (frame 3)")
    rows = (AnswerRow("What?", "yes", "Yes."), AnswerRow("<b>Which?</b>", "dimpler", "<script>x</script>"))
    text = answers_page("made/run", "one clip", "Red is right.", [ClipCard("s1_1", "subject s1", (picture,), rows)])
    assert "1 of 2 answers are the true ones" in text
    assert "✓ right" in text
    assert "✗ wrong" in text
    assert "&lt;b&gt;Which?" in text
    assert "<script>" not in text
    assert "Red is right." in text
    assert text.count("data:image/jpeg;base64,") == 1
    assert "http" not in text.replace("http-equiv", "")
    assert f'width="{SIDE}"' in text


def test_pictures_keep_their_colours():
    import cv2

    red = picture_of(np.full((50, 80, 3), (255, 0, 0), np.uint8), "")
    shown = cv2.imdecode(np.frombuffer(red.data, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (SIDE, SIDE, 3)
    assert shown[0, 0, 2] > 240
    assert shown[0, 0, 0] < 20
