"""Bootstrap intervals over subjects, and paired differences."""

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from mebench.errors import MebenchError
from mebench.metrics import bootstrap
from mebench.metrics.bootstrap import estimates_of, paired, resampling_weights
from mebench.metrics.sample import Sample
from mebench.metrics.str.score import str_samples, str_statistics
from mebench.metrics.str.statistics import units_of
from mebench.tables.csv import IntervalTable, Manifest

COARSE = ("negative", "positive", "surprise")


def made_up(seed, subjects=12, found=0.6, right=0.7, per_subject=4):
    """A truth, predictions that find a share of it, and the manifest: two videos a subject."""
    generator = np.random.default_rng(seed)
    names = np.random.default_rng(99).choice(COARSE, subjects * per_subject)
    truth = [(str(i // per_subject), f"v{i % 2}", 50 * i, 50 * i + 9, str(name)) for i, name in enumerate(names)]
    pred = []
    for row in truth:
        if generator.random() < found:
            emotion = row[4] if generator.random() < right else str(generator.choice(COARSE))
            pred.append((*row[:4], emotion, generator.random()))
        if generator.random() < 0.4:
            pred.append((*row[:2], row[2] + 20, row[3] + 20, "negative", generator.random() * 0.8))
    keys = sorted({row[:2] for row in truth})
    manifest = Manifest.of(["d"] * len(keys), *zip(*keys, strict=True), [9000] * len(keys), [30.0] * len(keys))
    base = [IntervalTable.of(*map(list, zip(*rows, strict=True))) for rows in (pred, truth)]
    return (*base, manifest)


def both(seed, **more):
    return str_statistics(*made_up(seed, **more), COARSE)


def sample(statistics):
    return str_samples({statistics.rules: statistics.to_json()})[0]


def estimates(statistics, resamples=1000, seed=0):
    return estimates_of(sample(statistics), resamples, seed)


@pytest.mark.smoke
def test_interval_by_hand():
    """Two subjects, one with every interval found and one with none: F1 of a resample is 0, 2/3 or 1."""
    truth = IntervalTable.of(["1", "2"], ["a", "a"], [0, 0], [9, 9], ["negative"] * 2)
    pred = IntervalTable.of(["1"], ["a"], [0], [9], ["negative"])
    got = estimates(str_statistics(pred, truth, None, None, "strict")["strict"], 400, 1)
    assert got["f1_s"].value == pytest.approx(2 / 3)
    assert got["f1_s"].interval == (0.0, 1.0)
    weights = resampling_weights(2, 400, 1)
    assert set(map(tuple, weights.tolist())) == {(0.0, 2.0), (1.0, 1.0), (2.0, 0.0)}


def test_agrees_with_scipy():
    one = both(3)["strict"]
    units = units_of(one)
    tp, fp, fn = (units.add(one.sums[name]) for name in ("tp", "fp", "fn"))

    def f1(tp, fp, fn, axis=-1):
        tp, fp, fn = (values.sum(axis=axis) for values in (tp, fp, fn))
        return 2 * tp / (2 * tp + fp + fn)

    rng = np.random.default_rng(0)
    oracle = scipy_bootstrap((tp, fp, fn), f1, paired=True, n_resamples=8000, method="percentile", rng=rng)
    got = estimates(one, 8000, 0)["f1_s"]
    assert got.value == pytest.approx(f1(tp, fp, fn))
    assert got.interval == pytest.approx(tuple(oracle.confidence_interval), abs=0.012)


def test_every_figure_of_a_resample_is_the_score_of_the_drawn_subjects():
    """A resample is a table in which drawn subjects stand as often as they were drawn."""
    pred, truth, manifest = made_up(4, subjects=6)
    statistics = str_statistics(pred, truth, manifest, COARSE)
    weights = np.array([[2, 0, 1, 0, 3, 0]], np.float64)

    def drawn(table, copy):
        keep = [i for i, s in enumerate(table.subject) if weights[0, int(s)] > copy]
        rows = [(f"{table.subject[i]}x{copy}", *(getattr(table, n)[i] for n in names[type(table)])) for i in keep]
        return list(zip(*rows, strict=True))

    names = {
        IntervalTable: ("video", "onset", "offset", "emotion", "score"),
        Manifest: ("video", "num_frames", "fps"),
    }
    truth = IntervalTable(**{**vars(truth), "score": np.zeros(len(truth))})
    tables = [
        [np.concatenate(part) for part in zip(*(drawn(t, c) for c in range(3)), strict=True)] for t in (pred, truth)
    ]
    videos = [np.concatenate(part) for part in zip(*(drawn(manifest, c) for c in range(3)), strict=True)]
    again = [IntervalTable.of(*(column.tolist() for column in columns)) for columns in tables]
    listed = Manifest.of(["d"] * len(videos[0]), *(column.tolist() for column in videos))
    fresh = str_statistics(*again, listed, COARSE)
    for rules in ("official", "strict"):
        one, two = sample(statistics[rules]), sample(fresh[rules])
        got, want = one.compute(weights), two.compute(np.ones((1, len(two.units))))
        assert got.keys() == want.keys()
        assert {name: value[0] for name, value in got.items()} == pytest.approx(
            {name: value[0] for name, value in want.items()}, nan_ok=True
        )


def test_same_seed_same_interval():
    for one in both(5).values():
        assert estimates(one, 200, 7) == estimates(one, 200, 7)
        assert estimates(one, 200, 7)["strs"] != estimates(one, 200, 8)["strs"]


def test_one_subject_resamples_videos_and_one_video_nothing():
    pred, truth, manifest = made_up(6, subjects=1, per_subject=8)
    one = str_statistics(pred, truth, manifest, COARSE, "strict")["strict"]
    assert units_of(one).kind == "videos"
    assert estimates(one, 100)["f1_s"].interval is not None
    single = IntervalTable.of(["1"], ["a"], [0], [9], ["negative"])
    lone = estimates(str_statistics(single, single, None, None, "strict")["strict"], 100)
    assert lone["f1_s"].interval is None
    assert lone["f1_s"].reason == "no interval: 1 videos, nothing to resample"


def test_no_resamples_and_negative_ones():
    one = both(5)["strict"]
    assert estimates(one, 0)["f1_s"].reason == "no interval: bootstrap is 0"
    with pytest.raises(MebenchError, match="negative"):
        estimates(one, -1)


def test_resamples_where_the_script_has_no_value_are_counted():
    truth = IntervalTable.of(range(4), ["a"] * 4, [0] * 4, [9] * 4, ["negative", "positive"] * 2)
    pred = IntervalTable.of(range(4), ["a"] * 4, [0, 0, 30, 30], [9, 9, 39, 39], ["negative", "positive"] * 2)
    got = estimates(str_statistics(pred, truth, None, None, "official")["official"], 1000)
    assert got["strs"].value == pytest.approx(0.5)
    assert got["strs"].undefined > 100
    assert got["f1_s"].undefined == 0


def test_paired():
    good, poor = both(1, found=0.9), both(2, found=0.3)
    for rules in ("official", "strict"):
        got = paired(sample(good[rules]), sample(poor[rules]))["f1_s"]
        alone = estimates(good[rules])["f1_s"].value - estimates(poor[rules])["f1_s"].value
        assert got.difference == pytest.approx(alone)
        assert got.interval[0] > 0
        assert got.p <= 2 / 1001 + 1e-12
        assert got.n == 12
        back = paired(sample(poor[rules]), sample(good[rules]))["f1_s"]
        assert (back.difference, back.p) == (-got.difference, got.p)
    same = paired(sample(good["strict"]), sample(good["strict"]))["f1_s"]
    assert (same.difference, same.interval, same.p) == (0.0, (0.0, 0.0), 1.0)


def test_p_is_not_small_where_nothing_differs():
    low = sum(
        paired(sample(both(s)["strict"]), sample(both(s + 500)["strict"]), 300)["f1_s"].p < 0.05 for s in range(20)
    )
    assert low <= 4


def test_runs_that_cannot_be_compared():
    one, other = both(1), both(1, subjects=11)
    with pytest.raises(MebenchError, match=r"differ in videos: 24 \(names hash to"):
        paired(sample(one["strict"]), sample(other["strict"]))
    with pytest.raises(MebenchError, match=r"differ in scorer"):
        paired(sample(one["strict"]), sample(one["official"]))


def test_the_detectable_difference_is_found_in_four_of_five_comparisons():
    """Counts of 40 units whose true difference in means is what one simulated comparison calls detectable."""
    generator = np.random.default_rng(5)
    units = tuple(f"{n:02d}" for n in range(40))

    def counted(values):
        counts = {"value": values, "unit": np.ones(40)}
        return Sample("x", {}, "subjects", units, counts, lambda sums: {"mean": sums["value"] / sums["unit"]})

    noise = counted(generator.normal(size=40)), counted(np.zeros(40))
    wanted = paired(*noise)["mean"].detectable
    assert wanted == pytest.approx(2.8 / np.sqrt(40), rel=0.25)
    found = sum(
        paired(counted(generator.normal(2.8 / np.sqrt(40), 1, 40)), counted(np.zeros(40)), 400, seed)["mean"].p < 0.05
        for seed in range(150)
    )
    assert 0.68 < found / 150 < 0.92


@pytest.mark.parametrize("many", [5, 100])
def test_blocks_of_resamples_change_nothing(monkeypatch, many):
    """Also where units are drawn one by one; only the rounding of sums may follow the size of a block."""
    monkeypatch.setattr(bootstrap, "MANY_UNITS", many)
    first, second = (str_samples({"strict": both(seed)["strict"].to_json()})[0] for seed in (1, 2))

    def bounds():
        found = bootstrap.estimates_of(first, 50), paired(first, second, 50)
        return [one.interval for part in found for one in part.values() if one.interval]

    whole = bounds()
    for size in (1, 100, 144):
        monkeypatch.setattr(bootstrap, "BLOCK", size)
        assert np.array(bounds()) == pytest.approx(np.array(whole), rel=1e-12, abs=1e-12)


def test_many_units_are_drawn_as_often_as_few(monkeypatch):
    """Each of 4 units is drawn once on average, with variance 3/4, whichever way they are drawn."""
    monkeypatch.setattr(bootstrap, "MANY_UNITS", 3)
    weights = resampling_weights(4, 4000, 5)
    assert (weights.sum(1) == 4).all()
    assert weights.mean(0) == pytest.approx(1, abs=0.06)
    assert weights.var(0) == pytest.approx(0.75, abs=0.08)
    assert not np.array_equal(weights[:2000], weights[2000:])
