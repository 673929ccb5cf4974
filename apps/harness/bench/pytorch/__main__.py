"""Plain PyTorch training loops of the methods that `cl bench` times, written as a careful person would write them.

Reads one request a line from standard input and answers each with one line of JSON:

    {"cell": "mlp-100-b10-sgd", "strategy": "ewc", "task": 2, "iterations": 200}
    {"ms": 0.41}

The process stays up between requests, so that its rivals' turns can be interleaved with its own. A request for other loops than
the last one's lets go of all that the last ones kept. Real Split-MNIST rows from the folder given as the first argument; threads
as PyTorch has them by default, or as the second argument says.
"""

import json
import sys
import time

import torch

from cells import CELLS
from methods import METHODS
from rows import read_mnist


def main():
    if len(sys.argv) > 2:
        torch.set_num_threads(int(sys.argv[2]))
    images, labels = read_mnist(sys.argv[1])
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    key, loop = None, None
    for line in sys.stdin:
        request = json.loads(line)
        if key != (request["cell"], request["strategy"], request["task"]):
            key, loop = (request["cell"], request["strategy"], request["task"]), None
            loop = METHODS[request["strategy"]](CELLS[request["cell"]], request["task"], images, labels)
        start = time.perf_counter()
        for _ in range(request["iterations"]):
            loop.step()
        print(json.dumps({"ms": (time.perf_counter() - start) / request["iterations"] * 1000}), flush=True)


if __name__ == "__main__":
    main()
