"""Makes ``golden.npz`` with PyTorch: the forward pass, the gradients and ten Adam steps of a small network.

Run once, as ``python -m tests.nn.make_golden``; the tests only read the file.
"""

from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).with_name("golden.npz")


def main() -> None:
    import torch
    from torch import nn

    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((6, 9, 8, 1)), rng.integers(0, 4, 6)
    conv, dense_1, dense_2 = nn.Conv2d(1, 3, 3), nn.Linear(3 * 3 * 3, 5), nn.Linear(5, 4)
    parameters = {}
    for name, layer in (("conv2d_1", conv), ("dense_1", dense_1), ("dense_2", dense_2)):
        for role, tensor in (("kernel", layer.weight), ("bias", layer.bias)):
            tensor.data = torch.tensor(rng.standard_normal(tuple(tensor.shape)) * 0.3)
            parameters[f"{name}/{role}"] = tensor

    def ours(name, tensor):
        """Our layout: outputs last. A convolution's kernel is (KH, KW, C, F), here (F, C, KH, KW)."""
        array = tensor.detach().numpy().copy()
        return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T

    images, targets = torch.tensor(x.transpose(0, 3, 1, 2).copy()), torch.tensor(labels)

    def loss_of():
        pooled = torch.max_pool2d(torch.relu(conv(images)), 2)
        flat = pooled.permute(0, 2, 3, 1).flatten(1)  # channels last, as our network flattens
        logits = dense_2(torch.relu(dense_1(flat)))
        return logits, nn.functional.cross_entropy(logits, targets)

    arrays = {"x": x, "labels": labels}
    arrays |= {f"start/{name}": ours(name, tensor) for name, tensor in parameters.items()}
    optimizer = torch.optim.Adam(list(parameters.values()), lr=0.01)
    losses = []
    for step in range(10):
        logits, loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            arrays["logits"] = logits.detach().numpy()
            arrays |= {f"grad/{name}": ours(name, tensor.grad) for name, tensor in parameters.items()}
        optimizer.step()
        losses.append(loss.item())
    arrays["losses"] = np.array(losses)
    arrays |= {f"end/{name}": ours(name, tensor) for name, tensor in parameters.items()}
    np.savez_compressed(GOLDEN, **arrays)
    print(f"{GOLDEN}, by PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
