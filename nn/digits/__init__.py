"""From ink to digits: recognition of drawings and pictures, and the synthetic drawings it is trained with.

`Recognizer` (recognizer.py) is the entry point. In the order of processing:

- strokes.py, stroke_set.py, stroke_files.py, pictures.py: drawings and pictures, and their files
- rasterize.py: strokes -> 28x28 image
- ink.py, normalize.py, skeletonize.py: picture -> ink -> 28x28 image
- viterbi.py, lines.py: the strokes of a line -> digits
- page_ink.py, rules.py, skew.py: picture of a page -> its ink, without ruled lines, level
- components.py, edges.py, layout.py: ink -> text lines; segmentation.py, marks.py, text_line.py, pages.py: -> digits
- calibration.py, prediction.py: probabilities -> confidence, and what is rejected
- fine_tuning.py, adapted_model.py: learning from corrections
- synthesis/, painting.py: synthetic drawings
"""

from nn.deprecation import deprecated_names
from nn.digits.adapted_model import FineTuneResult
from nn.digits.lines import Line, LineDigit
from nn.digits.marks import Mark
from nn.digits.pages import Page
from nn.digits.prediction import Prediction
from nn.digits.recognizer import Recognizer

__all__ = ["FineTuneResult", "Line", "LineDigit", "Mark", "Page", "Prediction", "Recognizer"]

__getattr__ = deprecated_names(__name__, {"Lesson": "nn.digits:FineTuneResult"})
