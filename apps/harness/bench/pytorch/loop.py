"""What all loops share: fine-tuning itself."""

import torch
import torch.nn.functional as F

from cells import layers_of

CAPACITY = 500  # rows of a memory


class Loop:
    """Fine-tuning on the second (or later) of five tasks of two digits, which begin again after the fifth.

    Methods override `backward`, which leaves gradients in the parameters, or the whole `step`. Which outputs compete is known, as in
    the cells of this library: the task's own.
    """

    def __init__(self, cell, task, images, labels):
        torch.manual_seed(1)
        self.cell, self.batch, self.past = cell, cell.batch, task - 1
        self.images, self.labels = images, labels
        now = self.past % 5
        rows = torch.nonzero((labels // 2) == now).flatten()
        self.x, self.y = images[rows], labels[rows]
        self.own = slice(2 * now, 2 * now + 2)
        self.mask = torch.full((10,), -1e9)
        self.mask[self.own] = 0
        self.order, self.at = torch.randperm(len(self.x)), 0
        self.model = cell.network()
        self.prepare()
        self.parameters = self.trained()
        self.optimizer = cell.optimizer(self.parameters)

    def prepare(self):
        """State that earlier tasks left behind; its values do not matter, its sizes do."""

    def trained(self):
        return list(self.model.parameters())

    def rows(self):
        if self.at + self.batch > len(self.x):
            self.order, self.at = torch.randperm(len(self.x)), 0
        chosen = self.order[self.at : self.at + self.batch]
        self.at += self.batch
        return self.x[chosen], self.y[chosen]

    def step(self):
        x, y = self.rows()
        self.optimizer.zero_grad(set_to_none=True)
        self.backward(x, y)
        self.optimizer.step()

    def backward(self, x, y):
        self.loss(self.model(x), y).backward()

    def loss(self, logits, y):
        return F.cross_entropy(logits + self.mask, y)

    def copy_of_model(self):
        """The network as the last task left it."""
        copy = self.cell.network()
        copy.load_state_dict(self.model.state_dict())
        return copy.requires_grad_(False)

    def heads(self):
        """Columns of each earlier task."""
        return [slice(2 * (k % 5), 2 * (k % 5) + 2) for k in range(self.past)]

    def held_layers(self):
        """Layers that earlier tasks use: not the classifier while each task has outputs of its own."""
        layers = layers_of(self.model)
        return layers[:-1] if self.past < 5 else layers


class Remembering(Loop):
    """A loop with stored rows of earlier tasks."""

    def prepare(self):
        past = torch.nonzero((self.labels // 2) < self.past).flatten()
        stored = past[torch.randperm(len(past))[:CAPACITY]]
        self.memory = self.images[stored].clone(), self.labels[stored].clone()
        self.past_masks = torch.full((10, 10), -1e9)
        for digit in range(10):
            first = digit - digit % 2
            self.past_masks[digit, first : first + 2] = 0

    def places(self, count):
        return torch.randperm(len(self.memory[0]))[:count]

    def draw(self, count):
        """Rows, labels, and which outputs compete in each."""
        chosen = self.places(count)
        x, y = self.memory[0][chosen], self.memory[1][chosen]
        return x, y, self.past_masks[y]

    def together(self, x, y, drawn):
        """New and old rows as one batch: inputs, labels, masks."""
        old_x, old_y, old_mask = drawn
        return torch.cat([x, old_x]), torch.cat([y, old_y]), torch.cat([self.mask.expand(len(x), 10), old_mask])
