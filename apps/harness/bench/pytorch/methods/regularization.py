"""Penalties on the parameters."""

import torch

from cells import layers_of
from loop import Loop

from .matrices import add_gradient, covariance, matrix


class Ewc(Loop):
    """The separate penalties merged into one quadratic, as this library keeps them; the online form costs the same."""

    def prepare(self):
        self.importance = [torch.rand_like(p) for p in self.model.parameters()]
        self.anchor = [p.detach().clone() for p in self.model.parameters()]

    def penalty(self):
        return 0.5 * sum((f * (p - a).square()).sum() for f, p, a in zip(self.importance, self.parameters, self.anchor))

    def backward(self, x, y):
        (self.loss(self.model(x), y) + self.penalty()).backward()


class L2(Ewc):
    def penalty(self):
        return 0.5 * sum((p - a).square().sum() for p, a in zip(self.parameters, self.anchor))


class Tracking(Ewc):
    """A penalty, and a look at how each step went along the gradient of the task's own loss."""

    def step(self):
        x, y = self.rows()
        gradients = torch.autograd.grad(self.loss(self.model(x), y), self.parameters)
        self.optimizer.zero_grad(set_to_none=True)
        self.penalty().backward()
        with torch.no_grad():
            before = [p.clone() for p in self.parameters]
            for p, g in zip(self.parameters, gradients):
                p.grad.add_(g)
            self.optimizer.step()
            self.track(gradients, before)


class Si(Tracking):
    def prepare(self):
        super().prepare()
        self.path = [torch.zeros_like(a) for a in self.anchor]

    def track(self, gradients, before):
        for path, g, old, p in zip(self.path, gradients, before, self.parameters):
            path.addcmul_(g, old.sub_(p))


class Rwalk(Si):
    def prepare(self):
        super().prepare()
        self.fisher = [torch.zeros_like(a) for a in self.anchor]
        self.score = [torch.zeros_like(a) for a in self.anchor]
        self.start = [a.clone() for a in self.anchor]
        self.steps = 0

    def track(self, gradients, before):
        for fisher, g in zip(self.fisher, gradients):
            fisher.mul_(0.1).addcmul_(g, g, value=0.9)
        super().track(gradients, before)
        self.steps += 1
        if self.steps % 10 == 0:
            for score, path, fisher, p, start in zip(self.score, self.path, self.fisher, self.parameters, self.start):
                squared = (p - start).square_()
                score.add_((path / (squared.mul_(fisher).mul_(0.5).add_(1e-3))).clamp_(min=0))
                path.zero_()
                start.copy_(p)


class KroneckerEwc(Loop):
    """One half tr(Dᵀ G D A) for each layer; its gradient G D A is known, so nobody differentiates it."""

    def prepare(self):
        self.held = [
            (layer, covariance(layer.bias.numel()), covariance(layer.weight[0].numel() + 1), matrix(layer)) for layer in layers_of(self.model)
        ]

    def backward(self, x, y):
        super().backward(x, y)
        with torch.no_grad():
            for layer, outputs, inputs, mean in self.held:
                add_gradient(layer, outputs @ (matrix(layer) - mean) @ inputs)


class Spg(Ewc):
    def backward(self, x, y):
        Loop.backward(self, x, y)
        for p, importance in zip(self.parameters, self.importance):
            p.grad.mul_(1 - importance)
