"""Names for numpy arrays by what one item is: one word for each, whatever the array is used for."""

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Word = np.uint64
"""One item of a U64, for kernels."""
