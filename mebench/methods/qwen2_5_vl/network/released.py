"""Sizes of the released Qwen2.5-VL, as their config.json has them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SHARED: Mapping[str, Any] = MappingProxyType(
    {
        "model_type": "qwen2_5_vl",
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "tie_word_embeddings": True,
        "max_position_embeddings": 4096,
    }
)
"""What is the same in all sizes; the longest prompt is that of our benchmark."""

VISION: Mapping[str, Any] = MappingProxyType(
    {
        "hidden_act": "silu",
        "in_channels": 3,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "spatial_patch_size": 14,
        "window_size": 112,
        "tokens_per_second": 2,
        "temporal_patch_size": 2,
    }
)
"""The same of their vision towers."""

_TOWER = {
    **VISION,
    "depth": 32,
    "hidden_size": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "fullatt_block_indexes": [7, 15, 23, 31],
}

_BOTH = {
    **SHARED,
    "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
    "image_token_id": 151655,
    "video_token_id": 151656,
    "vision_start_token_id": 151652,
    "vision_end_token_id": 151653,
}

RELEASED: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "3B": {
            **_BOTH,
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "num_attention_heads": 16,
            "num_hidden_layers": 36,
            "num_key_value_heads": 2,
            "vocab_size": 151936,
            "vision_config": {**_TOWER, "out_hidden_size": 2048},
        },
        "7B": {
            **_BOTH,
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_attention_heads": 28,
            "num_hidden_layers": 28,
            "num_key_value_heads": 4,
            "vocab_size": 152064,
            "tie_word_embeddings": False,
            "vision_config": {**_TOWER, "out_hidden_size": 3584},
        },
    }
)
"""By size."""
