"""A method in PyTorch, one file beside its experiment: mebench gives videos, folds and windows, and takes intervals."""

import numpy as np

from mebench.config.parts import MethodConfig
from mebench.tasks.answers import Spotted
from mebench.tasks.by_fold import videos_by_fold
from mebench.tasks.decode import decode_spots
from mebench.tasks.targets import half_lengths, window_targets


class TorchNetConfig(MethodConfig):
    """Settings: channels of the convolution, steps of training."""

    channels: int = 8
    steps: int = 300


class TorchNet:
    """A convolution over windows of flow and strain, trained fold by fold in PyTorch; the most frequent emotion."""

    Config = TorchNetConfig
    inputs = ("windows",)

    def spot_then_recognise(self, run, videos, folds):
        """Return an answer for every video that some fold tests on, in order."""
        import torch

        settings, level = run.experiment.model, run.experiment.decode.threshold

        def learn(train):
            torch.manual_seed(run.experiment.seed)
            net = trained(train, settings)
            half = half_lengths([pair for video in train for pair in video.timed_intervals], (), "mended")
            known = [emotion for video in train for emotion in video.emotions]
            emotion = max(sorted(set(known)), key=known.count)

            def answer(video):
                with torch.no_grad():
                    scores = torch.sigmoid(net(tensor(video.features.windows))[:, 0]).numpy()
                spots = decode_spots(scores, half.at(video.info.fps), level, video.info.num_frames, clip=True)
                pairs = zip(spots.intervals, spots.peak_scores, strict=True)
                return [Spotted(interval, emotion, float(score)) for interval, score in pairs]

            return answer

        return videos_by_fold(videos, folds, learn)


def trained(videos, settings):
    """Return a network that knows the windows that overlap a micro-expression from as many that do not."""
    import torch

    windows = tensor(np.concatenate([video.features.windows for video in videos]))
    flags = [window_targets(v.intervals, len(v.features), v.features.lag) for v in videos]
    targets = torch.from_numpy(np.concatenate(flags).astype(np.float32))
    inside, outside = (torch.nonzero(targets == value)[:, 0] for value in (1, 0))
    layers = (torch.nn.Conv2d(3, settings.channels, 7, stride=7), torch.nn.ReLU(), torch.nn.Flatten())
    net = torch.nn.Sequential(*layers, torch.nn.Linear(36 * settings.channels, 1))
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(settings.steps):
        rows = torch.cat([side[torch.randint(len(side), (16,))] for side in (inside, outside)])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(windows[rows])[:, 0], targets[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net


def tensor(windows):
    """Return windows (n, 42, 42, 3) as PyTorch has pictures, (n, 3, 42, 42)."""
    import torch

    return torch.from_numpy(np.array(windows, np.float32)).permute(0, 3, 1, 2)
