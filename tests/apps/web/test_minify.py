"""Shorter scripts do the same."""

import json
import subprocess

import pytest

from apps.web.minify import minify_css, minify_script
from tests.apps.web.page.driver import NODE, needs_node

#: A script with everything that makes shortening hard.
SCRIPT = r"""
/** Names that are used as variables and as properties. */
const width = 3;
const ratio = (width / 2) / 0.5; // not /a regular expression/
const pattern = /[/"'`]+\/x/g;
const text = `a ${width} // b ${`c ${[width, { width }].length} }`} \` d`;
class Box {
  #hidden = 1;
  size = [];
  static of(width) {
    return new Box(width);
  }
  constructor(width, { height = width, ...rest } = {}) {
    Object.assign(this, { width, height, rest });
  }
  get area() {
    return this._product(this.width, this.height) + this.#hidden;
  }
  _product(a, b) { return a * b; }
  *each(count = width) {
    for (let number = 0; number < count; number++) yield number;
  }
}
const { area, width: renamed, missing = 7 } = new Box(4, { height: 5, extra: 6 });
const [first, , third = renamed] = [...new Box(9).each(3)].map((value) => value - -1);
const choose = (flag) => (flag ? renamed : width);
async function later(value) {
  const found = await value;
  return found ?? missing;
}
function outer(document) {
  const inner = function (value, ...others) {
    return value + others.length + document.length;
  };
  return inner(1, 2, 3);
}
const object = {
  area, product: area * width, choose, "later": 1, width: width, [`key${width}`]: 2,
  method(value) { return value; }, async again() {}, power: 2 * width
};
let count = 0;
for (const [key, value] of Object.entries(object)) {
  if (typeof value === "number") count += value;
  else count++;
  switch (key) {
    case "area":
      count += 100;
      break;
    default:
  }
}
do count-- ; while (count > 1000)
const label = count > 1
  ? "many"
  : "few";
result = [ratio, pattern.source, text, area, renamed, first, third, choose(0), outer("four"), count, label,
  Box.of(2).area, object.method(3), object.product, object.power,
  Number.isInteger(1.5), width.toFixed(1), 1 .toFixed(2), typeof later, missing,
  first + +third, first - -third, width in [1, 2, 3, 4], new Box(1).size.length];
"""


def run(script):
    program = f"let result;\n{script}\nconsole.log(JSON.stringify(result));"
    return json.loads(subprocess.run([NODE, "-e", program], check=True, capture_output=True, text=True).stdout)


@needs_node
def test_a_shorter_script_has_the_same_result():
    short = minify_script(SCRIPT)
    assert run(short) == run(SCRIPT)
    assert len(short) < 0.8 * len(SCRIPT)
    assert "_product" not in short
    assert "ratio" not in short
    assert "not /a regular" not in short


def test_successive_declarations_become_one():
    script = minify_script(
        "const a = { x: 1 };\nlet b = 2;\nif (b) {\n  const c = a;\n  let d = `${c}`;\n  show(d);\n}\n"
        "const e = 3;\nfor (let f = 0; f < e; f++) {\n  const g = f;\n}\nconst h = () => {\n  const i = 1;\n};\n"
        "const j = h;\n"
    )
    assert script == (
        "let $a={x:1},$b=2;if($b){let a=$a,b=`${a}`;show(b)}"
        "let $c=3;for(let a=0;a<$c;a++){let b=a}let $d=()=>{let a=1},$e=$d;"
    )


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("a { color: red; }\n\nb > c,\nd { top: 0 }", "a{color:red}b>c,d{top:0}"),
        ("@media (width < 5px) and (height > 2px) { a:hover b { width: calc(1px + 2px) } }",
         "@media (width < 5px) and (height>2px){a:hover b{width:calc(1px + 2px)}}"),
        ("a { content: \"x\" } /* note\n */ b { margin: 0 -1px }", 'a{content:"x"}b{margin:0 -1px}'),
    ],
)  # fmt: skip
def test_a_shorter_style(long, short):
    assert minify_css(long) == short


def test_names_of_the_browser_stay():
    script = minify_script("const f = (event, ...rest) => { document.title = event.key; window.open(rest); };")
    assert script == "let $a=(a,...b)=>{document.title=a.key;window.open(b)};"
