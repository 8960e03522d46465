"""Which datasets there are, and building them where they are missing."""

import contextlib
import importlib
import inspect
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from mebench.data.built import damage_of, seal_built
from mebench.errors import MebenchError, unknown_name
from mebench.file_lock import held
from mebench.progress import Progress
from mebench.sealed.document import DamagedFile

GROUP = "mebench.builders"
"""Entry points of this group name packages that register TFDS builders when they are imported."""

OWN = "tfds_builders"
"""mebench's own package of builders; imported by name, so that a checkout that is not installed has it too."""


@dataclass(frozen=True)
class DatasetEntry:
    """One variant of a dataset, and what of it is built in a folder.

    Attributes:
        name, variant, version: of it.
        built: whether all its forms are.
        forms: the forms that are, labels (`videos`) before frames; frames alone do not count, for variants share them.
    """

    name: str
    variant: str
    version: str
    built: bool
    forms: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """`name/variant`, or the name alone for the only or main variant."""
        return title(self.name, self.variant)

    def __str__(self) -> str:
        return f"{self.title:<32} {self.version:<8} {self.state}"

    @property
    def state(self) -> str:
        """Built or not, in a few words."""
        if self.built:
            return "built"
        return f"built: {', '.join(self.forms)} alone" if self.forms else "not built"


def title(name: str, variant: str) -> str:
    """Return what a dataset's variant is called on the command line: `name/variant`, or `name` alone."""
    return f"{name}/{variant}" if variant else name


def register() -> None:
    """Import every package that registers builders: mebench's own, and those of other installed packages.

    Raises:
        MebenchError: a package cannot be imported.
    """
    for name in sorted({entry.value for entry in metadata.entry_points(group=GROUP)} | {OWN}):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise MebenchError(f"the builders in {name} cannot be imported ({error}); mend or uninstall it") from error


def data_root(data_dir: Path | None) -> Path:
    """Return the folder of built datasets: the given one, or that of TFDS (TFDS_DATA_DIR, ~/tensorflow_datasets)."""
    from tensorflow_datasets.core import constants

    return (data_dir if data_dir is not None else Path(constants.DATA_DIR)).expanduser()


def builder_classes() -> dict[str, Any]:
    """Return the long-video builders by name: the registered builders of this kind."""
    import tensorflow_datasets as tfds

    register()
    return {cls.name: cls for cls in _descendants(tfds.core.ShardBasedBuilder) if getattr(cls, "LISTED", False)}


def _descendants(cls: Any) -> Iterator[Any]:
    for child in cls.__subclasses__():
        if not inspect.isabstract(child):
            yield child
        yield from _descendants(child)


def builder_of(name: str, variant: str, form: str, data_dir: Path | None) -> Any:
    """Return the TFDS builder of a dataset's `videos` or `frames`; `data_dir` None is TFDS's own folder.

    Raises:
        MebenchError: no dataset of that name, or no such variant; the nearest name is given. Or it is built, but its
            files are damaged.
    """
    from google.protobuf.json_format import ParseError

    classes = builder_classes()
    if name not in classes:
        raise unknown_name("dataset", name, classes, "mebench data list")
    variants = classes[name].VARIANTS
    if variant not in variants:
        raise unknown_name(f"variant of {name}", variant, [v or '""' for v in variants])
    cls = classes[name]
    folder = _folder(cls, variant, form, data_root(data_dir))
    if damage := damage_of(folder):
        raise _rebuild(damage, cls, variant, folder)
    try:
        return cls(config=_config(cls, variant, form), data_dir=data_root(data_dir))
    except (ParseError, ValueError) as error:  # what TFDS makes of a damaged file that has no note
        if not folder.is_dir():
            raise
        raise _rebuild(DamagedFile(folder, "TFDS cannot read its description"), cls, variant, folder) from error


def is_built(name: str, variant: str, data_dir: Path | None) -> bool:
    """Return whether every form of a dataset's variant is built.

    Raises:
        MebenchError: no dataset of that name, or no such variant.
    """
    builder_of(name, variant, "videos", data_dir)
    return _is_there(builder_classes()[name], variant, data_root(data_dir))


def _is_there(cls: Any, variant: str, root: Path) -> bool:
    """Return whether every form of a variant lies in a folder."""
    return len(_forms_there(cls, variant, root)) == len(cls.FORMS)


def _forms_there(cls: Any, variant: str, root: Path) -> tuple[str, ...]:
    """Return the forms of a variant that lie in a folder, frames last; no builder is made, for there are hundreds."""
    from tensorflow_datasets.core import constants

    forms = sorted(cls.FORMS, key=lambda form: form == "frames")
    info = constants.DATASET_INFO_FILENAME
    return tuple(form for form in forms if (_folder(cls, variant, form, root) / info).is_file())


def _config(cls: Any, variant: str, form: str) -> str:
    """Return what TFDS calls a form of a variant; variants that differ in labels alone share their frames."""
    chosen = cls.PIXELS.get(variant, variant) if form == "frames" else variant
    return f"{chosen}_{form}" if chosen else form


def _folder(cls: Any, variant: str, form: str, root: Path) -> Path:
    """Return where a form of a variant lies once it is built."""
    return root / cls.name / _config(cls, variant, form) / str(cls.VERSION)


def _rebuild(damage: DamagedFile, cls: Any, variant: str, folder: Path) -> DamagedFile:
    """Return the damage with what to do about it."""
    archive = " --archive DIR" if cls.MANUAL_DOWNLOAD_INSTRUCTIONS else ""
    then = f"delete {folder} and run: mebench data build {title(cls.name, variant)}{archive}"
    return DamagedFile(damage.path, damage.why, then)


def list_datasets(data_dir: Path | None) -> list[DatasetEntry]:
    """Return every variant of every dataset, sorted by name, with what is built in `data_dir`."""
    found = []
    for name, cls in sorted(builder_classes().items()):
        for variant in cls.VARIANTS:
            forms = _forms_there(cls, variant, data_root(data_dir))
            own = () if forms == ("frames",) else forms
            found.append(DatasetEntry(name, variant, str(cls.VERSION), len(forms) == len(cls.FORMS), own))
    return found


def build_dataset(
    name: str,
    variant: str,
    data_dir: Path | None,
    progress: Progress,
    jobs: int = 1,
    archive: Path | None = None,
    forms: Sequence[str] = (),
) -> Path:
    """Build what is missing of a dataset; return the folder of the form that was built last, the frames.

    A form whose files are damaged is deleted and built again, where that needs no archive or one is given. Another
    process that builds the same is waited for.

    Args:
        name: of the dataset, as `synth_me`.
        variant: size or form; "" for the only or main one.
        data_dir: folder of built datasets; None: that of TFDS.
        progress: shows the frames that are written, and says what is waited for or damaged.
        jobs: subjects built at a time; the bytes do not depend on it.
        archive: folder of the licensed source, where the dataset has one.
        forms: which forms are built (`videos`, `frames`, of question sets `clips`); none: all of them.

    Raises:
        MebenchError: unknown name, no archive, a folder that cannot be written, or what the builder says of its source.
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    _mend(name, variant, forms, data_dir, archive, progress)
    videos = builder_of(name, variant, "videos", data_dir)
    videos.on_notice = progress.say
    last = videos
    for form in sorted(forms or videos.FORMS, key=lambda form: form == "frames"):
        last = videos if form == "videos" else builder_of(name, variant, form, data_dir)
        last.on_notice = progress.say
        if form == "frames" and not last.is_prepared():
            _prepare(videos, archive)
            total = sum(int(element["num_frames"]) for element in videos.as_data_source("full"))
            with progress.stage(f"Dataset: {title(name, variant)}", total, "frames") as advance:
                last.on_frames, last.jobs = advance, jobs
                _prepare(last, archive)
        _prepare(last, archive)
    return Path(last.data_dir)


def _mend(
    name: str, variant: str, forms: Sequence[str], data_dir: Path | None, archive: Path | None, progress: Progress
) -> None:
    """Delete the forms that are to be built, or read while building, and are damaged, where that can be mended."""
    cls = builder_classes().get(name)
    if cls is None or variant not in cls.VARIANTS or (cls.MANUAL_DOWNLOAD_INSTRUCTIONS and archive is None):
        return
    for form in sorted({"videos", *(forms or cls.FORMS)}):
        folder = _folder(cls, variant, form, data_root(data_dir))
        if (damage := damage_of(folder)) is None:
            continue
        try:
            with held(folder.parent / ".build.lock", f"building {folder.parent}", progress.say):
                if damage_of(folder) is not None:
                    progress.say(f"{damage}: {title(name, variant)} is built again")
                    shutil.rmtree(folder)
        except (MebenchError, OSError) as error:
            raise _rebuild(damage, cls, variant, folder) from error


def check_archive(builder: Any, archive: Path | None) -> None:
    """Make sure that a builder that needs an archive is given a folder.

    Raises:
        MebenchError: there is none.
    """
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS and not (archive and archive.is_dir()):
        where = f"{archive} is no folder" if archive else "it is made from an archive"
        raise MebenchError(
            f"{builder.name} is not built, and {where}; get the archive from {builder.info.homepage} and run: "
            f"mebench data build {builder.name} --archive DIR"
        )


def _prepare(builder: Any, archive: Path | None) -> None:
    if builder.is_prepared():
        with contextlib.suppress(MebenchError):  # a folder that cannot be written stays without a note
            seal_built(Path(builder.data_dir), Path(builder.data_dir))
        return
    import tensorflow_datasets as tfds

    check_archive(builder, archive)
    config = tfds.download.DownloadConfig(manual_dir=archive, try_download_gcs=False)
    builder.download_and_prepare(download_config=config)
