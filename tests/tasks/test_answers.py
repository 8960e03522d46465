"""From answers and annotations to the tables that are scored."""

from mebench.data.interval import Interval, VideoInfo
from mebench.tasks.answers import Spotted, VideoAnswer, prediction_table


def test_prediction_rows_keep_the_order_of_videos_and_time():
    infos = [VideoInfo("d", f"v{i}", f"s{i}", f"v{i}", 30.0, 90, ()) for i in range(2)]
    answers = [
        VideoAnswer(infos[0], (Spotted(Interval(3, 9), "negative", 0.5), Spotted(Interval(20, 29), "positive", 0.25))),
        VideoAnswer(infos[1], ()),
    ]
    table = prediction_table(answers)
    assert table.keys == (("s0", "v0"), ("s0", "v0"))
    assert table.onset.tolist() == [3, 20]
    assert table.offset.tolist() == [9, 29]
    assert table.emotion == ("negative", "positive")
    assert table.score.tolist() == [0.5, 0.25]


def test_no_answer_is_an_empty_table():
    assert len(prediction_table([])) == 0
