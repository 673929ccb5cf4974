"""Networks, batch sizes and optimizers: those of `src/bench/cells.ts`."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Cell:
    hidden: tuple  # units of the dense layers; () stands for the convolutional network
    batch: int
    rate: str

    def network(self):
        return mlp(self.hidden) if self.hidden else cnn()

    def optimizer(self, parameters):
        return torch.optim.SGD(parameters, lr=0.01) if self.rate == "sgd" else torch.optim.Adam(parameters, lr=1e-3)


CELLS = {
    "mlp-100-b10-sgd": Cell((100, 100), 10, "sgd"),
    "mlp-100-b10-adam": Cell((100, 100), 10, "adam"),
    "mlp-400-b128-sgd": Cell((400, 400), 128, "sgd"),
    "mlp-400-b128-adam": Cell((400, 400), 128, "adam"),
    "cnn-b32-sgd": Cell((), 32, "sgd"),
}


def mlp(hidden, inputs=784, outputs=10):
    sizes = [inputs, *hidden, outputs]
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 14 * 14, 128), nn.ReLU(), nn.Linear(128, 10),
    )


def layers_of(network):
    """The layers that have a kernel and a bias, the classifier last."""
    return [layer for layer in network if isinstance(layer, (nn.Linear, nn.Conv2d))]


def with_kernels(network, x, kernels):
    """The network with other kernels in the place of some of its own: `kernels` maps layers to tensors."""
    for layer in network:
        kernel = kernels.get(layer)
        if kernel is None:
            x = layer(x)
        elif isinstance(layer, nn.Linear):
            x = F.linear(x, kernel, layer.bias)
        else:
            x = F.conv2d(x, kernel, layer.bias, padding=layer.padding)
    return x
