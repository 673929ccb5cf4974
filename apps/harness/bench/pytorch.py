"""Plain PyTorch training loops of the methods that `cl bench` times, written as a careful person would write them.

Reads one request a line from standard input and answers each with one line of JSON:

    {"cell": "mlp-100-b10-sgd", "strategy": "ewc", "task": 2, "iterations": 200}
    {"ms": 0.41}

The process stays up between requests, so that its rivals' turns can be interleaved with its own. Real Split-MNIST rows from
the folder given as the first argument; threads as PyTorch has them by default, or as the second argument says.
"""

import gzip
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def read_idx(path):
    with gzip.open(path, "rb") as file:
        data = file.read()
    rank = data[3]
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return torch.frombuffer(bytearray(data[4 + 4 * rank :]), dtype=torch.uint8).reshape(shape)


def mlp(hidden):
    sizes = [784, *hidden, 10]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 14 * 14, 128), nn.ReLU(), nn.Linear(128, 10),
    )


CELLS = {
    "mlp-100-b10-sgd": (lambda: mlp([100, 100]), 10, "sgd"),
    "mlp-100-b10-adam": (lambda: mlp([100, 100]), 10, "adam"),
    "mlp-400-b128-sgd": (lambda: mlp([400, 400]), 128, "sgd"),
    "mlp-400-b128-adam": (lambda: mlp([400, 400]), 128, "adam"),
    "cnn-b32-sgd": (cnn, 32, "sgd"),
}
CAPACITY = 500  # rows of the replay memory


class Job:
    """One method in one cell, ready to take steps on the second (or later) of five tasks of two digits."""

    def __init__(self, cell, strategy, task, images, labels):
        torch.manual_seed(1)
        make, self.batch, optimizer = CELLS[cell]
        self.model = make()
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.SGD(self.parameters, lr=0.01) if optimizer == "sgd" else torch.optim.Adam(self.parameters, lr=1e-3)
        self.strategy = strategy
        now = (task - 1) % 5
        rows = torch.nonzero((labels // 2) == now).flatten()
        self.x, self.y = images[rows], labels[rows]
        # The logits that compete: task-incremental, as in the cells of this library.
        self.mask = torch.full((10,), -1e9)
        self.mask[2 * now : 2 * now + 2] = 0
        past = torch.nonzero((labels // 2) < now).flatten() if now > 0 else rows
        stored = past[torch.randperm(len(past))[:CAPACITY]]
        self.memory = images[stored].clone(), labels[stored].clone()
        self.past_masks = torch.full((10, 10), -1e9)
        for digit in range(10):
            first = digit - digit % 2
            self.past_masks[digit, first : first + 2] = 0
        self.importance = [torch.rand_like(p) for p in self.parameters]
        self.anchor = [p.detach().clone() for p in self.parameters]
        self.teacher = make()
        self.teacher.load_state_dict(self.model.state_dict())
        self.heads = range(now)
        self.order = torch.randperm(len(self.x))
        self.at = 0

    def rows(self):
        if self.at + self.batch > len(self.x):
            self.order, self.at = torch.randperm(len(self.x)), 0
        chosen = self.order[self.at : self.at + self.batch]
        self.at += self.batch
        return self.x[chosen], self.y[chosen]

    def draw(self, count):
        x, y = self.memory
        chosen = torch.randperm(len(x))[:count]
        return x[chosen], y[chosen], self.past_masks[y[chosen]]

    def step(self):
        x, y = self.rows()
        self.optimizer.zero_grad(set_to_none=True)
        getattr(self, "step_" + self.strategy.replace("-", "_"))(x, y)
        self.optimizer.step()

    def step_finetune(self, x, y):
        F.cross_entropy(self.model(x) + self.mask, y).backward()

    def step_ewc(self, x, y):
        """The separate penalties merged into one quadratic, as this library keeps them; the online form costs the same."""
        loss = F.cross_entropy(self.model(x) + self.mask, y)
        penalty = sum((f * (p - a).square()).sum() for f, p, a in zip(self.importance, self.parameters, self.anchor))
        (loss + 0.5 * penalty).backward()

    step_ewc_online = step_ewc

    def step_spg(self, x, y):
        self.step_finetune(x, y)
        for p, importance in zip(self.parameters, self.importance):
            p.grad.mul_(1 - importance)

    def step_lwf(self, x, y):
        logits = self.model(x)
        with torch.no_grad():
            old = self.teacher(x)
        loss = F.cross_entropy(logits + self.mask, y)
        for head in self.heads:
            columns = slice(2 * head, 2 * head + 2)
            loss = loss + F.cross_entropy(logits[:, columns] / 2, F.softmax(old[:, columns] / 2, 1))
        loss.backward()

    def step_replay(self, x, y):
        old_x, old_y, old_mask = self.draw(self.batch)
        mask = torch.cat([self.mask.expand(len(x), 10), old_mask])
        F.cross_entropy(self.model(torch.cat([x, old_x])) + mask, torch.cat([y, old_y])).backward()

    def step_agem(self, x, y):
        old_x, old_y, old_mask = self.draw(self.batch)
        reference = torch.autograd.grad(F.cross_entropy(self.model(old_x) + old_mask, old_y), self.parameters)
        self.step_finetune(x, y)
        dot = sum((p.grad * r).sum() for p, r in zip(self.parameters, reference))
        if dot < 0:
            scale = dot / sum(r.square().sum() for r in reference)
            for p, r in zip(self.parameters, reference):
                p.grad.sub_(scale * r)


def main():
    folder = sys.argv[1]
    if len(sys.argv) > 2:
        torch.set_num_threads(int(sys.argv[2]))
    images = read_idx(f"{folder}/mnist/train-images-idx3-ubyte.gz").reshape(-1, 784).float() / 255
    labels = read_idx(f"{folder}/mnist/train-labels-idx1-ubyte.gz").long()
    jobs = {}
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        key = request["cell"], request["strategy"], request["task"]
        if key not in jobs:
            jobs[key] = Job(*key, images, labels)
        start = time.perf_counter()
        for _ in range(request["iterations"]):
            jobs[key].step()
        print(json.dumps({"ms": (time.perf_counter() - start) / request["iterations"] * 1000}), flush=True)


if __name__ == "__main__":
    main()
