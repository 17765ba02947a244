"""Builds ``apps/web/page/engine.wasm``: ``python -m apps.web.engine.build``.

Numba makes LLVM IR of the functions in ``kernels.py`` and of the operations that they call, as on any computer, but
without optimization, which would be for this processor. Here the IR gets WebAssembly as its target, with its vectors of
16 bytes, is optimized for it, and linked by LLVM's ``wasm-ld``. Nothing of CPython or NumPy is left in it: arrays are
addresses and sizes, and reference counts do nothing, as the page owns the memory.

The same versions of the tools (``TOOLS``) make the same bytes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: The path of the module.
ENGINE = Path(__file__).resolve().parents[1] / "page" / "engine.wasm"

#: The versions of the tools for the committed module.
TOOLS = {"python": "3.11", "numba": "0.68.1", "llvmlite": "0.50.0", "wasm-ld": "19.1.7"}

#: The target, and the extensions of WebAssembly that all browsers with SIMD have.
TRIPLE, FEATURES = "wasm32-unknown-unknown", "+simd128,+bulk-memory,+sign-ext,+nontrapping-fptoint"

#: Begins the exported functions' names in the IR, where ``tanh`` is that of C.
PREFIX = "nn_"

#: The size of the stack in the module's memory.
STACK_BYTES = 1 << 14


def find_linker() -> str | None:
    """The path of LLVM's linker for WebAssembly; None where it is not installed (Debian: the package ``lld``)."""
    names = ["wasm-ld", *(f"wasm-ld-{version}" for version in range(25, 14, -1))]
    return next(filter(None, map(shutil.which, names)), None)


def tools(linker: str) -> dict[str, str]:
    """The versions of the tools, as ``TOOLS``."""
    import llvmlite
    import numba

    text = subprocess.run([linker, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", text)
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "wasm-ld": found.group() if found else "unknown",
    }


def build(linker: str) -> bytes:
    """Build the module. Call it in a new process, before other modules of ``nn`` are imported."""
    _configure_numba()
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(cpu="mvp", features=FEATURES, opt=3)
    exports = __import__("apps.web.engine.kernels", fromlist=["EXPORTS"]).EXPORTS
    module = llvm.parse_assembly("")
    for name, (function, argument_types, fast) in exports.items():
        part = llvm.parse_assembly(_ir(name, function, argument_types))
        part.triple, part.data_layout = TRIPLE, str(machine.target_data)
        for each in [*part.functions, *part.global_variables]:
            if not each.is_declaration and each.name != PREFIX + name:
                each.linkage = "internal"
        for each in part.functions:
            if not (fast or each.is_declaration):
                each.add_function_attribute("optsize")
        module.link_in(part)
    module.triple, module.data_layout = TRIPLE, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    # Unrolling makes the module half as large again, and no faster.
    options.loop_unrolling = options.loop_interleaving = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "engine.o"), Path(folder, "engine.wasm")
        source.write_bytes(machine.emit_object(module))
        memory = ["--stack-first", "-z", f"stack-size={STACK_BYTES}"]
        imports = [f"--allow-undefined-file={_list_of_imports(folder)}"]
        options = ["--no-entry", "--strip-all", "--gc-sections", "-O2", "--export=__heap_base"]
        command = [linker, *options, *memory, *imports]
        subprocess.run([*command, str(source), "-o", str(target)], check=True)
        return target.read_bytes()


def _configure_numba() -> None:
    """Make ``nn.ops`` compile for a generic processor, without threads and cache, with registers of 16 bytes."""
    os.environ |= {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_OPT": "0"}
    os.environ.pop("NN_BACKEND", None)
    import numba

    from nn.ops import backend
    from nn.ops.fast import llvm

    def njit(*, parallel: bool = False, fastmath: bool = False, is_inner: bool = False) -> Any:
        flags = backend.FASTMATH if fastmath else False
        return numba.njit(error_model="numpy", fastmath=flags, no_cpython_wrapper=True, no_cfunc_wrapper=True)

    backend.njit = njit
    llvm.AVX512, llvm.REGISTER_BYTES = False, 16


def _list_of_imports(folder: str) -> Path:
    """A file of the functions that the page provides: those that WebAssembly has no instruction for."""
    path = Path(folder, "imports")
    path.write_text("exp\nexpf\ntanh\ntanhf\nerf\n")
    return path


def _ir(name: str, function: Any, argument_types: Sequence[Any]) -> str:
    """The IR of a function, under its plain name and without Numba's arguments for results and exceptions."""
    from numba import types

    from nn.ops import backend

    dispatcher = backend.njit()(function)
    dispatcher.compile(types.void(*argument_types))
    compiled = dispatcher.overloads[tuple(argument_types)]
    text = compiled.library.get_llvm_str()
    text = re.sub(r"^target .*$", "", text, flags=re.M)
    # The page owns the memory: Numba's functions that count references become empty.
    count = r"define internal void @\1(ptr %p) alwaysinline { ret void }"
    text = re.sub(r"^define [^\n]*@(NRT_incref|NRT_decref)\(.*?^}$", count, text, flags=re.M | re.S)
    kinds = {types.int32: "i32", types.float32: "float"}
    arguments = [f"{kinds.get(kind, 'ptr')} %{number}" for number, kind in enumerate(argument_types)]
    return f"""{text}
define void @{PREFIX}{name}({", ".join(arguments)}) "wasm-export-name"="{name}" {{
  %result = alloca ptr
  %exception = alloca ptr
  call i32 @{compiled.fndesc.llvm_func_name}({", ".join(["ptr %result", "ptr %exception", *arguments])})
  ret void
}}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Build the module."""
    parser = argparse.ArgumentParser(prog="python -m apps.web.engine.build", description="Build engine.wasm.")
    parser.add_argument("--out", type=Path, default=ENGINE, help="the module (default: the page's)")
    out = parser.parse_args(argv).out
    linker = find_linker()
    if linker is None:
        print("build: expected LLVM's wasm-ld on the path, found none (Debian: the package lld)", file=sys.stderr)
        return 2
    module = build(linker)
    out.write_bytes(module)
    print(f"{out}: {len(module):,} bytes, made with {', '.join(map(' '.join, tools(linker).items()))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
