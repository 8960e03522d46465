"""The bytes of synth_me: the same on every processor, simulated by switching code for newer ones off."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

COMMITTED = {
    "tiny": "dc822329b7635d942bb314f9742dadfe85bcb95b21d5ae4c27a3be16a4531c58",
    "quick": "61d0723cf6f50f85db9e11ee9f5f83f0f1e4c1aabb2de3b52a003f9ac5589da7",
    "200fps": "7c0c60568c24b93c1c13d42e591916271fa37a3672a1bee7cfd92ea1f34c9bc5",
    "clips": "2040dc66ef6db83df7b0f3978f0d6ebd5bada661b951cf9c20e273d87b77e46f",
    "clips_v2": "c78d56d156c7196f2dc222bfb1bce6119cdfc7b37a313a45a9a7e63b151a1276",
}
"""What `synth_digest.py` prints; raise the dataset's version where it changes."""

OPENCV = {"OPENCV_CPU_DISABLE": "AVX512-SKX,AVX512-COMMON,AVX2,AVX,FMA3,FP16,SSE4.2,SSE4.1,SSSE3"}
NUMPY = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 X86_V3 AVX512_ICL AVX512_SPR"}
LIBRARIES = {"JSIMD_FORCENONE": "1", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}
"""libjpeg-turbo's and the C library's own choice of code."""

SETTINGS = {
    "default": {},
    "OpenCV without AVX2": OPENCV,
    "NumPy without AVX2": NUMPY,
    "all without AVX2": OPENCV | NUMPY | LIBRARIES,
    "one thread": {"threads": "1"},
}


@pytest.mark.parametrize(
    "setting", [pytest.param(one, marks=[] if SETTINGS[one] else pytest.mark.smoke) for one in SETTINGS]
)
def test_every_processor_draws_the_committed_bytes(setting):
    chosen = dict(SETTINGS[setting])
    command = [sys.executable, str(HERE / "synth_digest.py"), chosen.pop("threads", "2")]
    environment = os.environ | chosen | {"PYTHONPATH": str(HERE.parent.parent)}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed.splitlines()[-1]) == COMMITTED
