"""Where a step may go. All project the gradient, as the authors do; what Adam makes of it is not projected again."""

import torch
import torch.nn.functional as F
from loop import Loop, Remembering

from .matrices import add_gradient, covariance, gradient_matrix, matrix, set_gradient


class Agem(Remembering):
    def backward(self, x, y):
        old_x, old_y, old_mask = self.draw(self.batch)
        reference = torch.autograd.grad(F.cross_entropy(self.model(old_x) + old_mask, old_y), self.parameters)
        super().backward(x, y)
        dot = sum((p.grad * r).sum() for p, r in zip(self.parameters, reference))
        if dot < 0:
            scale = dot / sum(r.square().sum() for r in reference)
            for p, r in zip(self.parameters, reference):
                p.grad.sub_(scale * r)


class Gem(Remembering):
    """A batch of stored rows for each earlier task, a gradient for each, and a quadratic program with a variable for each."""

    def prepare(self):
        super().prepare()
        self.memories = []
        for columns in self.heads():
            rows = torch.nonzero((self.labels // 2) == columns.start // 2).flatten()[: self.batch]
            self.memories.append((self.images[rows], self.labels[rows], self.past_masks[self.labels[rows]]))

    def backward(self, x, y):
        rows = []
        for old_x, old_y, old_mask in self.memories:
            gradients = torch.autograd.grad(F.cross_entropy(self.model(old_x) + old_mask, old_y), self.parameters)
            rows.append(torch.cat([g.flatten() for g in gradients]))
        past = torch.stack(rows)
        super().backward(x, y)
        gradient = torch.cat([p.grad.flatten() for p in self.parameters])
        along = past @ gradient
        if (along < 0).any():
            weights = bounded_quadratic(past @ past.T + 1e-3 * torch.eye(len(past)), along, 0.5)
            gradient += past.T @ weights
            for p, part in zip(self.parameters, gradient.split([p.numel() for p in self.parameters])):
                p.grad.copy_(part.view_as(p))


def bounded_quadratic(P, q, lower):
    """v ≥ lower with the least ½ vᵀPv + qᵀv, by exchanging one variable at a time."""
    b = q + lower * P.sum(1)
    free = torch.zeros(len(q), dtype=torch.bool)
    x = torch.zeros_like(q)
    for _ in range(4 * len(q)):
        x = torch.zeros_like(q)
        if free.any():
            x[free] = torch.linalg.solve(P[free][:, free], -b[free])
        slope = P @ x + b
        wrong = torch.where(free, -x, -slope)
        worst = wrong.argmax()
        if wrong[worst] <= 1e-6:
            break
        free[worst] = ~free[worst]
    return lower + x.clamp(min=0)


class Ogd(Loop):
    """Orthonormal directions in the parameters of the trunk: as many for each earlier task as `src/bench/cells.ts` says."""

    EXAMPLES = 20

    def prepare(self):
        self.moved = [p for layer in self.held_layers() for p in layer.parameters()]
        size = sum(p.numel() for p in self.moved)
        self.directions = torch.linalg.qr(torch.randn(size, self.EXAMPLES * self.past)).Q.T.contiguous()

    def backward(self, x, y):
        super().backward(x, y)
        gradient = torch.cat([p.grad.flatten() for p in self.moved])
        gradient -= self.directions.T @ (self.directions @ gradient)
        for p, part in zip(self.moved, gradient.split([p.numel() for p in self.moved])):
            p.grad.copy_(part.view_as(p))


class Gpm(Loop):
    """A basis for each layer, found as GPM finds it."""

    EXAMPLES = 125

    def prepare(self):
        self.bases = [None for _ in self.held_layers()]
        with torch.no_grad():
            for task, columns in enumerate(self.heads()):
                rows = torch.nonzero((self.labels // 2) == columns.start // 2).flatten()[: self.EXAMPLES]
                inputs = inputs_of(self.model, self.images[rows])
                share = min(1, 0.97 + 0.003 * task)
                self.bases = [extended(basis, a, share) for basis, a in zip(self.bases, inputs)]

    def backward(self, x, y):
        super().backward(x, y)
        for layer, basis in zip(self.held_layers(), self.bases):
            g = gradient_matrix(layer)
            set_gradient(layer, g - (g @ basis) @ basis.T)


def inputs_of(network, x):
    """What each layer gets, with a one for the bias."""
    inputs = []
    for layer in network:
        if isinstance(layer, torch.nn.Linear):
            inputs.append(torch.cat([x, torch.ones(len(x), 1)], 1))
        x = layer(x)
    return inputs


def extended(basis, rows, share):
    """The basis with as many more directions as hold a share of what the rows have."""
    everything = rows.square().sum()
    rest = rows if basis is None else rows - rows @ basis @ basis.T
    _, values, directions = torch.linalg.svd(rest, full_matrices=False)
    known = everything - rest.square().sum()
    wanted = int(((known + values.square().cumsum(0)) < share * everything).sum()) + 1 if known < share * everything else 0
    new = directions[:wanted].T
    return new.contiguous() if basis is None else torch.cat([basis, new], 1)


class Ncl(Loop):
    """A pull to the last belief, and steps measured by its precision."""

    def prepare(self):
        self.held = [
            {
                "layer": layer,
                "mean": matrix(layer),
                "outputs": covariance(layer.weight.shape[0]),
                "inputs": covariance(layer.weight[0].numel() + 1),
            }
            for layer in self.held_layers()
        ]
        for one in self.held:
            one["inverse outputs"], one["inverse inputs"] = torch.linalg.inv(one["outputs"]), torch.linalg.inv(one["inputs"])

    def backward(self, x, y):
        super().backward(x, y)
        with torch.no_grad():
            for one in self.held:
                layer = one["layer"]
                add_gradient(layer, one["outputs"] @ (matrix(layer) - one["mean"]) @ one["inputs"])
                set_gradient(layer, one["inverse outputs"] @ gradient_matrix(layer) @ one["inverse inputs"])


class Owm(Loop):
    def prepare(self):
        self.projectors = [covariance(layer.weight[0].numel() + 1) for layer in self.held_layers()]

    def backward(self, x, y):
        super().backward(x, y)
        for layer, projector in zip(self.held_layers(), self.projectors):
            set_gradient(layer, gradient_matrix(layer) @ projector)
