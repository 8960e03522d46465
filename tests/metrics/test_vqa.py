"""ME-VQA: the six columns against scikit-learn, sacrebleu, nltk and rouge-score, and by hand."""

import json

import numpy as np
import pytest
import sacrebleu
from fixtures.scores import values
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge_score.rouge_scorer import RougeScorer
from sklearn.metrics import f1_score, recall_score

from mebench.errors import MebenchError
from mebench.metrics.score import score_of
from mebench.metrics.vqa import files as vqa_files
from mebench.metrics.vqa.files import count_vqa, count_vqa_files
from mebench.metrics.vqa.parsers import DECLARED, exact, search
from mebench.metrics.vqa.statistics import SIX, VqaSettings, vqa_from_json, vqa_statistics
from mebench.metrics.vqa.text import bleu_of, bleu_sums, rouge_1, tokens_13a
from mebench.tables.questions import QuestionRow

COARSE = "What is the coarse expression class?"
WORDS = ("brow", "lowerer,", "lid", "tightener.", "negative", "3.5", "a-b", "&amp;", "it's")


def pair(number, form, guess, true, dataset="samm", clip="samm/1"):
    row = QuestionRow(f"q{number}", dataset, clip, form, COARSE, true, number)
    return QuestionRow(f"q{number}", dataset, clip, form, "", guess, number), row


def scored(pairs, **settings):
    return score_of(count_vqa(pairs, VqaSettings(**settings)), 0)


def coarse(pairs):
    return [pair(n, "coarse", guess, true, clip=f"samm/{n}") for n, (guess, true) in enumerate(pairs)]


def test_by_hand():
    pairs = [
        pair(1, "coarse", "Negative.", "negative"),
        pair(2, "fine", "anger", "fear"),
        pair(3, "coarse", "positive", "positive", "cas", "casme3/2"),
        pair(4, "fine", "happiness", "happiness", "cas", "casme3/2"),
        pair(5, "au", "jaw drop", "jaw drop", "cas", "casme3/2"),
    ]
    score = scored(pairs)
    overall, samm, cas = (values(score, part) for part in ("overall", "samm", "cas"))
    assert overall["uf1_coarse"] == pytest.approx(2 / 3)  # surprise is declared, and has no row
    assert overall["uf1_fine"] == overall["uar_fine"] == pytest.approx(1 / 6)
    assert samm["uar_coarse"] == cas["uar_coarse"] == pytest.approx(1 / 3)
    assert cas["rouge1"] == 1
    assert overall["rouge1"] == pytest.approx(4 / 5)
    assert overall["bleu"] == 0  # no answer has four tokens
    assert overall["final"] == pytest.approx(np.mean([overall[name] for name in SIX]))
    assert list(overall) == [*SIX, "parse_failures", "final"]
    one = score.metrics["overall.parse_failures"]
    assert (one.value, one.n, one.unit) == (0, 2, "clips")
    assert np.sum(score.confusion["overall.fine"]["counts"]) == 2


def test_perfect_answers_score_one_although_most_are_short():
    text = "The action unit present is: jaw drop."
    pairs = [pair(n, "", text if n else "yes", text if n else "yes") for n in range(3)]
    assert scored(pairs).metrics["overall.bleu"].value == pytest.approx(1, abs=1e-12)


def test_parsers():
    assert exact(" Negative. ", ("negative",)) == "negative"
    assert exact("it is negative", ("negative",)) is None
    assert search("Surely POSITIVE, not negative", ("negative", "positive")) == "positive"
    assert search("nonnegative", ("negative",)) is None


def test_unparsable_answers_are_wrong_and_counted():
    score = scored(coarse([("?", "negative"), ("It is positive", "positive")]))
    found = values(score, "overall")
    assert (found["parse_failures"], found["uf1_coarse"]) == (2, 0)
    assert score.warnings == ("2 of 2 answers to class questions name no class: they count as wrong",)
    found = values(scored(coarse([("?", "negative"), ("It is positive", "positive")]), parser="search"), "overall")
    assert (found["parse_failures"], found["uf1_coarse"]) == (1, pytest.approx(1 / 3))


def test_a_column_without_questions_is_null_with_a_reason():
    found = scored(coarse([("negative", "negative")]), labels="present").metrics
    assert found["overall.uf1_coarse"].value == 1
    assert found["overall.uf1_fine"].value is found["overall.final"].value is None
    assert found["overall.uf1_fine"].reason == "no question of this kind"
    assert found["overall.final"].reason == "one of the six columns is undefined"
    assert "cas.uf1_coarse" not in found


LABEL = st.sampled_from([*DECLARED["fine"], "repression", "contempt"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(LABEL, LABEL | st.just("no idea")), min_size=1, max_size=20),
    st.sampled_from(["declared", "present", "union"]),
)
def test_against_scikit_learn(rows, labels):
    true, guess = [t for t, _ in rows], [g for _, g in rows]
    pairs = [pair(n, "fine", g, t, clip=f"samm/{n % 3}") for n, (t, g) in enumerate(rows)]
    known = {"declared": set(DECLARED["fine"]), "present": set(true), "union": {*true, *guess} - {"no idea"}}[labels]
    found = values(scored(pairs, labels=labels), "overall")
    options = {"labels": sorted(known), "average": "macro", "zero_division": 0}
    assert found["uf1_fine"] == pytest.approx(f1_score(true, guess, **options), abs=1e-12)
    assert found["uar_fine"] == pytest.approx(recall_score(true, guess, **options), abs=1e-12)


SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=6))
def test_text_scores_against_sacrebleu_nltk_and_rouge_score(rows):
    count = np.array([float(len(rows))])
    for bleu, tokenize in (("corpus4", "13a"), ("corpus4-ws", "none")):
        ours = bleu_of(np.sum([[bleu_sums(g, t, bleu)] for g, t in rows], axis=0), count, bleu)[0]
        peer = sacrebleu.corpus_bleu(
            [g for g, _ in rows], [[t for _, t in rows]], tokenize=tokenize, smooth_method="none"
        )
        assert ours == pytest.approx(peer.score / 100, abs=1e-9)
    each = [
        sentence_bleu([tokens_13a(t)], tokens_13a(g), smoothing_function=SmoothingFunction().method1) for g, t in rows
    ]
    sums = np.sum([[bleu_sums(g, t, "sentence4-smooth1")] for g, t in rows], axis=0)
    assert bleu_of(sums, count, "sentence4-smooth1")[0] == pytest.approx(np.mean(each), abs=1e-12)
    score = RougeScorer(["rouge1"]).score(rows[0][1], rows[0][0])["rouge1"]
    assert (rouge_1(*rows[0], "f"), rouge_1(*rows[0], "recall")) == (score.fmeasure, score.recall)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=30))
def test_tokens_are_those_of_sacrebleu(text):
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    assert tokens_13a(text) == Tokenizer13a()(text).split()


def test_statistics_read_back():
    pairs = coarse([("negative", "negative"), ("positive", "surprise"), ("x", "positive")])
    found = vqa_statistics(pairs, VqaSettings(bleu="sentence4-smooth1"))
    text = json.dumps(found.to_json(), allow_nan=False)
    assert vqa_from_json(json.loads(text)).to_json() == found.to_json()
    with pytest.raises(MebenchError, match="no ME-VQA statistics of schema 1"):
        vqa_from_json({"schema": 2})
    broken = json.loads(text)
    del broken["clips"][0]["rouge"]
    with pytest.raises(MebenchError, match="statistics cannot be read: KeyError 'rouge'"):
        vqa_from_json(broken)


def test_global_random_state_stays_as_it_was():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    first = scored(coarse([("negative", "negative"), ("x", "positive")])).extra["official_like"]
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert first["mid"] == pytest.approx(0.5, abs=0.1)
    assert scored(coarse([("negative", "negative"), ("x", "positive")])).extra["official_like"] == first


def test_rouge_scores_own_bootstrap_is_left_out_of_many_rows(monkeypatch):
    monkeypatch.setattr(vqa_files, "OFFICIAL_LIKE_ROWS", 1)
    found = scored(coarse([("negative", "negative"), ("x", "positive")])).extra
    assert found == {"official_like": None, "reason": "official_like: not run for more than 1 rows"}


def test_refusals(tmp_path):
    with pytest.raises(MebenchError, match="unknown bleu 'corpus'; did you mean 'corpus4'"):
        VqaSettings(bleu="corpus")
    with pytest.raises(MebenchError, match=r"table row 0 \(q0\): answer 'angry' is none of negative, positive"):
        scored(coarse([("x", "angry")]))
    with pytest.raises(MebenchError, match=r"table row 0 \(q0\): the answer is empty"):
        scored(coarse([("x", "")]))
    with pytest.raises(MebenchError, match="no question to score"):
        vqa_statistics([], VqaSettings())


def test_files(tmp_path):
    row = {"video_id": "samm_test_1_1", "video": "1", "question": COARSE, "answer": "negative"}
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    found = score_of(count_vqa_files(tmp_path / "p.jsonl", tmp_path / "p.jsonl"))
    assert found.metrics["samm.uar_coarse"].value == pytest.approx(1 / 3)


def test_published_averages_are_means_of_the_six_columns():
    winners = (
        (0.733, 0.722, 0.368, 0.408, 0.615, 0.607, 0.575),
        (0.594, 0.65, 0.316, 0.375, 0.595, 0.509, 0.506),
        (0.56, 0.528, 0.281, 0.283, 0.396, 0.489, 0.423),
    )  # arXiv 2506.15298
    for *six, average in winners:
        assert np.mean(six) == pytest.approx(average, abs=5.01e-4)
