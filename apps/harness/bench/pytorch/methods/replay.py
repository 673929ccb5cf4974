"""Stored, drawn or remembered rows beside the new ones, and classifiers on features."""

import torch
import torch.nn.functional as F
from torch import nn

from cells import layers_of, mlp
from loop import CAPACITY, Loop, Remembering


class Replay(Remembering):
    def backward(self, x, y):
        x, y, mask = self.together(x, y, self.draw(self.batch))
        F.cross_entropy(self.model(x) + mask, y).backward()


class Der(Remembering):
    def prepare(self):
        super().prepare()
        self.logits = torch.randn(len(self.memory[0]), 10)

    def backward(self, x, y):
        (self.loss(self.model(x), y) + 0.3 * self.distance()).backward()

    def distance(self):
        chosen = self.places(self.batch)
        return F.mse_loss(self.model(self.memory[0][chosen]), self.logits[chosen])


class DerPlusPlus(Der):
    def backward(self, x, y):
        old_x, old_y, old_mask = self.draw(self.batch)
        replayed = F.cross_entropy(self.model(old_x) + old_mask, old_y)
        (self.loss(self.model(x), y) + 0.1 * self.distance() + 0.5 * replayed).backward()


class ErAce(Remembering):
    def backward(self, x, y):
        old_x, old_y, old_mask = self.draw(self.batch)
        present = self.mask.clone()
        absent = torch.ones(10, dtype=torch.bool)
        absent[y] = False
        present[absent] = -1e9
        loss = F.cross_entropy(self.model(x) + present, y)
        (loss + F.cross_entropy(self.model(old_x) + old_mask, old_y)).backward()


class Mir(Remembering):
    """Five times as many candidates; those whose loss the coming step would raise most."""

    def backward(self, x, y):
        candidates = self.draw(min(5 * self.batch, CAPACITY))
        gradients = torch.autograd.grad(self.loss(self.model(x), y), self.parameters)
        rate = self.optimizer.param_groups[0]["lr"]
        with torch.no_grad():
            now = [p.clone() for p in self.parameters]
            before = self.losses(*candidates)
            for p, g in zip(self.parameters, gradients):
                p.sub_(g, alpha=rate)
            chosen = (self.losses(*candidates) - before).topk(self.batch).indices
            for p, value in zip(self.parameters, now):
                p.copy_(value)
        x, y, mask = self.together(x, y, [part[chosen] for part in candidates])
        F.cross_entropy(self.model(x) + mask, y).backward()

    def losses(self, x, y, mask):
        return F.cross_entropy(self.model(x) + mask, y, reduction="none")


class Gss(Replay):
    """After the step: how like the gradients of ten stored rows those of the new ones are, by products of the layers' sides."""

    def step(self):
        x, y = self.rows()
        self.optimizer.zero_grad(set_to_none=True)
        self.backward(x, y)
        self.optimizer.step()
        all_x, all_y, mask = self.together(x, y, self.draw(10))
        products = self.gradient_products(all_x, all_y, mask)
        lengths = products.diagonal().sqrt()
        cosines = products[: len(x), len(x) :] / torch.outer(lengths[: len(x)], lengths[len(x) :]).clamp_(min=1e-20)
        self.scores = cosines.max(1).values + 1

    def gradient_products(self, x, y, mask):
        inputs, outputs = [], []
        for layer in self.model:
            inputs.append(x)
            x = layer(x)
            outputs.append(x)
        kept = [(layer, a, z) for layer, a, z in zip(self.model, inputs, outputs) if isinstance(layer, (nn.Linear, nn.Conv2d))]
        gradients = torch.autograd.grad(F.cross_entropy(x + mask, y, reduction="sum"), [z for _, _, z in kept])
        total = torch.zeros(len(y), len(y))
        with torch.no_grad():
            for (layer, a, _), g in zip(kept, gradients):
                if isinstance(layer, nn.Linear):
                    total += (a @ a.T + 1) * (g @ g.T)
                else:
                    patches = F.unfold(a, layer.kernel_size, padding=layer.padding)
                    kernels = (g.flatten(2) @ patches.transpose(1, 2)).flatten(1)
                    biases = g.sum((2, 3))
                    total += kernels @ kernels.T + biases @ biases.T
        return total


class Icarl(Remembering):
    """A sigmoid for each class: labels for the new ones, the old network's answers for the old ones. Two data sets as one."""

    def prepare(self):
        super().prepare()
        self.teacher = self.copy_of_model()
        self.weight = torch.cat([torch.ones(self.batch), torch.full((self.batch,), len(self.memory[0]) / 640)])
        self.seen = torch.zeros(10)
        for columns in self.heads():
            self.seen[columns] = 1
        self.old = self.seen.bool()
        self.old[self.own] = False
        self.seen[self.own] = 1

    def backward(self, x, y):
        x, y, _ = self.together(x, y, self.draw(self.batch))
        targets = F.one_hot(y, 10).float()
        with torch.no_grad():
            targets = torch.where(self.old, self.teacher(x).sigmoid(), targets)
        losses = F.binary_cross_entropy_with_logits(self.model(x), targets, weight=self.seen, reduction="none").sum(1)
        ((losses * self.weight).sum() / self.weight.sum()).backward()


class Bic(Icarl):
    """Old outputs distilled, labels replayed; the correction of the teacher's newest classes comes first."""

    def prepare(self):
        super().prepare()
        self.scale, self.shift = torch.ones(10), torch.zeros(10)
        columns = self.heads()[-1]
        self.scale[columns], self.shift[columns] = 0.9, -0.1
        self.hidden = torch.zeros(10).masked_fill_(~self.old, -1e9)
        self.share = self.old.sum() / self.seen.sum()

    def backward(self, x, y):
        x, y, mask = self.together(x, y, self.draw(self.batch))
        logits = self.model(x)
        with torch.no_grad():
            told = F.softmax((self.teacher(x) * self.scale + self.shift + self.hidden) / 2, 1)
        distilled = F.cross_entropy((logits + self.hidden) / 2, told, reduction="none")
        labelled = F.cross_entropy(logits + mask, y, reduction="none")
        losses = self.share * distilled + (1 - self.share) * labelled
        ((losses * self.weight).sum() / self.weight.sum()).backward()


class Gdumb(Remembering):
    """A batch of the memory alone, gradients of length ten at most, a rate that falls and starts again."""

    def prepare(self):
        super().prepare()
        self.taken = 0

    def trained(self):
        self.base = 0.01 if self.cell.rate == "sgd" else 1e-3
        return super().trained()

    def step(self):
        x, y, mask = self.draw(self.batch)
        self.optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(self.model(x) + mask, y).backward()
        nn.utils.clip_grad_norm_(self.parameters, 10)
        self.optimizer.param_groups[0]["lr"] = self.base * self.share()
        self.optimizer.step()

    def share(self):
        number = self.taken * self.batch // len(self.memory[0])
        self.taken += 1
        if number < 1:
            return 0.1
        begin = 2 ** (number.bit_length() - 1)
        return 0.01 + 0.99 * (1 + torch.cos(torch.tensor(torch.pi * (number / begin - 1))).item()) / 2


class Generative(Loop):
    """A classifier on real rows and on rows that the old generator draws, and a generator on the same."""

    def prepare(self):
        hidden = self.cell.hidden or (400, 400)
        self.generator, self.old_generator = Autoencoder(hidden), Autoencoder(hidden).requires_grad_(False)
        self.old_classifier = self.copy_of_model()
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), lr=1e-3)
        self.share = 1 / (self.past + 1)

    def step(self):
        x, y = self.rows()
        with torch.no_grad():
            drawn = self.old_generator.sample(len(x))
            said = self.old_classifier(drawn)
        self.optimizer.zero_grad(set_to_none=True)
        outputs = self.model(drawn)
        heads = self.heads()
        replayed = sum(F.cross_entropy(outputs[:, columns], said[:, columns].argmax(1)) for columns in heads) / len(heads)
        (self.share * self.loss(self.model(x), y) + (1 - self.share) * replayed).backward()
        self.optimizer.step()

        self.generator_optimizer.zero_grad(set_to_none=True)
        (self.share * self.generator.loss(x) + (1 - self.share) * self.generator.loss(drawn)).backward()
        self.generator_optimizer.step()


class Autoencoder(nn.Module):
    LATENT = 100

    def __init__(self, hidden):
        super().__init__()
        self.encoder = nn.Sequential(*mlp(hidden)[:-1])
        self.mean, self.log_variance = nn.Linear(hidden[-1], self.LATENT), nn.Linear(hidden[-1], self.LATENT)
        self.decoder = mlp(tuple(reversed(hidden)), self.LATENT, 784)

    def sample(self, count):
        return self.decoder(torch.randn(count, self.LATENT)).sigmoid()

    def loss(self, x):
        code = self.encoder(x)
        mean, log_variance = self.mean(code), self.log_variance(code)
        decoded = self.decoder(mean + (0.5 * log_variance).exp() * torch.randn_like(mean))
        errors = F.binary_cross_entropy_with_logits(decoded, x, reduction="sum")
        divergence = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum()
        return (errors + divergence) / len(x)


class Latent(Remembering):
    """Layers below the first dense activation stand still; above it, stored activations join the new ones."""

    def prepare(self):
        super().prepare()
        dense = next(layer for layer in self.model if isinstance(layer, nn.Linear))
        cut = [*self.model].index(dense) + 2
        self.below, self.above = self.model[:cut].requires_grad_(False), self.model[cut:]
        with torch.no_grad():
            self.memory = self.below(self.memory[0]), self.memory[1]

    def trained(self):
        return list(self.above.parameters())

    def backward(self, x, y):
        with torch.no_grad():
            x = self.below(x)
        x, y, mask = self.together(x, y, self.draw(self.batch))
        F.cross_entropy(self.above(x) + mask, y).backward()


class Frozen(Loop):
    """The classifier alone; what NCM and SLDA put on top is computed between tasks."""

    def prepare(self):
        self.head = layers_of(self.model)[-1]
        self.below = self.model[:-1].requires_grad_(False)

    def trained(self):
        return list(self.head.parameters())

    def backward(self, x, y):
        with torch.no_grad():
            features = self.below(x)
        self.loss(self.head(features), y).backward()
