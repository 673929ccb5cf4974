"""Plain PyTorch training loops of the methods that `cl bench` times, written as a careful person would write them.

Reads one request a line from standard input and answers each with one line of JSON:

    {"cell": "mlp-100-b10-sgd", "strategy": "ewc", "task": 2, "iterations": 200}
    {"cell": "encoder-masked", "size": {"vocabulary": 2048, "layers": 4, …}, "iterations": 5}
    {"cell": "decoder-causal", "size": {…}, "texts": 8, "iterations": 64}
    {"ms": 0.41}

The process stays up between requests, so that its rivals' turns can be interleaved with its own. A request for other loops than
the last one's lets go of all that the last ones kept. A cell with a size is a language model, with texts of its own, or one that writes so many; the others
have real Split-MNIST rows from the folder given as the first argument. Threads as PyTorch has them by default, or as the second
argument says.
"""

import functools
import json
import sys
import time

import torch

from cells import CELLS
from language import Generation
from language import LOOPS as LANGUAGE_LOOPS
from methods import METHODS
from rows import read_mnist


def main():
    if len(sys.argv) > 2:
        torch.set_num_threads(int(sys.argv[2]))
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    key, loop = None, None
    for line in sys.stdin:
        request = json.loads(line)
        iterations = request.pop("iterations")
        if key != request:
            key, loop = request, None
            loop = loop_of(**request)
        start = time.perf_counter()
        for _ in range(iterations):
            loop.step()
        print(json.dumps({"ms": (time.perf_counter() - start) / iterations * 1000}), flush=True)


def loop_of(cell, strategy=None, task=None, size=None, texts=None):
    if texts:
        return Generation(size, texts)
    return LANGUAGE_LOOPS[cell](size) if size else METHODS[strategy](CELLS[cell], task, *mnist())


@functools.cache
def mnist():
    return read_mnist(sys.argv[1])


if __name__ == "__main__":
    main()
