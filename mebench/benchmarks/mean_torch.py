"""The peer of `mebench.benchmarks.train` and `.infer`: MEAN in plain PyTorch, by an interpreter with torch.

Our own rewrite of the paper's network (Liong, See, Chan 2023; its layers stand in `mebench.methods.mean.network`),
trained fold by fold as people do: windows as float32 tensors in memory, a loop over folds, epochs and batches. Reads a
JSON line, writes a JSON line; arrays lie in FOLDER: weights, windows and the folds' samples
(`mebench.benchmarks.mean_case`).
Usage: python mean_torch.py FOLDER
"""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

CHANNELS = {"u": 3, "v": 3, "strain": 8}
LEARNING_RATE, STREAM_L2, HEAD_L2 = 5e-4, 1e-3, 0.1


class Stream(nn.Module):
    """One input channel to a map: conv 5x5, ReLU, batch norm, max pool 3/3, dropout .3."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, channels, 5, padding=2)
        self.norm = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
        self.drop = nn.Dropout(0.3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the map, 14x14."""
        pooled: torch.Tensor = self.drop(functional.max_pool2d(self.norm(functional.relu(self.conv(x))), 3))
        return pooled


class Head(nn.Module):
    """The map to numbers: conv 5x5 -> 8, ReLU, max pool 2/2, flatten, dropout .2, dense."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(14, 8, 5, padding=2)
        self.drop = nn.Dropout(0.2)
        self.dense = nn.Linear(392, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the numbers, linear."""
        flat = functional.max_pool2d(functional.relu(self.conv(x)), 2).flatten(1)
        numbers: torch.Tensor = self.dense(self.drop(flat))
        return numbers


class Mean(nn.Module):
    """MEAN with both heads; windows are (batch, 3, 42, 42)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.streams = nn.ModuleDict({name: Stream(channels) for name, channels in CHANNELS.items()})
        self.spotting, self.recognition = Head(1), Head(classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Return the maps of the streams side by side."""
        return torch.cat([stream(x[:, i : i + 1]) for i, stream in enumerate(self.streams.values())], dim=1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the spotting score and the class probabilities of each window."""
        maps = self.features(x)
        return self.spotting(maps)[:, 0], self.recognition(maps).softmax(1)


def load(folder: Path, device: str) -> Mean:
    """Return the network with our weights: `u.conv.kernel` and so on, HWIO and (inputs, outputs)."""
    with np.load(folder / "weights.npz", allow_pickle=False) as file:
        found = {name: torch.from_numpy(file[name]) for name in file.files}
    model = Mean(len(found["recognition.dense.bias"]))
    parts = {**dict(model.streams.items()), "spotting": model.spotting, "recognition": model.recognition}
    with torch.no_grad():
        for name, part in parts.items():
            part.conv.weight.copy_(found[f"{name}.conv.kernel"].permute(3, 2, 0, 1))
            part.conv.bias.copy_(found[f"{name}.conv.bias"])
            if name in CHANNELS:
                norm = part.norm
                pairs = (
                    (norm.weight, "scale"),
                    (norm.bias, "bias"),
                    (norm.running_mean, "mean"),
                    (norm.running_var, "var"),
                )
                for tensor, own in pairs:
                    tensor.copy_(found[f"{name}.norm.{own}"])
            else:  # ours flattens (row, column, channel), PyTorch (channel, row, column)
                kernel = found[f"{name}.dense.kernel"].reshape(49, 8, -1).permute(2, 1, 0)
                part.dense.weight.copy_(kernel.reshape(-1, 392))
                part.dense.bias.copy_(found[f"{name}.dense.bias"])
    return model.to(device)


def penalty(parts: dict[str, nn.Module]) -> torch.Tensor:
    """Return the L2 of the kernels, as Keras has it."""
    total = torch.zeros(
        (), device=next(parts["spotting" if "spotting" in parts else "recognition"].parameters()).device
    )
    for name, part in parts.items():
        factor = STREAM_L2 if name in CHANNELS else HEAD_L2
        for key, value in part.named_parameters():
            if key in ("conv.weight", "dense.weight"):
                total = total + factor * value.square().sum()
    return total


class TorchPeer:
    """Answers the questions of the benchmarks."""

    def __init__(self, folder: Path) -> None:
        """Read the windows; they stay in memory, on the GPU where there is one."""
        torch.manual_seed(0)
        self.folder, self.device = folder, "cuda" if torch.cuda.is_available() else "cpu"
        windows = np.load(folder / "windows.npy", allow_pickle=False).astype(np.float32)
        self.windows = torch.from_numpy(windows).permute(0, 3, 1, 2).contiguous().to(self.device)
        self.model: Any = None

    def wait(self) -> None:
        """Wait for the device."""
        if self.device == "cuda":
            torch.cuda.synchronize()

    def outputs(self) -> dict[str, Any]:
        """Return scores and probabilities of the first 32 windows; loss and gradient norms of a batch of them.

        The loss is of spotting with batch statistics, without dropout, for targets 0, 1, 0, 1 and so on.
        """
        model = load(self.folder, self.device).eval()
        some = self.windows[:32]
        with torch.inference_mode():
            scores, probabilities = model(some)
        model.train()
        for part in model.modules():
            if isinstance(part, nn.Dropout):
                part.eval()
        targets = (torch.arange(len(some), device=self.device) % 2).float()
        scored = model.spotting(model.features(some))[:, 0]
        loss = functional.mse_loss(scored, targets) + penalty(
            {**dict(model.streams.items()), "spotting": model.spotting}
        )
        loss.backward()
        norms = {
            name: float(part.conv.weight.grad.norm())
            for name, part in {**dict(model.streams.items()), "spotting": model.spotting}.items()
        }
        found = {"scores": scores.tolist(), "probabilities": probabilities.tolist()}
        return {**found, "loss": float(loss.detach()), "norms": norms}

    def train(self, stage: str, epochs: int, batch: int, folds: int, threads: int) -> dict[str, Any]:
        """Return the seconds that the first folds need, one after another, and the last loss."""
        torch.set_num_threads(threads)
        with np.load(self.folder / f"{stage}.npz", allow_pickle=False) as file:
            places, targets, counts = file["places"], file["targets"], file["counts"]
        loss = float("nan")
        self.wait()
        start = perf_counter()
        for fold, count in enumerate(counts[:folds].tolist()):
            own = torch.from_numpy(places[fold, :count]).long().to(self.device)
            wanted = torch.from_numpy(targets[fold, :count]).long().to(self.device)
            loss = self.train_fold(stage, self.windows[own], wanted, epochs, batch)
        self.wait()
        return {"seconds": perf_counter() - start, "loss": loss}

    def train_fold(self, stage: str, windows: torch.Tensor, targets: torch.Tensor, epochs: int, batch: int) -> float:
        """Train one fold from our weights; recognition: the frozen streams' maps are computed once."""
        model = load(self.folder, self.device)
        if stage == "spotting":
            parts = {**dict(model.streams.items()), "spotting": model.spotting}
        else:
            parts = {"recognition": model.recognition}
            model.eval()
            with torch.no_grad():
                windows = torch.cat([model.features(some) for some in windows.split(256)])
        own = [parameter for part in parts.values() for parameter in part.parameters()]
        optimiser = torch.optim.Adam(own, lr=LEARNING_RATE, eps=1e-7)
        model.train()
        loss = torch.zeros(())
        for _ in range(epochs):
            order = torch.randperm(len(windows), device=self.device)
            for chosen in order.split(batch):
                x, y = windows[chosen], targets[chosen]
                if stage == "spotting":
                    fit = functional.mse_loss(model.spotting(model.features(x))[:, 0], y.float())
                else:
                    fit = functional.cross_entropy(model.recognition(x), y)
                loss = fit + penalty(parts)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        return float(loss.detach())

    def infer(self, videos: list[int], batch: int, threads: int) -> dict[str, Any]:
        """Return the seconds that scoring all windows needs, video by video, and the sum of the scores."""
        torch.set_num_threads(threads)
        if self.model is None:
            self.model = load(self.folder, self.device).eval()
        self.wait()
        start, first, total = perf_counter(), 0, 0.0
        with torch.inference_mode():
            for length in videos:
                scores = [self.model(some)[0] for some in self.windows[first : first + length].split(batch)]
                total += float(torch.cat(scores).double().sum())
                first += length
        self.wait()
        return {"seconds": perf_counter() - start, "total": total}


def main(folder: Path) -> None:
    """Answer until the input ends."""
    peer = TorchPeer(folder)
    for line in sys.stdin:
        asked = json.loads(line)
        do = asked.pop("do")
        if do == "outputs":
            found = peer.outputs()
        elif do == "train":
            found = peer.train(**asked)
        else:
            found = peer.infer(**asked)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
