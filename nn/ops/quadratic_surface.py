"""A surface of degree 2 through most of a picture: its background, without the ink.

    z(x, y) = c0 + c1 x + c2 y + c3 x^2 + c4 x y + c5 y^2,    x and y from -1 to 1

`fit` takes the least squares over the pixels that are near the last fit, again and again: iteratively reweighted least
squares, with weights of 1 and 0. Near is what differs by at most three standard deviations, which the median absolute
deviation estimates.

Source: P. W. Holland, R. E. Welsch, "Robust regression using iteratively reweighted least-squares", Communications in
Statistics 6 (1977).
"""

import numpy as np

from nn.ops.backend import njit, operation

TERMS = 6

#: At most this many fits, and the least difference that is not near.
ROUNDS, NEAREST = 10, 0.02

#: A normal distribution's standard deviation over its median absolute deviation; and the largest median of distances
#: for which near is ``NEAREST``.
DEVIATIONS = 1.4826
LOW = NEAREST / (3 * DEVIATIONS)

#: Added to the mean squares of the terms: it leaves one solution where the pixels have less than two dimensions.
RIDGE = 1e-9


@operation()
def fit(picture: np.ndarray, near: np.ndarray, coefficients: np.ndarray) -> bool:
    """Fit the surface to the pixels near it.

    Args:
        picture: (H, W) float32.
        near: (H, W) bool, the pixels of the first fit; set to those near the last one.
        coefficients: (6,) float32, filled.

    Returns:
        Whether all other pixels together are brighter than the surface.
    """
    terms, values = _terms(*picture.shape).astype(np.float64), picture.ravel()
    for _ in range(ROUNDS):
        weights = near.ravel()
        products = (terms * weights) @ terms.T + RIDGE * np.count_nonzero(weights) * np.eye(TERMS)
        coefficients[:] = np.linalg.solve(products, (terms * weights) @ values)
        difference = values - coefficients @ _terms(*picture.shape)
        distance = np.abs(difference)
        before = weights.copy()
        near.ravel()[:] = distance <= max(3 * DEVIATIONS * float(np.median(distance[before])), NEAREST)
        if (near.ravel() == before).all():
            break
    return bool(difference[~near.ravel()].sum() >= 0)


@fit.loops
@njit()
def _fit_loops(picture, near, coefficients):
    height, width = picture.shape
    places = (np.arange(width) + 0.5) * 2 / width - 1
    difference = np.empty(picture.shape, np.float32)
    for _ in range(ROUNDS):
        products, right = _normal_equations(picture, near, places)
        _solve(products, right)
        for i in range(TERMS):
            coefficients[i] = right[i]
        count, low = 0, 0
        for row in range(height):
            y = (row + 0.5) * 2 / height - 1
            constant = coefficients[0] + coefficients[2] * y + coefficients[5] * y * y
            linear, square = coefficients[1] + coefficients[4] * y, coefficients[3]
            values, differences, chosen = picture[row], difference[row], near[row]
            for column in range(width):
                x = places[column]
                differences[column] = values[column] - (constant + x * (linear + square * x))
                count += chosen[column]
                low += chosen[column] & (abs(differences[column]) <= LOW)
        limit = np.float32(NEAREST)
        if 2 * low <= count:  # else the median is at most LOW
            distances = np.abs(difference).reshape(-1)[near.reshape(-1)]
            limit = max(limit, np.float32(3 * DEVIATIONS * np.median(distances)))
        changed = False
        for row in range(height):
            differences, chosen = difference[row], near[row]
            for column in range(width):
                found = abs(differences[column]) <= limit
                changed |= found != chosen[column]
                chosen[column] = found
        if not changed:
            break
    others = 0.0
    for row in range(height):
        for column in range(width):
            others += 0.0 if near[row, column] else difference[row, column]
    return others >= 0


@njit(fastmath=True)
def _normal_equations(picture, near, places):
    """The products of the terms with each other, (6, 6), and with the picture, (6,), over the near pixels."""
    height = len(picture)
    moments, values = np.zeros((5, 5)), np.zeros((3, 3))  # of y^i x^j, and of y^i x^j z
    for row in range(height):
        y = (row + 0.5) * 2 / height - 1
        x0, x1, x2, x3, x4, z0, z1, z2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0  # the sums of this row
        heights, chosen = picture[row], near[row]
        for column in range(len(places)):
            weight, x, z = np.float64(chosen[column]), places[column], heights[column]
            weighted, square = weight * x, x * x
            x0 += weight
            x1 += weighted
            x2 += weight * square
            x3 += weighted * square
            x4 += weight * square * square
            z0 += weight * z
            z1 += weighted * z
            z2 += weight * square * z
        of_x, of_z = (x0, x1, x2, x3, x4), (z0, z1, z2)
        power = 1.0
        for i in range(5):
            for j in range(5 - i):
                moments[i, j] += power * of_x[j]
            for j in range(3 - i):
                values[i, j] += power * of_z[j]
            power *= y
    down, across = (0, 0, 1, 0, 1, 2), (0, 1, 0, 2, 1, 0)  # the powers of y and x in each term
    products, right = np.empty((TERMS, TERMS)), np.empty(TERMS)
    for i in range(TERMS):
        right[i] = values[down[i], across[i]]
        for j in range(TERMS):
            products[i, j] = moments[down[i] + down[j], across[i] + across[j]]
        products[i, i] += RIDGE * moments[0, 0]
    return products, right


@njit()
def _solve(matrix, right):
    """Solve the equations of a positive definite matrix by elimination; ``right`` becomes the solution."""
    for pivot in range(TERMS):
        for row in range(pivot + 1, TERMS):
            factor = matrix[row, pivot] / matrix[pivot, pivot]
            for column in range(pivot, TERMS):
                matrix[row, column] -= factor * matrix[pivot, column]
            right[row] -= factor * right[pivot]
    for row in range(TERMS - 1, -1, -1):
        for column in range(row + 1, TERMS):
            right[row] -= matrix[row, column] * right[column]
        right[row] /= matrix[row, row]


@operation()
def evaluate(coefficients: np.ndarray, out: np.ndarray) -> None:
    """The heights of the surface.

    Args:
        coefficients: (6,) float32.
        out: (H, W) float32, filled.
    """
    out[:] = (coefficients @ _terms(*out.shape)).reshape(out.shape)


@evaluate.loops
@njit()
def _evaluate_loops(coefficients, out):
    height, width = out.shape
    for row in range(height):
        y = np.float32((row + 0.5) * 2 / height - 1)
        constant = coefficients[0] + coefficients[2] * y + coefficients[5] * y * y
        linear = coefficients[1] + coefficients[4] * y
        for column in range(width):
            x = np.float32((column + 0.5) * 2 / width - 1)
            out[row, column] = constant + x * (linear + coefficients[3] * x)


def _terms(height: int, width: int) -> np.ndarray:
    """1, x, y, x^2, xy, y^2 of every pixel, (6, H * W) float32."""
    y, x = np.meshgrid(*(((np.arange(n) + 0.5) * 2 / n - 1) for n in (height, width)), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).reshape(TERMS, -1).astype(np.float32)
