import copy
import pickle

import numpy as np
import pytest

from nn import Dense, ReLU, Sequential
from nn.ops import backend
from nn.optimizers import SGD, Adam, AdamW
from nn.parameter import Parameter

pytestmark = pytest.mark.usefixtures("each_backend")

OPTIMIZERS = {
    "sgd": lambda p: SGD(p, 0.002),
    "momentum": lambda p: SGD(p, 0.001, momentum=0.9),
    "nesterov": lambda p: SGD(p, 0.001, momentum=0.9, nesterov=True),
    "adam": lambda p: Adam(p, 0.02),
    "adamw": lambda p: AdamW(p, 0.02),  # a vector does not decay
}


@pytest.fixture(params=OPTIMIZERS)
def make(request):
    return OPTIMIZERS[request.param]


def point(*values):
    return Parameter("point", np.array(values, np.float64))


def test_minimizes_a_parabola(make):
    p = point(3.0, -2.0)
    optimizer = make([p])
    for _ in range(3000):
        p.grad[...] = 2 * (p.value - [1.0, 0.5])
        optimizer.step()
    np.testing.assert_allclose(p.value, [1.0, 0.5], atol=1e-4)


def test_minimizes_the_rosenbrock_function(make):
    p = point(-0.5, 0.8)
    optimizer = make([p])
    for _ in range(30000):
        x, y = p.value
        p.grad[...] = (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x))
        optimizer.step()
    np.testing.assert_allclose(p.value, [1.0, 1.0], atol=1e-2)


def test_resumes_bit_for_bit(make, rng):
    """Five steps equal three, a new optimizer with the state, and two."""
    grads = rng.standard_normal((5, 2, 3))

    def fresh():
        return [Parameter("a", np.ones(3)), Parameter("b", np.ones((1, 3)))]

    def run(optimizer, parameters, steps):
        for step in steps:
            for parameter, grad in zip(parameters, grads[step], strict=True):
                parameter.grad[...] = grad
            optimizer.step()

    whole = fresh()
    run(make(whole), whole, range(5))
    halves = fresh()
    first = make(halves)
    run(first, halves, range(3))
    second = make(halves)
    second.load_state_dict(first.state_dict())
    assert second.steps == 3
    run(second, halves, range(3, 5))
    for expected, found in zip(whole, halves, strict=True):
        np.testing.assert_array_equal(found.value, expected.value)


def test_a_state_that_does_not_fit_changes_nothing(make):
    optimizer = make([point(1.0, 2.0)])
    before = optimizer.state_dict()
    for broken in ({}, {**before, "odd": np.ones(1)}, {**before, "steps": np.ones(3)}):
        with pytest.raises(ValueError, match=type(optimizer).__name__):
            optimizer.load_state_dict(broken)
    assert optimizer.steps == 0


def test_sgd_by_hand():
    p = point(1.0)
    optimizer = SGD([p], 0.1, momentum=0.5)
    for _ in range(2):
        p.grad[...] = 2.0
        optimizer.step()
    assert p.value.item() == pytest.approx(1 - 0.1 * 2 - 0.1 * 3)


def test_adams_first_step_is_the_learning_rate():
    p = point(1.0, 1.0)
    p_grad = np.array([1e-3, -50.0])
    optimizer = Adam([p], 0.01)
    p.grad[...] = p_grad
    optimizer.step()
    np.testing.assert_allclose(p.value, [0.99, 1.01], rtol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: SGD(p, -1.0),
        lambda p: SGD(p, float("nan")),
        lambda p: SGD(p, momentum=1.0),
        lambda p: Adam(p, beta1=1.0),
        lambda p: Adam(p, beta2=-0.1),
        lambda p: Adam([*p, *p]),
        lambda p: Adam([]),
        lambda p: SGD(p, weight_decay=-0.1),
        lambda p: AdamW(p, weight_decay=-0.1),
        lambda p: AdamW(p, weight_decay=float("nan")),
        lambda p: Adam([*p, Parameter("other", np.ones(1, np.float32))]),
    ],
)
def test_impossible_options(make):
    with pytest.raises(ValueError, match="expected"):
        make([point(1.0)])


@pytest.mark.parametrize("make", [AdamW, lambda p, rate, **options: SGD(p, rate, 0.9, **options)])
def test_decoupled_weight_decay_of_kernels_only(make):
    kernel, bias = Parameter("kernel", np.full((2, 2), 3.0)), Parameter("bias", np.full(2, 3.0))
    optimizer = make([kernel, bias], 0.1, weight_decay=0.5)
    for _ in range(2):
        optimizer.step()  # without gradients
    np.testing.assert_allclose(kernel.value, 3 * (1 - 0.1 * 0.5) ** 2)
    np.testing.assert_array_equal(bias.value, 3.0)


def test_without_decay_adamw_is_adam(rng):
    results = []
    for make in (Adam, lambda p: AdamW(p, weight_decay=0.0)):
        p = Parameter("p", np.ones((2, 2)))
        optimizer = make([p])
        p.grad[...] = [[1.0, -2.0], [0.5, 0.0]]
        optimizer.step()
        results.append(p.value)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_keeps_the_direction(dtype, rng):
    a, b = (Parameter(name, np.zeros(size, dtype)) for name, size in (("a", 1000), ("b", (3, 7))))
    optimizer = SGD([a, b], 1.0)
    for parameter in (a, b):
        parameter.grad[...] = rng.standard_normal(parameter.grad.shape)
    before = np.concatenate([a.grad.ravel(), b.grad.ravel()])
    length = np.linalg.norm(before)
    assert optimizer.clip_gradients(2 * length) == pytest.approx(length, rel=1e-6)
    np.testing.assert_array_equal(np.concatenate([a.grad.ravel(), b.grad.ravel()]), before)
    optimizer.clip_gradients(length / 4)
    np.testing.assert_allclose(np.concatenate([a.grad.ravel(), b.grad.ravel()]), before / 4, rtol=1e-5)


class TestSeveral:
    """Optimizers over the same parameters, or over some of them."""

    def network(self):
        return Sequential([Dense(4), ReLU(), Dense(3)], (5,), rng=np.random.default_rng(1), dtype=np.float64)

    def steps(self, model, optimizer, count=2, within=False):
        rng = np.random.default_rng(3)
        for _ in range(count):
            y = model.forward(rng.standard_normal((7, 5)), training=True)
            model.backward(y, optimizer=optimizer if within else None)
            optimizer.step()

    @pytest.mark.parametrize("within", [False, True])
    def test_a_second_optimizer_does_not_disturb_the_first(self, make, within):
        """The first one trains as if there were no other."""
        alone, beside = self.network(), self.network()
        expected, optimizer = make(alone.parameters), make(beside.parameters)
        for _ in range(2):
            self.steps(alone, expected, within=within)
            SGD(beside.parameters[2:])
            Adam(list(reversed(beside.parameters)))
            self.steps(beside, optimizer, within=within)
        for name, value in alone.state_dict().items():
            np.testing.assert_array_equal(beside.state_dict()[name], value)
        np.testing.assert_array_equal(*(each.state_dict()["steps"] for each in (expected, optimizer)))

    def test_in_turns(self):
        """Both change the parameters, and each has its own memory."""
        model = self.network()
        first, second = SGD(model.parameters, 0.1), SGD(model.parameters[:3], 0.2)
        (kernel, *_, bias) = model.parameters
        for _ in range(2):
            for optimizer, rate in ((first, 0.1), (second, 0.2)):
                before = kernel.value.copy(), bias.value.copy()
                kernel.grad[...] = bias.grad[...] = 1
                optimizer.step()
                np.testing.assert_allclose(kernel.value, before[0] - rate)
                np.testing.assert_allclose(bias.value, before[1] - (rate if optimizer is first else 0))

    def test_of_parts_train_their_parts(self):
        whole, parts = self.network(), self.network()
        optimizer = SGD(whole.parameters, 0.1, momentum=0.9)
        halves = [SGD(parts.layers[0].parameters, 0.1, 0.9), SGD(parts.layers[2].parameters, 0.1, 0.9)]
        rng = np.random.default_rng(3)
        for _ in range(3):
            x = rng.standard_normal((7, 5))
            for model in (whole, parts):
                model.backward(model.forward(x, training=True))
            optimizer.step()
            for half in halves:
                half.step()
        for name, value in whole.state_dict().items():
            np.testing.assert_array_equal(parts.state_dict()[name], value)

    def test_continues_after_load_state_dict_and_new_arrays(self, make):
        model = self.network()
        optimizer = make(model.parameters)
        state = model.state_dict()
        self.steps(model, optimizer)
        model.load_state_dict(state)
        for parameter in model.parameters:
            parameter.value = parameter.value.copy()
        self.steps(model, optimizer)
        assert all((value != state[name]).any() for name, value in model.state_dict().items())

    def test_a_step_that_backward_made_is_not_made_twice(self):
        model = self.network()
        optimizer = Adam(model.parameters)
        for attempt in range(2):
            y = model.forward(np.ones((2, 5)), training=True)
            if attempt:
                with pytest.raises(RuntimeError, match="dense_2/kernel: backward was called twice with an optimizer"):
                    model.backward(y, optimizer=optimizer)
            else:
                model.backward(y, optimizer=optimizer)


def test_the_learning_rate_may_change(make):
    p = point(1.0)
    optimizer = make([p])
    for rate in (0.0, 0.5, 0.0):
        before, optimizer.learning_rate = p.value.copy(), rate
        p.grad[...] = 1
        optimizer.step()
        assert (p.value != before).any() == (rate > 0)


@pytest.mark.parametrize(
    ("make", "at_once"),
    [
        (Adam, True),
        (lambda p: AdamW(p, weight_decay=0.0), True),
        (lambda p: AdamW(p, weight_decay=0.1), False),
        (lambda p: SGD(p, 0.1, 0.9), False),
    ],
    ids=["adam", "adamw", "adamw with decay", "sgd"],
)
def test_steps_made_in_backward_are_the_same(make, at_once, rng):
    """To the bit; also of a matrix for which no layer makes the step. Its gradient is not written where one does."""
    x, dy = rng.standard_normal((7, 5)), rng.standard_normal((7, 3))
    found = []
    for within in (False, True):
        model = Sequential([Dense(4), ReLU(), Dense(3)], (5,), rng=np.random.default_rng(1), dtype=np.float64)
        other = Parameter("other/kernel", np.ones((2, 2)))
        optimizer = make([*model.parameters, other])
        for step in range(3):
            other.grad[...] = step + 1
            model.parameters[0].grad[...] = 0
            model.forward(x, training=True)
            model.backward(dy, optimizer=optimizer if within else None)
            assert (model.parameters[0].grad == 0).all() == (within and at_once and backend.current() == "numba")
            optimizer.step()
        found.append([*model.state_dict().values(), other.value, *optimizer.state_dict().values()])
    for separate, together in zip(*found, strict=True):
        np.testing.assert_array_equal(separate, together)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_copy_trains_on_bit_for_bit(make, copied, rng):
    """Of a model and its optimizer together; the copied optimizer changes the copied model alone."""
    images, labels = rng.random((20, 5)), np.arange(20) % 3
    model = Sequential([Dense(4), ReLU(), Dense(3)], (5,), rng=np.random.default_rng(1))
    optimizer = make(model.parameters)
    model.fit(images, labels, optimizer=optimizer)
    other, other_optimizer = copied((model, optimizer))
    before = model.state_dict()
    other.fit(images, labels, 3, optimizer=other_optimizer)
    for name, value in before.items():
        np.testing.assert_array_equal(model.state_dict()[name], value)
    model.fit(images, labels, 3, optimizer=optimizer)
    found = [{**each.state_dict()} for each in (model, other, optimizer, other_optimizer)]
    for first, second in (found[:2], found[2:]):
        for name, value in first.items():
            np.testing.assert_array_equal(second[name], value)
