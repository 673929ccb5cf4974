"""Writes the files of tensors that the tests read: python make-fixtures.py, in this folder, with PyTorch 2."""

import json
from collections import OrderedDict

import torch

base = torch.arange(24, dtype=torch.float32) / 8 - 1


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
        with torch.no_grad():
            self.layer.weight.copy_(base[:6].view(2, 3))
            self.layer.bias.copy_(base[6:8])


tensors = OrderedDict(
    plain=base.view(2, 3, 4).clone(),
    transposed=base[:6].clone().view(3, 2).t(),
    turned=base.view(2, 3, 4).permute(2, 0, 1),
    part=base[5:9],
    every_second=base[::2],
    expanded=base[3:5].view(2, 1).expand(2, 3),
    scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3),
    half=base[:5].half(),
    bfloat=base[:5].bfloat16(),
    double=base[:5].double(),
    long=torch.tensor([1, -2, 2**40]),
    bool=torch.tensor([True, False]),
    parameter=torch.nn.Parameter(base[:4].clone()),
)
files = {
    "archive.bin": (tensors, True),
    "pickles.bin": (tensors, False),
    # A dictionary with attributes.
    "module-archive.bin": (Net().state_dict(), True),
    "module-pickles.bin": (Net().state_dict(), False),
}
for name, (value, archive) in files.items():
    torch.save(value, name, _use_new_zipfile_serialization=archive)

listed = {
    name: {"shape": list(tensor.shape), "values": tensor.detach().double().flatten().tolist()}
    for name, tensor in [*tensors.items(), *Net().state_dict().items()]
}
with open("expected.json", "w") as file:
    json.dump(listed, file, indent=1)
    file.write("\n")
