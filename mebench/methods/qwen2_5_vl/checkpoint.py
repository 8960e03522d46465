"""A Qwen2.5-VL checkpoint from its folder, with or without an adapter, ready to be asked or tuned."""

import hashlib
from dataclasses import asdict, dataclass
from math import gcd
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Int

from mebench.errors import MebenchError
from mebench.methods.protocols import ExternalWeights
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.network.adapter_config import CONFIG_FILE
from mebench.methods.qwen2_5_vl.network.attention import implementation
from mebench.methods.qwen2_5_vl.network.config import read_config
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.peft_files import TENSOR_FILE, read_adapter
from mebench.methods.qwen2_5_vl.network.sharding import make_mesh, parameter_sharding, shard_model
from mebench.methods.qwen2_5_vl.network.tokeniser import Tokeniser, load_tokeniser
from mebench.methods.qwen2_5_vl.network.weights import read_model
from mebench.methods.qwen2_5_vl.settings import AskedWith, asked_with
from mebench.sealed.canonical import canonical_json


@dataclass(frozen=True)
class Loaded:
    """A checkpoint in memory.

    Attributes:
        model: with its adapter, where one was given.
        tokeniser: of its folder.
        mesh: of the devices that it is spread over; None on one device.
        sha256: hash of weights and adapter.
        asked: how it is asked, by the experiment and by its own files.
    """

    model: Qwen25VL
    tokeniser: Tokeniser
    mesh: Mesh | None
    sha256: str
    asked: AskedWith

    @property
    def identity(self) -> str:
        """Hash of all that is the checkpoint's and decides an answer, beside tokens, pixels and settings."""
        return hashlib.sha256(
            canonical_json([self.sha256, list(self.asked.stop), asdict(self.model.config)]).encode()
        ).hexdigest()

    @property
    def facts(self) -> dict[str, str]:
        """Facts of the checkpoint, for the record."""
        return {
            "weights_sha256": self.sha256,
            "weights_licence": self.model.config.licence,
            "asked_with": self.asked.sources,
            "filled_in_config": ", ".join(self.model.config.filled),
            "attention": implementation(),
            "tokeniser": self.tokeniser.source,
            "mesh": "1 device" if self.mesh is None else " x ".join(f"{n} {k}" for k, n in self.mesh.shape.items()),
        }

    def text_of(self, tokens: Int[np.ndarray, " n"]) -> str:
        """Return what an answer's tokens say."""
        return self.tokeniser.decode([int(token) for token in tokens]).strip()


def load(external: ExternalWeights, settings: QwenConfig, video: bool) -> Loaded:
    """Return a checkpoint, spread over all devices.

    Args:
        external: where it is.
        settings: of the experiment.
        video: clips are shown as videos.

    Raises:
        MebenchError: no folder given, something in it is missing or not whole, or the devices do not divide.
    """
    folder = folder_of(external)
    tokeniser, mesh = load_tokeniser(folder), mesh_of(settings)
    asked = asked_with(settings, folder, read_config(folder), tokeniser.special, video)
    place = None if mesh is None else parameter_sharding(mesh)
    model = read_model(folder, jnp.dtype(settings.dtype), place)
    if external.adapter is not None:
        read_adapter(model, external.adapter)
        model = model if mesh is None else shard_model(model, mesh)
    return Loaded(model, tokeniser, mesh, weights_hash(external), asked)


def folder_of(external: ExternalWeights) -> Path:
    """Return the checkpoint's folder.

    Raises:
        MebenchError: none is given.
    """
    if external.weights is None:
        raise MebenchError(
            "Qwen2.5-VL needs its weights, which mebench does not fetch: put config.json, tokenizer.json and the "
            "*.safetensors of Qwen2.5-VL-3B-Instruct (research licence, not for commerce) or 7B (Apache-2.0) into one "
            "folder, and give it with --weights DIR"
        )
    return external.weights


def mesh_of(settings: QwenConfig) -> Mesh | None:
    """Return the mesh: matrices over `model_devices`, a batch over as many of the others as its rows divide over.

    None stands for one device; a single question needs no more. The record says what was used.

    Raises:
        MebenchError: `model_devices` does not divide the devices.
    """
    count, split = jax.device_count(), settings.model_devices
    if count % split:
        raise MebenchError(f"qwen.model_devices = {split} does not divide the {count} devices; choose a divisor")
    data = gcd(settings.rows, count // split)
    return None if data * split == 1 else make_mesh(data, split)


def weights_hash(external: ExternalWeights) -> str:
    """Return the sha256 over names and bytes of a checkpoint's safetensors, and over its adapter's files."""
    paths = sorted(external.weights.glob("*.safetensors")) if external.weights is not None else []
    if external.adapter is not None:
        paths += [external.adapter / CONFIG_FILE, external.adapter / TENSOR_FILE]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
