"""Vocabularies of emotions and the maps between them."""

from types import MappingProxyType

COARSE = ("negative", "positive", "surprise", "others")
"""Coarse classes of the MEGC challenges; the first three are scored."""

FINE = ("anger", "contempt", "disgust", "fear", "happiness", "repression", "sadness", "surprise", "others")
"""Fine classes of ME-VQA's training rows, and `others`."""

UNKNOWN = "unknown"
"""Emotion of an expression whose source tells none, in tables that need a word."""

COARSE_OF = MappingProxyType(
    {
        "anger": "negative",
        "contempt": "negative",
        "disgust": "negative",
        "fear": "negative",
        "happiness": "positive",
        "repression": "negative",
        "sadness": "negative",
        "surprise": "surprise",
        "others": "others",
    }
)
"""Fine to coarse: happiness is positive, surprise is surprise, the rest is negative (MEGC2019, ME-VQA)."""
