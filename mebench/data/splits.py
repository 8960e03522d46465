"""Which subjects train and which test; nobody does both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mebench.errors import MebenchError


@dataclass(frozen=True)
class Fold:
    """Subjects to train on and subjects to test on.

    Attributes:
        name: of the fold; in leave-one-subject-out the held-out subject.
        train, test: ids, sorted.
    """

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]


def loso(subjects: Iterable[str]) -> tuple[Fold, ...]:
    """Return one fold a subject, sorted by id: that subject tests, all others train (leave one subject out).

    Raises:
        MebenchError: fewer than two subjects.
    """
    names = sorted(set(subjects))
    if len(names) < 2:
        raise MebenchError(
            f"leave-one-subject-out needs at least 2 subjects, here {'is ' + names[0] if names else 'are none'}; "
            "raise --limit, or choose a dataset variant with more subjects"
        )
    return checked(Fold(name, tuple(n for n in names if n != name), (name,)) for name in names)


def subject_folds(subjects: Iterable[str], count: int) -> tuple[Fold, ...]:
    """Return `count` folds that test every subject once: the sorted ids are dealt out in turn.

    Args:
        subjects: ids.
        count: of folds, at least 2.

    Raises:
        MebenchError: fewer subjects than folds.
    """
    names = sorted(set(subjects))
    if not 2 <= count <= len(names):
        raise MebenchError(
            f"{count} folds of {len(names)} subjects cannot be; set protocol.folds between 2 and the number of subjects"
        )
    groups = [tuple(names[start::count]) for start in range(count)]
    return checked(
        Fold(f"fold{n + 1}", tuple(name for name in names if name not in group), group)
        for n, group in enumerate(groups)
    )


def fixed(train: Iterable[str], test: Iterable[str], name: str = "fixed") -> tuple[Fold, ...]:
    """Return the one fold of a fixed split.

    Raises:
        MebenchError: a side is empty, or a subject is on both.
    """
    return checked([Fold(name, tuple(sorted(set(train))), tuple(sorted(set(test))))])


def cross_dataset(subjects: Sequence[tuple[str, str]]) -> tuple[Fold, ...]:
    """Return one fold a dataset: its subjects test, those of all other datasets train.

    Args:
        subjects: (dataset, subject) pairs; in the folds they are called `dataset/subject`.

    Raises:
        MebenchError: fewer than two datasets.
    """
    datasets = sorted({dataset for dataset, _ in subjects})
    if len(datasets) < 2:
        raise MebenchError(f"a cross-dataset protocol needs at least 2 datasets, got {', '.join(datasets) or 'none'}")
    sides = {name: sorted({f"{d}/{s}" for d, s in subjects if d == name}) for name in datasets}
    return checked(
        Fold(name, tuple(s for other in datasets if other != name for s in sides[other]), tuple(sides[name]))
        for name in datasets
    )


def checked(folds: Iterable[Fold]) -> tuple[Fold, ...]:
    """Return the folds after a look at each: both sides hold somebody, and nobody is on both.

    Raises:
        MebenchError: no fold, an empty side, or a leak, which names the subjects.
    """
    found = tuple(folds)
    if not found:
        raise MebenchError("the protocol gives no fold; use a dataset with more subjects")
    for fold in found:
        both = sorted(set(fold.train) & set(fold.test))
        if both:
            raise MebenchError(f"fold {fold.name}: {', '.join(both)} would train and test; put each on one side")
        if not fold.train or not fold.test:
            side = "train on" if not fold.train else "test on"
            raise MebenchError(f"fold {fold.name} has no subject to {side}; change the split")
    return found
