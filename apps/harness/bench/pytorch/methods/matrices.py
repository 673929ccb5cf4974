"""A layer's kernel and bias as one matrix, a row for each output: what methods with a matrix for each layer work on."""

import torch


def matrix(layer):
    """[outputs, inputs + 1]"""
    return torch.cat([layer.weight.detach().flatten(1), layer.bias.detach()[:, None]], 1)


def gradient_matrix(layer):
    return torch.cat([layer.weight.grad.flatten(1), layer.bias.grad[:, None]], 1)


def add_gradient(layer, added):
    layer.weight.grad.add_(added[:, :-1].view_as(layer.weight))
    layer.bias.grad.add_(added[:, -1])


def set_gradient(layer, values):
    layer.weight.grad.copy_(values[:, :-1].view_as(layer.weight))
    layer.bias.grad.copy_(values[:, -1])


def covariance(size):
    """A positive matrix of a size, of no meaning."""
    rows = torch.randn(size, size) / size
    return rows @ rows.T + torch.eye(size)
