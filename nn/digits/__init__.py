"""What turns ink into an answer."""

from nn.digits.adapted_model import Lesson
from nn.digits.recognizer import Line, LineDigit, Prediction, Recognizer

__all__ = ["Lesson", "Line", "LineDigit", "Prediction", "Recognizer"]
