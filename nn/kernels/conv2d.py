"""Two-dimensional convolution (cross-correlation, as every network library means it).

With input x (N, H, W, C), kernel k (KH, KW, C, F), stride (SH, SW), and P_top, P_left rows and columns of zeros
before the image:

    y[n, i, j, f]  = bias[f] + sum over u, v, c of  x[n, i SH + u - P_top, j SW + v - P_left, c] k[u, v, c, f]
    dk[u, v, c, f] = sum over n, i, j of            x[n, i SH + u - P_top, j SW + v - P_left, c] dy[n, i, j, f]
    dbias[f]       = sum over n, i, j of            dy[n, i, j, f]
    dx[n, h, w, c] = sum over u, v, f of            k[u, v, c, f] dy[n, (h + P_top - u)/SH, (w + P_left - v)/SW, f]

where a term counts if its indices are whole and inside.
"""

import numpy as np

Pair = tuple[int, int]


def pad(x: np.ndarray, kernel_size: Pair, stride: Pair, offset: Pair, out_size: Pair) -> np.ndarray:
    """``x`` (N, H, W, C) with zeros around it, cut or widened to just what the windows of ``out_size`` cover.

    ``offset`` is (P_top, P_left). Returns ``x`` itself where nothing has to be added.
    """
    n, h, w, c = x.shape
    height = (out_size[0] - 1) * stride[0] + kernel_size[0]
    width = (out_size[1] - 1) * stride[1] + kernel_size[1]
    top, left = offset
    if top == left == 0 and height <= h and width <= w:
        return x
    padded = np.zeros((n, height, width, c), x.dtype)
    rows, columns = min(h, height - top), min(w, width - left)
    padded[:, top : top + rows, left : left + columns] = x[:, :rows, :columns]
    return padded


def _windows(x: np.ndarray, kernel_size: Pair, stride: Pair, out_size: Pair) -> np.ndarray:
    """A view of padded ``x``: (N, OH, OW, C, KH, KW)."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(1, 2))
    return view[:, :: stride[0], :: stride[1]][:, : out_size[0], : out_size[1]]


def forward_numpy(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: Pair, out: np.ndarray) -> None:
    """The equation for y, on padded ``x``."""
    windows = _windows(x, kernel.shape[:2], stride, out.shape[1:3])
    out[...] = np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2))) + bias


def backward_kernel_numpy(
    x: np.ndarray, dy: np.ndarray, stride: Pair, d_kernel: np.ndarray, d_bias: np.ndarray
) -> None:
    """The equations for dk and dbias, on padded ``x``."""
    windows = _windows(x, d_kernel.shape[:2], stride, dy.shape[1:3])
    d_kernel[...] = np.tensordot(windows, dy, axes=((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    d_bias[...] = dy.sum(axis=(0, 1, 2))


def backward_input_numpy(
    dy: np.ndarray, kernel: np.ndarray, stride: Pair, offset: Pair, dx: np.ndarray
) -> None:
    """The equation for dx: each dy[n, i, j] gives its share to the window that it came from."""
    _, h, w, _ = dx.shape
    kh, kw = kernel.shape[:2]
    oh, ow = dy.shape[1:3]
    (sh, sw), (top, left) = stride, offset
    padded = np.zeros((len(dx), max((oh - 1) * sh + kh, top + h), max((ow - 1) * sw + kw, left + w), dx.shape[3]), dx.dtype)
    for u in range(kh):
        for v in range(kw):
            padded[:, u : u + oh * sh : sh, v : v + ow * sw : sw][:, :oh, :ow] += dy @ kernel[u, v].T
    dx[...] = padded[:, top : top + h, left : left + w]


forward = forward_numpy
backward_kernel = backward_kernel_numpy
backward_input = backward_input_numpy
