"""Parts of a network, or networks, for each task."""

import torch
import torch.nn.functional as F
from torch import nn

from cells import layers_of, mlp, with_kernels
from loop import Loop


class OwnOutputs(Loop):
    """The classifier moves in the task's own columns only."""

    def prepare(self):
        self.head = layers_of(self.model)[-1]
        self.columns = torch.zeros(10)
        self.columns[self.own] = 1

    def mask_head(self):
        self.head.weight.grad.mul_(self.columns[:, None])
        self.head.bias.grad.mul_(self.columns)


class PackNet(OwnOutputs):
    """A quarter of the weights, then a quarter of the rest, belong to earlier tasks; biases stand still. Freed weights are zero."""

    def prepare(self):
        super().prepare()
        self.still = [layer.bias for layer in layers_of(self.model)[:-1]]
        for bias in self.still:
            bias.requires_grad_(False)
        self.free = [(torch.rand_like(layer.weight) < 0.75**self.past).float() for layer in layers_of(self.model)[:-1]]

    def trained(self):
        return [p for p in self.model.parameters() if p.requires_grad]

    def backward(self, x, y):
        super().backward(x, y)
        for layer, free in zip(layers_of(self.model), self.free):
            layer.weight.grad.mul_(free)
        self.mask_head()


class Hat(OwnOutputs):
    S_MAX, C = 400, 0.75

    def prepare(self):
        super().prepare()
        self.layers = layers_of(self.model)[:-1]
        self.embeddings = [torch.randn(layer.bias.numel(), requires_grad=True) for layer in self.layers]
        self.used = [torch.rand_like(e) for e in self.embeddings]
        self.room = sum((1 - used).sum() for used in self.used)
        self.passes = []
        before = torch.ones(1)
        for layer, used in zip(self.layers, self.used):
            fan = before.repeat_interleave(layer.weight.shape[1] // len(before))
            places = [1] * (layer.weight.dim() - 2)
            weights = 1 - torch.minimum(used.view(-1, 1, *places), fan.view(1, -1, *places))
            self.passes.append((weights.expand_as(layer.weight).contiguous(), 1 - used))
            before = used
        self.number, self.batches = 0, -(-len(self.x) // self.batch)

    def trained(self):
        return [*self.model.parameters(), *self.embeddings]

    def gated(self, x, gates):
        gates = iter(gates)
        for layer in self.model:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                gate = next(gates)
                x = x * (gate if x.dim() == 2 else gate[:, None, None])
        return x

    def step(self):
        x, y = self.rows()
        s = 1 / self.S_MAX + (self.S_MAX - 1 / self.S_MAX) * (self.number % self.batches) / (self.batches - 1)
        self.number += 1
        gates = [torch.sigmoid(s * e) for e in self.embeddings]
        self.optimizer.zero_grad(set_to_none=True)
        taken = sum((gate * (1 - used)).sum() for gate, used in zip(gates, self.used))
        (self.loss(self.gated(x, gates), y) + self.C * taken / self.room).backward()
        with torch.no_grad():
            for e in self.embeddings:
                e.grad.mul_((self.S_MAX / s) * (torch.cosh((s * e).clamp_(-50, 50)) + 1) / (torch.cosh(e) + 1))
            nn.utils.clip_grad_norm_(self.parameters, 10_000)
            for layer, (weight, bias) in zip(self.layers, self.passes):
                layer.weight.grad.mul_(weight)
                layer.bias.grad.mul_(bias)
            self.mask_head()
            self.optimizer.step()
            for e in self.embeddings:
                e.clamp_(-6, 6)


class Above(torch.autograd.Function):
    """1 above a threshold, 0 elsewhere; the gradient goes straight through."""

    @staticmethod
    def forward(_ctx, scores, threshold):
        return (scores > threshold).to(scores.dtype)

    @staticmethod
    def backward(_ctx, gradient):
        return gradient, None


class Piggyback(OwnOutputs):
    def prepare(self):
        super().prepare()
        self.masked = layers_of(self.model)[:-1]
        for layer in self.masked:
            layer.requires_grad_(False)
        self.scores = [torch.full_like(layer.weight, 0.01).requires_grad_() for layer in self.masked]

    def trained(self):
        return [*self.scores, *self.head.parameters()]

    def backward(self, x, y):
        kernels = {layer: layer.weight * Above.apply(scores, 0.005) for layer, scores in zip(self.masked, self.scores)}
        self.loss(with_kernels(self.model, x, kernels), y).backward()
        self.mask_head()


class LargestHalf(torch.autograd.Function):
    """1 for the half of the scores that is largest; the gradient goes straight through."""

    @staticmethod
    def forward(_ctx, scores):
        cut = scores.flatten().kthvalue(scores.numel() // 2 + 1).values
        return (scores >= cut).to(scores.dtype)

    @staticmethod
    def backward(_ctx, gradient):
        return gradient


class SupSup(Loop):
    """Masks on weights that never move, the classifier's too."""

    def prepare(self):
        self.model.requires_grad_(False)
        self.masked = layers_of(self.model)
        self.scores = [torch.randn_like(layer.weight).requires_grad_() for layer in self.masked]

    def trained(self):
        return self.scores

    def backward(self, x, y):
        kernels = {layer: layer.weight * LargestHalf.apply(scores.abs()) for layer, scores in zip(self.masked, self.scores)}
        self.loss(with_kernels(self.model, x, kernels), y).backward()


class Progressive(Loop):
    """A new column that reads the activations of all earlier ones through adapters. Dense layers only."""

    def prepare(self):
        self.columns = [layers_of(self.cell.network().requires_grad_(False)) for _ in range(self.past)]
        self.layers = layers_of(self.model)
        self.laterals = [[self.lateral(layer, k) for layer in self.layers[1:]] for k in range(1, self.past + 1)]
        for column in self.laterals[:-1]:
            for alpha, down, up in column:
                alpha.requires_grad_(False), down.requires_grad_(False), up.requires_grad_(False)

    def lateral(self, layer, k):
        outputs, inputs = layer.weight.shape
        alpha = (0.01 * torch.randn(k)).requires_grad_()
        return alpha, nn.Linear(k * inputs, inputs), nn.Linear(inputs, outputs, bias=False)

    def trained(self):
        own = [p for alpha, down, up in self.laterals[-1] for p in (alpha, *down.parameters(), *up.parameters())]
        return [*self.model.parameters(), *own]

    def column(self, layers, laterals, x, below, answer):
        """Activations of one column, from `below`: those of the earlier columns; its logits if it answers."""
        seen = [F.relu(layers[0](x))]
        for i, layer in enumerate(layers[1:]):
            last = i == len(layers) - 2
            if last and not answer:
                break
            z = layer(seen[-1])
            if laterals:
                alpha, down, up = laterals[i]
                h = down(torch.cat([a * value[i] for a, value in zip(alpha, below)], 1))
                z = z + up(h if last else F.relu(h))
            seen.append(z if last else F.relu(z))
        return seen

    def backward(self, x, y):
        below = []
        with torch.no_grad():
            for k, layers in enumerate(self.columns):
                below.append(self.column(layers, self.laterals[k - 1] if k > 0 else None, x, below, answer=False))
        logits = self.column(self.layers, self.laterals[-1], x, below, answer=True)[-1]
        self.loss(logits, y).backward()


class BatchEnsemble(Loop):
    """Two vectors for each kernel of the trunk, biases and a classifier of the task's own."""

    def prepare(self):
        self.layers, self.head = layers_of(self.model)[:-1], layers_of(self.model)[-1]
        for layer in self.layers:
            layer.weight.requires_grad_(False)
        self.r = [torch.zeros(layer.weight.shape[1], requires_grad=True) for layer in self.layers]
        self.s = [torch.zeros(layer.weight.shape[0], requires_grad=True) for layer in self.layers]

    def trained(self):
        return [*self.r, *self.s, *(layer.bias for layer in self.layers), *self.head.parameters()]

    def backward(self, x, y):
        fast = {layer: (r, s) for layer, r, s in zip(self.layers, self.r, self.s)}
        for layer in self.model:
            if layer not in fast:
                x = layer(x)
                continue
            r, s = fast[layer]
            if isinstance(layer, nn.Linear):
                x = F.linear(x * (1 + r), layer.weight) * (1 + s) + layer.bias
            else:
                x = F.conv2d(x * (1 + r)[:, None, None], layer.weight, padding=layer.padding)
                x = x * (1 + s)[:, None, None] + layer.bias[:, None, None]
        self.loss(x, y).backward()


class ExpertGate(Loop):
    """A network of the task's own, and an autoencoder that rebuilds its inputs."""

    def prepare(self):
        self.gate = mlp((100,), 784, 784)

    def trained(self):
        return [*self.model.parameters(), *self.gate.parameters()]

    def backward(self, x, y):
        (self.loss(self.model(x), y) + F.mse_loss(self.gate(x), x)).backward()
