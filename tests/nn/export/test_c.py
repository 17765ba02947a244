"""C headers, compiled without a warning, give the logits of the network with rounded kernels."""

import copy
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nn import GELU, BatchNorm, Conv2D, Dense, Flatten, Sequential, Sigmoid, Tanh, zoo
from nn.export import c, export_model
from nn.export.graph import INPUT, Graph
from nn.images import to_unit
from nn.quantize import round_weights
from scripts.exchange import C_PROGRAM, run_c
from tests.nn.export.networks import SHIPPED, set_weights, shipped
from tests.nn.layers.test_layers import CASES

#: The largest difference of logits that is allowed: sums of float32 in another order.
TOLERANCE = 1e-4

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def random_pixels(model, rng, count):
    """Images of bytes, most pixels background."""
    return np.maximum(rng.integers(-255, 256, (count, *model.input_shape)), 0).astype(np.uint8)


def rounded(model):
    """The network with the kernels that the header has."""
    model = copy.deepcopy(model)
    round_weights(model.parameters)
    return model


def header(model, name="network.h", metadata=None):
    graph = Graph.from_model(model).map_arrays(lambda array: array.astype(np.float32))
    return c.header(graph, name, metadata or {})


def sanitizers():
    """The options that find errors of memory and undefined behaviour, if the compiler has them."""
    options = ["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    try:
        run_c("int main(void) { return 0; }", options=options)
    except OSError:
        return ["-O0"]
    return options


@pytest.fixture(scope="module")
def layers():
    """By case, the logits of the header and those of the network; all headers are in one program."""
    rng = np.random.default_rng(5)
    sources, calls, data, expected = [], [], b"", {}
    for number, (case, (make, shape)) in enumerate(CASES.items()):
        model = Sequential([BatchNorm(), make(), Flatten()], shape)  # normalized, so that some inputs are negative
        set_weights(model, rng)
        pixels = random_pixels(model, rng, 1)
        expected[case] = rounded(model).forward(to_unit(pixels, np.float32))[0]
        sources.append(header(model).replace("digits_", f"n{number}_").replace("DIGITS_", f"N{number}_"))
        calls.append(
            f"fread(image, 1, N{number}_IMAGE_SIZE, stdin);"
            f"fwrite(n{number}_logits(image), sizeof(float), N{number}_CLASSES, stdout);"
        )
        data += pixels.tobytes()
    main = f"#include <stdio.h>\nint main(void) {{ uint8_t image[999]; {' '.join(calls)} return 0; }}"
    main = re.sub(r"(fread\(.*?\));", r"if (!\1) return 1;", main)
    logits = np.frombuffer(run_c("\n".join([*sources, main]), data, sanitizers()), np.float32)
    ends = np.cumsum([len(each) for each in expected.values()])
    return dict(zip(expected, zip(np.split(logits, ends[:-1]), expected.values(), strict=True), strict=True))


@needs_compiler
@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, layers):
    logits, expected = layers[case]
    np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE)


@needs_compiler
@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), GELU(), GELU(approximate=True)], ids=lambda layer: layer.kind)
def test_activations_are_as_exact_as_float32(layer, tmp_path):
    model = Sequential([BatchNorm(), layer], (999,))
    model.parameters[1].value[...] = np.linspace(-100, 100, 999)  # the input: beta
    model.parameters[1].value[200:800] = np.linspace(-6, 6, 600)
    (tmp_path / "network.h").write_text(header(model))
    program = C_PROGRAM.replace("{header}", str(tmp_path / "network.h"))
    y = np.frombuffer(run_c(program, bytes(999), ["-O0"]), np.float32)
    np.testing.assert_allclose(y, model.forward(np.zeros((1, 999), np.float32))[0], rtol=1e-6, atol=1e-6)


@needs_compiler
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_keep_their_logits(name, tmp_path, rng):
    """Their kernels are rounded already."""
    source = shipped(name)
    pixels = random_pixels(source.model, rng, 10)
    export_model(source.model, tmp_path / "network.h", "c", source.meta)
    program = C_PROGRAM.replace("{header}", str(tmp_path / "network.h"))
    logits = np.frombuffer(run_c(program, pixels.tobytes()), np.float32).reshape(len(pixels), -1)
    expected = source.model.forward(to_unit(pixels, np.float32))
    np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE)
    np.testing.assert_array_equal(logits.argmax(1), expected.argmax(1))


@needs_compiler
def test_labels_probabilities_and_macros(rng):
    model = Sequential([Conv2D(4), BatchNorm(), Flatten(), Dense(5)], (6, 5, 1))
    set_weights(model, rng)
    pixels = random_pixels(model, rng, 1)
    program = """
#include <stdint.h>
static int8_t read_int8(const int8_t *p) { return *p; }
static float read_float(const float *p) { return *p; }
#define DIGITS_FLASH __attribute__((section(".flash")))
#define DIGITS_RAM __attribute__((section(".ram")))
#define DIGITS_READ_INT8(p) read_int8(p)
#define DIGITS_READ_FLOAT(p) read_float(p)
%s
#include <stdio.h>
int main(void)
{
    uint8_t image[DIGITS_IMAGE_SIZE];
    float probabilities[DIGITS_CLASSES];
    if (!fread(image, sizeof image, 1, stdin)) return 1;
    printf("%%d %%d", digits_predict(image), digits_probabilities(image, probabilities));
    for (int i = 0; i < DIGITS_CLASSES; i++) printf(" %%.9g", (double)probabilities[i]);
    return 0;
}
"""
    label, again, *probabilities = run_c(program % header(model), pixels.tobytes()).decode().split()
    expected = rounded(model).predict(to_unit(pixels, np.float32))[0]
    assert int(label) == int(again) == expected.argmax() > 0
    np.testing.assert_allclose(np.array(probabilities, float), expected, atol=1e-5)


@needs_compiler
def test_cpp_too(tmp_path):
    if shutil.which("c++") is None:
        pytest.skip("there is no C++ compiler")
    (tmp_path / "a.cpp").write_text(header(zoo.build("tiny")))
    options = ["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-const-variable", "-fsyntax-only"]
    subprocess.run(["c++", *options, tmp_path / "a.cpp"], check=True)


@needs_compiler
def test_the_example_of_the_documentation(tmp_path):
    page = Path(__file__).parents[3] / "docs" / "export.md"
    program = re.search(r"^```c\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)[1]
    model = shipped("tiny").model
    export_model(model, tmp_path / "digits.h", "c")
    program = program.replace('"digits.h"', f'"{tmp_path}/digits.h"')
    ink = "".join("#" if 12 <= column < 16 and 4 <= row < 24 else "." for row in range(28) for column in range(28))
    pixels = np.array([255 * (each == "#") for each in ink], np.uint8).reshape(1, 28, 28, 1)
    probabilities = model.predict(to_unit(pixels, np.float32))[0]
    expected = f"{probabilities.argmax()} with a probability of {probabilities.max():.2f}\n"
    assert run_c(program, pixels.tobytes()).decode() == expected


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_the_code_is_short(arch):
    text = header(zoo.build(arch))
    code = re.sub(r"static const DIGITS_FLASH .*?};\n\n|/\*.*?\*/", "", text, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) < 200
    assert not re.search(r"malloc|tanhf|erff|sqrtf", text)
    assert code.count("expf(") == 1


@needs_compiler
def test_a_network_without_weights():
    main = "int main(void) { uint8_t image[] = {1, 9, 2}; return digits_predict(image) != 1; }"
    run_c(f"{header(Sequential([Flatten()], (3, 1, 1)))}\n{main}")


def test_small_and_large_numbers_stay_words():
    model = Sequential([Dense(300)], (3,))
    model.parameters[1].value[...] = np.resize(np.array([1e-5, -3e30, 1, -1.5e-40], np.float32), 300)
    text = re.search(r"digits_dense_1_bias\[300\] = \{(.*?)\}", header(model), re.DOTALL)[1]
    values = np.array([value.strip().removesuffix("f") for value in text.split(",")], np.float32)
    np.testing.assert_array_equal(values, model.parameters[1].value)


def test_only_the_functions_that_are_called():
    text = header(Sequential([Flatten(), Dense(3)], (2, 2, 1)))
    assert re.findall(r"static inline .*?(digits_\w+)\(", text) == [
        *("digits_dense", "digits_logits", "digits_argmax", "digits_predict", "digits_probabilities")
    ]


def test_the_comment(tmp_path):
    source = shipped("deep-drawing")
    export_model(source.model, tmp_path / "a.h", "c", source.meta)
    comment = (tmp_path / "a.h").read_text().split("*/")[0]
    arrays = Graph.from_model(source.model).nodes
    kernels = [node.arrays["kernel"] for node in arrays if "kernel" in node.arrays]
    flash = sum(kernel.size + 8 * kernel.shape[-1] for kernel in kernels)
    assert f"Flash: {flash:,} bytes of weights" in comment
    assert f"RAM: {4 * (26 * 26 * 16 + 24 * 24 * 32):,} bytes of buffers" in comment
    assert f"Accuracy: {source.meta['test_accuracy']:.2%} of 10000 test images." in comment
    assert "Classes: 0 to 10, 10 is non-digit." in comment
    assert '"calibration"' in comment
    assert max(map(len, comment.splitlines())) <= 120


@needs_compiler
def test_text_stays_in_the_comment(tmp_path):
    names = ["*/ #error end", "/* begin", "??/", "ü\n#error line\\"]
    model = Sequential([Dense(4)], (3,))
    export_model(model, tmp_path / "a.h", "c", {"class_names": names, "test_accuracy": 0.5, "precision": "float32"})
    text = (tmp_path / "a.h").read_text(encoding="ascii")
    assert "??" not in text
    assert "50.00% of the test images, measured before the kernels became integers" in text
    run_c(f"{text}\nint main(void) {{ return 0; }}")


def test_what_a_header_can_not_express_is_one_line(tmp_path):
    graph = Graph((3,))
    graph.add("swish_1", "swish", (INPUT,), (3,))
    with pytest.raises(ValueError, match=r"^swish_1: C exports do not know the operation 'swish'$"):
        c.write(graph, tmp_path / "a.h", {})
    with pytest.raises(
        ValueError, match=r"^conv2d_1: expected an output of \(classes,\) for a C header, got \(2, 2, 4\)"
    ):
        export_model(Sequential([Conv2D(4)], (4, 4, 1)), tmp_path / "a.h", "c")
    for name in ("kernel", "bias"):
        model = Sequential([Dense(2)], (3,))
        for array in model.parameters:
            if array.name.endswith(name):
                array.value[...] = np.inf
        with pytest.raises(ValueError, match=rf"^dense_1/{name}: expected finite weights"):
            export_model(model, tmp_path / "a.h", "c")
    assert not list(tmp_path.iterdir())
