"""Training steps of language models: those of `src/bench/language-cells.ts`, whose sizes come with each request; and texts that one of them writes.

What is known to be fast in PyTorch is used: queries, keys and values by one matrix, scaled_dot_product_attention, no mask where no
text is padded, a vocabulary's logits at the hidden tokens alone, and AdamW in its fused form.
"""

import torch
import torch.nn.functional as F
from torch import nn

DROPOUT = 0.1
TEXTS = 160
LABELS = 9


class Attention(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.inner, self.outer = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x, mask):
        batch, length, width = x.shape
        split = self.inner(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        dropout = DROPOUT if self.training else 0.0
        seen = F.scaled_dot_product_attention(*split.unbind(0), attn_mask=mask, dropout_p=dropout, is_causal=self.causal)
        return F.dropout(self.outer(seen.transpose(1, 2).reshape(batch, length, width)), DROPOUT, self.training)


class FeedForward(nn.Module):
    def __init__(self, width, approximate):
        super().__init__()
        self.inner, self.outer, self.approximate = nn.Linear(width, 4 * width), nn.Linear(4 * width, width), approximate

    def forward(self, x):
        return F.dropout(self.outer(F.gelu(self.inner(x), approximate=self.approximate)), DROPOUT, self.training)


class Layer(nn.Module):
    """Of an encoder: norms behind the sums, as in BERT. Of a decoder: norms before attention and units, as in GPT-2."""

    def __init__(self, width, heads, causal):
        super().__init__()
        epsilon = 1e-5 if causal else 1e-12
        self.causal = causal
        self.look, self.think = Attention(width, heads, causal), FeedForward(width, "tanh" if causal else "none")
        self.first, self.second = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)

    def forward(self, x, mask):
        if self.causal:
            x = x + self.look(self.first(x), mask)
            return x + self.think(self.second(x))
        x = self.first(x + self.look(x, mask))
        return self.second(x + self.think(x))


class Body(nn.Module):
    """Tokens to hidden states."""

    def __init__(self, size, causal):
        super().__init__()
        width = size["width"]
        self.causal = causal
        self.words, self.positions = nn.Embedding(size["vocabulary"], width), nn.Embedding(size["positions"], width)
        self.types = None if causal else nn.Embedding(2, width)
        self.layers = nn.ModuleList(Layer(width, size["heads"], causal) for _ in range(size["layers"]))
        self.norm = nn.LayerNorm(width, 1e-5 if causal else 1e-12)

    def forward(self, ids, mask=None):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]]
        if not self.causal:
            x = self.norm(x + self.types.weight[0])
        x = F.dropout(x, DROPOUT, self.training)
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x) if self.causal else x


class Loop:
    """Rows in another order each time, a loss, and AdamW. Tokens are drawn at random: what they are changes no time."""

    causal = False

    def __init__(self, size):
        torch.manual_seed(1)
        self.size = size
        self.model = Body(size, self.causal)
        self.prepare()
        for module in self.model.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True)
        self.ids = torch.randint(size["vocabulary"] - 1, (TEXTS, size["sequence"]))
        self.order, self.at = torch.randperm(TEXTS), 0

    def rows(self):
        batch = self.size["batch"]
        if self.at + batch > TEXTS:
            self.order, self.at = torch.randperm(TEXTS), 0
        self.at += batch
        return self.order[self.at - batch : self.at]

    def prepare(self):
        """What stands upon the body."""

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.rows()).backward()
        self.optimizer.step()

    def logits_of_words(self, hidden, bias=None):
        return F.linear(hidden, self.model.words.weight, bias)


class MaskedLanguageModel(Loop):
    """BERT's: a layer with a norm, and the table of words as its last kernel."""

    def prepare(self):
        width = self.size["width"]
        self.model.transform, self.model.transform_norm = nn.Linear(width, width), nn.LayerNorm(width, 1e-12)
        self.model.bias = nn.Parameter(torch.zeros(self.size["vocabulary"]))

    def loss(self, rows):
        ids = self.ids[rows]
        asked, how = torch.rand(ids.shape) < 0.15, torch.rand(ids.shape)
        shown = torch.where(asked & (how >= 0.2), self.size["vocabulary"] - 1, ids)
        shown = torch.where(asked & (how >= 0.1) & (how < 0.2), torch.randint(self.size["vocabulary"], ids.shape), shown)
        hidden = self.model(shown)[asked]
        hidden = self.model.transform_norm(F.gelu(self.model.transform(hidden)))
        return F.cross_entropy(self.logits_of_words(hidden, self.model.bias), ids[asked])


class CausalLanguageModel(Loop):
    causal = True

    def loss(self, rows):
        ids = self.ids[rows]
        hidden = self.model(ids)[:, :-1]
        return F.cross_entropy(self.logits_of_words(hidden).flatten(0, 1), ids[:, 1:].flatten())


class TokenClassification(Loop):
    """Sentences of different lengths, padded."""

    def prepare(self):
        length = self.size["sequence"]
        self.model.head = nn.Linear(self.size["width"], LABELS)
        self.mask = torch.arange(length) < torch.randint(length // 2, length + 1, (TEXTS, 1))
        self.labels = torch.randint(LABELS, (TEXTS, length)).masked_fill(~self.mask, -100)

    def loss(self, rows):
        hidden = self.model(self.ids[rows], self.mask[rows][:, None, None, :])
        logits = self.model.head(F.dropout(hidden, DROPOUT))
        return F.cross_entropy(logits.flatten(0, 1), self.labels[rows].flatten())


GENERATED = 64


class Generation:
    """The likeliest token, again and again, behind one token for each text, and its likelihood; keys and values of earlier tokens are kept."""

    def __init__(self, size, texts):
        torch.manual_seed(1)
        self.model, self.texts, self.heads = Body(size, True).eval(), texts, size["heads"]
        shape = (texts, size["heads"], GENERATED, size["width"] // size["heads"])
        self.kept = [(torch.empty(shape), torch.empty(shape)) for _ in self.model.layers]
        self.begin()

    def begin(self):
        self.at, self.tokens, self.likelihoods = 0, torch.arange(self.texts), torch.zeros(self.texts)

    @torch.inference_mode()
    def step(self):
        if self.at == GENERATED:
            self.begin()
        model, at = self.model, self.at
        x = model.words(self.tokens) + model.positions.weight[at]
        for layer, (keys, values) in zip(model.layers, self.kept):
            split = layer.look.inner(layer.first(x)).view(self.texts, 3, self.heads, -1)
            keys[:, :, at], values[:, :, at] = split[:, 1], split[:, 2]
            seen = F.scaled_dot_product_attention(split[:, 0, :, None], keys[:, :, : at + 1], values[:, :, : at + 1])
            x = x + layer.look.outer(seen.reshape(x.shape))
            x = x + layer.think(layer.second(x))
        likelihoods, self.tokens = F.linear(model.norm(x), model.words.weight).log_softmax(-1).max(-1)
        self.likelihoods += likelihoods
        self.at += 1


LOOPS = {
    "encoder-masked": MaskedLanguageModel,
    "decoder-causal": CausalLanguageModel,
    "minilm-tokens": TokenClassification,
}
