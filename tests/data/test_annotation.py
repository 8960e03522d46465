"""Annotation of a dataset that is drawn here, without a frame."""

import pytest

from mebench.data.annotation import annotated
from mebench.errors import MebenchError


def test_every_video_and_question_in_order():
    found = annotated("synth_me", "tiny")
    names = [(one.info.subject, one.info.video_id) for one in found]
    assert names == sorted(names)
    assert len({subject for subject, _ in names}) == 3
    assert all(one.info.expressions and one.questions for one in found)
    assert annotated("synth_me", "tiny") == found


def test_what_is_not_drawn_here():
    with pytest.raises(MebenchError, match=r"samm_lv is made from an archive, so its labels are not known here"):
        annotated("samm_lv", "")
    with pytest.raises(MebenchError, match=r"unknown variant of synth_me 'tine'"):
        annotated("synth_me", "tine")
