"""MNIST, as its files have it."""

import gzip
import struct

import torch


def read_idx(path):
    with gzip.open(path, "rb") as file:
        data = file.read()
    rank = data[3]
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return torch.frombuffer(bytearray(data[4 + 4 * rank :]), dtype=torch.uint8).reshape(shape)


def read_mnist(folder):
    images = read_idx(f"{folder}/mnist/train-images-idx3-ubyte.gz").reshape(-1, 784).float() / 255
    labels = read_idx(f"{folder}/mnist/train-labels-idx1-ubyte.gz").long()
    return images, labels
