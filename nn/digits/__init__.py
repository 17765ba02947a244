"""What turns ink into an answer."""

from nn.digits.recognizer import Prediction, Recognizer

__all__ = ["Prediction", "Recognizer"]
