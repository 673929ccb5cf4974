"""An old network as a teacher."""

import torch
import torch.nn.functional as F
from cells import layers_of
from loop import Loop


class Lwf(Loop):
    def prepare(self):
        self.teacher = self.copy_of_model()

    def backward(self, x, y):
        logits = self.model(x)
        with torch.no_grad():
            old = self.teacher(x)
        loss = self.loss(logits, y)
        for columns in self.heads():
            loss = loss + F.cross_entropy(logits[:, columns] / 2, F.softmax(old[:, columns] / 2, 1))
        loss.backward()


class Lfl(Loop):
    """Features held where they were; columns of earlier tasks stand still."""

    def prepare(self):
        self.trunk, self.head = self.model[:-1], layers_of(self.model)[-1]
        self.old_trunk = self.copy_of_model()[:-1]
        self.moving = torch.ones(10)
        for columns in self.heads():
            self.moving[columns] = 0

    def backward(self, x, y):
        features = self.trunk(x)
        with torch.no_grad():
            old = self.old_trunk(x)
        distance = (features - old).square().sum(1).mean()
        (self.loss(self.head(features), y) + 0.5 * distance).backward()
        self.head.weight.grad.mul_(self.moving[:, None])
        self.head.bias.grad.mul_(self.moving)


class Dmc(Loop):
    """An old network and one of the new classes made one: no labels, but the logits of both, less their means in each row."""

    def prepare(self):
        self.old, self.fresh = self.copy_of_model(), self.copy_of_model()
        self.before, self.seen = slice(0, self.own.start), slice(0, self.own.stop)

    def backward(self, x, y):
        logits = self.model(x)[:, self.seen]
        with torch.no_grad():
            old, fresh = self.old(x)[:, self.before], self.fresh(x)[:, self.own]
            wanted = torch.cat([old - old.mean(1, keepdim=True), fresh - fresh.mean(1, keepdim=True)], 1)
        F.mse_loss(logits, wanted).backward()
